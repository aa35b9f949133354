/** A picture under work in layers. */
import { h } from "../core/dom.js";
import { StepSheet, imageStroke, strokeScaled } from "./sheet_steps.js";

/**
 * `base` lies beneath; `names` are those of the layers at first, from the undermost up, which begin with the pictures
 * `under`. Steps of its own: a stroke with the `layer` it is on; {layers: [{id, name, hidden}], active: id} is how they lie now.
 */
export class EditorSheet extends StepSheet {
  #floor = null;
  #places = new Map(); // id of a layer -> {canvas, drawn}

  constructor({ base = null, under = [], names = ["Layer 1"], ...original }) {
    super(original);
    Object.assign(this, { base, under, names });
    const layers = names.map((name, id) => ({ id, name, hidden: false }));
    Object.assign(this.start, { layers, active: layers.at(-1).id });
    this.canvas = h("canvas", { width: 1, height: 1 }); // a glass over all layers, which is touched in their place
    this.element = h("div", { class: "paper over" }, this.canvas);
    this.redraw();
  }

  /** The same strokes for an original of another size, which is not cut or turned. */
  carried(width, height) {
    const [x, y] = [width / this.size[0], height / this.size[1]];
    const since = this.steps.slice(this.steps.findLastIndex((step) => step.reset) + 1);
    return { steps: since.filter((step) => step.stroke || step.layers).map((step) => (step.stroke ? { ...step, stroke: strokeScaled(step.stroke, x, y) } : step)), undone: [] };
  }

  /** Nothing is to be seen of all steps. */
  get empty() { return !this.state.turned && this.state.layers === this.start.layers && ![...this.state.strokes.values()].some((list) => list.length); }
  /** The original is shown turned, cut or fitted. */
  get moved() { return this.state.turned || this.start.width !== this.size[0] || this.start.height !== this.size[1]; }

  /** A stroke begins on the active layer, which is shown if it was not; `extend` it point by point. */
  begin(ink, width, x, y) {
    const { layers } = this.state;
    const layer = this.active;
    if (layers.find(({ id }) => id === layer).hidden) this.add({ layers: layers.map((one) => (one.id === layer ? { ...one, hidden: false } : one)), active: layer });
    this.add({ stroke: this.strokeAt(ink, width, x, y), layer });
  }

  extend(points) {
    super.extend(points);
    this.#places.get(this.steps.at(-1).layer).mark = {};
  }

  /** The stroke ends: a translucent one is drawn anew, in one piece. */
  end() {
    const { stroke, layer } = this.steps.at(-1);
    if (stroke.ink?.length <= 7 || stroke.ink === null) return;
    this.#places.get(layer).drawn = null;
    this.redraw();
  }

  begun() { return { ...this.start, strokes: new Map() }; }

  apply(now, { layers, active, stroke, layer }) {
    if (layers) Object.assign(now, { layers, active });
    else now.strokes.set(layer, [...(now.strokes.get(layer) ?? []), stroke]);
  }

  canvasOf({ layer }) { return this.#places.get(layer).canvas; }

  redraw() {
    const before = this.state?.layers;
    this.state = this.after();
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
    const context = this.context(place.canvas);
    if (!more && picture) this.#under(context, picture);
    for (const stroke of more ? list.slice(drawn.list.length) : list) imageStroke(context, stroke);
    place.drawn = { form, list, blank: place.blank };
  }

  /** A picture that a layer begins with: it is as large as what was seen at first. */
  #under(context, picture) {
    const { width, height, matrix } = this.start;
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
    if (form && this.base) this.context(floor).drawImage(this.base, 0, 0);
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
