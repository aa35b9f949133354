/** The table as an ARIA grid: only the rows and columns in view are in the page; one cell takes the focus. */
import { h } from "../core/dom.js";
import { safe } from "../core/safe.js";
import { tableFormat } from "./table_csv.js";
import { tableText } from "./table_model.js";
import { TableWidths } from "./table_widths.js";

const GRID_SPARE = 8;          // rows drawn above and below those in view
const GRID_ALL_COLUMNS = 40;   // of a wider table only the columns in view are drawn
const GRID_TALLEST = 12e6;     // px; browsers draw no taller element
const GRID_LONGEST = 400;      // characters shown of a cell
const GRID_FIELDS = "textarea, input:not([type=checkbox])"; // in which one types
const GRID_NUMBERS = 64;       // px of the column of row numbers
const GRID_PINNED = .6;        // of the width that is seen; more pinned columns would hide the others

export class TableGrid {
  active = { r: 0, c: 0 };     // r of -1 is the row of headers
  anchor = { r: 0, c: 0 };     // where the selection began
  whole = null;                // "rows" or "columns" when these are selected in full
  #rows = new Map();           // shown row -> its <tr>
  #columns = [];               // places of those that are drawn, the pinned ones first
  #widths = [];
  pins = new Map();            // pinned column -> px from the edge
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
    if (owner.options.maxHeight) this.scroller.style.maxBlockSize = owner.options.maxHeight;
    host.append(this.scroller);
    this.widths = new TableWidths(this);
    this.scroller.addEventListener("scroll", () => this.#later(), { passive: true });
    this.scroller.addEventListener("mousedown", (event) => this.#press(event));
    this.scroller.addEventListener("mouseover", (event) => this.#drag(event));
    this.scroller.addEventListener("copy", (event) => this.copy(event));
    this.scroller.addEventListener("keydown", (event) => this.#key(event));
    new ResizeObserver(() => this.draw()).observe(this.scroller);
  }

  get model() { return this.owner.model; }

  /** The selected cells: rows r0 to r1, columns c0 to c1, all included. */
  get selection() {
    const { active, anchor } = this;
    const [r0, r1] = [active.r, anchor.r].sort((a, b) => a - b);
    const [c0, c1] = [active.c, anchor.c].sort((a, b) => a - b);
    if (this.whole === "columns") return { r0: 0, r1: Math.max(0, this.model.size - 1), c0, c1 };
    if (this.whole === "rows") return { r0: Math.max(0, r0), r1: Math.max(0, r1), c0: 0, c1: this.model.width - 1 };
    return { r0: Math.max(0, r0), r1: Math.max(0, r1), c0, c1 };
  }

  /** Everything anew: after another table, another order, or a change of cells. */
  refresh() {
    const focused = this.scroller.contains(document.activeElement);
    const { model, owner } = this;
    this.#widths = this.widths.all();
    this.#columns = [];
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
    if (document.activeElement === scroller) this.place(this.active.r, this.active.c)?.focus({ preventScroll: true });
  }

  #measure() {
    if (this.#tall || !this.body.childElementCount || !this.body.offsetHeight) return;
    this.#tall = this.body.offsetHeight / this.body.childElementCount;
  }

  /** How many first columns stay in view; fewer in a window that they would fill. */
  get #pinned() {
    const { pinned } = this.owner.options;
    let [count, width] = [0, this.#numbered];
    while (count < Math.min(pinned, this.#widths.length) && width + this.#widths[count] <= this.scroller.clientWidth * GRID_PINNED) width += this.#widths[count++];
    return { count, width: count ? width : 0 };
  }

  get #numbered() { return this.owner.options.numbers ? GRID_NUMBERS : 0; }

  #drawColumns() {
    const { model, scroller } = this;
    const pinned = this.#pinned;
    let [from, to, left] = [pinned.count, model.width, 0];
    if (model.width > GRID_ALL_COLUMNS) {
      const start = Math.abs(scroller.scrollLeft) - 300;
      while (from < to - 1 && pinned.width + left + this.#widths[from] < start) left += this.#widths[from++];
      let right = left;
      to = from;
      while (to < model.width && right < start + scroller.clientWidth + 600) right += this.#widths[to++];
    }
    const columns = [...Array(pinned.count).keys(), ...Array.from({ length: to - from }, (_, n) => from + n)];
    const same = String(this.#columns) === String(columns) && this.pins.size === pinned.count;
    if (same && this.head.childElementCount) return;
    if (this.#rows.size && this.scroller.contains(document.activeElement)) this.#leave();
    this.#columns = columns;
    this.pins = new Map();
    for (let c = 0, at = this.#numbered; c < pinned.count; at += this.#widths[c++]) this.pins.set(c, at);
    scroller.style.scrollPaddingInlineStart = `${pinned.width}px`;
    this.#size(left);
    this.head.replaceChildren(...(this.#numbered ? [this.#pin(h("th", { scope: "col" }, h("span", { class: "visually-hidden" }, "Row")), -1)] : []),
      ...columns.map((c) => this.#pin(this.#header(c), c)));
    for (const row of this.#rows.values()) row.remove();
    this.#rows.clear();
  }

  /** Widths of the columns, of the table and of what is scrolled. */
  #size(left = parseFloat(this.table.style.marginInlineStart) || 0) {
    const shown = this.#columns.map((c) => this.#widths[c]);
    const sum = (widths) => widths.reduce((total, width) => total + width, this.#numbered);
    this.colgroup.replaceChildren(...(this.#numbered ? [this.#numbered] : []).concat(shown).map((width) => h("col", { style: `inline-size: ${width}px` })));
    const whole = shown.length === this.model.width;
    this.table.style.inlineSize = whole && !this.widths.chosen ? `max(100%, ${sum(shown)}px)` : `${sum(shown)}px`;
    this.table.style.marginInlineStart = `${left}px`;
    this.extent.style.inlineSize = whole ? "" : `${sum(this.#widths)}px`;
  }

  /** A column has another width: at once while one drags, with all else when it is `done`. */
  resized(done) {
    this.#widths = this.widths.all();
    if (done) this.refresh();
    else this.#size();
  }

  #pin(cell, c) {
    const at = c < 0 && this.pins.size ? 0 : this.pins.get(c);
    if (at !== undefined) {
      cell.classList.add("pinned");
      cell.style.insetInlineStart = `${at}px`;
    }
    return cell;
  }

  #header(c) {
    const { sort } = this.model;
    const order = sort.column === c ? (sort.down ? "descending" : "ascending") : "none";
    const number = this.model.look(c) === "number";
    return h("th", { scope: "col", "aria-sort": order, "aria-colindex": c + 1, class: number ? "num" : null },
      h("button", { type: "button", tabindex: "-1", class: "sorter", onclick: () => this.owner.sorted(c) }, h("span", {}, this.model.headers[c] || "\u00a0"), h("i", { "aria-hidden": "true" })),
      this.widths.grip(c));
  }

  #row(r) {
    const cells = this.#columns.map((c) => this.#pin(this.#cell(r, c), c));
    if (this.#numbered) cells.unshift(this.#pin(h("th", { scope: "row", class: "num" }, String(this.model.at(r) + 1)), -1));
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
    const styled = this.model.styledAt(r, c);
    if (styled?.css) gridStyle(td, styled.css);
    if (look === "markdown" && this.model.html[text]) safe(td, this.model.html[text]);
    else if (look === "html") safe(td, text);
    else td.textContent = styled?.text ?? gridShort(cell, text, this.owner.options.maxChars ?? GRID_LONGEST);
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
    if (!extend) [this.anchor, this.whole] = [{ ...this.active }, null];
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
    if (active.c < this.pins.size) scroller.scrollLeft = 0; // always in view, but one goes there to read from the start
    if (active.c < this.pins.size || this.model.width <= GRID_ALL_COLUMNS) return;
    const left = this.#widths.slice(0, active.c).reduce((sum, width) => sum + width, 0);
    if (left < scroller.scrollLeft + this.#pinned.width || left + this.#widths[active.c] > scroller.scrollLeft + scroller.clientWidth) scroller.scrollLeft = left - this.#pinned.width - 40;
  }

  /** The cell of an element: {r, c}, or null. */
  #cellOf(element) {
    const td = element.closest?.("td");
    return td && this.body.contains(td) ? { r: td.parentNode.shownAt, c: td.ariaColIndex - 1 } : null;
  }

  /** The rows or the columns of the selection, in full. */
  select(whole) {
    this.whole = whole;
    this.#mark();
    this.owner.pick?.();
  }

  #press(event) {
    const number = event.button === 0 && event.target.closest("tbody th");
    if (number) {
      event.preventDefault();
      this.focus(number.parentNode.shownAt, this.active.c, event.shiftKey);
      return this.select("rows");
    }
    const cell = this.#cellOf(event.target);
    if (!cell || event.button !== 0 || event.target.closest(`a, ${GRID_FIELDS}`)) return;
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
    if (event.target.matches(GRID_FIELDS)) return;
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
      [this.anchor, this.whole] = [{ r: 0, c: 0 }, null];
      this.focus(size - 1, width - 1, true);
    } else this.owner.key?.(event);
  }

  /** The selected cells, tab-separated, as spreadsheets take them. */
  get copied() {
    const { r0, r1, c0, c1 } = this.selection;
    const rows = Array.from({ length: r1 - r0 + 1 }, (_, n) => Array.from({ length: c1 - c0 + 1 }, (__, m) => this.model.cell(r0 + n, c0 + m)));
    return rows.length === 1 && c0 === c1 ? tableText(rows[0][0]) : tableFormat(rows, "\t", false).replace(/\r\n$/, "");
  }

  copy(event) {
    if (event.target.matches?.(GRID_FIELDS)) return;
    event.clipboardData.setData("text/plain", this.copied);
    event.preventDefault();
  }
}

/** Colours of a Styler, which takes for granted that texts are black and pages white. */
function gridStyle(td, css) {
  const own = new Map(css);
  for (const [property, value] of css) td.style.setProperty(property, value);
  if (own.has("background") && !own.has("background-color")) td.style.backgroundColor = "white"; // a bar covers a part
  if (/^background/m.test([...own.keys()].join("\n")) && !own.has("color")) td.style.color = "black";
}

function gridShort(cell, text, longest) {
  if (typeof cell === "number") return text;
  if (text === "Infinity" || text === "-Infinity") return text.replace("Infinity", "∞");
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}
