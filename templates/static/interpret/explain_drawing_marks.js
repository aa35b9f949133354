/** What tells scores on the sheet of a picture file: bars, and words on their colours. Stripes and dashes tell what lowers. */
import { h } from "../core/dom.js";
import { explainColour, explainInk, explainRgb, explainSign } from "./explain_colours.js";
import { SHEET_EDGE, SHEET_INNER, SHEET_QUIET, sheetWrite } from "./explain_sheet.js";
import { explainTokens } from "./explain_words.js";

const MARK_LINE = 30; // px from one line of words to the next
const MARK_NAME = 190, MARK_RAIL = 400; // px: of a row its name, and then its bar
const MARK_GREY = "#8a929c";

/** A row of the page's bars: its name, its bar as it stands there, its value. */
export function drawingBar(sheet, row) {
  const bar = row.querySelector("i");
  const [start, width] = [bar.style.insetInlineStart, bar.style.inlineSize].map((share) => parseFloat(share) / 100 * MARK_RAIL);
  const score = { up: 1, down: -1 }[bar.className] ?? 0;
  markRow(sheet, row.querySelector(".what").textContent, row.querySelector(".score").textContent, start, width, score);
}

/** A row of a part: its bar goes from the middle, to the right where it raises. score: from -1 to 1. */
export function drawingRow(sheet, label, score, value) {
  const width = Math.abs(score) * MARK_RAIL / 2;
  markRow(sheet, label, value, MARK_RAIL / 2 - (score < 0 ? width : 0), width, score);
}

function markRow(sheet, label, value, start, width, score) {
  const { y } = sheet;
  const name = sheet.fit(label, MARK_NAME, 13);
  sheet.step((pen) => {
    sheetWrite(pen, name, SHEET_EDGE, y + 15, 13);
    pen.fillStyle = score ? markInk(pen, score) : MARK_GREY;
    pen.fillRect(SHEET_EDGE + MARK_NAME + 10 + start, y + 4, width, 13);
    sheetWrite(pen, value, SHEET_EDGE + MARK_NAME + MARK_RAIL + 25, y + 15, 13, 600);
  });
  sheet.y += 23;
}

export function drawingMore(sheet, count, sum) {
  sheet.text(`and ${count} more, together ${sum}`, 13, 400, SHEET_QUIET);
}

/** The colour of a score; striped where it lowers. */
function markInk(pen, score) {
  const colour = explainRgb(explainColour(score));
  if (score > 0) return colour;
  const tile = h("canvas", { width: 14, height: 14 });
  const stripes = tile.getContext("2d");
  stripes.fillStyle = explainRgb(explainColour(score * .25));
  stripes.fillRect(0, 0, 14, 14);
  stripes.strokeStyle = colour;
  stripes.lineWidth = 6.5;
  for (const from of [-14, 0, 14]) { // at the corners too, so that tiles go on into each other
    stripes.moveTo(from - 3, 17);
    stripes.lineTo(from + 17, -3);
  }
  stripes.stroke();
  const pattern = pen.createPattern(tile, "repeat");
  pattern.setTransform(new DOMMatrix([.5, 0, 0, .5, 0, 0]));
  return pattern;
}

/** What the colours mean. said: how strong the strongest is. */
export function drawingLegend(sheet, said) {
  const { y } = sheet;
  let x = SHEET_EDGE;
  for (const [score, text] of [[.5, "raises it"], [-.5, "lowers it"]]) {
    const left = x;
    sheet.step((pen) => {
      markWord(pen, "", left, y - 4, 28, score);
      sheetWrite(pen, text, left + 36, y + 15, 13);
    });
    x += 36 + sheet.width(text, 13) + 24;
  }
  const left = SHEET_EDGE + SHEET_INNER - sheet.width(said, 13);
  sheet.step((pen) => sheetWrite(pen, said, left, y + 15, 13, 400, SHEET_QUIET));
  sheet.y += 30;
}

/** The words of a text on their colours. scale: the strongest score of all. */
export function drawingWords(sheet, input, scale) {
  let x = 0;
  const fall = () => { x = 0; sheet.y += MARK_LINE; };
  const draw = (text, score) => {
    const width = sheet.width(text, 16);
    if (x + width > SHEET_INNER && x > 0) fall();
    const [left, top] = [SHEET_EDGE + x, sheet.y];
    sheet.step((pen) => markWord(pen, text, left, top, width, score / scale));
    x += width;
  };
  for (const [text, part, apart] of explainTokens(input.parts.tokens)) {
    if (apart) draw(" ", 0);
    for (const piece of text.split(/(\n|\s+)/).flatMap((one) => sheet.pieces(one, 16))) {
      if (piece === "\n") fall();
      else if (piece && (piece.trim() || x > 0)) draw(piece, part === null ? 0 : input.scores[part] ?? 0);
    }
  }
  fall();
}

function markWord(pen, text, left, top, width, score) {
  const on = explainColour(score);
  const sign = explainSign(score);
  if (sign) {
    pen.fillStyle = explainRgb(on);
    pen.fillRect(left, top + 2, width, 22);
    pen.strokeStyle = explainRgb(explainColour(sign === "up" ? 1 : -1, [0, 0, 0]).map((part) => Math.round(part * .6)));
    pen.lineWidth = 2;
    pen.setLineDash(sign === "up" ? [] : [3, 3]);
    pen.beginPath();
    pen.moveTo(left, top + 25);
    pen.lineTo(left + width, top + 25);
    pen.stroke();
  }
  sheetWrite(pen, text, left, top + 18, 16, 400, explainRgb(explainInk(on)));
}
