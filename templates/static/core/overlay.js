/** The author's own fault, over the page that still works: what, where, with which values. Text only. */
import { h } from "./dom.js";

export function showFault(report) {
  hideFault();
  const own = report.frames.filter((frame) => frame.own);
  const first = own[0] ?? report.frames[0];
  const rest = report.frames.filter((frame) => frame !== first);
  const dialog = h("dialog", { id: "crash", "aria-labelledby": "crash-title", tabindex: "-1" },
    h("div", { class: "crash" },
      h("h2", { id: "crash-title" }, h("b", {}, report.type), `: ${report.message}`),
      report.hint && h("p", {}, report.hint),
      first ? overlayFrame(first) : h("p", { class: "where" }, report.line ? `${report.file}:${report.line}` : report.file),
      rest.length > 0 && h("details", {}, h("summary", {}, `${rest.length} more ${rest.length === 1 ? "frame" : "frames"}`),
        ...rest.map(overlayFrame)),
      h("div", { class: "spread" },
        h("div", { class: "actions" },
          h("button", { type: "button", onclick: (event) => overlayCopy(event.target, report) }, "Copy"),
          h("button", { type: "button", class: "plain", onclick: hideFault }, "Close")),
        h("small", {}, "The last good version keeps serving. This goes when the file is mended."))));
  document.body.append(dialog);
  dialog.showModal();
  dialog.focus(); // and not one of its buttons: the author may be typing
}

export function hideFault() {
  const dialog = document.getElementById("crash");
  dialog?.close(); // gives the focus back
  dialog?.remove();
}

function overlayFrame(frame) {
  const lines = frame.source ?? [];
  const locals = Object.entries(frame.locals ?? {});
  return h("div", { class: "frame" },
    h("p", { class: "where" }, `${frame.file}:${frame.line}${frame.function ? ` in ${frame.function}` : ""}`),
    lines.length > 0 && h("pre", { class: "code", tabindex: "0" },
      ...lines.map(([number, text]) => h("span", { class: number === frame.line ? "here" : null, "data-n": number }, text))),
    locals.length > 0 && h("dl", { class: "facts" }, ...locals.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])));
}

async function overlayCopy(button, report) {
  await navigator.clipboard.writeText(report.text || `${report.type}: ${report.message}\n${report.file}:${report.line}`);
  button.textContent = "Copied";
}
