/** The nodes of a JSON tree: a line, or a <details> whose entries are drawn when it opens; of many entries in groups. */
import { h } from "../core/dom.js";
import { jsonEnd, jsonFrom, jsonInner, jsonPart, jsonQuoteEnd } from "./json_text.js";

const JSON_AT_ONCE = 200; // entries, or groups of them, drawn when a node opens
const JSON_LONG = 2_000; // characters of a text that are shown at first, and of a key
const JSON_MOST_OPENED = 1_000; // rows that "Expand all" draws: more of them stall the page

/**
 * The node of the value at `at`. `key` is its name as JSON, or its place in a list, null of the whole; `path` leads to
 * it, as ["a"][0]; `start` is where its key begins. Each node knows `start`, `way()`, its path, and
 * `source()`, its own text.
 */
export function jsonNode(text, at, { key = null, path = "", start = at, depth = 0 } = {}) {
  const name = key === null ? null : h("span", { class: "key-name" }, jsonShort(String(key), 100), ": ");
  const about = { start, way: () => path, source: () => jsonPart(text, at, depth) };
  const list = text[at] === "[";
  if (!list && text[at] !== "{") return Object.assign(jsonLeaf(text, at, name), about);
  const { starts } = jsonInner(text, at);
  const count = starts.length;
  if (!count) return Object.assign(h("div", { class: "leaf", tabindex: -1 }, name, list ? "[]" : "{}"), about);
  const said = count === 1 ? (list ? "1 entry" : "1 key") : `${count.toLocaleString("en")} ${list ? "entries" : "keys"}`;
  const node = jsonFold(h("summary", {}, name, list ? "[ ] " : "{ } ", h("small", {}, said)), 0, count, (n) => {
    const place = starts[n];
    if (list) return jsonNode(text, place, { key: n, path: `${path}[${n}]`, depth: depth + 1 });
    const end = jsonQuoteEnd(text, place) + 1;
    const inner = text.slice(place, end);
    return jsonNode(text, jsonFrom(text, jsonFrom(text, end) + 1), { key: inner, path: `${path}[${inner}]`, start: place, depth: depth + 1 });
  }, starts, about);
  if (depth === 0 || (depth < 3 && count <= 20)) node.unfold();
  return Object.assign(node, about);
}

/** A <details> of the entries from..to, which `entry(n)` draws; of many ones their groups. */
function jsonFold(summary, from, to, entry, starts, about) {
  const node = h("details", {}, summary);
  let size = 1;
  while ((to - from) / size > JSON_AT_ONCE) size *= JSON_AT_ONCE;
  const fill = () => {
    node.fill = () => {};
    for (let n = from; n < to; n += size) node.append(size === 1 ? entry(n) : group(n, Math.min(n + size, to)));
    if (size > 1) node.children[1].unfold();
  };
  const group = (first, end) => {
    const name = h("summary", {}, h("small", {}, `${first.toLocaleString("en")} to ${(end - 1).toLocaleString("en")}`));
    return Object.assign(jsonFold(name, first, end, entry, starts, about), about, { start: starts[first] });
  };
  node.fill = fill;
  node.unfold = () => {
    node.open = true;
    node.fill();
  };
  node.addEventListener("toggle", () => { if (node.open) node.fill(); });
  return node;
}

function jsonLeaf(text, at, name) {
  const value = text.slice(at, jsonEnd(text, at));
  const kind = { '"': "string", n: "null", t: "boolean", f: "boolean" }[value[0]] ?? "number";
  const shown = h("span", { class: `is-${kind}` }, jsonShort(value, JSON_LONG));
  const leaf = h("div", { class: "leaf", tabindex: -1 }, name, shown);
  if (value.length <= JSON_LONG) return leaf;
  let count = JSON_LONG;
  const more = h("button", { class: "plain", type: "button", onclick: () => {
    count *= 10;
    shown.textContent = jsonShort(value, count);
    more.hidden = count >= value.length;
  } }, `Show more of ${value.length.toLocaleString("en")} characters`);
  leaf.append(" ", more);
  return leaf;
}

function jsonShort(text, most) { return text.length <= most ? text : `${text.slice(0, most)}…`; }

/** Open what holds the place in the text; returns the innermost node. */
export function jsonReveal(node, place) {
  while (node.unfold) {
    node.unfold();
    const inner = [...node.children].slice(1).findLast((child) => child.start <= place);
    if (!inner) return node;
    node = inner;
  }
  return node;
}

/** Open all, level by level, as long as that is quick. Returns whether all of it is open. */
export function jsonUnfoldAll(root) {
  let rows = 0;
  for (let level = [root]; level.length; level = level.flatMap((node) => [...node.children].slice(1)).filter((node) => node.unfold)) {
    for (const node of level) {
      if (rows > JSON_MOST_OPENED) return false;
      node.unfold?.();
      rows += node.children.length;
    }
  }
  return true;
}
