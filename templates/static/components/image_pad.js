/** Drawing with pointer or finger: a sketch on white paper, or a mask over a picture. */
import { h } from "../core/dom.js";
import { imageBlob } from "./image_view.js";

/** `element` is to be put on the page; `changed` is called after each stroke, undo and clear. */
export class ImagePad {
  #strokes = [];
  #stroke = null;

  constructor({ width, height, label, brush, over = null, strokes = [], changed }) {
    this.over = over;
    this.#strokes = strokes;
    this.changed = changed;
    this.canvas = h("canvas", { width, height, role: "img", "aria-label": label });
    this.range = h("input", { type: "range", min: 1, max: Math.round(Math.max(width, height) / 6), value: brush });
    const button = (text, run) => h("button", { type: "button", onclick: run }, text);
    this.element = h("div", { class: "pad" },
      h("div", { class: over ? "paper masked" : "paper" }, over, this.canvas),
      h("div", { class: "actions" },
        h("label", { class: "brush" }, "Brush", this.range),
        button("Undo", () => this.undo()), button("Clear drawing", () => this.clear())));
    this.canvas.addEventListener("pointerdown", (event) => this.#begin(event));
    this.canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of ["pointerup", "pointercancel"]) this.canvas.addEventListener(end, () => this.#end());
    this.#redraw();
  }

  /** The strokes for a pad of another size. */
  scaled(width, height) {
    const [x, y] = [width / this.canvas.width, height / this.canvas.height];
    return this.#strokes.map((stroke) => ({ width: stroke.width * Math.min(x, y), points: stroke.points.map(([left, top]) => [left * x, top * y]) }));
  }

  get empty() { return this.#strokes.length === 0; }

  undo() { if (this.#strokes.pop()) this.#done(); }

  clear() {
    this.#strokes = [];
    this.#done();
  }

  /** The drawing as PNG: black on white, or for a mask white on black. */
  blob() {
    const { width, height } = this.canvas;
    const [paper, ink] = this.over ? ["black", "white"] : ["white", "black"];
    return imageBlob(width, height, (context) => {
      context.fillStyle = paper;
      context.fillRect(0, 0, width, height);
      this.#paint(context, ink);
    });
  }

  #point(event) {
    const box = this.canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * this.canvas.width, ((event.clientY - box.top) / box.height) * this.canvas.height];
  }

  #begin(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    this.#stroke = { width: Number(this.range.value), points: [this.#point(event)] };
    this.#strokes.push(this.#stroke);
    this.#redraw();
  }

  #move(event) {
    if (!this.#stroke) return;
    for (const part of event.getCoalescedEvents?.() ?? [event]) this.#stroke.points.push(this.#point(part));
    this.#redraw();
  }

  #end() {
    if (!this.#stroke) return;
    this.#stroke = null;
    this.#done();
  }

  #done() {
    this.#redraw();
    this.changed();
  }

  #redraw() {
    const context = this.canvas.getContext("2d");
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.#paint(context, this.over ? "white" : "black");
  }

  #paint(context, ink) {
    Object.assign(context, { strokeStyle: ink, lineCap: "round", lineJoin: "round" });
    for (const { width, points } of this.#strokes) {
      context.lineWidth = width;
      context.beginPath();
      context.moveTo(...points[0]);
      for (const point of points) context.lineTo(...point);
      context.stroke();
    }
  }
}
