/** An explanation drawn on a canvas, dark on white, for a picture file. */
import { h } from "../core/dom.js";
import { explainColour, explainInk, explainRgb, explainSign } from "./explain_colours.js";
import { explainScale } from "./explain_words.js";

const DRAWING_WIDTH = 760, DRAWING_EDGE = 32, DRAWING_LINE = 30; // px, drawn at twice the size
const DRAWING_INNER = DRAWING_WIDTH - 2 * DRAWING_EDGE;
const DRAWING_TALLEST = 8000; // px: what is below is left out, which the picture says
const DRAWING_ROWS = 12; // parts of an input that are listed
const DRAWING_FONT = "system-ui, sans-serif";

/** A <canvas> with the heading, the bar of each input, and each input in its colours. */
export function explainDrawing(panel) {
  const pen = h("canvas", {}).getContext("2d");
  const sheet = { pen, y: DRAWING_EDGE, steps: [] };
  drawingText(sheet, panel.heading.textContent, 22, 600);
  drawingText(sheet, panel.facts.textContent, 13, 400, "#5b6470");
  sheet.y += 10;
  for (const row of panel.fall.querySelectorAll("li")) drawingBar(sheet, row);
  sheet.y += 14;
  const { object, numbers } = panel;
  const scale = explainScale(object);
  const frames = [...panel.shown.querySelectorAll(".framed-picture")];
  for (const input of object.inputs) {
    sheet.y += 12;
    drawingText(sheet, input.label, 15, 600);
    if (!input.scores?.length) drawingText(sheet, input.why ?? "It has no parts.", 13, 400, "#5b6470");
    else if (input.kind === "text") drawingWords(sheet, input, scale);
    else if (input.kind === "picture") drawingPicture(sheet, frames.shift());
    else drawingParts(sheet, input, scale, numbers);
  }
  return drawingCanvas(sheet);
}

function drawingCanvas({ y, steps }) {
  const height = Math.min(y + DRAWING_EDGE, DRAWING_TALLEST);
  const canvas = h("canvas", { width: DRAWING_WIDTH * 2, height: Math.ceil(height) * 2 });
  const pen = canvas.getContext("2d");
  pen.scale(2, 2);
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, DRAWING_WIDTH, height);
  for (const step of steps) step(pen);
  if (y + DRAWING_EDGE > DRAWING_TALLEST) {
    pen.fillStyle = "#fff";
    pen.fillRect(0, height - 40, DRAWING_WIDTH, 40);
    drawingWrite(pen, "… the rest is in the JSON and HTML files.", DRAWING_EDGE, height - 14, 13, 400, "#5b6470");
  }
  return canvas;
}

function drawingWrite(pen, text, x, y, size, weight, colour = "#191f25") {
  pen.font = `${weight} ${size}px ${DRAWING_FONT}`;
  pen.fillStyle = colour;
  pen.fillText(text, x, y);
}

/** Lines of text, broken between words. */
function drawingText(sheet, text, size, weight, colour) {
  sheet.pen.font = `${weight} ${size}px ${DRAWING_FONT}`;
  const lines = [""];
  for (const word of text.split(" ")) {
    const longer = lines.at(-1) ? `${lines.at(-1)} ${word}` : word;
    if (sheet.pen.measureText(longer).width > DRAWING_INNER && lines.at(-1)) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  for (const line of lines) {
    const y = sheet.y + size;
    sheet.steps.push((pen) => drawingWrite(pen, line, DRAWING_EDGE, y, size, weight, colour));
    sheet.y += size * 1.5;
  }
}

/** A row of the fall: its name, its bar as it stands on the page, its value. */
function drawingBar(sheet, row) {
  const bar = row.querySelector("i");
  const [start, width] = [bar.style.insetInlineStart, bar.style.inlineSize].map((share) => parseFloat(share) / 100);
  const colours = { up: explainRgb(explainColour(1)), down: explainRgb(explainColour(-1)), whole: "#8a929c", none: "#8a929c" };
  const { y } = sheet;
  sheet.steps.push((pen) => {
    drawingWrite(pen, row.querySelector(".what").textContent.slice(0, 28), DRAWING_EDGE, y + 15, 13, 400);
    pen.fillStyle = colours[bar.className];
    pen.fillRect(DRAWING_EDGE + 200 + start * 400, y + 5, width * 400, 12);
    drawingWrite(pen, row.querySelector(".score").textContent, DRAWING_EDGE + 615, y + 15, 13, 600);
  });
  sheet.y += 24;
}

/** The words of a text on their colours; what lowers is underlined with dashes. */
function drawingWords(sheet, input, scale) {
  sheet.pen.font = `400 16px ${DRAWING_FONT}`;
  let x = 0;
  const fall = () => { x = 0; sheet.y += DRAWING_LINE; };
  const draw = (text, score) => {
    const width = sheet.pen.measureText(text).width;
    if (x + width > DRAWING_INNER && x > 0) fall();
    const [left, top] = [DRAWING_EDGE + x, sheet.y];
    if (top < DRAWING_TALLEST) sheet.steps.push((pen) => drawingMark(pen, text, left, top, width, score / scale));
    x += width;
  };
  for (const [text, part] of input.parts.tokens) {
    for (const piece of text.split(/(\n|\s+)/)) {
      if (piece === "\n") fall();
      else if (piece && (piece.trim() || x > 0)) draw(piece, part === null ? 0 : input.scores[part] ?? 0);
    }
  }
  fall();
}

function drawingMark(pen, text, left, top, width, score) {
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
  drawingWrite(pen, text, left, top + 18, 16, 400, explainRgb(explainInk(on)));
}

function drawingPicture(sheet, frame) {
  const { width, height } = frame.querySelector("canvas");
  const scale = Math.min(DRAWING_INNER / width, 420 / height);
  const { y } = sheet;
  sheet.steps.push((pen) => explainOverlay(pen, frame, DRAWING_EDGE, y, width * scale, height * scale));
  sheet.y += height * scale + 8;
}

/** The strongest parts, each a bar from the middle. */
function drawingParts(sheet, input, scale, numbers) {
  const order = input.scores.map((score, n) => [score ?? 0, input.labels[n]]).sort(([one], [other]) => Math.abs(other) - Math.abs(one));
  for (const [score, label] of order.slice(0, DRAWING_ROWS)) {
    const { y } = sheet;
    sheet.steps.push((pen) => {
      drawingWrite(pen, label.slice(0, 28), DRAWING_EDGE, y + 15, 13, 400);
      pen.fillStyle = explainRgb(explainColour(score / scale));
      const width = Math.abs(score) / scale * 200;
      pen.fillRect(DRAWING_EDGE + 400 - (score < 0 ? width : 0), y + 4, width, 14);
      drawingWrite(pen, numbers.signed(score), DRAWING_EDGE + 615, y + 15, 13, 600);
    });
    sheet.y += 22;
  }
  if (order.length > DRAWING_ROWS) drawingText(sheet, `and ${order.length - DRAWING_ROWS} weaker parts`, 13, 400, "#5b6470");
}

/** Draw a picture as it is shown, cut about its centre, and its colours over it. */
export function explainOverlay(pen, frame, left, top, width, height) {
  const img = frame.querySelector("img");
  if (img?.naturalWidth) {
    const scale = Math.max(width / img.naturalWidth, height / img.naturalHeight);
    const [w, t] = [width / scale, height / scale];
    pen.drawImage(img, (img.naturalWidth - w) / 2, (img.naturalHeight - t) / 2, w, t, left, top, width, height);
  }
  const canvas = frame.querySelector("canvas");
  pen.globalAlpha = Number(canvas.style.opacity);
  pen.drawImage(canvas, left, top, width, height);
  pen.globalAlpha = 1;
}
