/** Label: the surest class in large type, and a bar for each class. */
import { Component, define } from "../core/component.js";
import { h } from "../core/dom.js";

const LABEL_FIRST = 30;

class Label extends Component {
  #wire = null;

  connect() { this.value = this.initial; }

  get value() { return this.#wire; }

  set value(wire) {
    this.#wire = wire;
    const box = this.querySelector(".shown");
    if (wire === null) return box.replaceChildren();
    const all = wire.confidences ?? [];
    this.explains = this.role_ === "output" && this.closest("qd-interface")?.querySelector("qd-explanation");
    const list = h("div", { class: "bars", role: "list" }, this.#bars(all.slice(0, LABEL_FIRST)));
    const top = all.length && this.options.heading === false ? "" : h("p", { class: "top" }, wire.label);
    box.replaceChildren(top, all.length ? list : "", all.length > LABEL_FIRST ? this.#more(all, list) : "");
  }

  /** Of many classes the first; a button shows some more, each time ten times as many. */
  #more(all, list) {
    const button = h("button", { type: "button", class: "plain" }, `Show more of ${all.length} classes`);
    button.addEventListener("click", () => {
      const shown = list.childElementCount;
      list.append(...this.#bars(all.slice(shown, shown * 10)));
      button.hidden = list.childElementCount === all.length;
    });
    return button;
  }

  /** Where answers are explained, the name of a class asks why it is as sure as it is. */
  #bars(confidences) {
    const named = (name) => (this.explains ? h("button", { type: "button", class: "pick", "data-do": "interpret", "data-class": name, "aria-label": `${name}: explain it` }, name) : h("b", {}, name));
    return confidences.map(({ label, confidence }) => labelBar(named(label), label, confidence));
  }
}

function labelBar(shown, name, confidence) {
  const share = Math.min(1, Math.max(0, confidence ?? 0));
  const percent = confidence === null ? "–" : `${Math.round(100 * confidence)} %`;
  const bar = h("i", { "aria-hidden": "true" });
  bar.style.setProperty("--share", share);
  return h("div", { role: "listitem", title: confidence === null ? null : `${name}: ${confidence}` }, shown, h("span", {}, percent), bar);
}

define("label", Label);
