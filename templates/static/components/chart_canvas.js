/**
 * Draws points on a canvas: bars, lines or dots, with axes and grid. Nothing here knows a component.
 *
 * A picture is {mark, kind, categories, series: [{name, color, place, x, y}], xLim, yLim, angle}; x are numbers (of a category
 * its place), y numbers or null. `ChartCanvas.draw` gives back where the points lie, so that they can be found.
 */
import { axisMoments, axisMomentText, axisNumbers, axisNumberText } from "../core/axes.js";
import { markDash, markFill, markPoint } from "./chart_marks.js";

const CHART_GAP = 8;
const CHART_DOT = 2.5;

export class ChartCanvas {
  constructor(canvas) {
    this.canvas = canvas;
    this.pen = canvas.getContext("2d");
  }

  /** Draw it all; `marked` is {series, index} of the point that is read. */
  draw(picture, marked = null) {
    const { canvas, pen } = this;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!width || !height) return;
    const fine = Math.min(devicePixelRatio || 1, 3);
    Object.assign(canvas, { width: Math.round(width * fine), height: Math.round(height * fine) });
    pen.setTransform(fine, 0, 0, fine, 0, 0);
    const style = getComputedStyle(canvas);
    this.ink = style.color;
    this.grid = style.borderTopColor;
    pen.font = `${style.fontSize} ${style.fontFamily}`;
    this.#scale(picture, width, height);
    this.#axes(picture);
    pen.save();
    pen.beginPath();
    pen.rect(this.left - 1, this.top - 1, this.right - this.left + 2, this.bottom - this.top + 2);
    pen.clip();
    if (picture.shade) this.#shade(picture.shade);
    if (picture.mark === "bar") this.#bars(picture);
    else for (const series of picture.series) (picture.mark === "line" ? this.#line : this.#dots).call(this, series);
    pen.restore();
    if (marked) this.#mark(picture, marked);
    canvas.dataset.drawn = String(Number(canvas.dataset.drawn ?? 0) + 1);
  }

  #scale(picture, width, height) {
    const { pen } = this;
    [this.low, this.high] = chartRange(picture);
    [this.first, this.last] = chartSpan(picture);
    const text = axisNumberText(this.low, this.high);
    this.yTicks = axisNumbers(this.low, this.high, Math.max(Math.floor(height / 50), 2)).map((value) => [value, text(value)]);
    const widest = Math.max(...this.yTicks.map(([, label]) => pen.measureText(label).width), 8);
    this.left = Math.ceil(widest) + CHART_GAP * 2;
    this.right = width - CHART_GAP * 2;
    this.top = CHART_GAP;
    const turn = ((picture.angle ?? 0) * Math.PI) / 180;
    const long = turn ? Math.min(chartWidest(picture, pen), 110) : 0;
    this.bottom = height - 26 - Math.abs(Math.sin(turn)) * long;
    const lean = Math.cos(turn) * long - (this.right - this.left) / (2 * picture.categories.length || Infinity); // of the outermost label
    if (turn < 0) this.left = Math.max(this.left, Math.ceil(lean));
    else if (turn > 0) this.right -= Math.max(0, Math.ceil(lean) - CHART_GAP * 2);
    this.x = (value) => this.left + ((value - this.first) / (this.last - this.first)) * (this.right - this.left);
    this.y = (value) => this.bottom - ((value - this.low) / (this.high - this.low)) * (this.bottom - this.top);
  }

  #axes({ kind, categories, angle = 0 }) {
    const { pen } = this;
    pen.lineWidth = 1;
    pen.strokeStyle = this.grid;
    pen.fillStyle = this.ink;
    pen.textBaseline = "middle";
    pen.textAlign = "right";
    for (const [value, label] of this.yTicks) {
      const y = Math.round(this.y(value)) + .5;
      this.#stroke(this.left, y, this.right, y);
      pen.fillText(label, this.left - CHART_GAP, y);
    }
    this.#stroke(this.left, this.bottom + .5, this.right, this.bottom + .5);
    let free = -Infinity;
    for (const [value, label] of this.#xTicks(kind, categories)) {
      const x = this.x(value);
      const shown = this.#fitted(label, angle ? 110 : 160);
      const half = angle ? 8 : pen.measureText(shown).width / 2;
      if (x - half < Math.max(free, 0) || (!angle && x + half > this.right + CHART_GAP * 2)) continue;
      free = x + half + CHART_GAP;
      this.#stroke(x, this.bottom, x, this.bottom + 4);
      pen.save();
      pen.translate(x, this.bottom + 15);
      pen.rotate((angle * Math.PI) / 180);
      pen.textAlign = angle > 0 ? "left" : angle < 0 ? "right" : "center";
      pen.fillText(shown, 0, 0);
      pen.restore();
    }
  }

  #xTicks(kind, categories) {
    const count = Math.max(Math.floor((this.right - this.left) / 70), 3);
    if (kind === "category") return categories.map((name, place) => [place, name]);
    const [ticks, text] = kind === "time"
      ? [axisMoments(this.first, this.last, count), axisMomentText(this.first, this.last)]
      : [axisNumbers(this.first, this.last, count), axisNumberText(this.first, this.last)];
    return ticks.map((value) => [value, text(value)]);
  }

  #fitted(text, most) {
    if (this.pen.measureText(text).width <= most) return text;
    let end = text.length;
    while (end > 1 && this.pen.measureText(`${text.slice(0, end)}…`).width > most) end -= 1;
    return `${text.slice(0, end)}…`;
  }

  #stroke(x1, y1, x2, y2) {
    this.pen.beginPath();
    this.pen.moveTo(x1, y1);
    this.pen.lineTo(x2, y2);
    this.pen.stroke();
  }

  /** A line of many points is drawn as the highest and lowest of each column of pixels, which looks the same. */
  #line({ x, y, color, place = 0 }) {
    const { pen } = this;
    pen.strokeStyle = color;
    pen.lineWidth = 2;
    pen.lineJoin = "round";
    pen.setLineDash(markDash(place));
    pen.beginPath();
    let open = false;
    const to = (value, height) => {
      if (height === null) open = false;
      else if (open) pen.lineTo(this.x(value), this.y(height));
      else pen.moveTo(this.x(value), this.y(height));
      open = height !== null;
    };
    const thin = x.length > (this.right - this.left) * 4 ? chartThinned(x, y, (value) => Math.floor(this.x(value))) : x.keys();
    for (const n of thin) to(x[n], y[n]);
    pen.stroke();
    pen.setLineDash([]);
    if (x.length > 60) return;
    pen.fillStyle = color;
    x.forEach((value, n) => { if (y[n] !== null) this.#dot(value, y[n], CHART_DOT, place); });
  }

  #dots({ x, y, color, place = 0 }) {
    const { pen } = this;
    pen.fillStyle = color;
    pen.globalAlpha = x.length > 2000 ? .35 : .75;
    if (x.length > 5000) x.forEach((value, n) => { if (y[n] !== null) pen.fillRect(this.x(value) - 1.5, this.y(y[n]) - 1.5, 3, 3); });
    else x.forEach((value, n) => { if (y[n] !== null) this.#dot(value, y[n], CHART_DOT + 1, place); });
    pen.globalAlpha = 1;
  }

  #dot(value, height, radius, place) { markPoint(this.pen, place, this.x(value), this.y(height), radius); }

  /** What lies outside of the chosen range is paler. */
  #shade([from, to]) {
    const { pen } = this;
    pen.fillStyle = this.grid;
    pen.globalAlpha = .6;
    pen.fillRect(this.left, this.top, this.x(from) - this.left, this.bottom - this.top);
    pen.fillRect(this.x(to), this.top, this.right - this.x(to), this.bottom - this.top);
    pen.globalAlpha = 1;
  }

  #bars(picture) {
    const half = chartBarHalf(picture, this.right - this.left, this.last - this.first);
    const fills = picture.series.map(({ color, place = 0 }) => markFill(this.pen, place, color, this.grid, Math.min(devicePixelRatio || 1, 3)));
    for (const { series, index, from, to } of chartStacks(picture)) {
      const middle = this.x(picture.series[series].x[index]);
      const [a, b] = [this.y(from), this.y(to)];
      this.pen.fillStyle = fills[series];
      this.pen.fillRect(middle - half, Math.min(a, b), Math.max(half * 2, 1), Math.max(Math.abs(a - b), 1));
    }
  }

  #mark(picture, { series, index }) {
    const [left, top] = this.place(picture, series, index);
    const { pen } = this;
    pen.strokeStyle = this.ink;
    pen.lineWidth = 1;
    pen.setLineDash([3, 3]);
    this.#stroke(left, this.top, left, this.bottom);
    pen.setLineDash([]);
    pen.lineWidth = 2;
    pen.beginPath();
    pen.arc(left, top, 5, 0, 2 * Math.PI);
    pen.stroke();
  }

  /** Where a point lies on the canvas, in CSS pixels. */
  place(picture, series, index) {
    const { x, y } = picture.series[series];
    const top = picture.mark === "bar" ? chartStacks(picture).find((one) => one.series === series && one.index === index)?.to : y[index];
    return [this.x(x[index]), this.y(top ?? 0)];
  }

  /** The point nearest to a place on the canvas: {series, index}, or null. */
  nearest(picture, left, top) {
    let best = null, least = Infinity;
    picture.series.forEach(({ x, y }, series) => {
      for (let index = 0; index < x.length; index += 1) {
        if (y[index] === null) continue;
        const across = this.x(x[index]) - left;
        const up = picture.mark === "bar" ? 0 : (this.y(y[index]) - top) * (picture.mark === "line" ? .2 : 1);
        const far = across * across + up * up;
        if (far < least) [best, least] = [{ series, index }, far];
      }
    });
    return best;
  }
}

/** Lowest and highest y; bars begin at zero. */
function chartRange(picture) {
  let low = Infinity, high = -Infinity;
  const see = (value) => { if (value !== null) { low = Math.min(low, value); high = Math.max(high, value); } };
  if (picture.mark === "bar") {
    see(0);
    for (const { from, to } of chartStacks(picture)) { see(from); see(to); }
  } else for (const { y } of picture.series) y.forEach(see);
  if (low > high) [low, high] = [0, 1];
  if (low === high) [low, high] = [low - (Math.abs(low) || 1) * .5, high + (Math.abs(high) || 1) * .5];
  const air = (high - low) * .05;
  const [bottom, top] = picture.yLim ?? [];
  return [bottom ?? (picture.mark === "bar" && low === 0 ? 0 : low - air), top ?? (picture.mark === "bar" && high === 0 ? 0 : high + air)];
}

function chartSpan({ kind, categories, series, xLim, mark }) {
  if (kind === "category") return [-.5, Math.max(categories.length, 1) - .5];
  let low = Infinity, high = -Infinity;
  for (const { x } of series) for (const value of x) { low = Math.min(low, value); high = Math.max(high, value); }
  if (low > high) [low, high] = [0, 1];
  if (low === high) [low, high] = [low - 1, high + 1];
  const air = (high - low) * (mark === "line" ? 0 : .04);
  return [xLim?.[0] ?? low - air, xLim?.[1] ?? high + air];
}

function chartWidest({ kind, categories }, pen) {
  return kind === "category" ? Math.max(0, ...categories.slice(0, 200).map((name) => pen.measureText(name).width)) : 60;
}

/** Bars of one x stand on each other, those below zero hang below each other. */
function chartStacks(picture) {
  if (picture.stacks) return picture.stacks;
  const ups = new Map(), downs = new Map();
  picture.stacks = picture.series.flatMap(({ x, y }, series) => x.map((value, index) => {
    const piles = (y[index] ?? 0) < 0 ? downs : ups;
    const from = piles.get(value) ?? 0;
    piles.set(value, from + (y[index] ?? 0));
    return { series, index, from, to: from + (y[index] ?? 0) };
  }));
  return picture.stacks;
}

/** Half of a bar's width in pixels: of the smallest distance between two of them. */
function chartBarHalf({ kind, series }, pixels, span) {
  const places = [...new Set(series.flatMap(({ x }) => x))].sort((a, b) => a - b);
  const least = kind === "category" ? 1 : places.slice(1).reduce((gap, value, n) => Math.min(gap, value - places[n]), Infinity);
  return Math.min(((Number.isFinite(least) ? least : span / 4) / span) * pixels * .38, 48);
}

/** Which points to keep, two for each column of pixels; gaps stay gaps. */
function* chartThinned(x, y, column) {
  let start = 0;
  while (start < x.length) {
    let end = start, low = start, high = start;
    const here = column(x[start]);
    while (end < x.length && column(x[end]) === here && y[end] !== null) {
      if (y[end] < y[low]) low = end;
      if (y[end] > y[high]) high = end;
      end += 1;
    }
    if (end === start) yield end++;
    else {
      yield Math.min(low, high);
      if (low !== high) yield Math.max(low, high);
    }
    start = end;
  }
}
