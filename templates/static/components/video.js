/** Video: uploaded or recorded with the camera; played and downloaded. */
import { define } from "../core/component.js";
import { fileUrl } from "../core/api.js";
import { h } from "../core/dom.js";
import { MediaField } from "./media_field.js";
import { VideoRecorder } from "./video_record.js";

class VideoField extends MediaField {
  static what = "video";
  static types = /^video\//;
  static records = { source: "webcam", label: "Use the camera" };

  get value() { return this.wire?.h ? { h: this.wire.h } : this.wire; }

  set value(wire) {
    this.turn += 1;
    this.leave();
    this.wire = wire ?? null;
    if (this.wire) this.show(fileUrl(this.wire));
    else this.showEmpty();
  }

  takeOver(old) {
    this.value = old.wire;
    return true;
  }

  show(url, file) {
    const { autoplay, height, width, download } = this.options;
    const name = file?.name ?? this.wire?.name ?? "video.mp4";
    // A moment after the start, so that phones, too, show the first picture before it plays.
    const player = h("video", { controls: true, playsinline: true, preload: "metadata", src: `${url}#t=0.001`, "aria-label": this.label });
    player.autoplay = !this.editable && autoplay;
    for (const [side, size] of [["blockSize", height], ["inlineSize", width]]) if (size) player.style[side] = typeof size === "number" ? `${size}px` : size;
    if (this.wire?.subtitles) player.append(h("track", { kind: "subtitles", label: "Subtitles", src: fileUrl(this.wire.subtitles), default: true }));
    const note = h("small", { hidden: true }, `${name} cannot be played by this browser.`);
    player.addEventListener("error", () => { player.hidden = true; note.hidden = false; });
    player.addEventListener("loadedmetadata", () => { if (player.duration === Infinity) videoMeasured(player); }, { once: true });
    const actions = h("div", { class: "actions" });
    if (!this.editable && download) actions.append(h("a", { class: "button", href: url, download: name }, "Download"));
    this.stageWith(h("figure", {}, player, note, actions), actions);
  }

  recorder(settings) {
    const { mirror, audio, format } = this.options;
    return new VideoRecorder({ ...settings, mirror, audio, format });
  }
}

/** A recording does not say how long it is: the browser learns it by looking at its end. */
function videoMeasured(player) {
  player.addEventListener("durationchange", () => { player.currentTime = 0; }, { once: true });
  player.currentTime = Number.MAX_SAFE_INTEGER;
}

define("video", VideoField);
