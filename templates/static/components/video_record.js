/** Recording with the camera: what is seen, mirrored or not, is what is recorded. */
import { h } from "../core/dom.js";
import { audioTime } from "./audio_time.js";

const VIDEO_BITS = 2e6;             // a second
const VIDEO_MOST_BYTES = 60e6;      // what a server takes of one file, with room to spare
const VIDEO_SLICE_MS = 500;
const VIDEO_TYPES = ["video/webm;codecs=vp9,opus", "video/webm", "video/mp4;codecs=avc1.42E01E,mp4a.40.2", "video/mp4"];
const VIDEO_FAULTS = {
  NotAllowedError: "The camera may not be used. Allow it in the browser's address bar, or upload a file.",
  NotFoundError: "No camera was found. Connect one, or upload a file.",
  NotReadableError: "The camera is in use by another program. Close that, then try again.",
};

/** `element` is to be put on the page; `start()` rejects with a sentence that can be shown; `done` gets a File. */
export class VideoRecorder {
  #stream = null;
  #recorder = null;
  #parts = [];
  #bytes = 0;
  #began = 0;

  constructor({ label, mirror, audio, format, max, done, cancelled }) {
    Object.assign(this, { mirror, audio, format, max: max ?? Infinity, done });
    this.video = h("video", { autoplay: true, playsinline: true, "aria-label": `Camera for ${label}`, class: mirror ? "turned" : null });
    this.video.muted = true;
    this.button = h("button", { type: "button", class: "primary", onclick: () => this.#press() }, "Record");
    const cancel = h("button", { type: "button", onclick: () => { this.close(); cancelled(); } }, "Cancel");
    this.time = h("span", { class: "time" });
    this.element = h("div", { class: "stage", role: "group", "aria-label": `Recording ${label}` }, this.video, h("div", { class: "actions" }, this.button, cancel, this.time));
  }

  async start() {
    if (!navigator.mediaDevices?.getUserMedia || !window.MediaRecorder) throw new Error("The camera works only over https or on this computer itself. Upload a file instead.");
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1280 } }, audio: this.audio });
    } catch (error) {
      throw new Error(VIDEO_FAULTS[error.name] ?? `The camera did not start (${error.name}). Upload a file instead.`);
    }
    this.video.srcObject = this.#stream;
    await this.video.play();
  }

  #press() {
    if (this.#recorder) this.#recorder.stop();
    else this.#record();
  }

  #record() {
    const wanted = this.format === "mp4" ? VIDEO_TYPES.toReversed() : VIDEO_TYPES;
    const mimeType = wanted.find((type) => MediaRecorder.isTypeSupported(type));
    const recorder = this.#recorder = new MediaRecorder(this.mirror ? this.#mirrored() : this.#stream, { mimeType, videoBitsPerSecond: VIDEO_BITS });
    recorder.addEventListener("dataavailable", ({ data }) => this.#got(data));
    recorder.addEventListener("stop", () => this.#finish());
    recorder.start(VIDEO_SLICE_MS);
    this.#began = performance.now();
    this.button.textContent = "Stop";
    this.#tell();
  }

  /** The camera's pictures drawn the other way round, with its sound. */
  #mirrored() {
    const { videoWidth: width, videoHeight: height } = this.video;
    const canvas = h("canvas", { width, height });
    const context = canvas.getContext("2d");
    context.setTransform(-1, 0, 0, 1, width, 0);
    const draw = () => {
      if (!this.#stream) return;
      context.drawImage(this.video, 0, 0);
      if (this.video.requestVideoFrameCallback) this.video.requestVideoFrameCallback(draw);
      else requestAnimationFrame(draw);
    };
    draw();
    return new MediaStream([...canvas.captureStream(30).getTracks(), ...this.#stream.getAudioTracks()]);
  }

  #got(data) {
    this.#parts.push(data);
    this.#bytes += data.size;
    this.#tell();
    if (this.#recorder?.state === "recording" && (this.#seconds >= this.max || this.#bytes >= VIDEO_MOST_BYTES)) this.#recorder.stop();
  }

  get #seconds() { return (performance.now() - this.#began) / 1000; }

  #tell() {
    const longest = Number.isFinite(this.max) ? ` of at most ${audioTime(this.max)}` : "";
    this.time.textContent = `Recording, ${audioTime(this.#seconds)}${longest}`;
  }

  #finish() {
    if (!this.#stream) return; // given up
    const type = this.#recorder.mimeType.split(";")[0];
    const file = new File(this.#parts, `recording.${type === "video/mp4" ? "mp4" : "webm"}`, { type });
    this.close();
    this.done(file);
  }

  close() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
  }
}
