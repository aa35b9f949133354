/** Code: a plain field for typing; lines that the server coloured, with a button that copies them, when it is read only. */
import { copyBriefly } from "../core/coloured.js";
import { Component, define } from "../core/component.js";
import { h } from "../core/dom.js";
import { LongField } from "../core/long_field.js";
import { Portion } from "../core/portion.js";
import { safe } from "../core/safe.js";

class Code extends Component {
  #wire = null;
  #portion = null;
  #field = null; // of an input

  connect() {
    const field = this.querySelector("textarea");
    if (field) this.#field = new LongField(field, () => this.changed());
    field?.addEventListener("input", () => this.changed());
    if (this.editable) return;
    this.copy = h("button", { class: "plain", type: "button", onclick: () => copyBriefly(this.copy, this.#wire.text) }, "Copy");
    this.querySelector(".shown").prepend(this.copy);
    this.#portion = new Portion(this.querySelector("pre"), (text) => this.#draw(text), { name: this.label });
    this.value = this.initial;
  }

  get value() { return this.editable ? this.#field.value : this.#wire; }

  set value(wire) {
    const text = wire?.text ?? wire ?? "";
    if (this.editable) {
      this.#field.value = text;
      return;
    }
    this.#wire = wire;
    this.copy.hidden = wire === null;
    this.#portion.show(text);
  }

  /** Long texts come without colours: the page makes their lines. */
  #draw(text) {
    const box = this.querySelector("pre");
    if (this.#wire?.html || !text) return safe(box, this.#wire?.html ?? "");
    const lines = document.createDocumentFragment();
    for (const line of text.split(/\r\n|\r|\n/)) lines.append(lines.lastChild ? "\n" : "", h("span", { class: "line" }, line));
    box.replaceChildren(lines);
  }

  /** The field holds the bare text. */
  get initial() { return this.editable ? super.initial?.text ?? "" : super.initial; }
}

define("code", Code);
