/** What is known of a run before it ends: its place in line, how long it takes, whether the connection is there. */

const LINE_SHOW_MS = 300; // quick calls show nothing
const LINE_AWAY_MS = 600; // a connection that is back by then was hardly missed
const LINE_WORTH_S = 2; // a range below this is not told
const LINE_NOBODY = "waits until a worker is there";
const LINE_MOST = .96; // of the bar: only the end fills it

/** Times are in ms of `performance.now()`; ranges are [least, most] seconds from when they were told. */
export class Line {
  waits = false; // in line
  started = false; // the server said that it runs
  #place = 0;
  #about = false;
  #nobody = false;
  #attempt = 1;
  #range = null;
  #told = 0;
  #share = 0;
  #lost = Infinity;

  /** began: when the run was asked for. */
  constructor(began) { this.began = began; }

  /** A `queued` event. about: several hosts share the line, and the place is a guess. workers: 0 when none of them works. */
  queued({ position, remaining, about = false, workers = null }, now = performance.now()) {
    this.waits = true;
    [this.#place, this.#about, this.#nobody] = [position, about, workers === 0];
    [this.#range, this.#told] = [remaining, now];
  }

  /** A `started` event. */
  starts({ attempt = 1, remaining }, now = performance.now()) {
    this.waits = false;
    this.started = true;
    this.#attempt = attempt;
    [this.#range, this.#told] = [remaining, now];
  }

  /** The description of a run that goes on, of now. */
  knows(run) {
    if (run.state === "queued") this.queued(run);
    if (run.state === "running") this.starts(run);
  }

  /** The connection is lost, or there again. */
  goesAway(away, now = performance.now()) {
    if (!away) this.#lost = Infinity;
    else this.#lost = Math.min(this.#lost, now);
  }

  /** Whether the connection is lost for so long that it is told. */
  get away() { return performance.now() - this.#lost > LINE_AWAY_MS; }

  /** Whether the run takes so long that something is told of it. */
  shows(now = performance.now()) { return now - this.began >= LINE_SHOW_MS; }

  /** "2nd in line · about 10–25 s", "3.2 s of about 8–12 s", "3.2 s" */
  text(now = performance.now()) {
    const elapsed = (now - this.began) / 1000;
    const time = `${elapsed.toFixed(1)} s`;
    if (!this.shows(now)) return time;
    if (this.away) return "Connection lost · trying again";
    if (this.waits && this.#nobody) return `${linePlace(this.#place, this.#about)} · ${LINE_NOBODY}`;
    if (this.waits) return `${linePlace(this.#place, this.#about)} · ${this.#range ? lineRange(this.#left(now)) : time}`;
    const again = this.#attempt > 1 ? ` · try ${this.#attempt}` : "";
    const whole = this.#whole;
    if (!whole || whole[1] < LINE_WORTH_S) return time + again;
    return (elapsed > whole[1] ? `${time} · longer than usual` : `${time} of ${lineRange(whole)}`) + again;
  }

  /** The same for a reader's ear; "" when nothing is known that is worth telling. */
  words(now = performance.now()) {
    if (this.away) return "Connection lost, trying again";
    const range = this.#range && lineRange(this.#left(now)).replace("–", " to ");
    if (this.waits) return [linePlace(this.#place, this.#about), this.#nobody ? LINE_NOBODY : range].filter(Boolean).join(", ");
    return range && this.#range[1] >= LINE_WORTH_S ? `Running, ${range}` : "";
  }

  /** How much is done, 0 to 1; never less than before. null: nobody knows. */
  share(now = performance.now()) {
    if (!this.#range || !this.shows(now)) return null;
    const done = (now - this.began) / 1000;
    const [least, most] = this.#left(now);
    if (done + most < LINE_WORTH_S) return null;
    this.#share = Math.max(this.#share, Math.min(done / (done + (least + most) / 2), LINE_MOST));
    return this.#share;
  }

  /** The range as it is now: time has passed since it was told. */
  #left(now) {
    const passed = (now - this.#told) / 1000;
    return this.#range.map((seconds) => Math.max(seconds - passed, 0));
  }

  /** How long the run takes in all, from when it was asked for. */
  get #whole() { return this.#range?.map((seconds) => seconds + (this.#told - this.began) / 1000); }
}

function linePlace(place, about) {
  if (place <= 1) return "Next in line";
  const ending = { one: "st", two: "nd", few: "rd", other: "th" }[new Intl.PluralRules("en", { type: "ordinal" }).select(place)];
  return `${about ? "About " : ""}${place.toLocaleString("en")}${ending} in line`;
}

/** "about 10–25 s", "about 2 min", "up to 3 s", "a moment" */
function lineRange([least, most]) {
  const [size, unit] = most < 90 ? [1, "s"] : most < 5400 ? [60, "min"] : [3600, "h"];
  const [from, to] = [Math.floor(least / size), Math.ceil(most / size)];
  if (to <= 1) return unit === "s" ? "a moment" : `about 1 ${unit}`;
  if (from < 1) return `up to ${to} ${unit}`;
  return from === to || to === from + 1 && from > 20 ? `about ${to} ${unit}` : `about ${from}–${to} ${unit}`;
}
