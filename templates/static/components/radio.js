/** Radio: native radio buttons, their value is the place among the choices. */
import { Component, define } from "../core/component.js";

class Radio extends Component {
  #shown = null;

  connect() {
    this.#shown = this.initial;
    for (const button of this.#buttons) button.addEventListener("change", () => this.changed());
  }

  get #buttons() { return [...this.querySelectorAll("input")]; }

  get value() {
    if (!this.editable) return this.#shown;
    const chosen = this.#buttons.find((button) => button.checked);
    return chosen ? this.options.values[Number(chosen.value)] : null;
  }

  set value(wire) {
    this.#shown = wire;
    const { names, values } = this.options;
    const place = wire === null ? -1 : values.indexOf(wire);
    for (const button of this.#buttons) button.checked = Number(button.value) === place;
    const output = this.querySelector("output");
    if (output) output.value = names[place] ?? wire ?? "";
  }
}

define("radio", Radio);
