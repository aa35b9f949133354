/** Dataset: rows of samples; the chosen one's radio button is ticked. */
import { Component, define } from "../core/component.js";

class Dataset extends Component {
  connect() {
    if (!this.editable) return;
    this.addEventListener("change", () => this.changed());
    this.addEventListener("click", ({ target }) => {
      if (!target.closest("label, a, button")) target.closest("tr")?.querySelector("input")?.click();
    });
  }

  get #buttons() { return [...this.querySelectorAll("input[type=radio]")]; }

  get value() {
    const place = this.#buttons.findIndex((button) => button.checked);
    return place < 0 ? null : place;
  }

  set value(wire) { this.#buttons.forEach((button, place) => { button.checked = place === wire; }); }
}

define("dataset", Dataset);
