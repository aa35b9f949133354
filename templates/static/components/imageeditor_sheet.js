/** A picture under work in layers. As in ImageSheet, what is done are steps over the original, which can be taken back. */
import { h } from "../core/dom.js";
import { IMAGE_MOVES, imageStroke } from "./image_sheet.js";

/**
 * `base` lies beneath; `names` are those of the layers at first, from the undermost up, which begin with the pictures
 * `under`. `fit` is a size in which the original is centred.
 * Steps: as of ImageSheet, a stroke with the `layer` it is on; {layers: [{id, name, hidden}], active: id} is how they lie now.
 */
export class EditorSheet {
  #steps;
  #undone;
  #start;
  #floor = null;
  #places = new Map(); // id of a layer -> {canvas, drawn}

  constructor({ width, height, base = null, under = [], names = ["Layer 1"], fit = null, history = {} }) {
    Object.assign(this, { base, under, names });
    this.#steps = [...(history.steps ?? [])];
    this.#undone = [...(history.undone ?? [])];
    const scale = fit ? Math.min(fit[0] / width, fit[1] / height) : 1;
    const [wide, tall] = fit ?? [width, height];
    const layers = names.map((name, id) => ({ id, name, hidden: false }));
    this.#start = { width: wide, height: tall, scale, layers, active: layers.at(-1).id, turned: false, matrix: new DOMMatrix([scale, 0, 0, scale, (wide - width * scale) / 2, (tall - height * scale) / 2]) };
    this.size = [width, height];
    this.canvas = h("canvas", { width: 1, height: 1 }); // a glass over all layers, which is touched in their place
    this.element = h("div", { class: "paper over" }, this.canvas);
    this.#redraw();
  }

  get history() { return { steps: this.#steps, undone: this.#undone }; }

  /** The same strokes for an original of another size, which is not cut or turned. */
  carried(width, height) {
    const [x, y] = [width / this.size[0], height / this.size[1]];
    const line = (stroke) => ({ ...stroke, width: stroke.width * Math.min(x, y), points: stroke.points.map(([left, top]) => [left * x, top * y]) });
    const since = this.#steps.slice(this.#steps.findLastIndex((step) => step.reset) + 1);
    return { steps: since.filter((step) => step.stroke || step.layers).map((step) => (step.stroke ? { ...step, stroke: line(step.stroke) } : step)), undone: [] };
  }

  get undoable() { return this.#steps.length > 0; }
  get redoable() { return this.#undone.length > 0; }
  /** Nothing is to be seen of all steps. */
  get empty() { return !this.state.turned && this.state.layers === this.#start.layers && ![...this.state.strokes.values()].some((list) => list.length); }
  /** The original is shown turned, cut or fitted. */
  get moved() { return this.state.turned || this.#start.width !== this.size[0] || this.#start.height !== this.size[1]; }

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

  origin(x, y) {
    const point = this.state.matrix.inverse().transformPoint({ x, y });
    return [point.x, point.y];
  }

  /** A stroke begins on the active layer, which is shown if it was not; `extend` it point by point. */
  begin(ink, width, x, y) {
    const { layers } = this.state;
    const layer = this.active;
    if (layers.find(({ id }) => id === layer).hidden) this.add({ layers: layers.map((one) => (one.id === layer ? { ...one, hidden: false } : one)), active: layer });
    this.add({ stroke: { ink, width: width / this.#start.scale, points: [this.origin(x, y)] }, layer });
  }

  extend(points) {
    const { stroke, layer } = this.#steps.at(-1);
    const from = stroke.points.length - 1;
    for (const [x, y] of points) stroke.points.push(this.origin(x, y));
    const place = this.#places.get(layer);
    imageStroke(this.#context(place.canvas), { ...stroke, points: stroke.points.slice(from) });
    place.mark = {};
  }

  /** The stroke ends: a translucent one is drawn anew, in one piece. */
  end() {
    const { stroke, layer } = this.#steps.at(-1);
    if (stroke.ink?.length <= 7 || stroke.ink === null) return;
    this.#places.get(layer).drawn = null;
    this.#redraw();
  }

  #after() {
    const begin = () => ({ ...this.#start, strokes: new Map() });
    let now = begin();
    for (const step of this.#steps) {
      const { width, height, matrix } = now;
      if (step.reset) now = begin();
      else if (step.layers) Object.assign(now, { layers: step.layers, active: step.active });
      else if (step.stroke) now.strokes.set(step.layer, [...(now.strokes.get(step.layer) ?? []), step.stroke]);
      else if (step.crop) {
        const [left, top, wide, tall] = step.crop;
        Object.assign(now, { width: wide, height: tall, turned: true, matrix: new DOMMatrix([1, 0, 0, 1, -left, -top]).multiply(matrix) });
      } else {
        const sides = ["left", "right"].includes(step.move) ? { width: height, height: width } : {};
        Object.assign(now, sides, { turned: true, matrix: new DOMMatrix(IMAGE_MOVES[step.move](width, height)).multiply(matrix) });
      }
    }
    return now;
  }

  #context(canvas) {
    const context = canvas.getContext("2d");
    context.setTransform(this.state.matrix);
    context.imageSmoothingEnabled = this.#start.scale !== 1;
    return context;
  }

  #redraw() {
    const before = this.state?.layers;
    this.state = this.#after();
    const { layers, active, width, height } = this.state;
    if (before !== layers || !layers.some(({ id }) => id === this.active)) this.active = active;
    this.element.style.setProperty("--aspect", width / height);
    this.#lay();
    for (const [id, { canvas }] of this.#places) if (!layers.some((one) => one.id === id)) {
      canvas.remove();
      this.#places.delete(id);
    }
    for (const { id, hidden } of layers) this.#layer(id, hidden);
    const order = layers.map(({ id }) => this.#places.get(id).canvas);
    if (order.some((canvas, n) => (order[n + 1] ?? this.canvas) !== canvas.nextElementSibling)) this.canvas.before(...order);
  }

  /** One layer as it is now; drawn again only if something of it changed. */
  #layer(id, hidden) {
    const { width, height, matrix, strokes } = this.state;
    const place = this.#places.get(id) ?? { canvas: h("canvas", { width: 1, height: 1 }), drawn: null, mark: {} };
    this.#places.set(id, place);
    place.canvas.hidden = hidden;
    const list = strokes.get(id) ?? [];
    const [picture, form] = [this.under[id], `${width} ${height} ${matrix}`];
    place.blank = !list.length && !picture;
    const { drawn } = place;
    if (drawn?.form === form && drawn.list.length === list.length && drawn.list.every((stroke, n) => stroke === list[n])) return;
    place.mark = {};
    const more = drawn?.form === form && !drawn.blank && list.length > drawn.list.length && drawn.list.every((stroke, n) => stroke === list[n]);
    if (!more) Object.assign(place.canvas, place.blank ? { width: 1, height: 1 } : { width, height }); // which also wipes it
    const context = this.#context(place.canvas);
    if (!more && picture) this.#under(context, picture);
    for (const stroke of more ? list.slice(drawn.list.length) : list) imageStroke(context, stroke);
    place.drawn = { form, list, blank: place.blank };
  }

  /** A picture that a layer begins with: it is as large as what was seen at first. */
  #under(context, picture) {
    const { width, height, matrix } = this.#start;
    context.save();
    context.setTransform(this.state.matrix.multiply(matrix.inverse()));
    context.drawImage(picture, 0, 0, width, height);
    context.restore();
  }

  /** What lies beneath: the picture itself, how it is now, or a blank canvas. */
  #lay() {
    const { width, height, matrix } = this.state;
    const form = this.moved || !this.base ? `${width} ${height} ${matrix}` : "";
    if (this.#floor && form === this.form) return;
    this.form = form;
    this.mark = {};
    const floor = form ? h("canvas", { class: "floor", width, height }) : this.base;
    floor.classList.add("floor");
    if (form && this.base) this.#context(floor).drawImage(this.base, 0, 0);
    this.#floor?.remove();
    this.#floor = floor;
    this.element.prepend(floor);
  }

  /** What is to be sent: the background if it was cut or turned, and the layers from the undermost up, null where blank. */
  get parts() {
    const background = this.base && this.state.turned ? { canvas: this.#floor, mark: this.mark } : null;
    const layers = this.state.layers.map(({ id, hidden }) => {
      const { canvas, mark, blank } = this.#places.get(id);
      return hidden || blank ? null : { canvas, mark };
    });
    return { background, layers };
  }

  /** The mark of a layer as it was at first: its content has not changed while it bears it. */
  markOf(id) { return this.#places.get(id)?.mark; }
}
