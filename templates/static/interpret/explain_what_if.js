/** Parts that are left out, and what the model answers without them. */
import { postJson } from "../core/api.js";
import { h } from "../core/dom.js";
import { toastMessage } from "../core/toast.js";
import { explainParts } from "./explain_words.js";

const WHAT_IF_NAMED = 3; // left out parts that are named one by one

export class WhatIf {
  #abort = null;

  /** panel: the <qd-explanation>. */
  constructor(panel) {
    this.panel = panel;
    this.off = new Set(); // units, counted over all inputs: parts, or groups of them
    this.said = h("p", { role: "status", "aria-live": "polite" });
    this.back = h("button", { type: "button", class: "plain" }, "Put all back");
    this.back.addEventListener("click", () => this.#putBack());
    this.box = h("div", { class: "what-if" }, this.said, this.back);
    this.rest();
  }

  /** Nothing is left out. */
  rest() {
    this.#abort?.abort();
    this.off.clear();
    this.back.hidden = true;
    this.said.textContent = "Press a part to leave it out and see the answer without it.";
  }

  #putBack() {
    const [first] = this.off;
    this.rest();
    this.panel.leaveOut(this.off);
    this.said.textContent = "All parts are back.";
    this.panel.focusPart(first);
  }

  /** Leave a part out, or put it back. */
  async toggle(part) {
    if (!this.off.delete(part)) this.off.add(part);
    this.panel.leaveOut(this.off);
    this.back.hidden = !this.off.size;
    this.#abort?.abort();
    if (!this.off.size) return this.rest();
    const abort = new AbortController();
    this.#abort = abort;
    const { key, object, subject, numbers } = this.panel;
    const parts = explainParts(object);
    try {
      const present = whatIfPresent(object.inputs, this.off);
      const { value, full, messages = [] } = await postJson("api/interpret/part", { key, present, target: object.target }, abort.signal);
      this.said.textContent = `Without ${this.#names(parts)}: ${subject} ${numbers.plain(value)}, was ${numbers.plain(full)}.`;
      messages.forEach(toastMessage);
    } catch (error) {
      if (error.name === "AbortError") return;
      this.said.textContent = [error.message, error.hint].filter(Boolean).join(" ");
    }
  }

  #names(parts) {
    if (this.off.size > WHAT_IF_NAMED) return `${this.off.size} parts`;
    const labels = new Map(parts.map(({ at, label }) => [at, label]));
    return [...this.off].map((at) => `“${labels.get(at)}”`).join(", ");
  }
}

/** The parts that are there when these units are left out, both counted over all inputs. */
function whatIfPresent(inputs, off) {
  const present = [];
  let unit = 0, part = 0;
  for (const { scores, sizes } of inputs) {
    for (let n = 0; n < (scores?.length ?? 0); n += 1, unit += 1) {
      for (let size = sizes?.[n] ?? 1; size > 0; size -= 1, part += 1) if (!off.has(unit)) present.push(part);
    }
  }
  return present;
}
