/** A picture under work. What is done to it are steps over the original, so that each can be taken back and nothing is lost. */
import { h } from "../core/dom.js";
import { imageBlob } from "./image_view.js";

/** Of a picture of that size: where its points (x, y) go, as the matrix (a, b, c, d, e, f) of a canvas. */
export const IMAGE_MOVES = {
  left: (width) => [0, -1, 1, 0, 0, width],
  right: (width, height) => [0, 1, -1, 0, height, 0],
  mirror: (width) => [-1, 0, 0, 1, width, 0],
  flip: (width, height) => [1, 0, 0, -1, 0, height],
};

/**
 * `base` lies beneath and is never drawn upon; strokes go on a transparent layer, which begins with the pictures `under`.
 * Steps: {move: a name of IMAGE_MOVES}, {crop: [left, top, width, height]}, {stroke: {ink, width, points}}, {reset: true}.
 * Points of strokes are those of the original; an ink of null erases. `fit` is a size in which the original is centred.
 */
export class ImageSheet {
  #steps;
  #undone;
  #start;
  #floor = null;

  constructor({ width, height, base = null, under = [], fit = null, history = {} }) {
    Object.assign(this, { base, under });
    this.#steps = [...(history.steps ?? [])];
    this.#undone = [...(history.undone ?? [])];
    const scale = fit ? Math.min(fit[0] / width, fit[1] / height) : 1;
    const [wide, tall] = fit ?? [width, height];
    this.#start = { width: wide, height: tall, scale, matrix: new DOMMatrix([scale, 0, 0, scale, (wide - width * scale) / 2, (tall - height * scale) / 2]) };
    this.size = [width, height];
    this.canvas = h("canvas", {});
    this.element = h("div", { class: base ? "paper over" : "paper" }, this.canvas);
    this.#redraw();
  }

  get history() { return { steps: this.#steps, undone: this.#undone }; }

  /** The same strokes for an original of another size. */
  scaled(width, height) {
    const [x, y] = [width / this.size[0], height / this.size[1]];
    const one = (step) => (step.stroke
      ? { stroke: { ...step.stroke, width: step.stroke.width * Math.min(x, y), points: step.stroke.points.map(([left, top]) => [left * x, top * y]) } }
      : step);
    return { steps: this.#steps.map(one), undone: this.#undone.map(one) };
  }

  get undoable() { return this.#steps.length > 0; }
  get redoable() { return this.#undone.length > 0; }
  /** Nothing is to be seen of all steps. */
  get empty() { return this.state.strokes.length === 0 && !this.moved; }
  /** The original is shown turned, cut or fitted. */
  get moved() { return this.state.turned || this.#start.scale !== 1 || this.#start.width !== this.size[0] || this.#start.height !== this.size[1]; }

  add(step) {
    this.#steps.push(step);
    this.#undone = [];
    this.#redraw();
  }

  undo() { this.#walk(this.#steps, this.#undone); }
  redo() { this.#walk(this.#undone, this.#steps); }

  #walk(from, to) {
    if (from.length) to.push(from.pop());
    this.#redraw();
  }

  /** Where a place of the present picture was in the original. */
  origin(x, y) {
    const point = this.state.matrix.inverse().transformPoint({ x, y });
    return [point.x, point.y];
  }

  /** A stroke begins; `extend` it point by point, in places of the present picture. */
  begin(ink, width, x, y) { this.add({ stroke: { ink, width: width / this.#start.scale, points: [this.origin(x, y)] } }); }

  extend(points) {
    const { stroke } = this.#steps.at(-1);
    const from = stroke.points.length - 1;
    for (const [x, y] of points) stroke.points.push(this.origin(x, y));
    imageStroke(this.#context(), { ...stroke, points: stroke.points.slice(from) });
  }

  /** The stroke ends: drawn anew, in one piece. */
  end() { this.#redraw(); }

  #after() {
    let now = { ...this.#start, strokes: [], turned: false };
    for (const step of this.#steps) {
      const { width, height, matrix } = now;
      if (step.reset) now = { ...this.#start, strokes: [], turned: false };
      else if (step.stroke) now.strokes.push(step.stroke);
      else if (step.crop) {
        const [left, top, wide, tall] = step.crop;
        now = { ...now, width: wide, height: tall, turned: true, matrix: new DOMMatrix([1, 0, 0, 1, -left, -top]).multiply(matrix) };
      } else {
        const sides = ["left", "right"].includes(step.move) ? { width: height, height: width } : {};
        now = { ...now, ...sides, turned: true, matrix: new DOMMatrix(IMAGE_MOVES[step.move](width, height)).multiply(matrix) };
      }
    }
    return now;
  }

  #context(canvas = this.canvas) {
    const context = canvas.getContext("2d");
    context.setTransform(this.state.matrix);
    context.imageSmoothingEnabled = this.#start.scale !== 1;
    return context;
  }

  #redraw() {
    this.state = this.#after();
    const { width, height, strokes } = this.state;
    this.#lay();
    Object.assign(this.canvas, { width, height }); // which also wipes it
    const context = this.#context();
    for (const picture of this.under) context.drawImage(picture, 0, 0);
    for (const stroke of strokes) imageStroke(context, stroke);
  }

  /** What lies beneath: the picture itself, or how it is now. */
  #lay() {
    if (!this.base) return;
    const floor = this.moved ? h("canvas", { class: "floor", width: this.state.width, height: this.state.height }) : this.base;
    if (floor !== this.base) this.#context(floor).drawImage(this.base, 0, 0);
    this.#floor?.remove();
    this.#floor = floor;
    this.element.prepend(floor);
  }

  /** A PNG of what there is: on paper of a colour, with the picture beneath, with the strokes. */
  blob({ paper = null, base = true, strokes = true }) {
    const { width, height } = this.state;
    return imageBlob(width, height, (context) => {
      context.fillStyle = paper ?? "transparent";
      if (paper) context.fillRect(0, 0, width, height);
      if (base && this.#floor) context.drawImage(this.#floor, 0, 0, width, height);
      if (strokes) context.drawImage(this.canvas, 0, 0);
    });
  }
}

/** Draw a line through points, in places of the original; an ink of null erases. */
export function imageStroke(context, { ink, width, points }) {
  Object.assign(context, { strokeStyle: ink ?? "black", lineWidth: width, lineCap: "round", lineJoin: "round" });
  context.globalCompositeOperation = ink === null ? "destination-out" : "source-over";
  context.beginPath();
  context.moveTo(...points[0]);
  context.lineTo(points[0][0] + 0.01, points[0][1]); // a touch alone is a dot: lines without length are not drawn
  for (const point of points) context.lineTo(...point);
  context.stroke();
  context.globalCompositeOperation = "source-over";
}
