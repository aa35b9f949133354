/** The list of layers, the topmost first: which one is painted on; add, hide, move, remove. */
import { h } from "../core/dom.js";

/** `step(step, told)` does something to the sheet. `more`: layers may be added; `most(size)`: how many there may be. */
export class EditorLayers {
  #shown = null;

  constructor({ sheet, more, most, step }) {
    Object.assign(this, { sheet, more, most, step });
    this.list = h("ol", {});
    this.group = `layers-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
    this.summary = h("summary", {});
    this.addition = h("button", { type: "button", onclick: () => this.#add() }, "Add a layer");
    this.element = h("details", { class: "layers", open: sheet.state.layers.length > 1 }, this.summary,
      h("div", { role: "radiogroup", "aria-label": "Layer that is painted on" }, this.list), more && this.addition);
    this.draw();
  }

  /** As the sheet has them now. */
  draw() {
    const { layers, width, height } = this.sheet.state;
    this.addition.ariaDisabled = String(layers.length >= this.most(width * height));
    if (this.#shown === layers && this.list.querySelector("input:checked")?.value === String(this.sheet.active)) return;
    this.#shown = layers;
    this.summary.textContent = layers.length === 1 ? "1 layer" : `${layers.length} layers`;
    this.list.replaceChildren(...layers.map((layer, place) => this.#row(layer, place, layers)).reverse());
  }

  #row(layer, place, layers) {
    const { id, name, hidden } = layer;
    const choose = h("input", { type: "radio", name: this.group, value: id, checked: id === this.sheet.active, onchange: () => { this.sheet.active = id; } });
    const button = (text, spoken, run, off = false) => h("button", { type: "button", class: "plain", "data-do": text, "aria-label": `${spoken} ${name}`, "aria-disabled": off ? "true" : null, onclick: () => { if (!off) run(text, id); } }, text);
    const moved = (by) => {
      const others = layers.filter((one) => one !== layer);
      others.splice(place + by, 0, layer);
      return others;
    };
    const to = (list, active, told) => (text) => this.#arrange(list, active, told, text, id);
    const seen = hidden ? "Show" : "Hide";
    return h("li", { "data-id": id }, h("label", { class: hidden ? "which away" : "which" }, choose, name, hidden && h("small", {}, "hidden")),
      h("span", { class: "actions" },
        button(seen, seen, to(layers.map((one) => (one === layer ? { ...one, hidden: !hidden } : one)), id, `${name} is ${hidden ? "shown" : "hidden"}`)),
        button("Up", "Move up", to(moved(1), id, `${name} moved up`), place === layers.length - 1),
        button("Down", "Move down", to(moved(-1), id, `${name} moved down`), place === 0),
        this.more && button("Remove", "Remove", to(layers.filter((one) => one !== layer), null, `${name} removed`), layers.length === 1)));
  }

  /** Lay them so; the button that did it keeps the focus. */
  #arrange(layers, active, told, text, id) {
    this.step({ layers, active: active ?? layers.at(-1).id }, told);
    const again = this.list.querySelector(`[data-id="${id}"] [data-do="${text === "Hide" ? "Show" : text === "Show" ? "Hide" : text}"]`);
    (again ?? this.list.querySelector("input:checked")).focus();
  }

  #add() {
    const { layers, width, height } = this.sheet.state;
    if (layers.length >= this.most(width * height)) return;
    const id = this.next = Math.max(this.next ?? 0, ...layers.map((one) => one.id)) + 1;
    const named = new Set(layers.map((one) => one.name));
    let number = layers.length + 1;
    while (named.has(`Layer ${number}`)) number += 1;
    const place = layers.findIndex((one) => one.id === this.sheet.active) + 1;
    this.step({ layers: layers.toSpliced(place, 0, { id, name: `Layer ${number}`, hidden: false }), active: id }, `Layer ${number} added`);
  }
}
