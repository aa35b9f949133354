/** Taking photographs: start, capture; a clear word when there is no camera or it may not be used. */
import { h } from "../core/dom.js";
import { imageBlob } from "./image_view.js";

const IMAGE_CAMERA_FAULTS = {
  NotAllowedError: "The camera may not be used. Allow it in the browser's address bar, or upload a picture.",
  NotFoundError: "No camera was found. Connect one, or upload a picture.",
  OverconstrainedError: "No camera can do what this page asks of it. Upload a picture instead.",
  NotReadableError: "The camera is in use by another program. Close that, then try again.",
};

/** `element` is to be put on the page; `start()` rejects with a sentence that can be shown. */
export class ImageCamera {
  #stream = null;

  constructor({ label, mirror, captured, cancelled, constraints = null }) {
    this.mirror = mirror;
    this.wanted = constraints?.video ?? constraints ?? { width: { ideal: 1280 } };
    this.video = h("video", { autoplay: true, playsinline: true, "aria-label": `Camera for ${label}`, class: mirror ? "mirrored" : null });
    this.video.muted = true;
    this.button = h("button", { type: "button", class: "primary", onclick: async () => captured(await this.shot()) }, "Take picture");
    const cancel = h("button", { type: "button", onclick: () => { this.stop(); cancelled(); } }, "Cancel");
    this.element = h("div", { class: "camera" }, this.video, h("div", { class: "actions" }, this.button, cancel));
  }

  async start() {
    if (!navigator.mediaDevices?.getUserMedia) throw new Error("The camera works only over https or on this computer itself. Upload a picture instead.");
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ video: this.wanted });
    } catch (error) {
      throw new Error(IMAGE_CAMERA_FAULTS[error.name] ?? `The camera did not start (${error.name}). Upload a picture instead.`);
    }
    this.video.srcObject = this.#stream;
    await this.video.play();
  }

  get running() { return this.#stream !== null; }

  /** The present picture as PNG, mirrored as it is seen. */
  shot() {
    const { videoWidth: width, videoHeight: height } = this.video;
    return imageBlob(width, height, (context) => {
      if (this.mirror) context.setTransform(-1, 0, 0, 1, width, 0);
      context.drawImage(this.video, 0, 0);
    });
  }

  stop() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
  }
}
