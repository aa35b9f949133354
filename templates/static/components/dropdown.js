/** Dropdown: a native <select>, or a text field with suggestions when any text may be typed. */
import { Component, define } from "../core/component.js";

class Dropdown extends Component {
  #shown = null;

  connect() {
    this.#shown = this.initial;
    this.querySelector("select")?.addEventListener("change", () => this.changed());
    this.querySelector("input")?.addEventListener("input", () => this.changed());
  }

  get value() {
    const select = this.querySelector("select");
    const input = this.querySelector("input");
    const { names, values, multiple } = this.options;
    if (input) return input.value === "" ? null : values[names.indexOf(input.value)] ?? input.value;
    if (!select) return this.#shown;
    if (multiple) return [...select.selectedOptions].map((option) => values[Number(option.value)]);
    return select.value === "" ? null : values[Number(select.value)];
  }

  set value(wire) {
    this.#shown = wire;
    const { names, values } = this.options;
    const wires = wire === null ? [] : Array.isArray(wire) ? wire : [wire];
    const text = wires.map((value) => names[values.indexOf(value)] ?? value).join(", ");
    const select = this.querySelector("select");
    if (select) {
      const places = wires.map((value) => String(values.indexOf(value)));
      for (const option of select.options) option.selected = places.includes(option.value);
      if (!places.length && !select.multiple) select.value = "";
    } else this.querySelector("input, output").value = text;
  }
}

define("dropdown", Dropdown);
