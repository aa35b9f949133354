/** BrowserState: reads from and writes to the browser's own storage. */
import { Component, define } from "../core/component.js";

class BrowserState extends Component {
  #kept = null; // where storage is switched off, the value lasts as long as the page

  get #key() { return `quickdemo:${this.options.key}`; }

  get value() {
    try {
      const text = localStorage.getItem(this.#key);
      if (text !== null) return JSON.parse(text);
    } catch {
      return this.#kept ?? this.initial;
    }
    return this.#kept ?? this.initial;
  }

  set value(wire) {
    this.#kept = wire;
    try {
      localStorage.setItem(this.#key, JSON.stringify(wire));
    } catch {
      // storage is switched off or full
    }
  }

  get touched() { return true; }

  /** Two elements of one key are one value. */
  takeOver() { return true; }
}

define("browserstate", BrowserState);
