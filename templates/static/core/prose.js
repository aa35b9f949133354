/** Base of HTML and Markdown: the author's own markup as the server wrote it; anything that comes later is cleaned first. */
import { Blocks } from "./blocks.js";
import { Component } from "./component.js";
import { programButtons } from "./coloured.js";
import { Portion, portionOfHtml } from "./portion.js";

export class Prose extends Component {
  #authored = null;
  #wire = null;
  #portion = null;

  connect() {
    const box = this.#box;
    this.#wire = this.initial;
    this.#portion = proseIn(box, this.label);
    if (box.hasAttribute("data-authored")) this.#authored = [...box.childNodes].map((node) => node.cloneNode(true));
    else this.value = this.initial;
    programButtons(box);
  }

  get #box() { return this.querySelector(".prose"); }

  get value() { return this.#wire; }

  set value(wire) {
    this.#wire = wire;
    const authored = this.#authored && wire === this.initial;
    this.#portion.show(authored ? "" : wire ?? "");
    if (!authored) return;
    this.#box.append(...this.#authored.map((node) => node.cloneNode(true)));
    programButtons(this.#box);
  }

  /** The text of all that there is, also of what is not shown. */
  get text() { return this.#portion.partly ? proseText(this.#wire) : this.#box.innerText; }
}

/** HTML in a box, cleaned, of a very long one its beginning: `show(html)` of what comes back. */
export function proseIn(box, name) {
  const blocks = new Blocks(box);
  const draw = (html) => (html ? blocks.show(html) : blocks.reset());
  return new Portion(box, draw, { name, end: portionOfHtml, whole: proseText });
}

function proseText(html) { return new DOMParser().parseFromString(html, "text/html").body.textContent; }

