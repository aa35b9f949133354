/** HighlightedText: marked parts of a text; scores in red and blue, categories in tints with their name beside them. */
import { Component, define } from "../core/component.js";
import { h } from "../core/dom.js";
import { Portion, portionEnd } from "../core/portion.js";

const HIGHLIGHT_MANY = 500; // marks from which on each of them is drawn more simply
const HIGHLIGHT_MARK = 100; // characters of text that cost as much time as a mark
const HIGHLIGHT_HUES = [172, 300, 75, 230, 130, 345, 50, 265]; // degrees; neighbours are easy to tell apart

class HighlightedText extends Component {
  #wire = null;
  #categories = [];

  connect() { this.value = this.initial; }

  get value() { return this.#wire; }

  set value(wire) {
    this.#wire = wire;
    const box = this.querySelector(".shown");
    if (wire === null) return box.replaceChildren();
    const marks = wire.map(([, mark]) => mark).filter((mark) => mark !== null);
    this.#categories = [...new Set(marks.filter((mark) => typeof mark === "string"))];
    const said = h("p", { class: marks.length > HIGHLIGHT_MANY ? "said many" : "said" });
    box.replaceChildren(said, (this.options.legend && this.#legend(marks)) || "");
    const ends = highlightEnds(wire);
    const end = (text, size) => Math.min(portionEnd(text, size), ends[Math.floor(size / HIGHLIGHT_MARK)] ?? text.length);
    new Portion(said, (text) => this.#say(said, text.length), { name: this.label, end }).show(wire.map(([text]) => text).join(""));
  }

  /** The parts of the first `length` characters. */
  #say(said, length) {
    const parts = document.createDocumentFragment();
    for (const [text, mark] of this.#wire) {
      if (length <= 0) break;
      parts.append(this.#part(text.slice(0, length), mark));
      length -= text.length;
    }
    said.replaceChildren(parts);
  }

  #part(text, mark) {
    if (mark === null || mark === 0) return text;
    if (typeof mark === "number") {
      const part = h("mark", { class: mark > 0 ? "up" : "down", title: highlightScore(mark) }, text, h("span", { class: "visually-hidden" }, ` (${highlightScore(mark)})`));
      part.style.setProperty("--score", Math.min(1, Math.abs(mark)));
      return part;
    }
    const part = h("mark", { class: "kind" }, text, " ", h("small", {}, mark));
    part.style.setProperty("--hue", this.#color(mark));
    return part;
  }

  #color(category) {
    const hue = HIGHLIGHT_HUES[this.#categories.indexOf(category) % HIGHLIGHT_HUES.length];
    return this.options.colors[category] ?? `oklch(.65 .15 ${hue})`;
  }

  #legend(marks) {
    const names = this.#categories.map((category) => {
      const name = h("span", {}, category);
      name.style.setProperty("--hue", this.#color(category));
      return name;
    });
    if (marks.some((mark) => mark > 0)) names.push(h("span", { class: "up" }, "raises it"));
    if (marks.some((mark) => mark < 0)) names.push(h("span", { class: "down" }, "lowers it"));
    return names.length ? h("p", { class: "key marks" }, names) : null;
  }
}

/** Where each mark ends, in characters from the beginning. */
function highlightEnds(wire) {
  const ends = [];
  let end = 0;
  for (const [text, mark] of wire) {
    end += text.length;
    if (mark !== null) ends.push(end);
  }
  return ends;
}

function highlightScore(score) { return (score > 0 ? "+" : "−") + Math.abs(score).toFixed(2); }

define("highlightedtext", HighlightedText);
