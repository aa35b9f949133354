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
  #how = {}; // the options, which may be many colours: they are read once for each value
  #marks = []; // [kind, element] of those that are drawn
  #off = new Set(); // kinds whose marks the visitor hid
  #text = null;
  #legend = null;

  connect() { this.value = this.initial; }

  get value() { return this.#wire; }

  set value(wire) {
    this.#wire = wire;
    this.#how = this.options;
    const box = this.querySelector(".shown");
    if (wire === null) return box.replaceChildren();
    const marks = wire.map(([, mark]) => mark).filter((mark) => mark !== null);
    this.#categories = [...new Set(marks.filter((mark) => typeof mark === "string"))];
    const said = h("p", { class: marks.length > HIGHLIGHT_MANY ? "said many" : "said" });
    this.#put(box, h("div", {}, said), this.#how.legend ? this.#legendOf(marks) : null);
    const ends = highlightEnds(wire);
    const end = (text, size) => Math.min(portionEnd(text, size), ends[Math.floor(size / HIGHLIGHT_MARK)] ?? text.length);
    new Portion(said, (text) => this.#say(said, text.length), { name: this.label, end }).show(wire.map(([text]) => text).join(""));
  }

  clear() {
    this.#off.clear();
    this.#legend = null;
    super.clear();
  }

  /** A legend that stays the same stays in its place, and with it the focus. */
  #put(box, text, legend) {
    if (legend && legend.isEqualNode(this.#legend) && this.#legend.parentNode === box) this.#text.replaceWith(text);
    else {
      box.replaceChildren(text, legend ?? "");
      this.#legend = legend;
    }
    this.#text = text;
  }

  /** The parts of the first `length` characters. */
  #say(said, length) {
    const parts = document.createDocumentFragment();
    this.#marks = [];
    for (const [text, mark] of this.#wire) {
      if (length <= 0) break;
      parts.append(this.#part(text.slice(0, length), mark));
      length -= text.length;
    }
    said.replaceChildren(parts);
  }

  #part(text, mark) {
    if (mark === null || mark === 0) return text;
    const part = typeof mark === "number" ? highlightScored(text, mark) : this.#named(text, mark);
    const kind = highlightKind(mark);
    this.#marks.push([kind, part]);
    if (this.#off.has(kind)) highlightSwitch(part, false);
    return part;
  }

  #named(text, category) {
    const inline = this.#how.inline !== false;
    const name = inline ? h("small", {}, " ", category) : h("span", { class: "visually-hidden" }, ` (${category})`);
    const part = h("mark", { class: "kind", title: inline ? null : category }, text, name);
    part.style.setProperty("--hue", this.#color(category));
    return part;
  }

  #color(category) {
    const hue = HIGHLIGHT_HUES[this.#categories.indexOf(category) % HIGHLIGHT_HUES.length];
    return this.#how.colors[category] ?? `oklch(.65 .15 ${hue})`;
  }

  /** A button for each kind of marks; null when there are none. */
  #legendOf(marks) {
    const entries = this.#categories.map((category) => this.#entry(category, category));
    if (marks.some((mark) => mark > 0)) entries.push(this.#entry(1, "raises it"));
    if (marks.some((mark) => mark < 0)) entries.push(this.#entry(-1, "lowers it"));
    return entries.length ? h("div", { class: "marks", role: "group", "aria-label": `Marks of ${this.label}` }, entries) : null;
  }

  #entry(mark, text) {
    const kind = highlightKind(mark);
    const button = h("button", { type: "button", class: mark === 1 ? "plain up" : mark === -1 ? "plain down" : "plain", "aria-pressed": String(!this.#off.has(kind)) }, text);
    if (typeof mark === "string") button.style.setProperty("--hue", this.#color(mark));
    button.addEventListener("click", () => {
      const shown = this.#off.delete(kind);
      if (!shown) this.#off.add(kind);
      button.ariaPressed = String(shown);
      for (const [one, part] of this.#marks) if (one === kind) highlightSwitch(part, shown);
    });
    return button;
  }
}

/** What a mark is switched with: its category, or the direction of its score. */
function highlightKind(mark) { return typeof mark === "string" ? `: ${mark}` : Math.sign(mark); }

/** Show or hide a mark; its text stays. */
function highlightSwitch(part, shown) {
  part.classList.toggle("off", !shown);
  part.role = shown ? null : "none";
}

function highlightScored(text, score) {
  const said = highlightScore(score);
  const part = h("mark", { class: score > 0 ? "up" : "down", title: said }, text, h("span", { class: "visually-hidden" }, ` (${said})`));
  part.style.setProperty("--score", Math.min(1, Math.abs(score)));
  return part;
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
