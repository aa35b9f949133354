/** Dataframe: a table to read, sort and filter; as an input a small spreadsheet with undo, paste and CSV files. */
import { fileUrl, upload } from "../core/api.js";
import { copyText } from "../core/clipboard.js";
import { Component, define } from "../core/component.js";
import { h } from "../core/dom.js";
import { dropzoneListen } from "./dropzone.js";
import { tableDecode, tableFormat, tableParse, tableRead } from "./table_csv.js";
import { TableGrid } from "./table_grid.js";
import { tableKey, tableMenu } from "./table_menu.js";
import { TableModel, tableText } from "./table_model.js";

const FRAME_INLINE = 100_000;   // characters of JSON that are sent as they are, up to 3 bytes each; more is uploaded first
const FRAME_SEARCH_FROM = 12;   // rows from which on there is a field that filters

class Dataframe extends Component {
  #stored = null;  // the media wire value of a table that came as a file, as long as nothing of it was changed
  #turn = 0;
  #edit = null;    // {r, c, field} of the cell that is being typed in
  #empty = true;   // an output that has nothing to show

  connect() {
    const { options } = this;
    this.model = new TableModel(options.datatype);
    this.host = this.querySelector(".tabular");
    this.host.replaceChildren();
    this.search = h("input", { type: "search", placeholder: "Filter", "aria-label": `Filter ${this.label}`, oninput: () => this.#filter(), onkeydown: (event) => { if (event.key === "Enter") event.preventDefault(); } });
    this.said = h("p", { class: "visually-hidden", role: "status" });
    this.tools = h("div", { class: "actions tools" });
    this.above = h("div", { class: "above" }, this.search);
    this.host.append(this.above);
    this.grid = new TableGrid(this.host, this);
    this.host.append(this.tools, this.said);
    if (this.editable) this.#connectEditor();
    this.#drawTools();
    this.value = this.initial;
  }

  #connectEditor() {
    this.input = h("input", { type: "file", class: "visually-hidden", accept: ".csv,.tsv,.txt,text/csv", "aria-label": `CSV file for ${this.label}`, tabindex: -1 });
    this.host.append(this.input);
    dropzoneListen(this, this.input, ([file]) => this.#read(file));
    this.grid.scroller.addEventListener("contextmenu", (event) => this.#menu(event));
    this.grid.scroller.addEventListener("cut", (event) => this.#cut(event));
    this.grid.scroller.addEventListener("paste", (event) => this.#paste(event));
    this.grid.scroller.addEventListener("dblclick", (event) => { if (event.target.closest("td")) this.again(null, true); });
  }

  // ---------------------------------------------------------------- the value

  get value() {
    if (this.#stored) return { h: this.#stored.h };
    if (this.#empty) return null;
    return this.model.wire;
  }

  set value(wire) {
    this.#turn += 1;
    this.#stored = null;
    const { options } = this;
    if (wire === null && this.editable) {
      const headers = options.headers ?? Array.from({ length: options.columns[0] }, (_, n) => String(n + 1));
      const blank = new TableModel(options.datatype);
      wire = { headers, data: Array.from({ length: options.rows[0] }, () => headers.map((_, c) => blank.empty(c))) };
    }
    this.#empty = wire === null;
    const table = Array.isArray(wire) ? { data: wire } : wire ?? { headers: [], data: [] };
    this.model.load({ ...table, data: table.data ?? [] });
    if (table.h) this.wait(this.#fetch(table, this.#turn)).catch((error) => { this.said.textContent = error.message; });
    this.#refresh();
  }

  /** With the whole of a table that came as a file, and with what can be undone. */
  takeOver(old) {
    this.value = old.model.rows.length || !old.value ? (old.value?.h ? { ...old.model.wire, ...old.stored_ } : old.model.wire) : old.value;
    Object.assign(this.model, { html: old.model.html, styled: old.model.styled ?? this.model.styled });
    this.#refresh();
    return true;
  }

  get stored_() { return this.#stored; }

  get touched() {
    const plain = ({ headers, data }) => JSON.stringify([headers, data]);
    if (this.#stored || this.initial?.h) return this.#stored?.h !== this.initial?.h;
    if (this.initial === null) return this.model.rows.some((row) => row.some((cell) => cell !== "" && cell !== null));
    return plain(this.model.wire) !== plain(Array.isArray(this.initial) ? { data: this.initial } : this.initial);
  }

  async settled() {
    await super.settled();
    if (this.#edit) this.#finish(true);
    if (this.#stored || this.#empty || !this.editable) return;
    const text = JSON.stringify(this.model.wire);
    if (text.length <= FRAME_INLINE) return;
    const turn = this.#turn;
    const stored = await upload(new File([text], "table.json", { type: "application/json" }));
    if (turn === this.#turn) this.#stored = stored;
  }

  /** A large table came with its first rows; here are all of them. */
  async #fetch(wire, turn) {
    this.#stored = wire;
    const answer = await fetch(fileUrl(wire));
    if (!answer.ok) throw new Error("The whole table is no longer kept; these are its first rows.");
    const text = await tableDecode(await answer.blob());
    if (turn !== this.#turn) return;
    const { sort, filter } = this.model;
    this.model.load(text.trimStart().startsWith("{") ? JSON.parse(text) : tableRead(text));
    this.model.arrange(sort.column, sort.down, filter);
    this.#refresh();
  }

  // ---------------------------------------------------------------- looks

  #refresh() {
    const { search } = this.options;
    this.search.hidden = search === "none" || (!search && this.model.rows.length < FRAME_SEARCH_FROM);
    this.host.classList.toggle("nothing", this.#empty);
    this.grid.refresh();
    this.#drawTools();
  }

  #button(text, run, enabled = true) {
    const button = h("button", { type: "button", class: "plain", onclick: run }, text);
    button.disabled = !enabled;
    return button;
  }

  #drawTools() {
    const { model } = this;
    const { rows, columns } = this.options;
    const download = this.#button("Download CSV", () => this.#download(), model.rows.length > 0);
    const whole = [
      this.options.copy && this.#button("Copy", () => this.#copyAll(), model.rows.length > 0),
      this.options.fullscreen && document.fullscreenEnabled && this.#button("Full screen", () => (document.fullscreenElement ? document.exitFullscreen() : this.host.requestFullscreen())),
    ].filter(Boolean);
    if (!this.editable) return this.tools.replaceChildren(download, ...whole);
    const focus = this.tools.contains(document.activeElement) ? document.activeElement.textContent : null;
    const { r0, r1, c0, c1 } = this.grid.selection;
    const change = (how) => () => this.#change(how);
    const parts = [
      rows[1] === "dynamic" && this.#button("Add row", change(() => this.#addRows(r1 + 1, 1))),
      rows[1] === "dynamic" && this.#button(r1 > r0 ? `Remove ${r1 - r0 + 1} rows` : "Remove row", change(() => model.removeRows(r0, r1 - r0 + 1)), model.size > 0),
      columns[1] === "dynamic" && this.#button("Add column", change(() => model.insertColumn(c1 + 1))),
      columns[1] === "dynamic" && this.#button(c1 > c0 ? `Remove ${c1 - c0 + 1} columns` : "Remove column", change(() => model.removeColumns(c0, c1 - c0 + 1)), model.width > 1),
      columns[1] === "dynamic" && this.#button("Rename column", () => this.#rename(this.grid.active.c), model.width > 0),
      this.#button("Undo", () => this.#undo("undo"), model.undoable),
      this.#button("Redo", () => this.#undo("redo"), model.redoable),
      this.#button("Open CSV", () => this.input.click()),
      download,
      ...whole,
    ];
    this.tools.replaceChildren(...parts.filter(Boolean));
    if (focus) [...this.tools.children].find((button) => button.textContent === focus && !button.disabled)?.focus();
  }

  #addRows(v, count) {
    const n = this.model.insertRows(v, count);
    const { c } = this.grid.active;
    this.grid.active = { r: n + count - 1, c };
    this.grid.anchor = { r: n, c };
  }

  #addColumns(c, count) {
    for (let n = 0; n < count; n += 1) this.model.insertColumn(c);
    const { r } = this.grid.active;
    this.grid.active = { r, c: c + count - 1 };
    this.grid.anchor = { r, c };
  }

  /** What the grid tells: another cell took the focus. */
  pick() { if (this.editable) this.#drawTools(); }

  sorted(c) {
    const { column, down } = this.model.sort;
    if (column !== c) this.model.arrange(c, false);
    else if (!down) this.model.arrange(c, true);
    else this.model.arrange(-1, false);
    this.grid.refresh();
    const { sort } = this.model;
    this.said.textContent = sort.column < 0 ? "Not sorted." : `Sorted by ${this.model.headers[c]}, ${sort.down ? "descending" : "ascending"}.`;
    this.grid.place(-1, c)?.focus();
  }

  #filter() {
    this.model.arrange(undefined, undefined, this.search.value);
    this.grid.refresh();
    this.said.textContent = `${this.model.size} of ${this.model.rows.length} rows.`;
  }

  // ---------------------------------------------------------------- changes

  /** Change the model so that it can be undone, draw it, and tell the page. */
  #change(how) {
    this.#stored = null;
    this.#turn += 1;
    this.model.change(how);
    this.#refresh();
    this.changed();
  }

  #undo(what) {
    this.#stored = null;
    this.model[what]();
    this.#refresh();
    this.changed();
  }

  toggle(r, c, checked) { this.#change(() => this.model.set([[r, c, checked]])); }

  get busy() { return this.#edit !== null; }

  #fixed(c) { return !this.editable || this.options.static.includes(c); }

  /** Edit the active cell; `text` replaces what is in it. `pointed`: with the mouse, which takes a date's calendar. */
  again(text = null, pointed = false) {
    const { r, c } = this.grid.active;
    if (r < 0 && this.editable && this.options.columns[1] === "dynamic") return this.#rename(c);
    const place = this.grid.place(r, c);
    if (r < 0 || !place || this.#fixed(c) || this.#edit || this.model.look(c) === "bool") return;
    const before = tableText(this.model.cell(r, c));
    const name = { "aria-label": `${this.model.headers[c]}, row ${r + 1}` };
    const picker = this.model.look(c) === "date" && text === null && framePicker(before);
    const field = picker ? h("input", { type: picker, step: picker === "date" ? null : "any", ...name }) : h("textarea", { rows: 1, ...name });
    field.value = text ?? before;
    field.addEventListener("keydown", (event) => this.#typed(event));
    field.addEventListener("blur", () => this.#finish(true));
    this.#edit = { r, c, field, before: picker ? field.value : before };
    place.replaceChildren(field);
    field.focus();
    if (!picker) field.setSelectionRange(field.value.length, field.value.length);
    else if (pointed) field.showPicker();
  }

  #typed(event) {
    const { r, c } = this.#edit;
    const step = { Enter: [event.shiftKey ? -1 : 1, 0], Tab: [0, event.shiftKey ? -1 : 1] }[event.key];
    if (event.isComposing || (event.key === "Enter" && event.altKey)) return;
    if (event.key === "Escape") this.#finish(false);
    else if (step) this.#finish(true);
    else return event.stopPropagation();
    event.preventDefault();
    event.stopPropagation();
    this.grid.focus(r + (step?.[0] ?? 0), c + (step?.[1] ?? 0));
  }

  /** End the editing of a cell, with or without what was typed. */
  #finish(keep) {
    if (!this.#edit) return; // leaving the field ends it once more
    const { r, c, field, before } = this.#edit;
    const typed = field.value;
    this.#edit = null;
    const value = this.model.read(c, typed);
    if (keep && value === undefined) {
      this.fault = `${this.model.headers[c]} holds ${{ number: "numbers", bool: "true or false", date: "dates such as 2022-07-01" }[this.model.look(c)]}; “${typed}” is none.`;
    } else if (keep && typed !== before) return this.#change(() => this.model.set([[r, c, value]]));
    this.grid.refresh();
  }

  #rename(c) {
    const header = this.grid.head.querySelector(`[aria-colindex="${c + 1}"]`);
    if (!header) return;
    const field = h("input", { type: "text", value: this.model.headers[c], "aria-label": `Name of column ${c + 1}` });
    let open = true;
    const end = (keep) => {
      if (!open) return;
      open = false;
      if (keep && field.value !== this.model.headers[c]) this.#change(() => this.model.rename(c, field.value));
      else this.grid.refresh();
      this.grid.focus(-1, c);
    };
    field.addEventListener("keydown", (event) => {
      if (["Enter", "Tab", "Escape"].includes(event.key)) {
        event.preventDefault();
        end(event.key !== "Escape");
      }
      event.stopPropagation();
    });
    field.addEventListener("blur", () => end(true));
    header.replaceChildren(field);
    field.select();
  }

  /** Keys of the grid that change something. */
  key(event) {
    const asked = tableKey(event);
    if (!asked || (!this.editable && !["rows", "columns"].includes(asked))) return;
    const run = {
      edit: () => this.again(), clear: () => this.#clearCells(), space: () => this.#space(), type: () => this.again(event.key),
      undo: () => this.#undo("undo"), redo: () => this.#undo("redo"), down: () => this.#fillDown(),
      rows: () => this.grid.select("rows"), columns: () => this.grid.select("columns"),
      insert: () => this.#insert(), remove: () => this.#remove(),
    };
    run[asked]();
    event.preventDefault();
    event.stopPropagation();
  }

  #space() {
    const { r, c } = this.grid.active;
    if (this.model.look(c) !== "bool" || this.#fixed(c)) return this.again(" ");
    this.toggle(r, c, !this.model.cell(r, c));
  }

  /** The cells of the selection that may be changed get values; `value(r, c)` is one of them. */
  #setCells(value) {
    const { r0, r1, c0, c1 } = this.grid.selection;
    const cells = [];
    for (let r = r0; r <= r1; r += 1) for (let c = c0; c <= c1; c += 1) if (!this.#fixed(c)) cells.push([r, c, value(r, c)]);
    this.#change(() => this.model.set(cells));
  }

  #clearCells() { this.#setCells((_, c) => this.model.empty(c)); }

  /** The first selected row goes into those below it; a single row takes the one above it. */
  #fillDown() {
    const { r0, r1 } = this.grid.selection;
    const from = r1 > r0 ? r0 : r0 - 1;
    if (from >= 0) this.#setCells((_, c) => this.model.cell(from, c));
  }

  /** Columns when whole columns are selected, else rows: as many as are selected, before them. */
  #insert() {
    const { r0, r1, c0, c1 } = this.grid.selection;
    const what = this.grid.whole === "columns" ? "columns" : "rows";
    if (this.options[what][1] === "fixed") this.said.textContent = `This table has a fixed number of ${what}.`;
    else this.#change(() => (what === "columns" ? this.#addColumns(c0, c1 - c0 + 1) : this.#addRows(r0, r1 - r0 + 1)));
  }

  #remove() {
    const { r0, r1, c0, c1 } = this.grid.selection;
    const what = this.grid.whole === "columns" ? "columns" : "rows";
    if (this.options[what][1] === "fixed") this.said.textContent = `This table has a fixed number of ${what}.`;
    else if (what === "rows" && this.model.size) this.#change(() => this.model.removeRows(r0, r1 - r0 + 1));
    else if (what === "columns" && this.model.width > c1 - c0 + 1) this.#change(() => this.model.removeColumns(c0, c1 - c0 + 1));
    this.grid.select(null);
  }

  /** What one may do with the selection, where one points or at the active cell. */
  #menu(event) {
    const place = event.target.closest("td, th[scope=col]");
    if (!place?.ariaColIndex || event.target.matches("textarea, input:not([type=checkbox])")) return;
    event.preventDefault();
    const [r, c] = [place.parentNode.shownAt ?? -1, place.ariaColIndex - 1];
    const { r0, r1, c0, c1 } = this.grid.selection;
    if (r < 0 || r < r0 || r > r1 || c < c0 || c > c1) this.grid.focus(r, c);
    if (r < 0) this.grid.select("columns");
    const box = place.getBoundingClientRect();
    const [x, y] = event.clientX || event.clientY ? [event.clientX, event.clientY] : [box.left, box.bottom];
    tableMenu({ host: this.host, label: `Cells of ${this.label}`, items: this.#offered(), x, y, back: () => this.grid.focus(this.grid.active.r, this.grid.active.c, true) });
  }

  #offered() {
    const { model, grid, options } = this;
    const { r0, r1, c0, c1 } = grid.selection;
    const [rows, columns] = [r1 - r0 + 1, c1 - c0 + 1];
    const many = (count, what) => (count > 1 ? `${count} ${what}s` : what);
    const change = (how) => () => this.#change(how);
    const inRows = options.rows[1] === "dynamic" && grid.whole !== "columns";
    const inColumns = options.columns[1] === "dynamic";
    return [
      { text: "Copy", keys: "Ctrl+C", run: () => copyText(grid.copied, this.host) },
      { text: "Clear", keys: "Delete", run: () => this.#clearCells() },
      { text: "Fill down", keys: "Ctrl+D", run: () => this.#fillDown() },
      null,
      inRows && { text: `Insert ${many(rows, "row")} above`, keys: "Ctrl+Shift++", run: change(() => this.#addRows(r0, rows)) },
      inRows && { text: `Insert ${many(rows, "row")} below`, run: change(() => this.#addRows(r1 + 1, rows)) },
      inRows && model.size && { text: `Remove ${many(rows, "row")}`, keys: "Ctrl+Shift+-", run: change(() => model.removeRows(r0, rows)) },
      inRows && inColumns && null,
      inColumns && { text: `Insert ${many(columns, "column")} before`, run: change(() => this.#addColumns(c0, columns)) },
      inColumns && { text: `Insert ${many(columns, "column")} after`, run: change(() => this.#addColumns(c1 + 1, columns)) },
      inColumns && model.width > columns && { text: `Remove ${many(columns, "column")}`, run: change(() => model.removeColumns(c0, columns)) },
      inColumns && { text: "Rename column", run: () => this.#rename(c0) },
      null,
      { text: "Widen column", run: () => grid.widths.step(c0, 32) },
      { text: "Narrow column", run: () => grid.widths.step(c0, -32) },
      { text: "Fit column to its content", run: () => grid.widths.fit(c0) },
    ].filter((item) => item !== false && item !== 0);
  }

  // ---------------------------------------------------------------- CSV and the clipboard

  /** From a spreadsheet: the cells from the active one on; rows and columns are added where they may be. */
  #paste(event) {
    if (event.target.matches("textarea, input")) return;
    const text = event.clipboardData.getData("text/plain");
    if (!text) return;
    event.preventDefault();
    const rows = tableParse(text.replace(/\r?\n$/, ""), text.includes("\t") ? "\t" : undefined);
    const { r0, r1, c0, c1 } = this.grid.selection;
    if (rows.length === 1 && rows[0].length === 1 && (r1 > r0 || c1 > c0)) return this.#pasteEverywhere(rows[0][0]);
    const wide = rows.reduce((most, row) => Math.max(most, row.length), 0);
    const { rows: many, columns } = this.options;
    let wrong = 0;
    this.#change(() => {
      const { model } = this;
      while (columns[1] === "dynamic" && model.width < c0 + wide) model.insertColumn(model.width);
      if (many[1] === "dynamic" && model.size < r0 + rows.length) model.insertRows(model.size, r0 + rows.length - model.size);
      const cells = rows.flatMap((row, r) => row.map((field, c) => [r0 + r, c0 + c, model.read(c0 + c, field)]));
      wrong = cells.filter(([, , value]) => value === undefined).length;
      model.set(cells.filter(([, c, value]) => value !== undefined && c < model.width && !this.#fixed(c)));
    });
    this.grid.anchor = { r: r0, c: c0 };
    this.grid.focus(r0 + rows.length - 1, c0 + wide - 1, true);
    if (wrong) this.fault = `${wrong} of the pasted cells did not fit their columns and were left out.`;
  }

  /** One value goes into all selected cells. */
  #pasteEverywhere(text) {
    const { c0, c1 } = this.grid.selection;
    const values = Array.from({ length: c1 - c0 + 1 }, (_, n) => this.model.read(c0 + n, text));
    if (values.includes(undefined)) this.fault = `“${text}” fits not all of the selected columns.`;
    else this.#setCells((_, c) => values[c - c0]);
  }

  #cut(event) {
    if (event.target.matches("textarea, input")) return;
    this.grid.copy(event);
    this.#clearCells();
  }

  async #copyAll() {
    const { model } = this;
    const rows = Array.from({ length: model.size }, (_, v) => model.rows[model.at(v)]);
    const done = await copyText(tableFormat([model.headers, ...rows], "\t", false).replace(/\r\n$/, ""), this.host);
    this.said.textContent = done ? `Copied ${model.size} rows.` : "The browser did not let the table be copied.";
  }

  async #read(file) {
    this.fault = "";
    try {
      const table = tableRead(await tableDecode(file));
      const { rows, columns } = this.options;
      if (columns[1] === "fixed" && table.headers.length !== columns[0]) throw new Error(`The table must have ${columns[0]} columns; ${file.name} has ${table.headers.length}.`);
      if (rows[1] === "fixed" && table.data.length !== rows[0]) throw new Error(`The table must have ${rows[0]} rows; ${file.name} has ${table.data.length}.`);
      this.#empty = false;
      this.#change(() => Object.assign(this.model, { headers: table.headers, types: table.types, dtypes: table.headers.map(() => null), index: 0, rows: table.data }));
      this.model.arrange(-1, false, "");
      this.#refresh();
      this.said.textContent = `${file.name}: ${table.data.length} rows.`;
    } catch (error) {
      this.fault = error.message;
    }
  }

  #download() {
    const { model } = this;
    const rows = Array.from({ length: model.size }, (_, v) => model.rows[model.at(v)]);
    const url = URL.createObjectURL(new Blob([tableFormat([model.headers, ...rows])], { type: "text/csv" }));
    h("a", { href: url, download: `${this.label || "table"}.csv` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }
}

/** The browser's field for a date as it is written; null for moments with a zone, or no date. */
function framePicker(text) {
  if (/^(\d{4}-\d\d-\d\d)?$/.test(text)) return "date";
  return /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,3})?)?$/.test(text) ? "datetime-local" : null;
}

define("dataframe", Dataframe);
