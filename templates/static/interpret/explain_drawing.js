/** An explanation as a picture file, light as paper: what is explained, of which demo, the bars, and each input in its colours. */
import { drawingBar, drawingLegend, drawingMore, drawingRow, drawingWords } from "./explain_drawing_marks.js";
import { explainOverlay } from "./explain_overlay.js";
import { ExplainSheet, SHEET_EDGE, SHEET_INNER, SHEET_QUIET } from "./explain_sheet.js";
import { explainScale, explainStrongest, explainTitle } from "./explain_words.js";

const DRAWING_ROWS = 40; // parts of an input that are listed
const DRAWING_TALL = 420; // px of a picture

/** A <canvas>. */
export function explainDrawing(panel) {
  const sheet = new ExplainSheet();
  const { object, numbers } = panel;
  const scale = explainScale(object);
  drawingHead(sheet, panel, scale);
  const frames = [...panel.shown.querySelectorAll(".framed-picture")];
  for (const input of object.inputs) {
    sheet.y += 18;
    sheet.text(input.label, 15, 600);
    if (!input.scores?.length) sheet.text(input.why ?? "It has no parts.", 13, 400, SHEET_QUIET);
    else if (input.kind === "text") drawingWords(sheet, input, scale);
    else if (input.kind === "picture") drawingPicture(sheet, frames.shift());
    else drawingParts(sheet, input, scale, numbers);
  }
  return sheet.canvas();
}

function drawingHead(sheet, panel, scale) {
  const { object, numbers } = panel;
  sheet.text(panel.heading.textContent, 22, 600);
  sheet.text(explainTitle(panel.owner), 13, 600);
  sheet.text(panel.facts, 13, 400, SHEET_QUIET);
  if (object.note) sheet.text(object.note, 13);
  sheet.y += 10;
  for (const row of panel.fall.querySelectorAll("li")) drawingBar(sheet, row);
  if (panel.fall.hidden && typeof object.full === "number") sheet.text(`${panel.subject} ${numbers.plain(object.full)}`, 13, 600);
  sheet.y += 8;
  drawingLegend(sheet, explainStrongest(object, numbers), scale);
}

function drawingPicture(sheet, frame) {
  const { width, height } = frame.querySelector("canvas");
  const scale = Math.min(SHEET_INNER / width, DRAWING_TALL / height);
  const { y } = sheet;
  sheet.step((pen) => explainOverlay(pen, frame, SHEET_EDGE, y, width * scale, height * scale));
  sheet.y += height * scale + 8;
}

/** The parts, the strongest first. */
function drawingParts(sheet, input, scale, numbers) {
  const order = input.scores.map((score, n) => [score ?? 0, input.labels[n]]).sort(([one], [other]) => Math.abs(other) - Math.abs(one));
  for (const [score, label] of order.slice(0, DRAWING_ROWS)) drawingRow(sheet, label, score / scale, numbers.signed(score));
  const rest = order.slice(DRAWING_ROWS).map(([score]) => score);
  if (rest.length) drawingMore(sheet, rest.length, numbers.signed(rest.reduce((sum, score) => sum + score, 0)));
}
