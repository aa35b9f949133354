/** Textbox: text in a textarea or a single-line input; read-only text in an <output>. */
import { Component, define } from "../core/component.js";
import { addedText } from "../core/diffs.js";
import { Portion } from "../core/portion.js";

class Textbox extends Component {
  #wire = null; // of an output, which may show only its beginning
  #portion = null;

  connect() {
    const control = this.#control;
    if (control.tagName === "OUTPUT") {
      this.#portion = new Portion(control, (text) => { control.value = text; }, { name: this.label });
      this.value = this.initial;
    }
    control.addEventListener("input", () => this.changed());
    control.addEventListener("keydown", (event) => {
      const single = control.tagName === "INPUT" || control.rows === 1;
      if (event.key === "Enter" && single && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.submit();
      }
    });
  }

  get #control() { return this.querySelector("textarea, input, output"); }

  get value() { return this.#portion ? this.#wire : this.#control.value; }

  set value(wire) {
    this.#wire = wire;
    if (this.#portion) this.#portion.show(wire ?? "");
    else this.#control.value = wire ?? "";
  }

  /** Text at the end is added there: what the reader selected or scrolled to stays. */
  grow(wire, edits) {
    const control = this.#control;
    const added = addedText(edits);
    if (added === null || (!this.#portion && control.value.length + added.length !== wire.length)) this.value = wire;
    else if (!this.#portion) control.setRangeText(added, control.value.length, control.value.length, "preserve");
    else {
      this.#wire = wire;
      this.#portion.grow(wire, added, () => (control.lastChild ? control.lastChild.appendData(added) : control.append(added)));
    }
  }
}

define("textbox", Textbox);
