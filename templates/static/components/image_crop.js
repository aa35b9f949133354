/** Cropping and turning a picture: drag the frame or its corner; arrow keys move it, Shift and arrow keys resize it. */
import { h } from "../core/dom.js";
import { imageBlob } from "./image_view.js";

/** The frame is kept in shares (0 to 1) of the picture. `done` gets a PNG blob. */
export class ImageCrop {
  #frame = { x: 0.1, y: 0.1, w: 0.8, h: 0.8 };
  #drag = null;

  constructor({ img, done, cancelled }) {
    this.canvas = h("canvas", { width: img.naturalWidth, height: img.naturalHeight });
    this.canvas.getContext("2d").drawImage(img, 0, 0);
    this.box = h("div", { class: "frame", tabindex: 0, role: "application",
      "aria-label": "Crop frame. Arrow keys move it, Shift and arrow keys resize it, Enter applies." }, h("i", { class: "corner" }));
    this.said = h("p", { class: "visually-hidden", role: "status" });
    const button = (text, run, kind) => h("button", { type: "button", class: kind, onclick: run }, text);
    this.element = h("div", { class: "crop" }, h("div", { class: "paper" }, this.canvas, this.box), this.said,
      h("div", { class: "actions" },
        button("Apply", () => this.#apply(done), "primary"), button("Turn", () => this.#turn()), button("Cancel", cancelled)));
    this.box.addEventListener("keydown", (event) => this.#key(event, done));
    this.box.addEventListener("pointerdown", (event) => this.#begin(event));
    this.box.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of ["pointerup", "pointercancel"]) this.box.addEventListener(end, () => { this.#drag = null; });
    this.#place();
  }

  #place() {
    const frame = this.#frame;
    frame.w = Math.min(1, Math.max(0.02, frame.w));
    frame.h = Math.min(1, Math.max(0.02, frame.h));
    frame.x = Math.min(1 - frame.w, Math.max(0, frame.x));
    frame.y = Math.min(1 - frame.h, Math.max(0, frame.y));
    const style = { left: frame.x, top: frame.y, width: frame.w, height: frame.h };
    for (const [name, share] of Object.entries(style)) this.box.style[name] = `${share * 100}%`;
  }

  get #pixels() {
    const { width, height } = this.canvas;
    const { x, y, w, h: tall } = this.#frame;
    return [Math.round(x * width), Math.round(y * height), Math.max(1, Math.round(w * width)), Math.max(1, Math.round(tall * height))];
  }

  #key(event, done) {
    const step = { ArrowLeft: [-0.02, 0], ArrowRight: [0.02, 0], ArrowUp: [0, -0.02], ArrowDown: [0, 0.02] }[event.key];
    if (event.key === "Enter") {
      event.preventDefault();
      this.#apply(done);
    }
    if (!step) return;
    event.preventDefault();
    const [across, down] = event.shiftKey ? ["w", "h"] : ["x", "y"];
    this.#frame[across] += step[0];
    this.#frame[down] += step[1];
    this.#place();
    const [left, top, width, height] = this.#pixels;
    this.said.textContent = `${width} by ${height} pixels, at ${left}, ${top}`;
  }

  #begin(event) {
    event.preventDefault();
    this.box.focus();
    this.box.setPointerCapture(event.pointerId);
    const area = this.canvas.getBoundingClientRect();
    this.#drag = { area, from: [event.clientX, event.clientY], frame: { ...this.#frame }, corner: event.target !== this.box };
  }

  #move(event) {
    if (!this.#drag) return;
    const { area, from, frame, corner } = this.#drag;
    const across = (event.clientX - from[0]) / area.width;
    const down = (event.clientY - from[1]) / area.height;
    if (corner) Object.assign(this.#frame, { w: frame.w + across, h: frame.h + down });
    else Object.assign(this.#frame, { x: frame.x + across, y: frame.y + down });
    this.#place();
  }

  #turn() {
    const { width, height } = this.canvas;
    const turned = h("canvas", { width: height, height: width });
    const context = turned.getContext("2d");
    context.setTransform(0, 1, -1, 0, height, 0);
    context.drawImage(this.canvas, 0, 0);
    this.canvas.replaceWith(turned);
    this.canvas = turned;
    const { x, y, w, h: tall } = this.#frame;
    this.#frame = { x: 1 - y - tall, y: x, w: tall, h: w };
    this.#place();
  }

  async #apply(done) {
    const [x, y, width, height] = this.#pixels;
    done(await imageBlob(width, height, (context) => context.drawImage(this.canvas, -x, -y)));
  }
}
