/** Base of HTML and Markdown: the author's own markup as the server wrote it; anything that comes later is cleaned first. */
import { Blocks } from "./blocks.js";
import { Component } from "./component.js";
import { programButtons } from "./coloured.js";

export class Prose extends Component {
  #authored = null;
  #wire = null;
  #blocks = null;

  connect() {
    const box = this.#box;
    this.#blocks = new Blocks(box);
    this.#wire = this.initial;
    if (box.hasAttribute("data-authored")) this.#authored = [...box.childNodes].map((node) => node.cloneNode(true));
    else this.value = this.initial;
    programButtons(box);
  }

  get #box() { return this.querySelector(".prose"); }

  get value() { return this.#wire; }

  set value(wire) {
    this.#wire = wire;
    if (!this.#authored || wire !== this.initial) return void this.#blocks.show(wire ?? "");
    this.#blocks.reset();
    this.#box.append(...this.#authored.map((node) => node.cloneNode(true)));
    programButtons(this.#box);
  }
}

