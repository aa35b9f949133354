/** DateTime: the browser's date and time field; plain text when it is read only. */
import { ApiError } from "../core/api.js";
import { Component, define } from "../core/component.js";

class DateTime extends Component {
  connect() {
    this.querySelector("input")?.addEventListener("input", () => this.changed());
  }

  get #control() { return this.querySelector("input, output"); }

  /** The browser leaves out seconds that are zero. */
  get value() {
    const text = this.#control.value.replace("T", " ");
    return text === "" ? null : /\d \d\d:\d\d$/.test(text) ? `${text}:00` : text;
  }

  set value(wire) { this.#control.value = (this.editable ? wire?.replace(" ", "T") : wire) ?? ""; }

  /** A half-filled field has no value for the browser, and must not be taken for an empty one. */
  async settled() {
    await super.settled();
    if (this.editable && this.#control.validity.badInput) throw new ApiError({ message: `${this.label} is not complete.` });
  }
}

define("datetime", DateTime);
