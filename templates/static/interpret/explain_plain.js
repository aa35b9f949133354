/** Sounds, tables, numbers and choices whose parts have the colours of their scores. */
import { h } from "../core/dom.js";
import { explainCurve } from "./explain_curve.js";
import { ExplainView } from "./explain_view.js";

const EXPLAIN_MANY = 7; // inputs

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

/** A table's cells, or its columns. */
export class ExplainTable extends ExplainView {
  build() {
    const { headers, rows, cells } = this.input.parts;
    const parts = new Map(cells.map(([row, column], n) => [`${row},${column}`, n]));
    const shown = (value, row, column) => {
      const part = parts.get(`${row},${column}`);
      const text = value === null || value === "" ? "–" : String(value);
      return part === undefined ? text : this.button(part, "span", text);
    };
    const head = headers?.length ? h("thead", {}, h("tr", {}, headers.map((name, column) => h("th", { scope: "col" }, shown(name, null, column))))) : null;
    const body = h("tbody", {}, rows.map((row, r) => h("tr", {}, row.map((value, column) => h("td", {}, shown(value, r, column))))));
    this.box.append(h("div", { class: "sheet", role: "group", tabindex: 0, "aria-label": this.spoken }, h("table", {}, head, body)));
  }
}

/** A number beside what it is compared with, and how the score goes with it. */
export class ExplainNumber extends ExplainView {
  build() {
    const { value, baseline } = this.input.parts;
    Object.assign(this.box, { role: "group", ariaLabel: this.input.label }); // its one part is named by its value alone
    const than = baseline === undefined ? null : h("small", {}, `compared with ${explainPlain(baseline)}`);
    this.curve = h("div", { class: "curve" });
    this.fold = explainFold(this.panel, "Other values", this.curve);
    this.box.append(h("p", { class: "pair" }, this.button(0, "span", explainPlain(value)), than), this.fold);
  }

  paint(input, scale) {
    super.paint(input, scale);
    const { sweep, parts } = input;
    const known = sweep && sweep.x.every((x) => typeof x === "number");
    this.fold.hidden = !known;
    if (!known) return;
    const { full } = this.panel.object;
    const own = typeof parts.value === "number" && !sweep.x.includes(parts.value) && typeof full === "number";
    const whole = own ? { x: [...sweep.x, parts.value], y: [...sweep.y, full] } : sweep;
    this.curve.replaceChildren(...(whole.x.length > 1 ? [explainCurve(whole, parts, [input.label, this.panel.subject], this.panel.numbers)] : []));
  }
}

/** Choices: those that were made, and what the score would be with each of the others. */
export class ExplainChoice extends ExplainView {
  build() {
    const { choices, chosen, parts } = this.input.parts;
    const list = h("ul", { class: "alternatives", "aria-label": this.spoken });
    const others = explainMany(this.panel) ? h("ul", { class: "alternatives", "aria-label": `Other choices of ${this.input.label}` }) : list;
    const row = (name, made, score) => h("li", {}, h("span", { class: "tick", "aria-hidden": "true" }, made ? "✓" : ""), name, made && h("span", { class: "visually-hidden" }, "chosen"), score);
    this.scores = choices.map(() => h("span", { class: "score" }));
    choices.forEach((choice, n) => {
      const part = parts.indexOf(n);
      const name = part < 0 ? h("span", { class: "name-of" }, choice) : this.button(part, "span", choice);
      (part < 0 ? others : list).append(row(name, chosen.includes(n), this.scores[n]));
    });
    parts.forEach((choice, part) => { if (choice === null) list.prepend(row(this.button(part, "span", this.input.labels[part]), true, "")); });
    this.box.append(list, others !== list && others.hasChildNodes() ? explainFold(this.panel, "Other choices", others) : "");
  }

  paint(input, scale) {
    super.paint(input, scale);
    const { choices, chosen } = input.parts;
    const { panel } = this;
    const y = input.sweep?.y ?? [];
    const turned = y.length === choices.length && chosen.length !== 0; // each on its own, ticked or unticked
    const others = choices.map((_, n) => n).filter((n) => turned || !chosen.includes(n));
    this.scores.forEach((score, n) => {
      const value = y[others.indexOf(n)] ?? null;
      const how = turned ? (chosen.includes(n) ? " without it" : " with it") : "";
      score.textContent = value === null || y.length !== others.length ? "" : `${panel.subject} ${panel.numbers.plain(value)}${how}`;
    });
  }
}

/** Where there are many inputs, what is beside the scores opens on demand. */
function explainMany({ object }) { return object.inputs.length > EXPLAIN_MANY; }

function explainFold(panel, name, content) {
  return explainMany(panel) ? h("details", { class: "folded" }, h("summary", {}, name), content) : content;
}

function explainPlain(value) {
  if (typeof value === "boolean") return value ? "on" : "off";
  if (value === null) return "none";
  return typeof value === "number" ? new Intl.NumberFormat(undefined, { maximumSignificantDigits: 8 }).format(value) : String(value);
}
