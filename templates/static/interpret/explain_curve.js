/** A small curve: how the score goes with one number while all else stays. */
import { axisNumbers, axisNumberText } from "../core/axes.js";

const CURVE_WIDTH = 320, CURVE_HEIGHT = 120;
const CURVE_LETTER = 6.5, CURVE_RIGHT = 10, CURVE_TOP = 18, CURVE_BOTTOM = 34;

function curveShape(name, attributes, ...children) {
  const shape = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) shape.setAttribute(key, value);
  shape.append(...children);
  return shape;
}

/** sweep: {x, y}; marks: {value, baseline}; titles: of the axes. Returns an <svg>. */
export function explainCurve({ x, y }, { value, baseline }, [across, up], numbers) {
  const points = x.map((one, n) => [one, y[n]]).filter(([, score]) => score !== null).sort((one, other) => one[0] - other[0]);
  const [low, high] = [points[0][0], points.at(-1)[0]];
  const scores = points.map(([, score]) => score);
  const [least, most] = curveRange(Math.min(...scores), Math.max(...scores));
  const ends = numbers.ends(least, most);
  const left = 12 + CURVE_LETTER * Math.max(...ends.map((end) => end.length));
  const toX = (one) => left + (one - low) / (high - low || 1) * (CURVE_WIDTH - left - CURVE_RIGHT);
  const toY = (one) => CURVE_HEIGHT - CURVE_BOTTOM - (one - least) / (most - least) * (CURVE_HEIGHT - CURVE_TOP - CURVE_BOTTOM);
  const text = axisNumberText(low, high);
  const floor = CURVE_HEIGHT - CURVE_BOTTOM;
  const ticks = axisNumbers(low, high, 4).map((one) => curveShape("text", { x: toX(one), y: floor + 14, "text-anchor": "middle" }, text(one)));
  const levels = [least, most].map((one, n) => curveShape("text", { x: left - 6, y: toY(one) + 4, "text-anchor": "end" }, ends[n]));
  const line = curveShape("polyline", { class: "line", points: points.map(([one, score]) => `${toX(one).toFixed(1)},${toY(score).toFixed(1)}`).join(" ") });
  const mark = (one, kind) => {
    if (typeof one !== "number" || one < low || one > high) return [];
    return [curveShape("circle", { class: kind, cx: toX(one), cy: toY(curveAt(points, one)), r: 4 })];
  };
  const said = `${up} over ${across}: ${points.map(([one, score]) => `${numbers.plain(score)} at ${text(one)}`).join(", ")}`;
  return curveShape("svg", { viewBox: `0 0 ${CURVE_WIDTH} ${CURVE_HEIGHT}`, role: "img", "aria-label": said },
    curveShape("path", { class: "rim", d: `M${left} ${CURVE_TOP}V${floor}H${CURVE_WIDTH - CURVE_RIGHT}` }), ...ticks, ...levels, line,
    ...mark(baseline, "baseline"), ...mark(value, "now"),
    curveShape("text", { x: 0, y: 10 }, curveShort(`${up} ↑`)), curveShape("text", { x: CURVE_WIDTH - CURVE_RIGHT, y: CURVE_HEIGHT - 4, "text-anchor": "end" }, curveShort(`${across} →`)));
}

/** A flat line stands in the middle. */
function curveRange(least, most) { return most - least > 1e-12 ? [least, most] : [least - .5, most + .5]; }

function curveShort(text) { return text.length > 40 ? `${text.slice(0, 37)}… ${text.at(-1)}` : text; }

/** The curve's height at `one`, between the points beside it. */
function curveAt(points, one) {
  const after = points.findIndex(([x]) => x >= one);
  if (after <= 0) return points[0][1];
  const [[x0, y0], [x1, y1]] = [points[after - 1], points[after]];
  return y0 + (y1 - y0) * (one - x0) / (x1 - x0 || 1);
}
