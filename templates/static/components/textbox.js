/** Textbox: text in a textarea or a single-line input; read-only text in an <output>. */
import { copyBriefly } from "../core/coloured.js";
import { Component, define } from "../core/component.js";
import { addedText } from "../core/diffs.js";
import { h } from "../core/dom.js";
import { LongField } from "../core/long_field.js";
import { Portion } from "../core/portion.js";

const TEXTBOX_NEAR = 24; // pixels from the end within which one reads at the end

class Textbox extends Component {
  #wire = null; // of an output, which may show only its beginning
  #portion = null;
  #field = null; // of an input of several lines
  #unseen = false; // it was to scroll to its end while a hidden tab held it

  connect() {
    const control = this.#control;
    if (control.tagName === "OUTPUT") {
      this.#portion = new Portion(control, (text) => { control.value = text; }, { name: this.label });
      this.value = this.initial;
    }
    if (control.tagName === "TEXTAREA") this.#field = new LongField(control, () => this.changed());
    control.addEventListener("input", () => this.changed());
    control.addEventListener("keydown", (event) => {
      const single = control.tagName === "INPUT" || control.rows === 1;
      if (event.key === "Enter" && single && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.submit();
      }
    });
    if (this.options.copy) this.#offerCopy();
  }

  #offerCopy() {
    const copy = h("button", { type: "button", class: "plain", onclick: () => copyBriefly(copy, this.value ?? "") }, "Copy");
    this.append(h("div", { class: "actions" }, copy));
  }

  get #control() { return this.querySelector("textarea, input, output"); }

  get value() { return this.#portion ? this.#wire : (this.#field ?? this.#control).value; }

  /** A text that goes on, and the first one of a stream, may be read at the end; any other one begins at its beginning. */
  set value(wire) {
    const text = wire ?? "", before = this.value ?? "";
    const goesOn = before !== "" && text.startsWith(before);
    const follow = goesOn ? this.#atEnd : this.closest("[data-state=streaming]") !== null;
    this.#wire = wire;
    if (this.#portion) this.#portion.show(text);
    else (this.#field ?? this.#control).value = text;
    if (follow) this.#toEnd();
  }

  /** Text at the end is added there: what the reader selected or scrolled to stays. */
  grow(wire, edits) {
    const control = this.#control;
    const follow = this.#atEnd;
    const added = addedText(edits);
    if (added === null || this.#field?.partly || (!this.#portion && control.value.length + added.length !== wire.length)) this.value = wire;
    else if (!this.#portion) control.setRangeText(added, control.value.length, control.value.length, "preserve");
    else {
      this.#wire = wire;
      this.#portion.grow(wire, added, () => (control.lastChild ? control.lastChild.appendData(added) : control.append(added)));
    }
    if (follow) this.#toEnd();
  }

  /** Whether the end of the text is in view. */
  get #atEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scrolls ? this.#control : {};
    return this.#unseen || scrollHeight - scrollTop - clientHeight < TEXTBOX_NEAR;
  }

  #toEnd() {
    if (!this.#scrolls) return;
    const control = this.#control;
    this.#unseen = !control.clientHeight;
    control.scrollTop = control.scrollHeight;
  }

  /** Whether it scrolls in itself, and may do so by itself. */
  get #scrolls() { return this.options.follow !== false && this.#control.matches("textarea, .bounded"); }
}

define("textbox", Textbox);
