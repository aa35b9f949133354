/** Slider: a range and a number field that follow each other; a meter when it is read only. */
import { Component, define } from "../core/component.js";

class Slider extends Component {
  connect() {
    for (const input of this.querySelectorAll("input")) {
      input.addEventListener("input", () => {
        if (input.value === "") return;
        this.value = input.valueAsNumber;
        this.changed();
      });
    }
  }

  get value() {
    return Number(this.querySelector("input[type=number], meter").value);
  }

  set value(wire) {
    if (wire === null) return;
    for (const control of this.querySelectorAll("input, meter, output")) {
      if (control !== document.activeElement || Number(control.value) !== wire) control.value = wire;
    }
  }
}

define("slider", Slider);
