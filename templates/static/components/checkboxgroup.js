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
        this.#showAll();
        this.changed();
      });
    }
    this.#all?.addEventListener("change", () => this.#tickAll());
    this.#showAll();
  }

  get #boxes() { return [...this.querySelectorAll(".choices input")]; }

  get #all() { return this.querySelector(".all input"); }

  /** All in their order, behind those that are ticked already; or none. */
  #tickAll() {
    const wanted = this.#all.checked;
    const boxes = this.#boxes;
    this.#places = wanted ? [...new Set([...this.#places, ...boxes.map((box) => Number(box.value))])] : [];
    for (const box of boxes) box.checked = wanted;
    this.changed();
  }

  #showAll() {
    const all = this.#all;
    if (!all) return;
    all.checked = this.#places.length === this.#boxes.length;
    all.indeterminate = this.#places.length > 0 && !all.checked;
  }

  #remember(wire) {
    const { values } = this.options;
    this.#shown = wire ?? [];
    this.#places = this.#shown.map((value) => values.indexOf(value)).filter((place) => place >= 0);
  }

  get value() {
    const { values } = this.options; // read anew each time: it may be long
    return this.editable ? this.#places.map((place) => values[place]) : this.#shown;
  }

  set value(wire) {
    this.#remember(wire);
    const ticked = new Set(this.#places);
    for (const box of this.#boxes) box.checked = ticked.has(Number(box.value));
    this.#showAll();
    const { names, values } = this.options;
    const text = this.#shown.map((value) => names[values.indexOf(value)] ?? value).join(", ");
    const output = this.querySelector("output");
    if (output) output.value = text;
  }
}

define("checkboxgroup", CheckboxGroup);
