/** CheckboxGroup: boxes in a fieldset; the value keeps the order in which they were ticked. */
import { Component, define } from "../core/component.js";

class CheckboxGroup extends Component {
  #places = []; // indices of the ticked boxes, in order of ticking
  #shown = [];

  connect() {
    this.#remember(this.initial);
    for (const box of this.#boxes) {
      box.addEventListener("change", () => {
        const place = Number(box.value);
        this.#places = this.#places.filter((other) => other !== place);
        if (box.checked) this.#places.push(place);
        this.changed();
      });
    }
  }

  get #boxes() { return [...this.querySelectorAll("input")]; }

  #remember(wire) {
    this.#shown = wire ?? [];
    this.#places = this.#shown.map((value) => this.options.values.indexOf(value)).filter((place) => place >= 0);
  }

  get value() { return this.editable ? this.#places.map((place) => this.options.values[place]) : this.#shown; }

  set value(wire) {
    this.#remember(wire);
    for (const box of this.#boxes) box.checked = this.#places.includes(Number(box.value));
    const { names, values } = this.options;
    const text = this.#shown.map((value) => names[values.indexOf(value)] ?? value).join(", ");
    const output = this.querySelector("output");
    if (output) output.value = text;
  }
}

define("checkboxgroup", CheckboxGroup);
