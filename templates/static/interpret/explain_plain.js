/** Sounds, tables, numbers and choices whose parts have the colours of their scores. */
import { h } from "../core/dom.js";
import { explainCurve } from "./explain_curve.js";
import { ExplainView } from "./explain_view.js";

/** Windows of a sound, as wide as they are long, over their times. */
export class ExplainSound extends ExplainView {
  build() {
    const { seconds, spans } = this.input.parts;
    const bar = h("div", { class: "windows", role: "group", "aria-label": this.spoken });
    spans.forEach(([from, to], n) => {
      const window = this.button(n);
      window.dataset.length = to - from;
      bar.append(window);
    });
    const times = [0, seconds / 2, seconds].map((time) => h("span", {}, `${time.toFixed(seconds < 20 ? 1 : 0)} s`));
    this.box.append(bar, h("div", { class: "times", "aria-hidden": "true" }, ...times));
  }

  paint(input, scale) {
    super.paint(input, scale);
    for (const button of this.buttons) button.style.flexGrow = button.dataset.length;
  }
}

/** A table's cells. */
export class ExplainTable extends ExplainView {
  build() {
    const { headers, rows, cells } = this.input.parts;
    const parts = new Map(cells.map(([row, column], n) => [`${row},${column}`, n]));
    const cell = (value, row, column) => {
      const part = parts.get(`${row},${column}`);
      const text = value === null || value === "" ? "–" : String(value);
      return h("td", {}, part === undefined ? text : this.button(part, "span", text));
    };
    const head = headers?.length ? h("thead", {}, h("tr", {}, headers.map((name) => h("th", { scope: "col" }, name)))) : null;
    const body = h("tbody", {}, rows.map((row, r) => h("tr", {}, row.map((value, column) => cell(value, r, column)))));
    this.box.append(h("div", { class: "sheet", role: "group", tabindex: 0, "aria-label": this.spoken }, h("table", {}, head, body)));
  }
}

/** A number beside what it is compared with, and how the score goes with it. */
export class ExplainNumber extends ExplainView {
  build() {
    const { value, baseline } = this.input.parts;
    const than = baseline === null || baseline === undefined ? null : h("small", {}, `compared with ${explainPlain(baseline)}`);
    this.curve = h("div", { class: "curve" });
    this.box.append(h("p", { class: "pair" }, this.button(0, "span", explainPlain(value)), than), this.curve);
  }

  paint(input, scale) {
    super.paint(input, scale);
    const { sweep, parts } = input;
    const shown = sweep && sweep.x.length > 1 && sweep.x.every((x) => typeof x === "number");
    this.curve.replaceChildren(...(shown ? [explainCurve(sweep, parts, [input.label, this.panel.subject], this.panel.numbers)] : []));
  }
}

/** Choices: those that were made, and what the score would be with each of the others. */
export class ExplainChoice extends ExplainView {
  build() {
    const { choices, chosen, parts } = this.input.parts;
    const list = h("ul", { class: "alternatives", "aria-label": this.spoken });
    this.scores = choices.map(() => h("span", { class: "score" }));
    choices.forEach((choice, n) => {
      const part = parts.indexOf(n);
      const name = part < 0 ? h("span", { class: "name-of" }, explainPlain(choice)) : this.button(part, "span", explainPlain(choice));
      const made = chosen.includes(choice) || chosen.includes(n);
      list.append(h("li", { class: made ? "chosen" : null }, h("span", { class: "tick", "aria-hidden": "true" }, made ? "✓" : ""), name, made && h("span", { class: "visually-hidden" }, "chosen"), this.scores[n]));
    });
    this.box.append(list);
  }

  paint(input, scale) {
    super.paint(input, scale);
    const { plain } = this.panel.numbers;
    const at = new Map(input.sweep?.x.map((x, n) => [x, input.sweep.y[n]]));
    input.parts.choices.forEach((choice, n) => {
      const score = at.get(choice) ?? at.get(n);
      this.scores[n].textContent = score === undefined || score === null ? "" : `${this.panel.subject} ${plain(score)}`;
    });
  }
}

function explainPlain(value) {
  if (typeof value === "boolean") return value ? "on" : "off";
  if (value === null) return "none";
  return typeof value === "number" ? new Intl.NumberFormat(undefined, { maximumSignificantDigits: 8 }).format(value) : String(value);
}
