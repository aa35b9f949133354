/** Label: the surest class in large type, and a bar for each class. */
import { Component, define } from "../core/component.js";
import { h } from "../core/dom.js";

class Label extends Component {
  #wire = null;

  connect() { this.value = this.initial; }

  get value() { return this.#wire; }

  set value(wire) {
    this.#wire = wire;
    const box = this.querySelector(".shown");
    if (wire === null) return box.replaceChildren();
    const bars = (wire.confidences ?? []).map(({ label, confidence }) => labelBar(label, confidence));
    box.replaceChildren(h("p", { class: "top" }, wire.label), bars.length ? h("div", { class: "bars", role: "list" }, bars) : "");
  }
}

function labelBar(name, confidence) {
  const share = Math.min(1, Math.max(0, confidence ?? 0));
  const percent = confidence === null ? "–" : `${Math.round(100 * confidence)} %`;
  const bar = h("i", { "aria-hidden": "true" });
  bar.style.setProperty("--share", share);
  return h("div", { role: "listitem", title: confidence === null ? null : `${name}: ${confidence}` }, h("b", {}, name), h("span", {}, percent), bar);
}

define("label", Label);
