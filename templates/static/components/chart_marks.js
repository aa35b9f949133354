/** What tells groups apart besides their colours: dashes of lines, shapes of points, stripes of bars. */

const MARK_DASHES = [[], [8, 4], [2, 3], [9, 3, 2, 3], [15, 4], [4, 3], [2, 6], [9, 3, 2, 3, 2, 3]];
/** Corners of points about (0, 0); none is a circle. */
const MARK_CORNERS = [
  null,
  [[-1, -1], [1, -1], [1, 1], [-1, 1]],
  [[0, -1.3], [1.2, .9], [-1.2, .9]],
  [[0, -1.4], [1.4, 0], [0, 1.4], [-1.4, 0]],
  [[0, 1.3], [1.2, -.9], [-1.2, -.9]],
  [[-.45, -1.3], [.45, -1.3], [.45, -.45], [1.3, -.45], [1.3, .45], [.45, .45], [.45, 1.3], [-.45, 1.3], [-.45, .45], [-1.3, .45], [-1.3, -.45], [-.45, -.45]],
];
const MARK_STRIPES = [null, [[0, 8, 8, 0]], [[0, 0, 8, 8]], [[0, 4, 8, 4]], [[4, 0, 4, 8]], [[0, 4, 8, 4], [4, 0, 4, 8]]];
const MARK_SWATCH = [24, 12]; // CSS pixels

export function markDash(place) { return MARK_DASHES[place % MARK_DASHES.length]; }

/** Fill the shape of a point. */
export function markPoint(pen, place, x, y, radius) {
  const corners = MARK_CORNERS[place % MARK_CORNERS.length];
  pen.beginPath();
  if (corners) for (const [across, down] of corners) pen.lineTo(x + across * radius, y + down * radius);
  else pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.closePath();
  pen.fill();
}

/** What bars of a group are filled with. `fine`: pixels of the canvas for one of CSS. */
export function markFill(pen, place, color, ground, fine) {
  const stripes = MARK_STRIPES[place % MARK_STRIPES.length];
  if (!stripes) return color;
  const tile = Object.assign(document.createElement("canvas"), { width: 8 * fine, height: 8 * fine });
  const brush = tile.getContext("2d");
  brush.scale(fine, fine);
  brush.fillStyle = color;
  brush.fillRect(0, 0, 8, 8);
  brush.strokeStyle = ground;
  brush.beginPath();
  for (const [x1, y1, x2, y2] of stripes) {
    brush.moveTo(x1, y1);
    brush.lineTo(x2, y2);
  }
  brush.stroke();
  const pattern = pen.createPattern(tile, "repeat");
  pattern.setTransform(new DOMMatrix().scale(1 / fine));
  return pattern;
}

/** Draw a group's mark into its canvas in the legend, in that canvas's own colour. */
export function markSwatch(canvas, mark, place) {
  const fine = Math.min(devicePixelRatio || 1, 3);
  Object.assign(canvas, { width: MARK_SWATCH[0] * fine, height: MARK_SWATCH[1] * fine });
  const pen = canvas.getContext("2d");
  const { color, borderTopColor } = getComputedStyle(canvas);
  pen.scale(fine, fine);
  Object.assign(pen, { fillStyle: color, strokeStyle: color, lineWidth: 2.5 });
  if (mark === "point") return markPoint(pen, place, 12, 6, 4);
  if (mark === "bar") {
    pen.fillStyle = markFill(pen, place, color, borderTopColor, fine);
    return pen.fillRect(4, 0, 16, 12);
  }
  pen.setLineDash(markDash(place));
  pen.moveTo(0, 6);
  pen.lineTo(24, 6);
  return pen.stroke();
}
