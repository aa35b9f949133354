/** How wide the columns of a table are: as the author says, as one drags them, or as their content needs. */
import { h } from "../core/dom.js";
import { tableText } from "./table_model.js";

const WIDTHS_SPARE = 24;        // px of a cell that are no text
const WIDTHS_AT_FIRST = [72, 320];
const WIDTHS_FITTED = [48, 1200];
const WIDTHS_CHARS = 160;       // of a text that are measured
const widthsPen = document.createElement("canvas").getContext("2d");

export class TableWidths {
  #chosen = new Map(); // header -> px; so another result with the same headers keeps them

  constructor(grid) { this.grid = grid; }

  get chosen() { return this.#chosen.size > 0; }

  /** px of all columns. */
  all() {
    const { model, table } = this.grid;
    const { fontSize, fontFamily } = getComputedStyle(table);
    widthsPen.font = `${fontSize} ${fontFamily}`;
    return model.headers.map((header, c) => this.#chosen.get(header) ?? this.#first(c));
  }

  #first(c) {
    const { owner, model, scroller } = this.grid;
    const stated = owner.options.widths[c];
    if (stated) return stated.endsWith("%") ? scroller.clientWidth * parseFloat(stated) / 100 : parseFloat(stated) || 120;
    if (owner.options.maxCols) return Math.max(64, scroller.clientWidth / Math.min(owner.options.maxCols, model.width));
    return this.#needed(c, 60, WIDTHS_AT_FIRST);
  }

  /** px that the header and the longest of some texts need: `many` from the top, `many` from all over. */
  #needed(c, many, [least, most]) {
    const { model } = this.grid;
    const step = Math.max(1, Math.floor(model.rows.length / many));
    const texts = [];
    for (let n = 0; n < model.rows.length && n < many; n += 1) texts.push(model.shownText(n, c), model.shownText(Math.min(n * step, model.rows.length - 1), c));
    const longest = texts.sort((a, b) => b.length - a.length).slice(0, 3);
    const pixels = (text) => widthsPen.measureText(text.slice(0, WIDTHS_CHARS)).width;
    const header = pixels(tableText(model.headers[c])) * 1.08 + 18; // heavier, and the arrow of the order
    return Math.round(Math.min(most, Math.max(least, header + WIDTHS_SPARE, ...longest.map((text) => pixels(text) + WIDTHS_SPARE))));
  }

  /** As wide as its content needs, in a table of many rows as some thousands of them need. */
  fit(c) {
    this.#choose(c, this.#needed(c, 2_000, WIDTHS_FITTED));
    this.grid.resized(true);
  }

  /** Wider or narrower by that many pixels. */
  step(c, by) {
    this.#choose(c, this.all()[c] + by);
    this.grid.resized(true);
  }

  #choose(c, width) {
    const { head, model } = this.grid;
    // the others stay as wide as they are drawn, which is wider than stated when the table fills its place
    if (!this.chosen) for (const th of head.querySelectorAll("[aria-colindex]")) this.#chosen.set(model.headers[th.ariaColIndex - 1], th.offsetWidth);
    this.#chosen.set(model.headers[c], Math.round(Math.min(WIDTHS_FITTED[1], Math.max(WIDTHS_FITTED[0], width))));
  }

  /** What one drags at the end of a header. */
  grip(c) {
    const grip = h("span", { class: "grip", "aria-hidden": "true", ondblclick: () => this.fit(c) });
    grip.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      grip.setPointerCapture(event.pointerId);
      const [at, width] = [event.clientX, grip.parentNode.offsetWidth];
      const sign = getComputedStyle(grip).direction === "rtl" ? -1 : 1;
      grip.onpointermove = (move) => {
        this.#choose(c, width + sign * (move.clientX - at));
        this.grid.resized(false);
        this.moved = true;
      };
    });
    grip.addEventListener("lostpointercapture", () => {
      grip.onpointermove = null;
      if (this.moved) this.grid.resized(true);
      this.moved = false;
    });
    return grip;
  }
}
