/** Progress bars of a running call, below the heading of its result. */
import { h } from "./dom.js";

const PROGRESS_SAY_MS = 10_000; // a reader hears of it this often

/** Shows the bars in `box`, which its owner sets each time, and says how far it is through `say`. */
export class ProgressBars {
  #said = 0;
  box = null;

  constructor(say) { this.say = say; }

  show(bars) {
    const rows = [...this.box.children];
    bars.forEach((bar, n) => {
      const row = rows[n] ?? this.box.appendChild(h("div", { class: "bar" }, h("p", {}, h("b", {}), h("span", {})), h("progress", { max: 1, "aria-label": "Progress" })));
      progressRow(row, bar);
    });
    for (const row of rows.slice(bars.length)) row.remove();
    this.box.hidden = bars.length === 0;
    if (bars.length && performance.now() - this.#said > PROGRESS_SAY_MS) {
      this.#said = performance.now();
      this.say(progressWords(bars[0]));
    }
  }

  clear() {
    this.box.replaceChildren();
    this.box.hidden = true;
    this.#said = performance.now() - PROGRESS_SAY_MS;
  }
}

function progressRow(row, bar) {
  const share = progressShare(bar);
  const meter = row.querySelector("progress");
  if (share === null) meter.removeAttribute("value");
  else meter.value = share;
  meter.ariaLabel = bar.desc || "Progress";
  row.querySelector("b").textContent = bar.desc ?? "";
  row.querySelector("span").textContent = progressFacts(bar);
}

function progressShare({ progress, index, length }) {
  if (progress !== null) return progress;
  return index !== null && length ? Math.min(index / length, 1) : null;
}

/** "12 of 40 steps · 3.2/s · 9 s left"; of seconds, which pass by themselves, "about 9 s left" */
function progressFacts(bar) {
  const number = new Intl.NumberFormat();
  const { progress, index, length, unit, rate, remaining } = bar;
  if (progress === null && unit === "s" && length) return index < length ? `about ${progressTime(length - index)} left` : "longer than usual";
  const done = progress !== null ? `${Math.round(progress * 100)} %` : index === null ? "" : length ? `${number.format(index)} of ${number.format(length)} ${unit}` : `${number.format(index)} ${unit}`;
  return [done, rate && `${number.format(rate)}/s`, remaining !== null && `${progressTime(remaining)} left`].filter(Boolean).join(" · ");
}

function progressWords(bar) {
  return [bar.desc, progressFacts(bar)].filter(Boolean).join(": ");
}

function progressTime(seconds) {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
