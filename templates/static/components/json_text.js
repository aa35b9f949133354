/**
 * JSON text looked at where it stands, instead of as JavaScript's values: those put keys such as "0" first, round
 * integers above 2**53 and write 1.0 as 1. A text of 10 MB is gone through once for each level that is opened.
 * The text must be JSON: as the server or JSON.stringify wrote it, or checked by JSON.parse.
 */

const JSON_SPACE = " \n\t\r";

/** Where the text that begins at `at` has its closing quotation mark. */
export function jsonQuoteEnd(text, at) {
  for (let end = text.indexOf('"', at + 1); ; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text[end - 1 - slashes] === "\\") slashes++;
    if (slashes % 2 === 0) return end;
  }
}

/** Where the entries of the list or object at `at` begin, at their keys if they have them; `end` is behind it. */
export function jsonInner(text, at) {
  const starts = [];
  let depth = 0, awaited = false;
  for (let place = at; place < text.length; place++) {
    const char = text[place];
    if (JSON_SPACE.includes(char)) continue;
    if (char === "]" || char === "}") {
      if (--depth === 0) return { starts, end: place + 1 };
      continue;
    }
    if (awaited && depth === 1) {
      starts.push(place);
      awaited = false;
    }
    if (char === '"') place = jsonQuoteEnd(text, place);
    else if (char === "[" || char === "{") awaited = ++depth === 1;
    else if (char === ",") awaited = depth === 1;
  }
  return { starts, end: text.length };
}

/** The first place from `at` on that is no space. */
export function jsonFrom(text, at) {
  while (at < text.length && JSON_SPACE.includes(text[at])) at++;
  return at;
}

/** Where the value that begins at `at` ends. */
export function jsonEnd(text, at) {
  if (text[at] === '"') return jsonQuoteEnd(text, at) + 1;
  if (text[at] === "[" || text[at] === "{") return jsonInner(text, at).end;
  let end = at;
  while (/[\w.+-]/.test(text[end] ?? "")) end++;
  return end;
}

/** The value's text, moved to the left by what its place in the whole had moved it to the right. */
export function jsonPart(text, at, depth) {
  const part = text.slice(at, jsonEnd(text, at));
  return part.includes("\n") ? part.replaceAll(`\n${"  ".repeat(depth)}`, "\n") : part;
}
