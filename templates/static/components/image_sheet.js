/** A picture with one layer of strokes. */
import { h } from "../core/dom.js";
import { imageBlob } from "./image_view.js";
import { StepSheet, imageStroke, strokeScaled } from "./sheet_steps.js";

/** `base` lies beneath and is never drawn upon; strokes go on a transparent layer, which begins with the pictures `under`. */
export class ImageSheet extends StepSheet {
  #floor = null;

  constructor({ base = null, under = [], ...original }) {
    super(original);
    Object.assign(this, { base, under });
    this.canvas = h("canvas", {});
    this.element = h("div", { class: base ? "paper over" : "paper" }, this.canvas);
    this.redraw();
  }

  /** The same strokes for an original of another size. */
  scaled(width, height) {
    const [x, y] = [width / this.size[0], height / this.size[1]];
    const one = (step) => (step.stroke ? { stroke: strokeScaled(step.stroke, x, y) } : step);
    return { steps: this.steps.map(one), undone: this.undone.map(one) };
  }

  /** Nothing is to be seen of all steps. */
  get empty() { return this.state.strokes.length === 0 && !this.moved; }
  /** The original is shown turned, cut or fitted. */
  get moved() { return this.state.turned || this.start.scale !== 1 || this.start.width !== this.size[0] || this.start.height !== this.size[1]; }

  /** A stroke begins; `extend` it point by point, in places of the present picture. */
  begin(ink, width, x, y) { this.add({ stroke: this.strokeAt(ink, width, x, y) }); }
  /** The stroke ends: drawn anew, in one piece. */
  end() { this.redraw(); }

  begun() { return { ...this.start, strokes: [] }; }
  apply(now, { stroke }) { now.strokes.push(stroke); }
  canvasOf() { return this.canvas; }

  redraw() {
    this.state = this.after();
    const { width, height, strokes } = this.state;
    this.#lay();
    Object.assign(this.canvas, { width, height }); // which also wipes it
    const context = this.context(this.canvas);
    for (const picture of this.under) context.drawImage(picture, 0, 0);
    for (const stroke of strokes) imageStroke(context, stroke);
  }

  /** What lies beneath: the picture itself, or how it is now. */
  #lay() {
    if (!this.base) return;
    const floor = this.moved ? h("canvas", { class: "floor", width: this.state.width, height: this.state.height }) : this.base;
    if (floor !== this.base) this.context(floor).drawImage(this.base, 0, 0);
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
