/** Recording from the microphone: as WAV, so that the server needs nothing to read it. */
import { config } from "../core/config.js";
import { h } from "../core/dom.js";
import { audioTime } from "./audio_time.js";
import { audioWav } from "./audio_wav.js";

const AUDIO_PIECE_S = 0.5;
const AUDIO_LONGEST_S = 600; // 58 MB at 48 kHz: what a server takes of one file
const AUDIO_FAULTS = {
  NotAllowedError: "The microphone may not be used. Allow it in the browser's address bar, or upload a file.",
  NotFoundError: "No microphone was found. Connect one, or upload a file.",
  NotReadableError: "The microphone is in use by another program. Close that, then try again.",
};

/** `element` is to be put on the page; `start()` rejects with a sentence that can be shown; `done` gets a File. */
export class AudioRecorder {
  #stream = null;
  #context = null;
  #blocks = [];       // not handed out yet
  #count = 0;         // samples so far
  #awake = null;      // wakes who waits for more
  #ended = false;

  /** `streams`: what it hears is asked for in `pieces`, without an end, and `done` gets nothing. */
  constructor({ label, max, streams, done, cancelled }) {
    this.max = streams ? Infinity : Math.min(max ?? AUDIO_LONGEST_S, AUDIO_LONGEST_S);
    Object.assign(this, { streams, done, cancelled });
    this.button = h("button", { type: "button", class: "primary", onclick: () => this.stop() }, "Stop");
    const cancel = h("button", { type: "button", onclick: () => { this.close(); cancelled(); } }, "Cancel");
    this.level = h("meter", { min: 0, max: 1, value: 0, "aria-label": `Level of ${label}` });
    this.time = h("span", { class: "time" }, audioTime(0));
    this.element = h("div", { class: "recorder", role: "group", "aria-label": `Recording ${label}` },
      h("div", { class: "spread" }, h("span", { class: "live" }, "Recording"), this.time), this.level,
      h("div", { class: "actions" }, this.button, streams ? "" : cancel));
  }

  async start() {
    if (!navigator.mediaDevices?.getUserMedia) throw new Error("The microphone works only over https or on this computer itself. Upload a file instead.");
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: { ideal: 1 } } });
    } catch (error) {
      throw new Error(AUDIO_FAULTS[error.name] ?? `The microphone did not start (${error.name}). Upload a file instead.`);
    }
    this.#context = new AudioContext();
    await this.#context.audioWorklet.addModule(new URL(config().modules["components/audio_tap.js"], document.baseURI));
    this.tap = new AudioWorkletNode(this.#context, "audio-tap", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
    this.tap.port.onmessage = ({ data }) => (data ? this.#heard(data) : this.#end());
    this.#context.createMediaStreamSource(this.#stream).connect(this.tap);
    for (const track of this.#stream.getTracks()) track.addEventListener("ended", () => this.stop()); // unplugged
    await this.#context.resume();
  }

  #heard(block) {
    if (this.#ended) return;
    this.#blocks.push(block);
    this.#count += block.length;
    const seconds = this.#count / this.#context.sampleRate;
    this.level.value = Math.sqrt(block.reduce((high, sample) => Math.max(high, Math.abs(sample)), 0));
    this.time.textContent = Number.isFinite(this.max) ? `${audioTime(seconds)} of at most ${audioTime(this.max)}` : audioTime(seconds);
    this.#awake?.();
    if (seconds >= this.max) this.stop();
  }

  /** What was heard so far and not handed out, as a File; at most `max` seconds. */
  #handed() {
    const rate = this.#context.sampleRate;
    const wav = audioWav([this.#blocks], rate, Number.isFinite(this.max) ? Math.floor(this.max * rate) : Infinity);
    this.#blocks = [];
    return new File([wav], "recording.wav", { type: "audio/wav" });
  }

  /** Files of half a second or more, as long as it records, and then the rest. */
  async *pieces() {
    for (;;) {
      const waiting = () => this.#blocks.reduce((sum, block) => sum + block.length, 0);
      while (!this.#ended && waiting() < AUDIO_PIECE_S * this.#context.sampleRate) {
        await new Promise((resolve) => { this.#awake = resolve; });
      }
      if (waiting()) yield this.#handed();
      else if (this.#ended) return;
    }
  }

  /** Ends the recording; `done` gets it when the audio thread has handed over its last samples. */
  stop() { this.tap?.port.postMessage("stop"); }

  #end() {
    if (this.#ended) return;
    this.#ended = true;
    this.#release();
    this.#awake?.();
    if (this.streams) return;
    if (this.#count) this.done(this.#handed());
    else this.cancelled();
  }

  /** Gives up what was recorded. */
  close() {
    this.#ended = true;
    this.#blocks = [];
    this.#release();
    this.#awake?.();
  }

  #release() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    if (this.#context?.state !== "closed") this.#context?.close();
  }
}
