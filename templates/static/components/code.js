/** Code: a plain field for typing; lines that the server coloured, with a button that copies them, when it is read only. */
import { copyBriefly } from "../core/coloured.js";
import { Component, define } from "../core/component.js";
import { h } from "../core/dom.js";
import { safe } from "../core/safe.js";

class Code extends Component {
  #wire = null;

  connect() {
    this.#field?.addEventListener("input", () => this.changed());
    if (this.editable) return;
    this.copy = h("button", { class: "plain", type: "button", onclick: () => copyBriefly(this.copy, this.#wire.text) }, "Copy");
    this.querySelector(".shown").prepend(this.copy);
    this.value = this.initial;
  }

  get #field() { return this.querySelector("textarea"); }

  get value() { return this.editable ? this.#field.value : this.#wire; }

  set value(wire) {
    const text = wire?.text ?? wire ?? "";
    if (this.editable) {
      this.#field.value = text;
      return;
    }
    this.#wire = wire;
    this.copy.hidden = wire === null;
    safe(this.querySelector("pre"), wire?.html ?? "");
  }

  /** The field holds the bare text. */
  get initial() { return this.editable ? super.initial?.text ?? "" : super.initial; }
}

define("code", Code);
