/** Timeseries: lines of a table; as an input of a CSV file, of which a range is chosen by two handles. */
import { fileUrl } from "../core/api.js";
import { axisMomentFull, axisParse } from "../core/axes.js";
import { Component, define } from "../core/component.js";
import { h } from "../core/dom.js";
import { ChartCanvas } from "./chart_canvas.js";
import "./chart.js";
import { markSwatch } from "./chart_marks.js";
import { dropzoneListen } from "./dropzone.js";
import { tableDecode, tableRead } from "./table_csv.js";

class Timeseries extends Component {
  #wire = null;
  #turn = 0;

  connect() {
    this.host = this.querySelector(".chart");
    this.canvas = h("canvas", { tabindex: 0, role: "img", style: "block-size: 280px" });
    this.legend = h("div", { class: "legend", role: "group", "aria-label": "Lines" });
    this.tip = h("p", { class: "reading", role: "status", "aria-live": "polite" });
    this.chart = new ChartCanvas(this.canvas);
    this.stage = h("div", { class: "stage" }, this.canvas, this.legend, this.tip);
    this.host.append(this.stage);
    if (this.editable) this.#connectInput();
    this.canvas.addEventListener("keydown", (event) => this.#step(event));
    this.canvas.addEventListener("pointermove", (event) => this.#point(event));
    for (const name of ["blur", "pointerleave"]) this.canvas.addEventListener(name, () => this.#read(null));
    new ResizeObserver(() => this.draw()).observe(this.canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    this.value = this.initial;
  }

  #connectInput() {
    const handle = (name) => h("input", { type: "range", min: 0, "aria-label": `${name} row of ${this.label}`, oninput: () => this.#choose(name) });
    this.first = handle("First");
    this.last = handle("Last");
    this.drop = this.querySelector(".drop");
    const remove = h("button", { type: "button", class: "plain", onclick: () => { this.value = null; this.changed(); this.input.focus(); } }, "Remove");
    this.handles = h("div", { class: "range" }, this.first, this.last);
    this.stage.append(this.handles, h("div", { class: "actions" }, remove));
    this.input = this.querySelector("input[type=file]");
    dropzoneListen(this, this.input, ([file]) => this.wait(this.#take(file)).catch(() => {}));
  }

  get value() {
    if (!this.#wire) return null;
    const { headers, types, dtypes, data, range } = this.#wire;
    if (this.#wire.h && !range) return { h: this.#wire.h };
    return { headers, types, ...(dtypes && { dtypes }), data, ...(range && { range }) };
  }

  set value(wire) {
    this.#turn += 1;
    this.#wire = wire;
    if (wire?.h) this.wait(this.#fetch(wire, this.#turn)).catch(() => {});
    this.#begin();
  }

  takeOver(old) {
    this.value = old.#wire;
    return true;
  }

  async #fetch(wire, turn) {
    const answer = await fetch(fileUrl(wire));
    if (!answer.ok) return;
    const { data } = await answer.json();
    if (turn !== this.#turn) return;
    this.#wire = { ...wire, data };
    this.#begin();
  }

  async #take(file) {
    this.fault = "";
    try {
      this.value = tableRead(await tableDecode(file));
      this.changed();
    } catch (error) {
      this.fault = error.message;
      throw error; // who submits meanwhile is told, too
    }
  }

  /** The columns that are drawn: [x, ...y]. */
  get #columns() {
    const { x, y } = this.options;
    const { headers, types } = this.#wire;
    const across = Math.max(headers.indexOf(x), 0);
    const up = y ? y.map((name) => headers.indexOf(name)) : [...headers.keys()].filter((n) => n !== across && ["int", "float"].includes(types?.[n] ?? "float"));
    return [across, ...up.filter((n) => n >= 0)];
  }

  #begin() {
    const wire = this.#wire;
    const focused = this.drop?.contains(document.activeElement); // on what is about to be hidden
    if (this.drop) this.drop.hidden = Boolean(wire);
    this.stage.hidden = !wire;
    if (wire && focused) this.first.focus();
    if (!wire) return;
    const [across, ...up] = this.#columns;
    this.names = up.map((n) => wire.headers[n]);
    this.swatches = this.names.map((_, n) => h("canvas", { style: `color: ${this.options.colors[n] ?? `var(--series-${(n % 8) + 1})`}`, "aria-hidden": "true" }));
    this.off = new Set();
    this.legend.replaceChildren(...this.names.map((name, n) => {
      const press = ({ currentTarget }) => this.#toggle(n, currentTarget);
      return h("button", { type: "button", class: "plain", "aria-pressed": "true", onclick: press }, this.swatches[n], name);
    }));
    this.canvas.ariaLabel = `${this.label}: ${this.names.join(", ")} over ${wire.headers[across]}, ${wire.data.length} rows. Arrow keys read single rows.`;
    if (this.handles) {
      const most = Math.max(wire.data.length - 1, 0);
      for (const [handle, value] of [[this.first, wire.range?.[0] ?? 0], [this.last, wire.range?.[1] ?? most]]) Object.assign(handle, { max: most, value });
    }
    this.draw();
  }

  #toggle(n, button) {
    const shown = this.off.delete(n);
    if (!shown) this.off.add(n);
    button.ariaPressed = String(shown);
    this.marked_ = null;
    this.draw();
  }

  get picture() {
    const { data } = this.#wire;
    const [across, ...up] = this.#columns;
    const cells = data.map((row) => row[across]);
    const dated = cells.length && cells.every((cell) => cell === null || (typeof cell === "string" && !Number.isNaN(axisParse(cell))));
    const x = cells.map(dated ? (cell) => axisParse(cell ?? "") : (cell, n) => (typeof cell === "number" ? cell : n));
    const all = up.map((n, place) => ({ name: this.names[place], place, color: getComputedStyle(this.swatches[place]).color, x, y: data.map((row) => seriesNumber(row[n])) }));
    const series = all.filter(({ place }) => !this.off.has(place));
    const range = this.#wire.range;
    return { mark: "line", kind: dated ? "time" : "number", categories: [], series, shade: range && [x[range[0]], x[range[1]]] };
  }

  draw() {
    if (!this.#wire || !this.swatches) return;
    for (const [place, swatch] of this.swatches.entries()) markSwatch(swatch, "line", place);
    this.shown_ = this.picture;
    this.chart.draw(this.shown_, this.marked_ ?? null);
  }

  #choose(moved) {
    let [first, last] = [Number(this.first.value), Number(this.last.value)];
    if (first > last) {
      if (moved === "First") first = last;
      else last = first;
      this.first.value = first;
      this.last.value = last;
    }
    const whole = first === 0 && last === this.#wire.data.length - 1;
    this.#wire = { ...this.#wire, range: whole ? undefined : [first, last] };
    this.tip.textContent = `Rows ${first + 1} to ${last + 1} of ${this.#wire.data.length}`;
    this.draw();
    this.changed();
  }

  #step(event) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by || !this.#wire?.data.length) return;
    event.preventDefault();
    const index = Math.min(Math.max((this.marked_?.index ?? (by > 0 ? -1 : 0)) + by, 0), this.#wire.data.length - 1);
    this.#read({ series: 0, index });
  }

  #point(event) {
    if (!this.#wire?.data.length || !this.shown_.series.length) return;
    const box = this.canvas.getBoundingClientRect();
    this.#read(this.chart.nearest(this.shown_, event.clientX - box.left, event.clientY - box.top));
  }

  #read(marked) {
    this.marked_ = marked;
    if (!this.#wire) return;
    this.chart.draw(this.shown_, marked && this.shown_.series.length ? marked : null);
    if (!marked || !this.shown_.series.length) return;
    const { kind, series } = this.shown_;
    const { x } = series[0];
    const at = kind === "time" ? axisMomentFull(x[marked.index]) : x[marked.index];
    this.tip.textContent = [at, ...series.map(({ name, y }) => `${name} ${y[marked.index] ?? "missing"}`)].join(", ");
  }
}

/** The number of a cell; decimals of many digits travel as text. */
function seriesNumber(cell) {
  const number = typeof cell === "string" && cell.trim() ? Number(cell) : cell;
  return typeof number === "number" && Number.isFinite(number) ? number : null;
}

define("timeseries", Timeseries);
