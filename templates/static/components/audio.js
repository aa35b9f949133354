/** Audio: a sound, uploaded or recorded, trimmed before it is sent; played, seen and downloaded. */
import { Component, define } from "../core/component.js";
import { fileUrl, upload } from "../core/api.js";
import { h } from "../core/dom.js";
import { dropzoneListen } from "./dropzone.js";
import { audioPeaks, audioWave } from "./audio_wave.js";
import { AudioRecorder } from "./audio_record.js";
import { AudioTrim } from "./audio_trim.js";
import { AudioQueue } from "./audio_queue.js";

const AUDIO_HEADER = 44; // bytes of a WAV file without samples
const AUDIO_LIVE_PAUSE_MS = 1500; // without a further piece: what is there is one sound

class AudioField extends Component {
  #wire = null;
  #trim = null;      // what is cut off, while it can be
  #turn = 0;         // what an older upload or sound brings is dropped
  #recorder = null;
  #queue = null;     // plays the pieces of a streamed result
  #url = "";         // of a file that is not uploaded yet

  connect() {
    this.stage = h("div", { class: "stage" });
    this.said = h("p", { class: "visually-hidden", role: "status" });
    this.querySelector(".sound").append(this.stage, this.said);
    if (this.editable) this.#wireInputs();
    this.value = this.initial;
  }

  #wireInputs() {
    this.input = this.querySelector("input[type=file]");
    this.drop = this.querySelector(".drop");
    this.drop.hidden = !this.options.sources.includes("upload");
    dropzoneListen(this, this.input, (files) => this.#take(files[0]), { paste: true });
    this.ways = h("div", { class: "actions ways" });
    if (this.options.sources.includes("microphone")) this.ways.append(this.#button("Record", () => this.#record()));
    this.drop.after(this.ways);
  }

  get #streams() { return this.options.streaming && this.editable && Boolean(this.closest("qd-interface")?.settings.live); }
  #button(text, run, kind) { return h("button", { type: "button", class: kind, onclick: run }, text); }

  get value() {
    if (!this.#wire?.h) return this.#wire;
    return { h: this.#wire.h, ...this.#trim?.crop };
  }

  set value(wire) {
    this.#turn += 1;
    const host = this.closest("qd-interface");
    if (!this.editable && this.options.streaming && wire && host?.busy) {
      this.#piece(wire, host);
      return;
    }
    this.#leave();
    this.#wire = wire ?? null;
    if (this.#wire) this.#show(fileUrl(this.#wire), null, wire);
    else this.#showEmpty();
  }

  takeOver(old) {
    if (!old.#queue) this.value = old.#wire && { ...old.#wire, ...old.#trim?.crop };
    else {
      [this.#queue, this.#wire, old.#queue] = [old.#queue, old.#wire, null]; // plays on
      this.stage.replaceChildren(this.#queue.element);
    }
    return true;
  }

  get touched() { return "crop_min" in (this.#trim?.crop ?? {}) || super.touched; }

  leave() { this.#leave(); }

  #leave() {
    this.#recorder?.close();
    this.#queue?.close();
    URL.revokeObjectURL(this.#url);
    this.#recorder = this.#queue = this.#trim = null;
  }

  #showEmpty() {
    this.stage.replaceChildren();
    if (!this.editable) return;
    this.drop.hidden = !this.options.sources.includes("upload");
    this.ways.hidden = false;
  }

  /** A file of the visitor, or a recording: shown at once, uploaded meanwhile. */
  #take(file) {
    if (!/^(audio|video)\//.test(file.type) && !this.input.accept.split(",").some((end) => end[0] === "." && file.name.toLowerCase().endsWith(end))) {
      this.fault = `${file.name || "This"} is not a sound file.`;
      return;
    }
    this.#leave();
    const turn = (this.#turn += 1);
    this.#wire = null;
    this.#url = URL.createObjectURL(file);
    this.#show(this.#url, file);
    this.said.textContent = "Uploading the sound.";
    const stored = upload(file).then((wire) => {
      if (turn !== this.#turn) return;
      this.#wire = wire;
      this.said.textContent = "The sound is uploaded.";
    }, (error) => {
      if (turn !== this.#turn) return;
      this.value = null;
      this.fault = [error.message, error.hint].filter(Boolean).join(" ");
      throw error;
    });
    this.wait(stored).catch(() => {});
    this.changed();
  }

  /** A player, with its waveform as soon as that is computed. `file` when it is at hand, `wire` as it came, which may be trimmed. */
  #show(url, file, wire = null) {
    const focused = this.contains(document.activeElement);
    const name = file?.name ?? this.#wire?.name ?? "sound.wav";
    const empty = [0, AUDIO_HEADER].includes((file ?? wire)?.size);
    const player = h("audio", { controls: true, preload: "metadata", src: url, "aria-label": this.label });
    player.autoplay = !this.editable && this.options.autoplay;
    player.hidden = empty;
    const place = h("div", { class: "waveplace" });
    const note = h("small", { hidden: !empty }, empty ? `There is no sound in ${name}: it is empty.` : `${name} cannot be played by this browser.`);
    player.addEventListener("error", () => { player.hidden = true; note.hidden = false; });
    const actions = h("div", { class: "actions" });
    if (this.editable) {
      this.drop.hidden = this.ways.hidden = true;
      this.#trim = new AudioTrim({ player, place, crop: wire, changed: () => this.changed() });
      actions.append(this.#trim.button, this.#button("Remove", () => this.#remove()));
    }
    if (!this.editable && this.options.download) actions.append(h("a", { class: "button", href: url, download: name }, "Download"));
    this.stage.replaceChildren(h("figure", {}, place, player, note, this.#trim?.element ?? "", actions));
    if (focused) actions.querySelector("button:not([hidden])")?.focus();
    if (!empty) this.#draw(player, place, url, file);
  }

  async #draw(player, place, url, file) {
    const turn = this.#turn;
    const peaks = await audioPeaks(player, url, file);
    if (turn !== this.#turn) return;
    place.hidden = !peaks;
    if (!peaks) return;
    place.replaceChildren(audioWave(peaks, player));
    this.#trim?.ready();
  }

  #remove() {
    this.value = null;
    this.changed();
    (this.drop.hidden ? this.ways.querySelector("button") : this.input)?.focus();
  }

  // -------------------------------------------------------------------- the microphone

  async #record() {
    this.fault = "";
    const streams = this.#streams;
    const recorder = new AudioRecorder({ label: this.label, max: this.options.max, streams, done: (file) => this.#take(file), cancelled: () => this.#remove() });
    try {
      await recorder.start();
    } catch (error) {
      recorder.close();
      this.fault = error.message;
      return;
    }
    if (!this.isConnected) return recorder.close();
    this.#leave();
    this.#recorder = recorder;
    this.drop.hidden = this.ways.hidden = true;
    this.stage.replaceChildren(recorder.element);
    recorder.button.focus();
    if (streams) this.#stream(recorder);
  }

  /** Piece after piece, each as the value of a call of its own; the next one waits until that has ended. */
  async #stream(recorder) {
    const host = this.closest("qd-interface");
    try {
      for await (const piece of recorder.pieces()) {
        const wire = await upload(piece);
        if (this.#recorder !== recorder) return; // cleared meanwhile
        this.#wire = wire;
        this.changed();
        await audioIdle(host);
        if (host.state === "failed") break;
      }
    } catch (error) {
      this.fault = [error.message, error.hint].filter(Boolean).join(" ");
    }
    if (this.#recorder !== recorder) return;
    this.#leave();
    this.#showEmpty();
    this.ways.querySelector("button").focus();
  }

  // -------------------------------------------------------------------- a streamed result

  #piece(wire, host) {
    if (wire.h === this.#wire?.h) return; // the last piece comes again when the call ends
    const { live } = host.settings;
    if (this.#queue?.ended && !live) this.#leave();
    this.#wire = wire;
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
