/** Slider: a range and a number field that follow each other; a meter when it is read only. */
import { Component, define } from "../core/component.js";

class Slider extends Component {
  connect() {
    for (const input of this.querySelectorAll("input")) {
      input.addEventListener("input", () => {
        if (input.value === "") return;
        this.#follow(input);
        this.changed();
      });
    }
    // A field that was left empty shows the slider's place again.
    this.#typed?.addEventListener("blur", () => { if (this.#typed.value === "") this.value = this.value; });
  }

  get #typed() { return this.querySelector("input[type=number]"); }

  #follow(source) {
    for (const input of this.querySelectorAll("input")) if (input !== source) input.value = source.value;
  }

  get value() {
    const typed = this.#typed;
    const source = typed && typed.value !== "" ? typed : this.querySelector("input[type=range], meter");
    return Number(source.value);
  }

  set value(wire) {
    if (wire === null) return;
    for (const control of this.querySelectorAll("input, meter, output")) control.value = wire;
  }
}

define("slider", Slider);
