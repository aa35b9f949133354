/** A long sheet of white paper: what is drawn on it, row by row, becomes a <canvas> of twice the size. */
import { h } from "../core/dom.js";

export const SHEET_EDGE = 32; // px
export const SHEET_INNER = 696; // px between the edges
export const SHEET_TALLEST = 8000; // px: what is below is left out, which the picture says
export const SHEET_QUIET = "#5b6470";
const SHEET_INK = "#191f25";
const SHEET_WIDTH = SHEET_INNER + 2 * SHEET_EDGE;

export class ExplainSheet {
  #pen = h("canvas", {}).getContext("2d"); // measures
  #steps = [];
  y = SHEET_EDGE; // where the next row begins

  /** Keep what draws for the time when the height is known; `draw` gets the pen. */
  step(draw) { if (this.y < SHEET_TALLEST) this.#steps.push(draw); }

  /** The width of a text in px. */
  width(text, size, weight = 400) {
    this.#pen.font = sheetFont(size, weight);
    return this.#pen.measureText(text).width;
  }

  /** The text, cut where it is wider. */
  fit(text, width, size, weight = 400) {
    if (this.width(text, size, weight) <= width) return text;
    let end = text.length;
    while (end > 1 && this.width(`${text.slice(0, end)}…`, size, weight) > width) end -= 1;
    return `${text.slice(0, end)}…`;
  }

  /** Lines of text over the whole width, broken between words, and within one that is longer than a line. */
  text(text, size, weight = 400, colour = SHEET_INK) {
    for (const line of this.#lines(text, size, weight)) {
      const y = this.y + size;
      this.step((pen) => sheetWrite(pen, line, SHEET_EDGE, y, size, weight, colour));
      this.y += size * 1.5;
    }
  }

  #lines(text, size, weight) {
    const lines = [""];
    for (const word of text.split(/\s+/).flatMap((one) => this.pieces(one, size, weight))) {
      const longer = lines.at(-1) ? `${lines.at(-1)} ${word}` : word;
      if (this.width(longer, size, weight) > SHEET_INNER && lines.at(-1)) lines.push(word);
      else lines[lines.length - 1] = longer;
    }
    return lines;
  }

  /** A word, in pieces that each fit on a line. */
  pieces(word, size, weight = 400) {
    if (this.width(word, size, weight) <= SHEET_INNER) return [word];
    const pieces = [""];
    for (const letter of word) {
      if (this.width(pieces.at(-1) + letter, size, weight) > SHEET_INNER) pieces.push(letter);
      else pieces[pieces.length - 1] += letter;
    }
    return pieces;
  }

  /** All of it. */
  canvas() {
    const height = Math.ceil(Math.min(this.y + SHEET_EDGE, SHEET_TALLEST));
    const canvas = h("canvas", { width: SHEET_WIDTH * 2, height: height * 2 });
    const pen = canvas.getContext("2d");
    pen.scale(2, 2);
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, SHEET_WIDTH, height);
    for (const step of this.#steps) step(pen);
    if (this.y + SHEET_EDGE > SHEET_TALLEST) {
      pen.fillStyle = "#fff";
      pen.fillRect(0, height - 40, SHEET_WIDTH, 40);
      sheetWrite(pen, "… the rest is in the JSON and HTML files.", SHEET_EDGE, height - 14, 13, 400, SHEET_QUIET);
    }
    return canvas;
  }
}

/** Write a text on its base line. */
export function sheetWrite(pen, text, x, y, size, weight = 400, colour = SHEET_INK) {
  pen.font = sheetFont(size, weight);
  pen.fillStyle = colour;
  pen.fillText(text, x, y);
}

function sheetFont(size, weight) { return `${weight} ${size}px system-ui, sans-serif`; }
