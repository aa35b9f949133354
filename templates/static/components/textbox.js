/** Textbox: text in a textarea or a single-line input; read-only text in an <output>. */
import { Component, define } from "../core/component.js";

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
}

define("textbox", Textbox);
