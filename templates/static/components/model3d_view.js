/** One model to turn, move and zoom: by mouse, by one finger or two, by the wheel, by the keyboard. */
import { ModelCanvas } from "./model3d_gl.js";
import { matrixApply, matrixLook, matrixPerspective } from "./model3d_matrix.js";
import { modelParts } from "./model3d_files.js";

const MODEL_ANGLE = Math.PI / 4.5;
const MODEL_KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class ModelView {
  #canvas;
  #options;
  #drawing;
  #fingers = new Map();
  #end = new AbortController();
  #asked = 0;

  /** Show the file's model on a canvas. Throws an Error that can be shown. */
  static async open(canvas, buffer, options) {
    const parts = modelParts(buffer);
    const drawing = ModelCanvas.on(canvas);
    if (!drawing) throw new Error("This browser cannot show it: WebGL 2 is missing or switched off. The model can be downloaded.");
    await drawing.load(parts, options.mode);
    return new ModelView(canvas, drawing, modelBounds(parts), options);
  }

  constructor(canvas, drawing, bounds, options) {
    this.#canvas = canvas;
    this.#drawing = drawing;
    this.#options = options;
    this.bounds = bounds;
    this.home();
    const { signal } = this.#end;
    const on = (name, run) => canvas.addEventListener(name, run, { signal, passive: false });
    on("pointerdown", (event) => this.#touch(event));
    on("pointermove", (event) => this.#drag(event));
    for (const name of ["pointerup", "pointercancel"]) on(name, (event) => this.#fingers.delete(event.pointerId));
    on("wheel", (event) => { if (event.ctrlKey || document.activeElement === canvas) { event.preventDefault(); this.zoom(Math.exp(event.deltaY * .001 * options.zoom)); } });
    on("contextmenu", (event) => event.preventDefault());
    on("keydown", (event) => this.#press(event));
    on("webglcontextlost", (event) => event.preventDefault());
    this.watch = new ResizeObserver(() => this.draw());
    this.watch.observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw(), { signal });
  }

  /** Back to where it began. */
  home() {
    const [around, above, radius] = this.#options.camera ?? [];
    this.around = ((around ?? 35) * Math.PI) / 180;
    this.above = ((above ?? 70) * Math.PI) / 180;
    this.radius = radius ?? (this.bounds.radius / Math.sin(MODEL_ANGLE / 2)) * 1.05;
    this.target = [...this.bounds.center];
    this.draw();
  }

  turn(x, y) {
    this.around -= x;
    this.above = Math.min(Math.max(this.above - y, .01), Math.PI - .01);
    this.draw();
  }

  zoom(factor) {
    this.radius = Math.min(Math.max(this.radius * factor, this.bounds.radius / 50), this.bounds.radius * 50);
    this.draw();
  }

  /** Move the model on the plane of the screen; a step of 1 is the height of the view. */
  pan(x, y) {
    const view = matrixLook(this.eye, this.target);
    const size = 2 * this.radius * Math.tan(MODEL_ANGLE / 2) * this.#options.pan;
    this.target = this.target.map((n, k) => n - (x * view[k * 4] - y * view[k * 4 + 1]) * size);
    this.draw();
  }

  get eye() {
    const flat = Math.sin(this.above);
    const way = [flat * Math.sin(this.around), Math.cos(this.above), flat * Math.cos(this.around)];
    return this.target.map((n, k) => n + way[k] * this.radius);
  }

  #touch(event) {
    this.#canvas.setPointerCapture(event.pointerId);
    this.#canvas.focus();
    this.#fingers.set(event.pointerId, event);
  }

  #drag(event) {
    const before = this.#fingers.get(event.pointerId);
    if (!before) return;
    const [x, y] = [event.clientX - before.clientX, event.clientY - before.clientY];
    const others = [...this.#fingers.values()].filter((finger) => finger.pointerId !== event.pointerId);
    const height = this.#canvas.clientHeight;
    if (others.length) {
      const apart = (finger) => Math.hypot(finger.clientX - others[0].clientX, finger.clientY - others[0].clientY) || 1;
      this.zoom(apart(before) / apart(event));
      this.pan(x / height / 2, y / height / 2);
    } else if (before.buttons === 2 || before.shiftKey || before.buttons === 4) this.pan(x / height, y / height);
    else this.turn((x / height) * 4, (y / height) * 4);
    this.#fingers.set(event.pointerId, { pointerId: event.pointerId, clientX: event.clientX, clientY: event.clientY, buttons: before.buttons, shiftKey: before.shiftKey });
  }

  #press(event) {
    const step = MODEL_KEYS[event.key];
    if (step && event.shiftKey) this.pan(step[0] * .05, step[1] * .05);
    else if (step) this.turn(step[0] * .15, step[1] * .15);
    else if (event.key === "+" || event.key === "=") this.zoom(.85);
    else if (event.key === "-") this.zoom(1 / .85);
    else if (event.key === "Home") this.home();
    else return;
    event.preventDefault();
  }

  draw() {
    cancelAnimationFrame(this.#asked);
    this.#asked = requestAnimationFrame(() => this.#now());
  }

  #now() {
    const canvas = this.#canvas;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight].map((n) => Math.round(n * Math.min(devicePixelRatio, 2)));
    if (!width || !height) return;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const near = Math.max(this.radius - this.bounds.radius * 1.5, this.radius / 1000);
    const projection = matrixPerspective(MODEL_ANGLE, width / height, near, this.radius + this.bounds.radius * 3);
    this.#drawing.draw(matrixLook(this.eye, this.target), projection, this.#options.clear?.map((n) => n ?? 0) ?? [0, 0, 0, 0]);
    canvas.dataset.drawn = String(Number(canvas.dataset.drawn ?? 0) + 1);
  }

  end() {
    cancelAnimationFrame(this.#asked);
    this.watch.disconnect();
    this.#end.abort();
    this.#drawing.end();
  }
}

/** The sphere around the middle of the box that holds all parts. */
function modelBounds(parts) {
  const low = [Infinity, Infinity, Infinity], high = [-Infinity, -Infinity, -Infinity];
  for (const { positions, matrix } of parts) {
    for (let n = 0; n < positions.length; n += 3) {
      const point = matrixApply(matrix, positions.subarray(n, n + 3));
      for (let k = 0; k < 3; k += 1) {
        if (point[k] < low[k]) low[k] = point[k];
        if (point[k] > high[k]) high[k] = point[k];
      }
    }
  }
  const center = low.map((n, k) => (n + high[k]) / 2);
  const radius = Math.hypot(...low.map((n, k) => high[k] - n)) / 2;
  if (!Number.isFinite(radius)) throw new Error("This model is broken: it has corners that lie nowhere.");
  return { center, radius: radius || 1 };
}
