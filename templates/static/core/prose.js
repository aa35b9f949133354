/** Base of HTML and Markdown: the author's own markup as the server wrote it; anything that comes later is cleaned first. */
import { Component } from "./component.js";
import { programButtons } from "./coloured.js";
import { safe } from "./safe.js";

export class Prose extends Component {
  #authored = null;
  #wire = null;

  connect() {
    const box = this.#box;
    this.#wire = this.initial;
    if (box.hasAttribute("data-authored")) this.#authored = [...box.childNodes].map((node) => node.cloneNode(true));
    else this.value = this.initial;
    programButtons(box);
  }

  get #box() { return this.querySelector(".prose"); }

  get value() { return this.#wire; }

  set value(wire) {
    this.#wire = wire;
    if (this.#authored && wire === this.initial) this.#box.replaceChildren(...this.#authored.map((node) => node.cloneNode(true)));
    else safe(this.#box, wire ?? "");
    programButtons(this.#box);
  }
}

