/** JSON: a tree that folds; a field for JSON text when it is an input. */
import { ApiError } from "../core/api.js";
import { Component, define } from "../core/component.js";
import { h } from "../core/dom.js";

const JSON_AT_ONCE = 200; // entries of one list or object drawn before the visitor asks for more

class JsonTree extends Component {
  #wire = null;

  connect() {
    this.#text?.addEventListener("input", () => this.changed());
    this.value = this.initial;
  }

  get #text() { return this.querySelector("textarea"); }

  get value() {
    if (!this.#text) return this.#wire;
    return this.#text.value.trim() === "" ? null : JSON.parse(this.#text.value);
  }

  set value(wire) {
    this.#wire = wire;
    if (this.#text) {
      this.#text.value = wire === null ? "" : JSON.stringify(wire, null, 2);
      return;
    }
    const box = this.querySelector(".tree");
    if (wire === null) return box.replaceChildren();
    const copy = h("button", { class: "plain", type: "button", onclick: () => this.#copy(copy) }, "Copy");
    box.replaceChildren(copy, h("div", { class: "code-tree", tabindex: "0", role: "group", "aria-labelledby": `${box.id}-name` }, jsonNode(wire, null, 0)));
  }

  /** As it was typed, be it JSON already or not. */
  takeOver(old) {
    if (!this.#text || !old.#text) return super.takeOver(old);
    this.#text.value = old.#text.value;
    return true;
  }

  async #copy(button) {
    await navigator.clipboard.writeText(JSON.stringify(this.#wire, null, 2)).then(
      () => { button.textContent = "Copied"; },
      () => { button.textContent = "The browser refused to copy"; },
    );
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  }

  async settled() {
    await super.settled();
    try {
      void this.value;
    } catch (error) {
      throw new ApiError({ message: `${this.label} must be JSON: ${error.message}.` });
    }
  }
}

/** One value: a line, or a <details> whose entries are drawn when it opens. */
function jsonNode(value, key, depth) {
  const name = key === null ? null : h("span", { class: "key-name" }, typeof key === "number" ? `${key}` : JSON.stringify(key), ": ");
  if (value === null || typeof value !== "object") {
    const kind = value === null ? "null" : typeof value;
    return h("div", { class: "leaf" }, name, h("span", { class: `is-${kind}` }, JSON.stringify(value)));
  }
  const list = Array.isArray(value);
  const entries = list ? value.map((item, index) => [index, item]) : Object.entries(value);
  if (!entries.length) return h("div", { class: "leaf" }, name, list ? "[]" : "{}");
  const count = entries.length === 1 ? (list ? "1 entry" : "1 key") : `${entries.length} ${list ? "entries" : "keys"}`;
  const node = h("details", {}, h("summary", {}, name, list ? "[ ] " : "{ } ", h("small", {}, count)));
  let drawn = false;
  const draw = () => {
    if (drawn || !node.open) return;
    drawn = true;
    jsonEntries(node, entries, 0, depth);
  };
  node.open = depth === 0 || (depth < 3 && entries.length <= 20);
  node.addEventListener("toggle", draw);
  draw();
  return node;
}

function jsonEntries(node, entries, from, depth) {
  node.append(...entries.slice(from, from + JSON_AT_ONCE).map(([key, item]) => jsonNode(item, key, depth + 1)));
  const left = entries.length - from - JSON_AT_ONCE;
  if (left <= 0) return;
  const more = h("button", { class: "plain", type: "button", onclick: () => {
    more.remove();
    jsonEntries(node, entries, from + JSON_AT_ONCE, depth);
  } }, `${left} more`);
  node.append(more);
}

define("json", JsonTree);
