/** The author's own fault, over the page that still works: what, where, with which values. Text only. */
import { postJson } from "./api.js";
import { copyText } from "./clipboard.js";
import { h } from "./dom.js";

/** `editor`: {name, opens, why} of the developer's editor; opens: the server can start it. */
export function showFault(report, editor = { name: "", opens: false, why: "" }) {
  hideFault();
  const own = report.frames.filter((frame) => frame.own);
  const first = own[0] ?? report.frames[0];
  const rest = report.frames.filter((frame) => frame !== first);
  const draw = (frame) => overlayFrame(frame, editor);
  const dialog = h("dialog", { id: "crash", "aria-labelledby": "crash-title", tabindex: "-1" },
    h("div", { class: "crash" },
      h("h2", { id: "crash-title" }, h("b", {}, report.type), `: ${report.message}`),
      report.hint && h("p", {}, report.hint),
      first ? draw(first) : h("p", { class: "where" }, overlayPlace(report)),
      rest.length > 0 && h("details", {}, h("summary", {}, `${rest.length} more ${rest.length === 1 ? "frame" : "frames"}`), ...rest.map(draw)),
      h("div", { class: "spread last" },
        h("div", { class: "actions" },
          h("button", { type: "button", onclick: (event) => overlayCopy(event.target, overlayText(report, first), "The fault is copied.") }, "Copy"),
          h("button", { type: "button", class: "plain", onclick: hideFault }, "Close")),
        h("small", { role: "status" }, "The last good version keeps serving. This goes when the file is mended."))));
  document.body.append(dialog);
  dialog.showModal();
  dialog.focus(); // and not one of its buttons: the author may be typing
}

export function hideFault() {
  const dialog = document.getElementById("crash");
  dialog?.close(); // gives the focus back
  dialog?.remove();
}

function overlayFrame(frame, editor) {
  const lines = frame.source ?? [];
  const values = Object.entries(frame.locals ?? {});
  const given = values.filter(([name]) => frame.arguments?.includes(name));
  const others = values.filter(([name]) => !frame.arguments?.includes(name));
  const called = given.length > 0;
  return h("div", { class: "trace" },
    h("div", { class: "spread" },
      h("p", { class: "where" }, overlayPlace(frame), frame.function && frame.function !== "<module>" ? ` in ${frame.function}` : ""),
      frame.own && overlayOpener(frame, editor)),
    lines.length > 0 && h("pre", { class: "code", tabindex: "0", role: "group", "aria-label": `Lines around ${overlayPlace(frame)}` }, ...lines.map((line) => overlayLine(line, frame))),
    called && overlayValues(`${frame.function} was called with`, given),
    others.length > 0 && overlayValues(called ? "and had" : "with", others));
}

function overlayPlace({ file, line }) { return line ? `${file}:${line}` : file; }

function overlayLine([number, text], frame) {
  if (number !== frame.line) return h("span", { "data-n": number }, text);
  const column = frame.column ? frame.column - 1 : text.length;
  return h("span", { class: "here", "data-n": number }, text.slice(0, column), h("u", {}, text.slice(column, column + 1)), text.slice(column + 1));
}

function overlayValues(title, values) {
  return h("div", { class: "values" }, h("p", { class: "quiet" }, title),
    h("dl", { class: "facts" }, ...values.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])));
}

/** Opens the line in the editor, or copies its place for one that runs in a terminal. */
function overlayOpener(frame, editor) {
  const place = overlayPlace(frame);
  const copy = (button, why) => overlayCopy(button, `${frame.path || frame.file}:${frame.line}`, `${place} is copied. ${why}`);
  const open = async ({ target: button }) => {
    try {
      await postJson("api/dev/open", { file: frame.file, line: frame.line });
      overlaySay(button, "Opened", `${place} is open in ${editor.name}.`);
    } catch (error) {
      await copy(button, error.message);
    }
  };
  const [text, act] = editor.opens ? [`Open in ${editor.name}`, open] : ["Copy the place", (event) => copy(event.target, editor.why)];
  return h("button", { type: "button", class: "plain", "aria-label": `${text}: ${place}`, onclick: act }, text);
}

async function overlayCopy(button, text, done) {
  const copied = await copyText(text, button.closest("dialog"));
  overlaySay(button, copied ? "Copied" : button.textContent, copied ? done : "The browser refused to copy; the text can be selected.");
}

function overlaySay(button, short, said) {
  button.textContent = short;
  const status = button.closest("dialog")?.querySelector("[role=status]"); // it may have been mended meanwhile
  if (status) status.textContent = said;
}

/** The traceback, or what a fault without one says. */
function overlayText(report, first) {
  const line = first?.source?.find(([number]) => number === first.line)?.[1];
  const plain = [`${report.type}: ${report.message}`, report.hint, overlayPlace(report), line];
  return report.text || plain.filter(Boolean).join("\n");
}
