/** What a screen reader is told of a run: the newest of what there is to say, at most once a second. */

const ANNOUNCE_EVERY_MS = 1000;

export class Announcer {
  #at = -Infinity;
  #timer = 0;
  #text = "";

  /** find: gives the live region, which a reload may replace. */
  constructor(find) { this.find = find; }

  /** "" is not said, but takes back what has not been said yet. */
  say(text) {
    this.#text = text;
    clearTimeout(this.#timer);
    const due = this.#at + ANNOUNCE_EVERY_MS - performance.now();
    if (text && due > 0) this.#timer = setTimeout(() => this.#now(), due);
    else this.#now();
  }

  #now() {
    if (this.#text) this.#at = performance.now();
    this.find().textContent = this.#text;
  }
}

/** Values that come many times a second are not read out one by one: what is live in `box` is quiet, or as it was. */
export function hush(box, quiet) {
  for (const part of box?.querySelectorAll("output, [aria-live]") ?? []) {
    if (quiet && part.ariaLive !== "off") {
      part.dataset.loud = part.ariaLive ?? "";
      part.ariaLive = "off";
    } else if (!quiet && "loud" in part.dataset) {
      part.ariaLive = part.dataset.loud || null;
      delete part.dataset.loud;
    }
  }
}
