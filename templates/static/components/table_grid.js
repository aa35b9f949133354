/** The table as an ARIA grid: only the rows and columns in view are in the page; one cell takes the focus. */
import { h } from "../core/dom.js";
import { safe } from "../core/safe.js";
import { tableFormat } from "./table_csv.js";
import { tableText } from "./table_model.js";

const GRID_SPARE = 8;          // rows drawn above and below those in view
const GRID_ALL_COLUMNS = 40;   // of a wider table only the columns in view are drawn
const GRID_TALLEST = 12e6;     // px; browsers draw no taller element
const GRID_LONGEST = 400;      // characters shown of a cell

export class TableGrid {
  active = { r: 0, c: 0 };     // r of -1 is the row of headers
  anchor = { r: 0, c: 0 };     // where the selection began
  #rows = new Map();           // shown row -> its <tr>
  #columns = [0, 0];           // drawn: from, to
  #widths = [];
  #tall = 0;                   // of a row, px; measured

  /** `host` is filled; `owner` has `model`, `options`, `editable`, `label`, and hears of `pick`, `toggle` and `sorted`. */
  constructor(host, owner) {
    this.owner = owner;
    this.colgroup = h("colgroup");
    this.head = h("tr", { "aria-rowindex": 1 });
    this.body = h("tbody");
    this.table = h("table", { role: "grid", "aria-label": owner.label, "aria-multiselectable": "true", "aria-readonly": owner.editable ? null : "true" },
      this.colgroup, h("thead", {}, this.head), this.body);
    this.extent = h("div", { class: "extent" }, this.table);
    this.scroller = h("div", { class: "sheet", tabindex: "-1" }, this.extent);
    this.table.classList.toggle("wrapped", owner.options.wrap);
    host.append(this.scroller);
    this.scroller.addEventListener("scroll", () => this.#later(), { passive: true });
    this.scroller.addEventListener("mousedown", (event) => this.#press(event));
    this.scroller.addEventListener("mouseover", (event) => this.#drag(event));
    this.scroller.addEventListener("copy", (event) => this.#copy(event));
    this.scroller.addEventListener("keydown", (event) => this.#key(event));
    new ResizeObserver(() => this.draw()).observe(this.scroller);
  }

  get model() { return this.owner.model; }

  /** The selected cells: rows r0 to r1, columns c0 to c1, all included. */
  get selection() {
    const { active, anchor } = this;
    const [r0, r1] = [active.r, anchor.r].sort((a, b) => a - b);
    const [c0, c1] = [active.c, anchor.c].sort((a, b) => a - b);
    return { r0: Math.max(0, r0), r1: Math.max(0, r1), c0, c1 };
  }

  /** Everything anew: after another table, another order, or a change of cells. */
  refresh() {
    const focused = this.scroller.contains(document.activeElement);
    const { model, owner } = this;
    this.#widths = model.headers.map((_, c) => this.#width(c));
    this.#columns = [0, 0];
    this.#rows.clear();
    this.body.replaceChildren();
    this.table.setAttribute("aria-rowcount", model.size + 1);
    this.table.setAttribute("aria-colcount", model.width);
    this.scroller.style.setProperty("--rows", Math.min(owner.options.maxRows, Math.max(1, model.size)));
    for (const place of [this.active, this.anchor]) {
      place.r = Math.max(-1, Math.min(place.r, model.size - 1));
      place.c = Math.max(0, Math.min(place.c, model.width - 1));
    }
    this.draw();
    if (focused) this.focus(this.active.r, this.active.c, true);
  }

  /** px of a column: as the author says, else from its header and first values. */
  #width(c) {
    const stated = this.owner.options.widths[c];
    if (stated) return stated.endsWith("%") ? this.scroller.clientWidth * parseFloat(stated) / 100 : parseFloat(stated) || 120;
    const { maxCols } = this.owner.options;
    if (maxCols) return Math.max(64, this.scroller.clientWidth / Math.min(maxCols, this.model.width));
    const texts = this.model.rows.slice(0, 60).map((row) => tableText(row[c]).length);
    const longest = Math.max(tableText(this.model.headers[c]).length + 2, ...texts);
    return Math.max(72, Math.min(320, Math.round(longest * 8 + 30)));
  }

  // ---------------------------------------------------------------- drawing

  #later() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.draw();
    });
  }

  /** Draw what is in view; rows that are there already stay as they are. */
  draw() {
    const { model, scroller } = this;
    this.#drawColumns();
    const tall = this.#tall || 36;
    const scale = Math.max(1, (model.size * tall) / GRID_TALLEST); // rows move faster than the scrollbar in a table of millions
    const first = Math.floor((scroller.scrollTop * scale) / tall);
    const many = Math.ceil((scroller.clientHeight || 600) / tall);
    const from = Math.max(0, Math.min(first, model.size - many) - GRID_SPARE);
    const to = Math.min(model.size, first + many + GRID_SPARE);
    for (const [r, row] of this.#rows) {
      if (r >= from && r < to) continue;
      if (row.contains(document.activeElement)) this.#leave();
      row.remove();
      this.#rows.delete(r);
    }
    let next = null;
    for (let r = to - 1; r >= from; r -= 1) {
      const row = this.#rows.get(r) ?? this.#row(r);
      this.#rows.set(r, row);
      if (!row.isConnected) this.body.insertBefore(row, next);
      next = row;
    }
    this.#measure();
    this.extent.style.blockSize = `${(model.size * (this.#tall || 36)) / scale + this.head.offsetHeight}px`;
    this.table.style.marginBlockStart = `${(from * tall) / scale - (scale > 1 ? (first - from) * tall * (1 / scale - 1) * -1 : 0)}px`;
    this.#mark();
  }

  #measure() {
    if (this.#tall || !this.body.childElementCount || !this.body.offsetHeight) return;
    this.#tall = this.body.offsetHeight / this.body.childElementCount;
  }

  #drawColumns() {
    const { model, scroller } = this;
    let [from, to] = [0, model.width];
    let left = 0;
    if (model.width > GRID_ALL_COLUMNS) {
      const start = Math.abs(scroller.scrollLeft) - 300;
      while (from < to - 1 && left + this.#widths[from] < start) left += this.#widths[from++];
      let right = left;
      to = from;
      while (to < model.width && right < start + scroller.clientWidth + 600) right += this.#widths[to++];
    }
    if (this.#columns[0] === from && this.#columns[1] === to && this.head.childElementCount) return;
    if (this.#rows.size && this.scroller.contains(document.activeElement)) this.#leave();
    this.#columns = [from, to];
    const { numbers } = this.owner.options;
    const shown = this.#widths.slice(from, to);
    const sum = (widths) => widths.reduce((total, width) => total + width, numbers ? 64 : 0);
    this.colgroup.replaceChildren(...(numbers ? [h("col", { style: "inline-size: 64px" })] : []), ...shown.map((width) => h("col", { style: `inline-size: ${width}px` })));
    const whole = to - from === model.width;
    this.table.style.inlineSize = whole ? `max(100%, ${sum(shown)}px)` : `${sum(shown)}px`;
    this.table.style.marginInlineStart = `${left}px`;
    this.extent.style.inlineSize = whole ? "" : `${sum(this.#widths)}px`;
    this.head.replaceChildren(...(numbers ? [h("th", { scope: "col" }, h("span", { class: "visually-hidden" }, "Row"))] : []),
      ...shown.map((_, n) => this.#header(from + n)));
    for (const row of this.#rows.values()) row.remove();
    this.#rows.clear();
  }

  #header(c) {
    const { sort } = this.model;
    const order = sort.column === c ? (sort.down ? "descending" : "ascending") : "none";
    const number = this.model.look(c) === "number";
    return h("th", { scope: "col", "aria-sort": order, "aria-colindex": c + 1, class: number ? "num" : null },
      h("button", { type: "button", tabindex: "-1", class: "sorter", onclick: () => this.owner.sorted(c) }, h("span", {}, this.model.headers[c] || "\u00a0"), h("i", { "aria-hidden": "true" })));
  }

  #row(r) {
    const [from, to] = this.#columns;
    const cells = [];
    for (let c = from; c < to; c += 1) cells.push(this.#cell(r, c));
    if (this.owner.options.numbers) cells.unshift(h("th", { scope: "row", class: "num" }, String(this.model.at(r) + 1)));
    const row = h("tr", { "aria-rowindex": r + 2 }, cells);
    row.shownAt = r;
    return row;
  }

  #cell(r, c) {
    const look = this.model.look(c);
    const cell = this.model.cell(r, c);
    const td = h("td", { tabindex: "-1", "aria-colindex": c + 1, class: look === "number" ? "num" : null });
    const fixed = !this.owner.editable || this.owner.options.static.includes(c);
    if (fixed && this.owner.editable) td.setAttribute("aria-readonly", "true");
    if (look === "bool" && typeof cell !== "string" && (cell !== null || this.owner.editable)) {
      const box = h("input", { type: "checkbox", tabindex: "-1", disabled: fixed, "aria-label": this.model.headers[c] || `Column ${c + 1}`, onchange: () => this.owner.toggle(r, c, box.checked) });
      box.checked = Boolean(cell);
      td.append(box);
      return td;
    }
    const text = tableText(cell);
    if (look === "markdown" && this.model.html[text]) safe(td, this.model.html[text]);
    else if (look === "html") safe(td, text);
    else td.textContent = gridShort(cell, text);
    return td;
  }

  /** The selection, and the cell that takes the focus, as the page shows them. */
  #mark() {
    const { r0, r1, c0, c1 } = this.selection;
    const single = r0 === r1 && c0 === c1;
    for (const [r, row] of this.#rows) {
      for (const td of row.querySelectorAll("td")) {
        const c = td.ariaColIndex - 1;
        const inside = r >= r0 && r <= r1 && c >= c0 && c <= c1;
        if (inside && !single) td.setAttribute("aria-selected", "true");
        else td.removeAttribute("aria-selected");
        td.tabIndex = r === this.active.r && c === this.active.c ? 0 : -1;
      }
    }
    for (const button of this.head.querySelectorAll("button")) button.tabIndex = this.active.r === -1 && button.parentNode.ariaColIndex - 1 === this.active.c ? 0 : -1;
    this.scroller.tabIndex = this.place(this.active.r, this.active.c) ? -1 : 0;
  }

  /** What takes the focus of a cell: the cell, or the button in a header; null when it is not drawn. */
  place(r, c) {
    if (r < 0) return this.head.querySelector(`[aria-colindex="${c + 1}"] button`);
    return this.#rows.get(r)?.querySelector(`td[aria-colindex="${c + 1}"]`) ?? null;
  }

  // ---------------------------------------------------------------- focus

  /** The focused row goes out of view: the region itself takes the focus, and an arrow key brings the row back. */
  #leave() {
    this.scroller.tabIndex = 0;
    this.scroller.focus({ preventScroll: true });
  }

  /** Make a cell the active one and bring it into view. `extend`: the selection reaches from where it began to there. */
  focus(r, c, extend = false) {
    const { model, scroller } = this;
    this.active = { r: Math.max(-1, Math.min(r, model.size - 1)), c: Math.max(0, Math.min(c, model.width - 1)) };
    if (!extend) this.anchor = { ...this.active };
    this.#reveal();
    this.draw();
    const place = this.place(this.active.r, this.active.c);
    place?.focus({ preventScroll: true });
    place?.scrollIntoView({ block: "nearest", inline: "nearest" });
    this.scroller.tabIndex = place ? -1 : 0;
    this.owner.pick?.();
    void scroller;
  }

  #reveal() {
    const { scroller, active } = this;
    const tall = this.#tall || 36;
    const scale = Math.max(1, (this.model.size * tall) / GRID_TALLEST);
    const [top, view] = [(active.r * tall) / scale, scroller.clientHeight - this.head.offsetHeight - tall];
    if (active.r >= 0 && top < scroller.scrollTop) scroller.scrollTop = top;
    else if (top > scroller.scrollTop + view) scroller.scrollTop = top - view;
    if (this.model.width <= GRID_ALL_COLUMNS) return;
    const left = this.#widths.slice(0, active.c).reduce((sum, width) => sum + width, 0);
    if (left < scroller.scrollLeft || left + this.#widths[active.c] > scroller.scrollLeft + scroller.clientWidth) scroller.scrollLeft = left - 40;
  }

  /** The cell of an element: {r, c}, or null. */
  #cellOf(element) {
    const td = element.closest?.("td");
    return td && this.body.contains(td) ? { r: td.parentNode.shownAt, c: td.ariaColIndex - 1 } : null;
  }

  #press(event) {
    const cell = this.#cellOf(event.target);
    if (!cell || event.button !== 0 || event.target.closest("a, textarea, input:not([type=checkbox])")) return;
    if (event.target.type !== "checkbox") event.preventDefault();
    const again = cell.r === this.active.r && cell.c === this.active.c && this.place(cell.r, cell.c) === document.activeElement;
    if (again && !event.shiftKey) this.owner.again?.();
    else this.focus(cell.r, cell.c, event.shiftKey);
  }

  #drag(event) {
    const cell = event.buttons & 1 && this.scroller.contains(document.activeElement) && !this.owner.busy ? this.#cellOf(event.target) : null;
    if (!cell || (cell.r === this.active.r && cell.c === this.active.c)) return;
    this.active = cell;
    this.#mark();
    this.place(cell.r, cell.c).focus({ preventScroll: true });
    this.owner.pick?.();
  }

  /** Arrows, Home, End, Page keys move; with Shift they select; all else is for the owner. */
  #key(event) {
    if (event.target.matches("textarea, input:not([type=checkbox])")) return;
    const { r, c } = this.active;
    const { size, width } = this.model;
    const far = event.ctrlKey || event.metaKey;
    const page = Math.max(1, Math.floor(this.scroller.clientHeight / (this.#tall || 36)) - 2);
    const goal = {
      ArrowUp: [far ? 0 : r - 1, c], ArrowDown: [far ? size - 1 : r + 1, c], ArrowLeft: [r, far ? 0 : c - 1], ArrowRight: [r, far ? width - 1 : c + 1],
      Home: [far ? 0 : r, 0], End: [far ? size - 1 : r, width - 1], PageUp: [Math.max(0, r - page), c], PageDown: [r + page, c],
    }[event.key];
    if (goal && !event.altKey) {
      event.preventDefault();
      this.focus(goal[0], goal[1], event.shiftKey);
    } else if (far && event.key.toLowerCase() === "a") {
      event.preventDefault();
      this.anchor = { r: 0, c: 0 };
      this.focus(size - 1, width - 1, true);
    } else this.owner.key?.(event);
  }

  /** Tab-separated, as spreadsheets take it. */
  #copy(event) {
    if (event.target.matches?.("textarea, input:not([type=checkbox])")) return;
    const { r0, r1, c0, c1 } = this.selection;
    const rows = Array.from({ length: r1 - r0 + 1 }, (_, n) => Array.from({ length: c1 - c0 + 1 }, (__, m) => this.model.cell(r0 + n, c0 + m)));
    event.clipboardData.setData("text/plain", rows.length === 1 && c0 === c1 ? tableText(rows[0][0]) : tableFormat(rows, "\t", false).trimEnd());
    event.preventDefault();
  }
}

function gridShort(cell, text) {
  if (typeof cell === "number") return text;
  if (text === "Infinity" || text === "-Infinity") return text.replace("Infinity", "∞");
  return text.length <= GRID_LONGEST ? text : `${text.slice(0, GRID_LONGEST - 1)}…`;
}
