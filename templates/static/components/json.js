/** JSON: a tree that folds and can be searched; a field for JSON text when it is an input. */
import { ApiError } from "../core/api.js";
import { copyBriefly } from "../core/coloured.js";
import { Component, define } from "../core/component.js";
import { h } from "../core/dom.js";
import { jsonFrom } from "./json_text.js";
import { jsonNode, jsonReveal, jsonUnfoldAll } from "./json_tree.js";

const JSON_AS_TEXT = "application/json"; // the key of the page's form of a value, which is its text
const JSON_SMALL = 300; // characters; a shorter one is seen at a glance and needs no search
const JSON_MOST_FOUND = 9_999;

class JsonTree extends Component {
  #wire = null;
  #found = { words: "", places: [], at: -1 };

  connect() {
    this.#field?.addEventListener("input", () => this.changed());
    this.value = this.initial;
  }

  get #field() { return this.querySelector("textarea"); }

  get value() {
    if (!this.#field) return this.#wire;
    return this.#field.value.trim() === "" ? null : { [JSON_AS_TEXT]: this.#field.value };
  }

  set value(wire) {
    this.#wire = wire;
    const text = jsonSource(wire);
    if (this.#field) this.#field.value = text;
    else this.#draw(text);
  }

  /** A tree cannot be drawn of a text that is half typed. */
  takeOver(old) {
    if (!this.#field) JSON.parse(jsonSource(old.value) || "null");
    return super.takeOver(old);
  }

  /** In a link stands the text itself. */
  toLink(wire) { return jsonSource(wire); }
  fromLink(text) { return { [JSON_AS_TEXT]: text }; }

  async settled() {
    await super.settled();
    if (!this.#field || this.value === null) return;
    try {
      JSON.parse(this.#field.value);
    } catch (error) {
      throw new ApiError({ message: `${this.label} must be JSON: ${error.message}.` });
    }
  }

  // ------------------------------------------------------------------ the tree

  #draw(text) {
    const box = this.querySelector(".tree");
    if (!text) return box.replaceChildren();
    const root = jsonNode(text, jsonFrom(text, 0));
    const copy = h("button", { class: "plain", type: "button", onclick: () => copyBriefly(copy, text) }, "Copy");
    const tree = h("div", { class: "code-tree", tabindex: "0", role: "group", "aria-labelledby": `${box.id}-name` }, root);
    const place = h("p", { class: "json-place", hidden: true }, h("code", {}), this.#copies("Copy path", "way"), this.#copies("Copy value", "source"));
    tree.addEventListener("focusin", ({ target }) => this.#choose(target.closest(".leaf, details"), target === tree));
    tree.addEventListener("click", ({ target }) => this.#choose(target.closest(".leaf, summary")?.closest(".leaf, details")));
    tree.addEventListener("keydown", (event) => this.#move(event, tree));
    const large = text.length > JSON_SMALL && root.unfold;
    box.replaceChildren(h("div", { class: "json-tools" }, large && this.#searching(text, root), large && this.#folding(root), copy), tree, place);
  }

  #folding(root) {
    const said = h("span", { class: "visually-hidden", role: "status" });
    const all = h("button", { class: "plain", type: "button", onclick: () => { said.textContent = jsonUnfoldAll(root) ? "All is open" : "Much is open, not all: there is too much"; } }, "Expand all");
    const none = h("button", { class: "plain", type: "button", onclick: () => {
      for (const node of root.querySelectorAll("details")) node.open = false;
    } }, "Collapse all");
    return [all, none, said];
  }

  #copies(name, what) {
    const button = h("button", { class: "plain", type: "button", onclick: () => copyBriefly(button, this.chosen[what]()) }, name);
    return button;
  }

  /** The row whose path and value can be copied. */
  #choose(node, whole = false) {
    const place = this.querySelector(".json-place");
    if (!node || whole) return;
    this.chosen?.classList.remove("chosen");
    node.classList.add("chosen");
    this.chosen = node;
    const way = node.way();
    place.hidden = !way;
    place.querySelector("code").textContent = way.length <= 200 ? way : `${way.slice(0, 199)}…`;
  }

  /** Arrow keys go from row to row, open and close. */
  #move(event, tree) {
    const rows = () => [...tree.querySelectorAll("summary, .leaf")].filter((row) => row.checkVisibility());
    const row = document.activeElement.closest("summary, .leaf");
    const fold = row?.localName === "summary" ? row.parentElement : null;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      const all = rows();
      all[Math.max(0, Math.min(all.length - 1, all.indexOf(row) + step))]?.focus();
    } else if (event.key === "ArrowRight" && fold) fold.unfold();
    else if (event.key === "ArrowLeft" && fold?.open) fold.open = false;
    else if (event.key === "ArrowLeft" && row) (fold ?? row).parentElement.closest("details")?.firstElementChild.focus();
    else return;
    event.preventDefault();
  }

  // ------------------------------------------------------------------ search

  #searching(text, root) {
    const said = h("small", { role: "status" });
    const field = h("input", { type: "search", "aria-label": `Search in ${this.label}`, placeholder: "Search", autocomplete: "off" });
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault(); // else the form is sent
      said.textContent = this.#next(text, root, field.value, event.shiftKey ? -1 : 1);
    });
    field.addEventListener("input", () => { said.textContent = ""; });
    return [field, said];
  }

  /** Show the next place of some words; returns which of how many it is. */
  #next(text, root, words, step) {
    if (!words) return "";
    if (this.#found.words !== words || this.#found.text !== text) {
      const escaped = JSON.stringify(words).slice(1, -1).replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
      const places = [];
      for (const match of text.matchAll(new RegExp(escaped, "giu"))) if (places.push(match.index) >= JSON_MOST_FOUND) break;
      this.#found = { words, text, places, at: step > 0 ? -1 : 0 };
    }
    const { places } = this.#found;
    if (!places.length) return "Nothing found";
    this.#found.at = (this.#found.at + step + places.length) % places.length;
    const node = jsonReveal(root, places[this.#found.at]);
    this.#choose(node);
    (node.firstElementChild ?? node).scrollIntoView({ block: "nearest" });
    return `${this.#found.at + 1} of ${places.length}${places.length === JSON_MOST_FOUND ? " or more" : ""}`;
  }
}

/** The text of a wire value of either form. */
function jsonSource(wire) {
  if (wire === null) return "";
  const text = Object.keys(wire).length === 1 ? wire[JSON_AS_TEXT] : null;
  return typeof text === "string" ? text : JSON.stringify(wire, null, 2);
}

define("json", JsonTree);
