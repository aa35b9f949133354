/** A picture under work. What is done to it are steps over the original, so that each can be taken back and nothing is lost. */

/** Of a picture of that size: where its points (x, y) go, as the matrix (a, b, c, d, e, f) of a canvas. */
const IMAGE_MOVES = {
  left: (width) => [0, -1, 1, 0, 0, width],
  right: (width, height) => [0, 1, -1, 0, height, 0],
  mirror: (width) => [-1, 0, 0, 1, width, 0],
  flip: (width, height) => [1, 0, 0, -1, 0, height],
};

/**
 * Steps: {move: a name of IMAGE_MOVES}, {crop: [left, top, width, height]}, {stroke: {ink, width, points}}, {reset: true}.
 * Points of strokes are those of the original; an ink of null erases. `fit` is a size in which the original is centred.
 *
 * A subclass says what is seen before the first step (`begun`), what its own steps do (`apply`), on which canvas the
 * stroke of a step is (`canvasOf`), and draws (`redraw`).
 */
export class StepSheet {
  constructor({ width, height, fit = null, history = {} }) {
    this.steps = [...(history.steps ?? [])];
    this.undone = [...(history.undone ?? [])];
    const scale = fit ? Math.min(fit[0] / width, fit[1] / height) : 1;
    const [wide, tall] = fit ?? [width, height];
    this.size = [width, height];
    this.start = { width: wide, height: tall, scale, turned: false, matrix: new DOMMatrix([scale, 0, 0, scale, (wide - width * scale) / 2, (tall - height * scale) / 2]) };
  }

  get history() { return { steps: this.steps, undone: this.undone }; }
  get undoable() { return this.steps.length > 0; }
  get redoable() { return this.undone.length > 0; }

  add(step) {
    this.steps.push(step);
    this.undone = [];
    this.redraw();
  }

  undo() { this.#walk(this.steps, this.undone); }
  redo() { this.#walk(this.undone, this.steps); }

  #walk(from, to) {
    if (from.length) to.push(from.pop());
    this.redraw();
  }

  /** Where a place of the present picture was in the original. */
  origin(x, y) {
    const point = this.state.matrix.inverse().transformPoint({ x, y });
    return [point.x, point.y];
  }

  /** A stroke of one point, given in places of the present picture. */
  strokeAt(ink, width, x, y) { return { ink, width: width / this.start.scale, points: [this.origin(x, y)] }; }

  /** The stroke of the last step goes on through these points. */
  extend(points) {
    const step = this.steps.at(-1);
    const from = step.stroke.points.length - 1;
    for (const [x, y] of points) step.stroke.points.push(this.origin(x, y));
    imageStroke(this.context(this.canvasOf(step)), { ...step.stroke, points: step.stroke.points.slice(from) });
  }

  /** What there is after all steps. */
  after() {
    let now = this.begun();
    for (const step of this.steps) {
      const { width, height, matrix } = now;
      if (step.reset) now = this.begun();
      else if (step.crop) {
        const [left, top, wide, tall] = step.crop;
        Object.assign(now, { width: wide, height: tall, turned: true, matrix: new DOMMatrix([1, 0, 0, 1, -left, -top]).multiply(matrix) });
      } else if (step.move) {
        const sides = ["left", "right"].includes(step.move) ? { width: height, height: width } : {};
        Object.assign(now, sides, { turned: true, matrix: new DOMMatrix(IMAGE_MOVES[step.move](width, height)).multiply(matrix) });
      } else this.apply(now, step);
    }
    return now;
  }

  /** To draw on a canvas in places of the original. */
  context(canvas) {
    const context = canvas.getContext("2d");
    context.setTransform(this.state.matrix);
    context.imageSmoothingEnabled = this.start.scale !== 1;
    return context;
  }
}

/** The same stroke over an original that is so many times as wide and as tall. */
export function strokeScaled(stroke, x, y) {
  return { ...stroke, width: stroke.width * Math.min(x, y), points: stroke.points.map(([left, top]) => [left * x, top * y]) };
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
