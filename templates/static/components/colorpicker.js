/** ColorPicker: the browser's colour field and a text field that follow each other; a swatch when it is read only. */
import { Component, define } from "../core/component.js";

class ColorPicker extends Component {
  connect() {
    if (!this.editable) return;
    this.#picked.addEventListener("input", () => {
      this.#typed.value = this.#picked.value;
      this.changed();
    });
    this.#typed.addEventListener("input", () => {
      if (!this.#typed.validity.valid || this.#typed.value === "") return;
      this.#picked.value = this.#typed.value;
      this.changed();
    });
    // What was left half typed shows the colour again.
    this.#typed.addEventListener("blur", () => { this.#typed.value = this.#picked.value; });
  }

  get #picked() { return this.querySelector("input[type=color]"); }

  get #typed() { return this.querySelector("input[type=text]"); }

  get value() { return this.editable ? this.#picked.value : this.querySelector("code")?.textContent ?? null; }

  set value(wire) {
    if (this.editable) this.#picked.value = this.#typed.value = wire ?? "#000000";
    else this.querySelector("output").replaceChildren(...(wire === null ? [] : colorpickerSwatch(wire)));
  }
}

function colorpickerSwatch(colour) {
  const space = "http://www.w3.org/2000/svg";
  const swatch = document.createElementNS(space, "svg");
  const rect = document.createElementNS(space, "rect");
  for (const [name, value] of [["class", "swatch"], ["viewBox", "0 0 1 1"], ["aria-hidden", "true"]]) swatch.setAttribute(name, value);
  for (const [name, value] of [["width", "1"], ["height", "1"], ["fill", colour]]) rect.setAttribute(name, value);
  swatch.append(rect);
  const code = document.createElement("code");
  code.textContent = colour;
  return [swatch, code];
}

define("colorpicker", ColorPicker);
