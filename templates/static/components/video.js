/** Video: uploaded or recorded with the camera; played and downloaded. */
import { Component, define } from "../core/component.js";
import { fileUrl, upload } from "../core/api.js";
import { h } from "../core/dom.js";
import { dropzoneListen } from "./dropzone.js";
import { VideoRecorder } from "./video_record.js";

class VideoField extends Component {
  #wire = null;
  #turn = 0;         // what an older upload brings is dropped
  #recorder = null;
  #url = "";         // of a file of the visitor, which is played from here

  connect() {
    this.stage = h("div", { class: "stage" });
    this.said = h("p", { class: "visually-hidden", role: "status" });
    this.querySelector(".film").append(this.stage, this.said);
    if (this.editable) this.#wireInputs();
    this.value = this.initial;
  }

  #wireInputs() {
    this.input = this.querySelector("input[type=file]");
    this.drop = this.querySelector(".drop");
    dropzoneListen(this, this.input, (files) => this.#take(files[0]), { paste: true });
    this.ways = h("div", { class: "actions" });
    if (this.options.sources.includes("webcam")) this.ways.append(this.#button("Use the camera", () => this.#record()));
    this.drop.after(this.ways);
  }

  #button(text, run) { return h("button", { type: "button", onclick: run }, text); }

  get value() { return this.#wire?.h ? { h: this.#wire.h } : this.#wire; }

  set value(wire) {
    this.#turn += 1;
    this.leave();
    this.#wire = wire ?? null;
    if (this.#wire) this.#show(fileUrl(this.#wire));
    else this.#showEmpty();
  }

  takeOver(old) {
    this.value = old.#wire;
    return true;
  }

  leave() {
    this.#recorder?.close();
    this.#recorder = null;
    URL.revokeObjectURL(this.#url);
  }

  #showEmpty() {
    this.stage.replaceChildren();
    if (!this.editable) return;
    this.drop.hidden = !this.options.sources.includes("upload");
    this.ways.hidden = false;
  }

  /** A file of the visitor, or a recording: shown at once, uploaded meanwhile. */
  #take(file) {
    const known = this.input.accept.split(",").some((end) => end[0] === "." && file.name.toLowerCase().endsWith(end));
    if (!file.type.startsWith("video/") && !known) {
      this.fault = `${file.name || "This"} is not a video file.`;
      return;
    }
    this.leave();
    const turn = (this.#turn += 1);
    this.#wire = null;
    this.#url = URL.createObjectURL(file);
    this.#show(this.#url, file);
    this.said.textContent = "Uploading the video.";
    const stored = upload(file).then((wire) => {
      if (turn !== this.#turn) return;
      this.#wire = wire;
      this.said.textContent = "The video is uploaded.";
    }, (error) => {
      if (turn !== this.#turn) return;
      this.value = null;
      this.fault = [error.message, error.hint].filter(Boolean).join(" ");
      throw error;
    });
    this.wait(stored).catch(() => {});
    this.changed();
  }

  #show(url, file) {
    const focused = this.contains(document.activeElement);
    const { autoplay, height, width, download } = this.options;
    const name = file?.name ?? this.#wire?.name ?? "video.mp4";
    // A moment after the start, so that phones, too, show the first picture before it plays.
    const player = h("video", { controls: true, playsinline: true, preload: "metadata", src: `${url}#t=0.001`, "aria-label": this.label });
    player.autoplay = !this.editable && autoplay;
    for (const [side, size] of [["blockSize", height], ["inlineSize", width]]) if (size) player.style[side] = typeof size === "number" ? `${size}px` : size;
    if (this.#wire?.subtitles) player.append(h("track", { kind: "subtitles", label: "Subtitles", src: fileUrl(this.#wire.subtitles), default: true }));
    const note = h("small", { hidden: true }, `${name} cannot be played by this browser.`);
    player.addEventListener("error", () => { player.hidden = true; note.hidden = false; });
    player.addEventListener("loadedmetadata", () => { if (player.duration === Infinity) videoMeasured(player); }, { once: true });
    const actions = h("div", { class: "actions" });
    if (this.editable) {
      this.drop.hidden = this.ways.hidden = true;
      actions.append(this.#button("Remove", () => this.#remove()));
    } else if (download) actions.append(h("a", { class: "button", href: url, download: name }, "Download"));
    this.stage.replaceChildren(h("figure", {}, player, note, actions));
    if (focused) actions.querySelector("button")?.focus();
  }

  #remove() {
    this.value = null;
    this.changed();
    (this.drop.hidden ? this.ways.querySelector("button") : this.input)?.focus();
  }

  async #record() {
    this.fault = "";
    const { mirror, audio, format, max } = this.options;
    const recorder = new VideoRecorder({ label: this.label, mirror, audio, format, max, done: (file) => this.#take(file), cancelled: () => this.#remove() });
    try {
      await recorder.start();
    } catch (error) {
      recorder.close();
      this.fault = error.message;
      return;
    }
    if (!this.isConnected) return recorder.close();
    this.leave();
    this.#recorder = recorder;
    this.drop.hidden = this.ways.hidden = true;
    this.stage.replaceChildren(recorder.element);
    recorder.button.focus();
  }
}

/** A recording does not say how long it is: the browser learns it by looking at its end. */
function videoMeasured(player) {
  player.addEventListener("durationchange", () => { player.currentTime = 0; }, { once: true });
  player.currentTime = Number.MAX_SAFE_INTEGER;
}

define("video", VideoField);
