/** Audio: a sound, uploaded or recorded, trimmed before it is sent; played, seen and downloaded. */
import { define } from "../core/component.js";
import { fileUrl, upload } from "../core/api.js";
import { h } from "../core/dom.js";
import { MediaField } from "./media_field.js";
import { audioPeaks, audioWave } from "./audio_wave.js";
import { AudioRecorder } from "./audio_record.js";
import { AudioTrim } from "./audio_trim.js";
import { AudioQueue } from "./audio_queue.js";

const AUDIO_HEADER = 44; // bytes of a WAV file without samples
const AUDIO_LIVE_PAUSE_MS = 1500; // without a further piece: what is there is one sound

class AudioField extends MediaField {
  static what = "sound";
  static types = /^(audio|video)\//;
  static records = { source: "microphone", label: "Record" };

  #trim = null;      // what is cut off, while it can be
  #queue = null;     // plays the pieces of a streamed result

  get #streams() { return this.options.streaming && this.editable && Boolean(this.closest("qd-interface")?.settings.live); }

  get cumulative() { return this.options.streaming; }

  get value() {
    if (!this.wire?.h) return this.wire;
    return { h: this.wire.h, ...this.#trim?.crop };
  }

  set value(wire) {
    this.turn += 1;
    const host = this.closest("qd-interface");
    if (!this.editable && this.options.streaming && wire && host?.busy) {
      this.#piece(wire, host);
      return;
    }
    this.leave();
    this.wire = wire ?? null;
    if (this.wire) this.show(fileUrl(this.wire), null, wire);
    else this.showEmpty();
  }

  takeOver(old) {
    if (!old.#queue) this.value = old.wire && { ...old.wire, ...old.#trim?.crop };
    else {
      [this.#queue, this.wire, old.#queue] = [old.#queue, old.wire, null]; // plays on
      this.stage.replaceChildren(this.#queue.element);
    }
    return true;
  }

  get touched() { return "crop_min" in (this.#trim?.crop ?? {}) || super.touched; }

  leave() {
    super.leave();
    this.#queue?.close();
    this.#queue = this.#trim = null;
  }

  /** A player, with its waveform as soon as that is computed. `file` when it is at hand, `wire` as it came, which may be trimmed. */
  show(url, file, wire = null) {
    const name = file?.name ?? this.wire?.name ?? "sound.wav";
    const empty = [0, AUDIO_HEADER].includes((file ?? wire)?.size);
    const player = h("audio", { controls: true, preload: "metadata", src: url, "aria-label": this.label });
    player.autoplay = !this.editable && this.options.autoplay;
    player.hidden = empty;
    const place = h("div", { class: "waveplace" });
    const note = h("small", { hidden: !empty }, empty ? `There is no sound in ${name}: it is empty.` : `${name} cannot be played by this browser.`);
    player.addEventListener("error", () => { player.hidden = true; note.hidden = false; });
    const actions = h("div", { class: "actions" });
    if (this.editable) {
      this.#trim = new AudioTrim({ player, place, crop: wire, changed: () => this.changed() });
      actions.append(this.#trim.button);
    } else if (this.options.download) actions.append(h("a", { class: "button", href: url, download: name }, "Download"));
    this.stageWith(h("figure", {}, place, player, note, this.#trim?.element ?? "", actions), actions);
    if (!empty) this.#draw(player, place, url, file);
  }

  async #draw(player, place, url, file) {
    const turn = this.turn;
    const peaks = await audioPeaks(player, url, file);
    if (turn !== this.turn) return;
    place.hidden = !peaks;
    if (!peaks) return;
    const { colour, played, hidden } = this.options.wave;
    const wave = audioWave(peaks, player);
    if (colour) wave.style.setProperty("--colour", colour);
    if (played) wave.style.setProperty("--colour-played", played);
    wave.hidden = hidden;
    place.classList.toggle("bare", hidden);
    place.replaceChildren(wave);
    this.#trim?.ready();
  }

  // -------------------------------------------------------------------- the microphone

  recorder(settings) { return new AudioRecorder({ ...settings, streams: this.#streams }); }

  recorded(recorder) { if (this.#streams) this.#stream(recorder); }

  /** Piece after piece, each as the value of a call of its own; the next one waits until that has ended. */
  async #stream(recorder) {
    const host = this.closest("qd-interface");
    try {
      for await (const piece of recorder.pieces()) {
        const wire = await upload(piece);
        if (this.recording !== recorder) return; // cleared meanwhile
        this.wire = wire;
        this.changed();
        await audioIdle(host);
        if (host.state === "failed") break;
      }
    } catch (error) {
      this.fault = [error.message, error.hint].filter(Boolean).join(" ");
    }
    if (this.recording !== recorder) return;
    this.leave();
    this.showEmpty();
    this.ways.querySelector("button").focus();
  }

  // -------------------------------------------------------------------- a streamed result

  #piece(wire, host) {
    if (wire.h === this.wire?.h) return; // the last piece comes again when the call ends
    const { live } = host.settings;
    if (this.#queue?.ended && !live) this.leave();
    this.wire = wire;
    if (!this.#queue) {
      this.#queue = new AudioQueue({ label: this.label, download: this.options.download });
      this.stage.replaceChildren(this.#queue.element);
    }
    const queue = this.#queue;
    queue.add(fileUrl(wire));
    audioIdle(host).then(() => queue.end(live ? AUDIO_LIVE_PAUSE_MS : 0));
  }
}

/** Resolves when no call runs. */
async function audioIdle(host) {
  do {
    if (host.busy) await new Promise((resolve) => { host.addEventListener("qd-done", resolve, { once: true }); });
    await new Promise((resolve) => { setTimeout(resolve, 0); }); // a change that waited begins now
  } while (host.busy);
}

define("audio", AudioField);
