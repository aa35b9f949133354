/**
 * Base of how the parts of one input are shown. Each part is a button that leaves it out and puts it back; of one
 * input's parts one is in the tab order, and arrow keys lead to the others.
 */
import { h } from "../core/dom.js";
import { explainPaint } from "./explain_colours.js";

export class ExplainView {
  /** panel: the <qd-explanation>; input: of the explanation; first: the place of its first part among those of all inputs, which may change. */
  constructor(panel, input, first) {
    Object.assign(this, { panel, input, first, buttons: [] });
    this.box = h("div", { class: `parts ${input.kind}` });
  }

  /** Draw it; returns itself. */
  open() {
    this.build();
    if (this.buttons.length) this.buttons[0].tabIndex = 0;
    return this;
  }

  /** Fill `this.box`; parts come from `this.button`. */
  build() {}

  /** Show other parts of the same value; returns whether it can. */
  renew(input) { void input; return false; }

  /** How the group of buttons is announced. */
  get spoken() { return `Parts of ${this.input.label}. Arrow keys read them.`; }

  button(part, tag = "span", ...children) {
    const button = h(tag, { class: "part", role: "button", tabindex: -1, "aria-pressed": "true", "data-part": part }, ...children);
    this.buttons.push(button);
    return button;
  }

  /** Show the scores of `input`, as strong as they are beside `scale`. */
  paint(input, scale) {
    this.input = input;
    for (const button of this.buttons) {
      const score = this.score(button);
      explainPaint(button, score === null ? null : score / scale);
      button.ariaLabel = this.describe(Number(button.dataset.part));
    }
  }

  score(button) { return this.input.scores[button.dataset.part] ?? null; }

  /** "very: +0.31 ± 0.02" */
  describe(part) {
    const { signed, error: spread } = this.panel.numbers;
    const error = this.input.errors?.[part];
    return `${this.input.labels[part]}: ${signed(this.input.scores[part])}${error ? ` ± ${spread(error)}` : ""}`;
  }

  /** off: which parts, counted over all inputs, are left out; null where none can be. */
  leaveOut(off) {
    for (const button of this.buttons) {
      button.role = off ? "button" : "img"; // read like one, but it does nothing
      button.ariaPressed = off && String(!off.has(this.first + Number(button.dataset.part)));
    }
  }

  /** A part is looked at; null when none is. */
  mark(part) { void part; }

  /** The arrow keys, Home and End. Returns whether it was one of them. */
  key(button, key) {
    const place = this.buttons.indexOf(button);
    const last = this.buttons.length - 1;
    const to = { ArrowRight: place + 1, ArrowDown: place + 1, ArrowLeft: place - 1, ArrowUp: place - 1, Home: 0, End: last }[key];
    if (to === undefined) return false;
    this.buttons[Math.min(Math.max(to, 0), last)].focus();
    return true;
  }

  /** The one that is in the tab order from now on. */
  enter(button) {
    for (const other of this.buttons) if (other.tabIndex === 0) other.tabIndex = -1;
    button.tabIndex = 0;
  }
}
