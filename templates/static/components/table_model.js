/** A table in the page: its rows, which of them are shown in which order, and changes that can be undone. */

const TABLE_STEPS = 100;
const TABLE_STEP_ROWS = 3_000_000; // rows that all remembered steps together refer to
const TABLE_PLAIN = /^[A-Za-z0-9 ]*$/;
const tableOrder = new Intl.Collator(undefined, { numeric: true });

export class TableModel {
  headers = [];
  types = [];     // "int", "float", "bool", "str", "date", "any", or null: not known
  dtypes = [];    // the exact types of a DataFrame's columns, null for plain ones; what they mean is the server's to know
  index = 0;      // so many first columns are the index of the DataFrame
  rows = [];      // never changed in place, so that a remembered step is a list of references
  styled = new WeakMap(); // row -> for each column {css, text} of a Styler, or null
  html = {};      // of the texts of Markdown columns
  shown = null;   // indices of the rows that pass the filter, in the order of the sort; null: all as they are
  sort = { column: -1, down: false };
  filter = "";
  #past = [];
  #future = [];
  #texts = null;

  /** `datatypes`: a name for all columns, or a list. */
  constructor(datatypes) { this.datatypes = datatypes; }

  load({ headers, types, dtypes, index, data, html, styled }) {
    const width = headers?.length ?? data[0]?.length ?? 0;
    this.headers = headers ?? Array.from({ length: width }, (_, n) => String(n + 1));
    this.types = types?.length === width ? [...types] : Array(width).fill(null);
    this.dtypes = dtypes?.length === width ? [...dtypes] : Array(width).fill(null);
    this.index = index ?? 0;
    this.rows = data;
    this.html = html ?? {};
    this.#style(styled, width);
    this.#past = [];
    this.#future = [];
    this.arrange(-1, false, "");
  }

  /** `css` are the different styles, `cells` [row, column, place in css or -1, text or null]. */
  #style({ css = [], cells = [] } = {}, width) {
    this.styled = new WeakMap();
    for (const [n, column, look, text] of cells) {
      const row = this.rows[n];
      if (!row) continue;
      if (!this.styled.has(row)) this.styled.set(row, Array(width).fill(null));
      this.styled.get(row)[column] = { css: css[look], text };
    }
  }

  /** The look of a cell of the row shown at `v`; one that was changed keeps its colours, not its text. */
  styledAt(v, column) { return this.styled.get(this.rows[this.at(v)])?.[column]; }

  /** How a cell of the row at `n` reads. */
  shownText(n, column) { return this.styled.get(this.rows[n])?.[column]?.text ?? tableText(this.rows[n][column]); }

  #restyle(old, row, how) {
    const looks = this.styled.get(old);
    if (looks) this.styled.set(row, how(looks));
    return row;
  }

  get wire() {
    const { headers, types, dtypes, index, rows } = this;
    return { headers, types, ...(dtypes.some(Boolean) && { dtypes }), ...(index && { index }), data: rows };
  }

  get width() { return this.headers.length; }
  get size() { return this.shown ? this.shown.length : this.rows.length; }
  get undoable() { return this.#past.length > 0; }
  get redoable() { return this.#future.length > 0; }

  /** The place in `rows` of the row shown at `v`. */
  at(v) { return this.shown ? this.shown[v] : v; }
  cell(v, column) { return this.rows[this.at(v)]?.[column] ?? null; }

  datatype(column) { return typeof this.datatypes === "string" ? this.datatypes : this.datatypes[column] ?? "str"; }

  /** How a column is aligned, edited and checked: "number", "bool", "date", "markdown", "html" or "str". */
  look(column) {
    const stated = this.datatype(column);
    if (!["str", "auto"].includes(stated)) return stated;
    return { int: "number", float: "number", bool: "bool", date: "date" }[this.types[column]] ?? "str";
  }

  empty(column) { return this.look(column) === "str" ? "" : null; }

  // ---------------------------------------------------------------- order

  arrange(column = this.sort.column, down = this.sort.down, filter = this.filter) {
    this.sort = { column, down };
    this.filter = filter;
    let shown = filter ? this.#matching(filter.toLowerCase()) : null;
    if (column >= 0) {
      const keys = this.#ranks(column);
      const sign = down ? -1 : 1;
      shown = Uint32Array.from(shown ?? this.rows.keys());
      shown.sort((a, b) => (keys[a] < 0 || keys[b] < 0 ? keys[b] - keys[a] : sign * (keys[a] - keys[b])) || a - b);
    }
    this.shown = shown;
  }

  /** The places of the rows that hold these words. Numbers are written out only when they may. */
  #matching(words) {
    const found = [];
    const numeric = /^[\d.e+-]+$/.test(words);
    if (numeric) this.#texts ??= this.rows.map((row) => row.join("\u0001").toLowerCase());
    const has = numeric ? (row, n) => this.#texts[n].includes(words) : (row) => row.some((cell) => typeof cell !== "number" && String(cell ?? "").toLowerCase().includes(words));
    this.rows.forEach((row, n) => { if (has(row, n)) found.push(n); });
    return found;
  }

  /** What the rows are sorted by: -1 is missing, which comes last both ways. */
  #ranks(column) {
    const numeric = this.look(column) === "number";
    const values = this.rows.map((row) => (numeric && typeof row[column] === "string" ? Number(row[column]) : row[column] ?? ""));
    const distinct = [...new Set(values)].filter((cell) => cell !== "");
    const ranks = new Map(tableSorted(distinct).map((cell, rank) => [cell, rank]));
    return Int32Array.from(values, (cell) => ranks.get(cell) ?? -1);
  }

  // ---------------------------------------------------------------- changes

  /** Do something that can be undone. */
  change(how) {
    this.#past.push(this.#step());
    const most = Math.max(2, Math.min(TABLE_STEPS, Math.floor(TABLE_STEP_ROWS / (this.rows.length + 1))));
    if (this.#past.length > most) this.#past.shift();
    this.#future = [];
    this.#texts = null;
    how();
  }

  undo() { this.#swap(this.#past, this.#future); }
  redo() { this.#swap(this.#future, this.#past); }

  #step() {
    const { headers, types, dtypes, index, rows } = this;
    return { headers, types, dtypes, index, rows };
  }

  #swap(from, to) {
    if (!from.length) return;
    to.push(this.#step());
    Object.assign(this, from.pop());
    this.#texts = null;
    this.arrange(this.sort.column < this.width ? undefined : -1);
  }

  /** Cells as [shown row, column, value]; rows and columns that are not there are left out. */
  set(cells) {
    const rows = [...this.rows];
    for (const [v, column, value] of cells) {
      const n = this.at(v);
      if (n === undefined || n >= rows.length || column >= this.width) continue;
      if (rows[n] === this.rows[n]) rows[n] = this.#restyle(this.rows[n], [...rows[n]], (looks) => [...looks]);
      rows[n][column] = value;
      const looks = this.styled.get(rows[n]);
      if (looks?.[column]) looks[column] = { css: looks[column].css };
    }
    this.rows = rows;
  }

  rename(column, name) { this.headers = this.headers.with(column, name); }

  /** Rows before the one shown at `v`, or at the end; returns where they are shown. At the end the order stays. */
  insertRows(v, count) {
    const end = v >= this.size;
    const n = end ? this.rows.length : this.at(v);
    const fresh = Array.from({ length: count }, () => this.headers.map((_, column) => this.empty(column)));
    this.rows = this.rows.slice(0, n).concat(fresh, this.rows.slice(n));
    if (!end) this.arrange(-1, false, "");
    else if (this.shown) this.shown = Array.from(this.shown).concat(fresh.map((_, index) => n + index));
    return end ? this.size - count : n;
  }

  removeRows(v, count) {
    const gone = new Set(Array.from({ length: count }, (_, n) => this.at(v + n)));
    this.rows = this.rows.filter((_, n) => !gone.has(n));
    this.arrange();
  }

  insertColumn(column) {
    const names = new Set(this.headers);
    let number = this.width + 1;
    while (names.has(String(number))) number += 1;
    this.headers = this.headers.toSpliced(column, 0, String(number));
    this.types = this.types.toSpliced(column, 0, null);
    this.dtypes = this.dtypes.toSpliced(column, 0, null);
    if (column < this.index) this.index = 0;
    const value = this.empty(column);
    this.rows = this.rows.map((row) => this.#restyle(row, row.toSpliced(column, 0, value), (looks) => looks.toSpliced(column, 0, null)));
    this.arrange(-1);
  }

  removeColumns(column, count) {
    this.headers = this.headers.toSpliced(column, count);
    this.types = this.types.toSpliced(column, count);
    this.dtypes = this.dtypes.toSpliced(column, count);
    if (column < this.index) this.index = 0;
    this.rows = this.rows.map((row) => this.#restyle(row, row.toSpliced(column, count), (looks) => looks.toSpliced(column, count)));
    this.arrange(-1);
  }

  /** The value that a typed text stands for in a column; undefined when it stands for none. */
  read(column, text) {
    const look = this.look(column);
    const declared = look === this.datatype(column);
    const plain = text.trim();
    if (look === "str" || look === "markdown" || look === "html") return text;
    if (plain === "") return null;
    const value = TABLE_READERS[look](plain);
    return value === undefined && !declared ? text : value;
  }
}

const TABLE_READERS = {
  number(text) {
    const number = Number(text);
    if (Number.isFinite(number)) return /^[+-]?\d{16,}$/.test(text) && !Number.isSafeInteger(number) ? text.replace("+", "") : number;
    return { inf: "Infinity", "-inf": "-Infinity", infinity: "Infinity", "-infinity": "-Infinity" }[text.toLowerCase()];
  },
  bool: (text) => ({ true: true, yes: true, 1: true, false: false, no: false, 0: false })[text.toLowerCase()],
  date: (text) => (/^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/.test(text) && !Number.isNaN(Date.parse(text.replace(" ", "T"))) ? text : undefined),
};

/** Different values in order: numbers before texts before truth values; texts as people order them. */
function tableSorted(values) {
  const of = (type) => values.filter((value) => typeof value === type);
  const texts = of("string");
  // the collator is right in every language, and ten times slower
  const sorted = texts.every((text) => TABLE_PLAIN.test(text)) ? tableSortPlain(texts) : texts.sort(tableOrder.compare);
  return [...Float64Array.from(of("number")).sort(), ...sorted, ...of("boolean").sort()];
}

/** Letters without regard to their case, numbers in a text by their value. */
function tableSortPlain(texts) {
  const key = (text) => text.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(16, "0"));
  return texts.map((text) => `${key(text)}\u0000${text}`).sort().map((text) => text.slice(text.indexOf("\u0000") + 1));
}

/** A cell as it is shown and copied. */
export function tableText(cell) {
  return cell === null || cell === undefined ? "" : String(cell);
}
