/** HTML that grows, such as an answer that is being written: only the blocks that changed are drawn anew. */
import { programButtons } from "./coloured.js";
import { safe, safeName } from "./safe.js";

const BLOCKS_EMPTY = new Set("area base br col embed hr img input link meta source track wbr".split(" "));

/** What `box` shows. Blocks are its outermost elements; text between them belongs to the next one. */
export class Blocks {
  #html = "";
  #blocks = []; // of each: where it ends in the HTML, and how many nodes there are up to its end
  #name = safeName();

  constructor(box) { this.box = box; }

  /** Show this instead of what was shown; it is cleaned first. */
  show(html) {
    const same = blocksAlike(this.#html, html);
    const stay = this.#blocks.filter(({ end }) => end <= same);
    const { end: start, nodes } = stay.at(-1) ?? { end: 0, nodes: 0 };
    const ends = blocksEnds(html, start);
    if (!ends && start) return this.reset().show(html);
    while (this.box.childNodes.length > nodes) this.box.lastChild.remove();
    this.#blocks = stay;
    this.#html = html;
    const part = document.createElement("div");
    let from = start;
    for (const end of ends ?? [html.length]) {
      safe(part, html.slice(from, end), this.#name);
      this.box.append(...part.childNodes);
      if (ends) this.#blocks.push({ end, nodes: this.box.childNodes.length });
      from = end;
    }
    programButtons(this.box);
    return this;
  }

  /** Something else is shown, or nothing. */
  reset() {
    this.box.replaceChildren();
    this.#blocks = [];
    this.#html = "";
    return this;
  }
}

/** How many characters two texts begin with alike. */
function blocksAlike(one, other) {
  const most = Math.min(one.length, other.length);
  let count = 0;
  while (count < most && one.charCodeAt(count) === other.charCodeAt(count)) count++;
  return count;
}

/** Where the outermost elements end, and the end of the HTML; null when its tags do not pair up. */
function blocksEnds(html, start) {
  const ends = [], open = [];
  const tags = /<(\/?)([a-z][\w-]*)(?:"[^"]*"|'[^']*'|[^'">])*?(\/?)>/gi;
  tags.lastIndex = start;
  for (let found = tags.exec(html); found; found = tags.exec(html)) {
    const [, closes, name, alone] = found;
    const tag = name.toLowerCase();
    const empty = BLOCKS_EMPTY.has(tag) || (alone && open.some((one) => one === "svg" || one === "math"));
    if (closes && open.pop() !== tag) return null;
    if (!closes && !empty) open.push(tag);
    if (!open.length) ends.push(tags.lastIndex);
  }
  if (open.length) return null;
  if (ends.at(-1) !== html.length) ends.push(html.length);
  return ends;
}
