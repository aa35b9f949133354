/** Base of BarPlot, LinePlot and ScatterPlot: a canvas, a legend whose groups can be switched, a reading of single points, a table. */
import { axisMomentFull, axisParse } from "../core/axes.js";
import { Component } from "../core/component.js";
import { h } from "../core/dom.js";
import { ChartCanvas } from "./chart_canvas.js";
import { markSwatch } from "./chart_marks.js";

const CHART_COLORS = 8;
const CHART_ROWS = 200; // of the table below a plot

export class Chart extends Component {
  #wire = null;
  #groups = [];
  #marked = null;

  connect() {
    const { height, titles } = this.options;
    this.canvas = h("canvas", { tabindex: 0, role: "img", style: `block-size: ${height}px` });
    this.legend = h("div", { class: "legend", role: "group", "aria-label": "Groups" });
    this.tip = h("p", { class: "reading", role: "status", "aria-live": "polite" });
    const axis = (name, mark) => h("span", { class: "axis", "aria-hidden": "true" }, name ? `${name} ${mark}` : ""); // said by the canvas
    this.table = h("details", {}, h("summary", {}, "Show as a table"), h("div", { class: "sheet", role: "group", tabindex: 0, "aria-label": "Table" }));
    this.querySelector(".stage").append(axis(titles.y, "↑"), this.canvas, axis(titles.x, "→"), this.legend, this.tip, this.table);
    this.chart = new ChartCanvas(this.canvas);
    this.table.addEventListener("toggle", () => this.#fillTable());
    if (this.options.tooltip) this.#listen();
    new ResizeObserver(() => this.draw()).observe(this.canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    this.value = this.initial;
  }

  get value() { return this.#wire; }

  set value(wire) {
    this.#wire = wire;
    this.#marked = null;
    this.hidden_ = new Set();
    const names = wire?.color ? [...new Set(wire.color)] : [null];
    this.#groups = names.map((name, n) => ({ name, rows: [], place: n, color: this.options.colors[name] ?? `var(--series-${(n % CHART_COLORS) + 1})` }));
    const place = new Map(this.#groups.map((group) => [group.name, group]));
    for (const n of wire?.x.keys() ?? []) place.get(wire.color ? wire.color[n] : null).rows.push(n);
    this.#drawLegend();
    this.tip.textContent = "";
    this.table.open = false;
    this.canvas.ariaLabel = this.#summary();
    this.draw();
  }

  #summary() {
    const { titles } = this.options;
    if (!this.#wire) return `${this.label}: nothing to draw yet`;
    const many = this.#groups.length > 1 ? ` in ${this.#groups.length} groups` : "";
    return `${titles.title ?? this.label}: ${titles.y ?? "y"} over ${titles.x ?? "x"}, ${this.#wire.x.length} points${many}. Arrow keys read single points.`;
  }

  #drawLegend() {
    const toggle = (group, button) => {
      const hide = !this.hidden_.has(group.name);
      this.hidden_[hide ? "add" : "delete"](group.name);
      button.ariaPressed = String(!hide);
      this.#marked = null;
      this.draw();
    };
    this.legend.replaceChildren(...this.#groups.map((group) => {
      group.swatch = h("canvas", { style: `color: ${group.color}`, "aria-hidden": "true" });
      const button = h("button", { type: "button", class: "plain", "aria-pressed": "true", onclick: () => toggle(group, button) }, group.swatch, group.name ?? "");
      button.hidden = group.name === null;
      return button;
    }));
    this.legend.hidden = !this.#wire?.color;
    this.legend.classList.toggle("many", this.#groups.length > 12);
    this.legend.ariaLabel = this.options.titles.color ?? "Groups";
  }

  /** What is to be drawn: numbers for x, colours as the page has them now. */
  get picture() {
    const { mark, xLim, yLim, angle } = this.options;
    const { kind, x, y } = this.#wire;
    const categories = kind === "category" ? [...new Set(x)] : [];
    const rank = new Map(categories.map((name, place) => [name, place]));
    const number = kind === "category" ? (value) => rank.get(value) : kind === "time" ? axisParse : (value) => value;
    const series = this.#groups.filter(({ name }) => !this.hidden_.has(name)).map((group) => {
      const rows = mark === "line" ? group.rows.toSorted((a, b) => number(x[a]) - number(x[b])) : group.rows;
      return { name: group.name, place: group.place, color: getComputedStyle(group.swatch).color, rows, x: rows.map((n) => number(x[n])), y: rows.map((n) => y[n]) };
    });
    const limits = xLim?.map((value) => (value === null ? null : kind !== "time" ? Number(value) : typeof value === "number" ? value * 1000 : axisParse(value)));
    return { mark, kind, categories, series, xLim: limits, yLim, angle };
  }

  draw() {
    if (!this.#wire) return this.chart.draw({ mark: "point", kind: "number", categories: [], series: [] });
    for (const { swatch, place } of this.#groups) markSwatch(swatch, this.options.mark, place);
    this.shown_ = this.picture;
    this.chart.draw(this.shown_, this.#marked);
  }

  // ---------------------------------------------------------------- reading single points

  #listen() {
    this.canvas.addEventListener("pointermove", (event) => this.#point(event));
    this.canvas.addEventListener("pointerleave", () => this.#read(null));
    this.canvas.addEventListener("blur", () => this.#read(null));
    this.canvas.addEventListener("keydown", (event) => this.#step(event));
  }

  #point(event) {
    if (!this.#wire?.x.length) return;
    const box = this.canvas.getBoundingClientRect();
    this.#read(this.chart.nearest(this.shown_, event.clientX - box.left, event.clientY - box.top));
  }

  #step(event) {
    const across = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const along = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const { series } = this.shown_ ?? { series: [] };
    if (!(across || along || ["Home", "End"].includes(event.key)) || !series.length) return;
    event.preventDefault();
    const at = this.#marked ?? { series: 0, index: across === 1 ? -1 : 0 };
    const group = (at.series + (along ?? 0) + series.length) % series.length;
    const last = series[group].x.length - 1;
    const index = event.key === "Home" ? 0 : event.key === "End" ? last : at.index + (across ?? 0);
    if (last >= 0) this.#read({ series: group, index: Math.min(Math.max(index, 0), last) });
  }

  #read(marked) {
    if (JSON.stringify(marked) === JSON.stringify(this.#marked)) return;
    this.#marked = marked;
    if (this.#wire) this.chart.draw(this.shown_, marked);
    this.tip.textContent = marked ? this.#words(marked) : "";
  }

  #words({ series, index }) {
    const { rows, name } = this.shown_.series[series];
    const n = rows[index];
    const { titles } = this.options;
    const extra = Object.entries(this.#wire.extra).map(([column, cells]) => `${column} ${cells[n]}`);
    return [`${titles.x ?? "x"} ${this.#text(this.#wire.x[n])}`, `${titles.y ?? "y"} ${chartNumber(this.#wire.y[n])}`, name !== null && `${titles.color ?? "group"} ${name}`, ...extra].filter(Boolean).join(", ");
  }

  #text(x) {
    return this.#wire.kind === "time" ? axisMomentFull(axisParse(x)) : this.#wire.kind === "number" ? chartNumber(x) : x;
  }

  #fillTable() {
    if (!this.table.open || !this.#wire) return;
    const { titles } = this.options;
    const { x, y, color } = this.#wire;
    const head = [titles.x ?? "x", color && (titles.color ?? "group"), titles.y ?? "y"].filter(Boolean);
    const rows = Array.from({ length: Math.min(x.length, CHART_ROWS) }, (_, n) => h("tr", {}, h("td", {}, this.#text(x[n])), color && h("td", {}, color[n]), h("td", { class: "num" }, y[n] === null ? "" : chartNumber(y[n]))));
    const more = x.length > CHART_ROWS ? h("p", { class: "note" }, `The first ${CHART_ROWS} of ${x.length} points.`) : "";
    this.table.querySelector(".sheet").replaceChildren(h("table", {}, h("thead", {}, h("tr", {}, head.map((name) => h("th", { scope: "col" }, name)))), h("tbody", {}, rows)), more);
  }
}

function chartNumber(number) {
  return number === null ? "missing" : new Intl.NumberFormat(undefined, { maximumSignificantDigits: 8 }).format(number);
}
