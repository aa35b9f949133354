/** Checkbox: a native box; "Yes" or "No" when it is read only. */
import { Component, define } from "../core/component.js";

class Checkbox extends Component {
  #shown = false;

  connect() {
    this.#shown = Boolean(this.initial);
    this.#box?.addEventListener("change", () => this.changed());
  }

  get #box() { return this.querySelector("input"); }

  get value() { return this.#box ? this.#box.checked : this.#shown; }

  set value(wire) {
    this.#shown = Boolean(wire);
    if (this.#box) this.#box.checked = this.#shown;
    else this.querySelector("output").value = this.#shown ? "Yes" : "No";
  }
}

define("checkbox", Checkbox);
