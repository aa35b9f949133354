/** The inputs of an explanation, each in the view of its kind; keys and pointers on their parts. */
import { h } from "../core/dom.js";
import { explainPaint } from "./explain_colours.js";
import { ExplainPicture } from "./explain_picture.js";
import { ExplainChoice, ExplainNumber, ExplainSound, ExplainTable } from "./explain_plain.js";
import { ExplainText } from "./explain_text.js";
import { explainStrongest } from "./explain_words.js";

const EXPLAIN_VIEWS = { text: ExplainText, picture: ExplainPicture, sound: ExplainSound, table: ExplainTable, number: ExplainNumber, choice: ExplainChoice };

export class ExplainBody {
  #views = []; // {view, total, index} of each input that has parts
  #drawn = []; // of each input, the parts that are on the page

  constructor(panel) {
    this.panel = panel;
    this.box = h("div", { class: "explained" });
    this.box.addEventListener("click", (event) => this.#press(event));
    this.box.addEventListener("keydown", (event) => this.#key(event));
    this.box.addEventListener("focusin", (event) => this.#look(event.target, true));
    this.box.addEventListener("focusout", () => this.#away());
    this.box.addEventListener("pointerover", (event) => this.#look(event.target, false));
    this.box.addEventListener("pointerout", (event) => { if (event.target.closest(".part")) this.#away(); });
  }

  /** Show the scores; the elements of inputs whose parts were there before stay. */
  show({ inputs, estimator, final }, scale) {
    const drawn = inputs.map(({ kind, parts, labels, index }) => JSON.stringify([kind, parts, labels, kind === "picture" && this.panel.wireOf(index)]));
    if (drawn.length !== this.#drawn.length) {
      this.#views = this.#drawn = [];
      this.box.replaceChildren(...inputs.map(() => h("section", { class: "of-input" })));
    }
    inputs.forEach((input, index) => { if (drawn[index] !== this.#drawn[index]) this.#draw(input, index); });
    this.#drawn = drawn;
    let first = 0;
    for (const { view, total, index } of this.#views) {
      const input = inputs[index];
      view.first = first;
      first += input.labels.length;
      view.paint(input, scale);
      const sum = input.total ?? input.scores.reduce((all, one) => all + (one ?? 0), 0);
      total.textContent = final && estimator === "leave one out" ? "" : this.panel.numbers.signed(sum); // these sum to nothing
    }
  }

  #draw(input, index) {
    const old = this.#views.find((one) => one.index === index);
    if (old?.view.renew(input)) return;
    const name = h("h3", {}, input.label);
    const Kind = EXPLAIN_VIEWS[input.kind];
    const divided = Kind && input.labels?.length;
    const view = divided && new Kind(this.panel, input, 0).open();
    const total = h("span", { class: "score" });
    this.#views = [...this.#views.filter((one) => one !== old), ...(divided ? [{ view, total, index }] : [])].sort((one, other) => one.index - other.index);
    this.box.children[index].replaceChildren(
      h("div", { class: "spread" }, name, divided && total), divided ? view.box : h("p", { class: "quiet" }, input.why ?? "It has no parts."));
  }

  leaveOut(off) { for (const { view } of this.#views) view.leaveOut(off); }

  /** Bring the caret to a part, counted over all inputs. */
  focus(part) {
    const view = this.#views.findLast(({ view: one }) => one.first <= part)?.view;
    view?.buttons.find((button) => Number(button.dataset.part) === part - view.first)?.focus();
  }

  #viewOf(button) { return this.#views.find(({ view }) => view.box.contains(button)).view; }

  #press({ target }) {
    const button = target.closest(".part");
    if (button) this.panel.toggle(this.#viewOf(button).first + Number(button.dataset.part));
  }

  #key(event) {
    const button = event.target.closest(".part");
    if (event.key === "Escape") this.panel.tip.hide();
    if (!button || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.#press(event);
    } else if (this.#viewOf(button).key(button, event.key)) event.preventDefault();
  }

  #look(target, focused) {
    const button = target.closest(".part");
    if (!button) return;
    const view = this.#viewOf(button);
    const part = Number(button.dataset.part);
    if (focused) view.enter(button);
    view.mark(part);
    const at = button.clientWidth || button.getClientRects().length ? button : view.box;
    this.panel.tip.show(view.describe(part), view.tipAt ?? at);
  }

  #away() {
    this.panel.tip.hide();
    for (const { view } of this.#views) view.mark(null);
  }
}

/** What the colours mean. */
export function explainKey(box, object, numbers) {
  const swatch = (score, name) => {
    const shown = h("span", { class: "swatch", "aria-hidden": "true" });
    explainPaint(shown, score);
    return h("span", {}, shown, name);
  };
  box.replaceChildren(swatch(.5, "raises it"), swatch(-.5, "lowers it"), h("span", { class: "strongest" }, explainStrongest(object, numbers)));
}
