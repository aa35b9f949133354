/** A long text is shown in parts: the first at once, more at a button. All of it can be copied and saved. */
import { copyBriefly } from "./coloured.js";
import { h } from "./dom.js";

const PORTION = 500_000; // characters that a page draws without a stall, of text or of HTML
const PORTION_LINE = 50; // characters that a line counts at least

export class Portion {
  #box;
  #draw;
  #how;
  #note = null;
  #text = "";
  #size = 0;
  #cut = null;

  /**
   * box: the element of the text; a note comes behind it. draw: shows a text, which may be only the beginning.
   *
   * end(text, size): where a part of about that size ends. whole(text): what is copied and saved. name: of the file.
   */
  constructor(box, draw, { name = "text", end = portionEnd, whole = (text) => text } = {}) {
    this.#box = box;
    this.#draw = draw;
    this.#how = { name, end, whole };
  }

  /** Whether only the beginning is shown. */
  get partly() { return this.#cut !== null; }

  /** Show a text, or what it has become: as much of it as the visitor asked for. */
  show(text) {
    if (text.length < this.#text.length || !this.#size) this.#size = PORTION;
    this.#text = text;
    this.#update();
  }

  /** Show a text that grew at its end: `append` adds there what is new, as long as all of it is shown. */
  grow(text, added, append) {
    const whole = this.#cut === null && this.#text.length + added.length === text.length;
    if (!whole || this.#how.end(text, this.#size) < text.length) return this.show(text);
    this.#text = text;
    append();
  }

  #update() {
    const text = this.#text;
    const end = this.#how.end(text, this.#size);
    const cut = end < text.length ? text.slice(0, end) : null;
    if (cut === null || cut !== this.#cut) this.#draw(cut ?? text);
    this.#cut = cut;
    if (cut === null && !this.#note) return;
    this.#note ??= this.#made();
    if (this.#note.parentNode !== this.#box.parentNode) this.#box.after(this.#note);
    this.#note.hidden = cut === null;
    const [shown, all] = [end, text.length].map((count) => count.toLocaleString("en"));
    this.#note.firstElementChild.textContent = `The first ${shown} of ${all} characters are shown.`;
  }

  #made() {
    const button = (name, onclick) => h("button", { class: "plain", type: "button", onclick }, name);
    const copy = button("Copy all", () => copyBriefly(copy, this.#how.whole(this.#text)));
    const more = button("Show more", () => {
      this.#size *= 2;
      this.#update();
    });
    return h("div", { class: "portion" }, h("span", {}), more, copy, button("Save all", () => this.#save()));
  }

  #save() {
    const url = URL.createObjectURL(new Blob([this.#how.whole(this.#text)], { type: "text/plain" }));
    h("a", { href: url, download: `${this.#how.name}.txt` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }
}

/** Where a part of a text ends: of as many characters, of not too many lines, and not within a character. */
export function portionEnd(text, size) {
  let lines = 0, end = Math.min(size, text.length);
  for (let place = text.indexOf("\n"); place >= 0 && place < end; place = text.indexOf("\n", place + 1)) {
    if (++lines * PORTION_LINE > size) end = place;
  }
  return end < text.length && /[\ud800-\udbff]/.test(text[end - 1]) ? end - 1 : end;
}

/** The same of HTML: behind a tag, if there is one; pictures in its addresses cost nothing. */
export function portionOfHtml(html, size) {
  if (html.length <= size) return html.length;
  let end = size;
  for (const { 0: address, index } of html.matchAll(/data:\w+\/[^"')\s>]{100,}/g)) {
    if (index >= end) break;
    end += address.length;
  }
  if (end >= html.length) return html.length;
  const tag = html.lastIndexOf(">", end - 1) + 1;
  if (tag > end / 2) return tag;
  const space = html.lastIndexOf(" ", end - 1) + 1; // one long text: between words, and never within an `&amp;`
  return space > end / 2 ? space : portionEnd(html, end);
}
