/** A result that comes in pieces: played one after the other without a gap, and kept together for download. */
import { h } from "../core/dom.js";
import { audioWav } from "./audio_wav.js";
import { audioTime } from "./audio_time.js";

const AUDIO_LEAD_S = 0.1; // from the first piece to its first sound

export class AudioQueue {
  #context = null;
  #next = 0;                       // when the piece after the last one begins, in the context's time
  #buffers = [];
  #work = Promise.resolve();       // pieces are decoded in the order in which they came
  #closed = false;
  #url = "";
  #timer = 0;
  ended = false;

  constructor({ label, download }) {
    this.label = label;
    this.download = download;
    this.status = h("span", { class: "time", role: "status" }, "Buffering");
    this.pause = h("button", { type: "button", onclick: () => this.#toggle() }, "Pause");
    this.actions = h("div", { class: "actions" }, this.pause);
    this.element = h("div", { class: "recorder", role: "group", "aria-label": `${label}, as it comes` },
      h("div", { class: "spread" }, this.status), this.actions);
  }

  /** Fetch, decode and play the next piece. */
  add(url) {
    clearTimeout(this.#timer);
    this.ended = false;
    this.#work = this.#work.then(() => this.#play(url)).catch((error) => { this.status.textContent = `A piece could not be played: ${error.message}`; });
  }

  async #play(url) {
    const bytes = await (await fetch(url)).arrayBuffer();
    if (this.#closed) return;
    this.#context ??= new AudioContext({ sampleRate: audioRateOf(bytes) }); // the pieces' own: nothing is resampled
    const buffer = await this.#context.decodeAudioData(bytes);
    if (this.#closed) return;
    const source = this.#context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.#context.destination);
    this.#next = Math.max(this.#next, this.#context.currentTime + AUDIO_LEAD_S);
    source.start(this.#next);
    this.#next += buffer.duration;
    this.#buffers.push(buffer);
    this.status.textContent = `${audioTime(this.#seconds, 1)} so far`;
  }

  get #seconds() { return this.#buffers.reduce((sum, buffer) => sum + buffer.duration, 0); }

  #toggle() {
    const plays = this.#context?.state === "running";
    this.#context?.[plays ? "suspend" : "resume"]();
    this.pause.textContent = plays ? "Play on" : "Pause";
  }

  /** No piece will follow, unless one does within `pause_ms`. */
  end(pause_ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.ended = true;
      this.#work = this.#work.then(() => this.ended && !this.#closed && this.#buffers.length && this.#offer());
    }, pause_ms);
  }

  /** All pieces as one sound, to be played again and downloaded. */
  #offer() {
    const count = Math.max(...this.#buffers.map((buffer) => buffer.numberOfChannels));
    const channels = Array.from({ length: count }, (_, n) => this.#buffers.map((buffer) => buffer.getChannelData(Math.min(n, buffer.numberOfChannels - 1))));
    URL.revokeObjectURL(this.#url);
    const url = this.#url = URL.createObjectURL(audioWav(channels, this.#context.sampleRate));
    this.status.textContent = `${audioTime(this.#seconds, 1)} in all`;
    this.element.querySelector("audio")?.remove();
    this.actions.before(h("audio", { controls: true, src: url, "aria-label": this.label }));
    this.actions.querySelector("a")?.remove();
    if (this.download) this.actions.append(h("a", { class: "button", href: url, download: "sound.wav" }, "Download"));
  }

  close() {
    this.#closed = true;
    this.#context?.close();
    clearTimeout(this.#timer);
    URL.revokeObjectURL(this.#url);
  }
}

/** Hz of a WAV file; undefined, which leaves it to the browser, of any other. */
function audioRateOf(bytes) {
  const head = new DataView(bytes);
  const rate = bytes.byteLength >= 44 && head.getUint32(0) === 0x52494646 ? head.getUint32(24, true) : 0;
  return rate >= 3000 && rate <= 768000 ? rate : undefined;
}
