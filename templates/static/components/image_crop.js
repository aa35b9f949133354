/** A frame over a picture: dragged by itself or by its corner; arrow keys move it, Shift and arrow keys resize it. */
import { h } from "../core/dom.js";

/** The frame is kept in shares (0 to 1) of the sheet's picture; `apply` is called for Enter. */
export class ImageFrame {
  #frame = { x: 0.1, y: 0.1, w: 0.8, h: 0.8 };
  #drag = null;

  constructor({ sheet, apply, say }) {
    Object.assign(this, { sheet, apply, say });
    this.element = h("div", { class: "frame", tabindex: 0, role: "application",
      "aria-label": "Crop frame. Arrow keys move it, Shift and arrow keys resize it, Enter crops." }, h("i", { class: "corner" }));
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.element.addEventListener("pointerdown", (event) => this.#begin(event));
    this.element.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of ["pointerup", "pointercancel"]) this.element.addEventListener(end, () => { this.#drag = null; });
    this.#place();
  }

  /** Left, top, width and height, in whole pixels of the present picture. */
  get pixels() {
    const { width, height } = this.sheet.state;
    const { x, y, w, h: tall } = this.#frame;
    return [Math.round(x * width), Math.round(y * height), Math.max(1, Math.round(w * width)), Math.max(1, Math.round(tall * height))];
  }

  #place() {
    const frame = this.#frame;
    frame.w = Math.min(1, Math.max(0.02, frame.w));
    frame.h = Math.min(1, Math.max(0.02, frame.h));
    frame.x = Math.min(1 - frame.w, Math.max(0, frame.x));
    frame.y = Math.min(1 - frame.h, Math.max(0, frame.y));
    const style = { left: frame.x, top: frame.y, width: frame.w, height: frame.h };
    for (const [name, share] of Object.entries(style)) this.element.style[name] = `${share * 100}%`;
  }

  #key(event) {
    const step = { ArrowLeft: [-0.02, 0], ArrowRight: [0.02, 0], ArrowUp: [0, -0.02], ArrowDown: [0, 0.02] }[event.key];
    if (event.key === "Enter") {
      event.preventDefault();
      this.apply();
    }
    if (!step) return;
    event.preventDefault();
    const [across, down] = event.shiftKey ? ["w", "h"] : ["x", "y"];
    this.#frame[across] += step[0];
    this.#frame[down] += step[1];
    this.#place();
    const [left, top, width, height] = this.pixels;
    this.say(`${width} by ${height} pixels, at ${left}, ${top}`);
  }

  #begin(event) {
    event.preventDefault();
    this.element.focus();
    this.element.setPointerCapture(event.pointerId);
    const area = this.sheet.canvas.getBoundingClientRect();
    this.#drag = { area, from: [event.clientX, event.clientY], frame: { ...this.#frame }, corner: event.target !== this.element };
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
}
