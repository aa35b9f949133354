/** CSV and TSV, as spreadsheets write them: quotes, line breaks in fields, separators that are guessed. */

// a spreadsheet must not run a text as a formula: it gets an apostrophe, which reading takes away (as in flag logs)
const TABLE_FORMULA = /^'*[=+\-@\t\r]/;
const TABLE_NUMBER = /^[+-]?((0|[1-9]\d*)(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/** Rows of fields of a text; `separator` is guessed when none is given. */
export function tableParse(text, separator = tableSeparator(text)) {
  const rows = [];
  let row = [];
  const mark = separator === "|" ? "\\|" : separator;
  const field = new RegExp(`(?:"((?:[^"]|"")*)"([^${mark}\\r\\n]*)|([^${mark}\\r\\n]*))(${mark}|\\r\\n|\\r|\\n|$)`, "y");
  text = text.replace(/^\ufeff/, "");
  for (let match = field.exec(text); match; match = field.exec(text)) {
    row.push(match[1] === undefined ? match[3] : match[1].replaceAll('""', '"') + match[2]);
    if (match[4] !== separator) {
      if (row.length > 1 || row[0] !== "") rows.push(row);
      row = [];
      if (match[4] === "" || field.lastIndex >= text.length) break;
    }
  }
  if (row.length) rows.push([...row, ""]); // the text ended with a separator
  return rows;
}

/** What separates the fields of the first line, outside of quotes. */
export function tableSeparator(text) {
  const [line] = text.slice(0, 100_000).replace(/"[^"]*"/g, "").trimStart().split(/[\r\n]/, 1);
  const count = (mark) => line.split(mark).length;
  return [",", ";", "\t", "|"].reduce((best, mark) => (count(mark) > count(best) ? mark : best));
}

/** One line for each row; texts are quoted where they must be. */
export function tableFormat(rows, separator = ",", guard = true) {
  const line = (row) => row.map((cell) => tableField(cell, separator, guard)).join(separator);
  return rows.map(line).join("\r\n") + "\r\n";
}

function tableField(cell, separator, guard) {
  if (cell === null || cell === undefined) return "";
  if (typeof cell !== "string") return String(cell);
  const text = guard && TABLE_FORMULA.test(cell) && !TABLE_NUMBER.test(cell) ? `'${cell}` : cell;
  return /["\r\n]/.test(text) || text.includes(separator) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The text of a file: UTF-8, UTF-16 with its mark, else Latin-1. */
export async function tableDecode(file) {
  const bytes = await file.arrayBuffer();
  const [one, two] = new Uint8Array(bytes, 0, Math.min(2, bytes.byteLength));
  if ((one === 0xff && two === 0xfe) || (one === 0xfe && two === 0xff)) return new TextDecoder(one === 0xff ? "utf-16le" : "utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

/** {headers, types, data} of a CSV text: a column becomes numbers or truth values when all of its fields are. */
export function tableRead(text) {
  const [headers = [], ...rows] = tableParse(text);
  const long = rows.findIndex((row) => row.length > headers.length);
  if (!headers.length) throw new Error("The file is empty; its first row should name the columns.");
  if (long >= 0) throw new Error(`Row ${long + 2} has ${rows[long].length} values for ${headers.length} headers.`);
  const types = headers.map((_, n) => tableTyped(rows, n));
  return { headers, types, data: rows };
}

function tableTyped(rows, n) {
  const all = (test) => rows.every((row) => !row[n] || test(row[n])) && rows.some((row) => row[n]);
  const whole = all((text) => /^[+-]?(0|[1-9]\d*)$/.test(text));
  const kind = whole ? "int" : all((text) => TABLE_NUMBER.test(text)) ? "float" : all((text) => /^(true|false)$/i.test(text)) ? "bool" : "str";
  for (const row of rows) row[n] = tableCell(kind, row[n] ?? "");
  return kind;
}

function tableCell(kind, text) {
  if (kind === "str") return /^'+[=+\-@\t\r]/.test(text) ? text.slice(1) : text;
  if (text === "") return null;
  if (kind === "bool") return /^true$/i.test(text);
  const number = Number(text);
  return Number.isInteger(number) && !Number.isSafeInteger(number) ? text : number; // digits that a number would round
}
