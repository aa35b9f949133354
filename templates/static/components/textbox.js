/** Textbox: text in a textarea or a single-line input; read-only text in an <output>. */
import { Component, define } from "../core/component.js";
import { addedText } from "../core/diffs.js";

class Textbox extends Component {
  connect() {
    const control = this.#control;
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

  get value() { return this.#control.value; }

  set value(wire) { this.#control.value = wire ?? ""; }

  /** Text at the end is added there: what the reader selected or scrolled to stays. */
  grow(wire, edits) {
    const control = this.#control;
    const added = addedText(edits);
    if (added === null || control.value.length + added.length !== wire.length) this.value = wire;
    else if (control.tagName !== "OUTPUT") control.setRangeText(added, control.value.length, control.value.length, "preserve");
    else if (control.lastChild) control.lastChild.appendData(added);
    else control.append(added);
  }
}

define("textbox", Textbox);
