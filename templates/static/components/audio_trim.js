/** Cutting off the beginning and the end of a sound, by two sliders; the server does the cutting. */
import { h } from "../core/dom.js";
import { audioTime } from "./audio_time.js";

const AUDIO_TRIM_STEP = 0.1; // percent

/** `button` opens `element`; `crop` is {crop_min, crop_max} in percent, or nothing when all of it is sent. */
export class AudioTrim {
  constructor({ player, place, crop, changed }) {
    this.player = player;
    this.place = place;
    this.changed = changed;
    const slider = (value) => h("input", { type: "range", min: 0, max: 100, step: AUDIO_TRIM_STEP, value });
    this.from = slider(crop?.crop_min ?? 0);
    this.to = slider(crop?.crop_max ?? 100);
    this.times = h("output", {});
    const button = (text, run) => h("button", { type: "button", onclick: run }, text);
    this.button = h("button", { type: "button", "aria-expanded": "false", hidden: true, onclick: () => this.#open(this.element.hidden) }, "Trim");
    this.element = h("div", { class: "trim", hidden: true },
      h("label", {}, "Begin", this.from), h("label", {}, "End", this.to),
      h("div", { class: "actions" }, button("Play this part", () => this.#preview()), button("All of it", () => this.#whole()), this.times));
    for (const [one, other] of [[this.from, this.to], [this.to, this.from]]) {
      one.addEventListener("input", () => this.#moved(one, other));
      one.addEventListener("change", () => this.changed());
    }
    player.addEventListener("timeupdate", () => {
      if (this.until && player.currentTime >= this.until) { player.pause(); this.until = 0; }
    });
    player.addEventListener("loadedmetadata", () => this.ready());
  }

  get crop() {
    const crop = { crop_min: Number(this.from.value), crop_max: Number(this.to.value) };
    return crop.crop_min > 0 || crop.crop_max < 100 ? crop : {};
  }

  /** Its length is known: it can be trimmed. */
  ready() {
    if (!(this.player.duration > 0) || !Number.isFinite(this.player.duration)) return;
    this.button.hidden = false;
    if ("crop_min" in this.crop) this.#open(true);
    this.#tell();
  }

  #open(open) {
    this.element.hidden = !open;
    this.button.ariaExpanded = String(open);
  }

  #moved(one, other) {
    const apart = one === this.from ? Number(other.value) - AUDIO_TRIM_STEP : Number(other.value) + AUDIO_TRIM_STEP;
    one.value = one === this.from ? Math.min(one.value, apart) : Math.max(one.value, apart);
    this.#tell();
  }

  #seconds(slider) { return slider.value / 100 * this.player.duration; }

  #tell() {
    const [from, to] = [this.from, this.to].map((slider) => audioTime(this.#seconds(slider), 1));
    this.from.ariaValueText = from;
    this.to.ariaValueText = to;
    this.times.textContent = `${from} to ${to}`;
    this.place.style.setProperty("--from", this.from.value / 100);
    this.place.style.setProperty("--to", this.to.value / 100);
  }

  #preview() {
    this.player.currentTime = this.#seconds(this.from);
    this.until = this.#seconds(this.to);
    this.player.play().catch(() => {}); // a sound that cannot be played says so itself
  }

  #whole() {
    this.from.value = 0;
    this.to.value = 100;
    this.#tell();
    this.changed();
  }
}
