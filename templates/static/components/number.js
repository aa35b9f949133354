/** Number: a number field; a figure when it is read only. */
import { ApiError } from "../core/api.js";
import { Component, define } from "../core/component.js";

class NumberField extends Component {
  #shown = null;

  connect() {
    this.#shown = this.initial;
    const input = this.#input;
    input?.addEventListener("input", () => this.changed());
    input?.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.submit();
    });
  }

  get #input() { return this.querySelector("input"); }

  get value() {
    const input = this.#input;
    if (!input) return this.#shown;
    return input.value === "" ? null : input.valueAsNumber;
  }

  set value(wire) {
    this.#shown = wire;
    const control = this.#input ?? this.querySelector("output");
    if (document.activeElement !== control || this.value !== wire) control.value = wire ?? "";
  }

  /** "12e" is kept by the browser as it was typed and never becomes a value. */
  async settled() {
    await super.settled();
    if (this.#input?.validity.badInput) throw new ApiError({ message: `${this.label} must be a number.` });
  }
}

define("number", NumberField);
