/** An explanation as a file: what the server gave (JSON), what is seen (PNG), a page that needs nothing else (HTML). */
import { h } from "../core/dom.js";
import { toast } from "../core/toast.js";
import { explainDrawing } from "./explain_drawing.js";
import { explainOverlay } from "./explain_overlay.js";
import { explainTitle } from "./explain_words.js";

const SAVE_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"; // no script runs in the file, and it asks for nothing
const SAVE_PAPER = `qd-explanation.card { border: 1px solid var(--line); padding: var(--s5) } .words, .sheet { max-block-size: none !important } .sheet { overflow: visible !important }
  @media (max-width: 40rem) { .sheet { overflow-x: auto !important } } @media print { html, body { background: #fff } qd-explanation.card { border: 0; padding: 0; break-inside: auto } .of-input, tr { break-inside: avoid } }`;

/** The buttons. */
export function explainSaves(panel) {
  const button = (kind, make) => h("button", { type: "button", onclick: () => saveAs(panel, kind, make) }, kind.toUpperCase());
  return h("div", { class: "actions saves", role: "group", "aria-label": "Save the explanation" }, h("span", { class: "quiet", "aria-hidden": "true" }, "Save as"),
    button("png", saveDrawing), button("html", savePage), button("json", saveJson));
}

async function saveAs(panel, kind, make) {
  try {
    const blob = await make(panel);
    const link = h("a", { href: URL.createObjectURL(blob), download: `${saveName(panel.owner)}.${kind}` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  } catch (error) {
    toast("Not saved", error.message);
  }
}

/** "film-reviews-explained-2026-11-26" */
function saveName(owner) {
  const name = explainTitle(owner).toLowerCase().replace(/[^\p{L}\p{M}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 60);
  return `${name || "answer"}-explained-${saveDay()}`;
}

/** The visitor's day: "2026-11-26". */
function saveDay() {
  const now = new Date();
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((number) => String(number).padStart(2, "0")).join("-");
}

/** Without its key, by which the visitor's own browser asks for more. */
function saveJson({ object: { key, ...object } }) {
  return new Blob([JSON.stringify(object, null, 1)], { type: "application/json" });
}

function saveDrawing(panel) {
  return new Promise((resolve, reject) => {
    explainDrawing(panel).toBlob((blob) => (blob ? resolve(blob) : reject(new Error("it is too large for a picture"))), "image/png");
  });
}

/** A page with the panel and the page's style: its pictures are in it, its parts say their values as titles and in a table. */
async function savePage(panel) {
  const title = explainTitle(panel.owner);
  const question = panel.heading.textContent;
  const styles = await Promise.all([...document.querySelectorAll("link[rel=stylesheet]")].map(async ({ href }) => (await fetch(href)).text()));
  const page = document.implementation.createHTMLDocument(`${question} · ${title}`);
  page.documentElement.lang = document.documentElement.lang;
  page.head.prepend(
    h("meta", { charset: "utf-8" }), h("meta", { "http-equiv": "Content-Security-Policy", content: SAVE_POLICY }),
    h("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }), h("style", {}, [...styles, SAVE_PAPER].join("\n")));
  const frame = page.createElement("qd-explanation"); // of a document without scripts: nothing wakes in it
  frame.className = "card";
  frame.append(h("div", {}, h("h1", {}, question), h("p", {}, title)), h("p", { class: "at" }, `${panel.facts} · ${saveDay()}`), saveCopy(panel));
  page.body.append(h("main", { class: "page" }, frame));
  return new Blob([`<!doctype html>\n${page.documentElement.outerHTML}`], { type: "text/html" });
}

/** What is shown, as it is read without a script. */
function saveCopy(panel) {
  const copy = panel.shown.cloneNode(true);
  for (const gone of copy.querySelectorAll(".saves, .what-if, .strength, [hidden]")) gone.remove();
  const pictures = [...panel.shown.querySelectorAll(".framed-picture")];
  copy.querySelectorAll(".framed-picture").forEach((frame, n) => frame.replaceChildren(h("img", { src: savePicture(pictures[n]), alt: "In the colours of its regions, whose values are in the table." })));
  for (const part of copy.querySelectorAll(".part")) {
    part.setAttribute("title", part.getAttribute("aria-label"));
    for (const name of ["role", "tabindex", "aria-pressed", "data-part", "aria-label"]) part.removeAttribute(name);
  }
  for (const name of copy.querySelectorAll("h3")) name.replaceWith(h("h2", {}, name.textContent)); // below the page's own heading
  for (const fold of copy.querySelectorAll("details")) fold.open = true; // paper cannot be opened
  copy.querySelector(".all-parts").replaceChildren(h("summary", {}, "All parts"), panel.list.table());
  return copy;
}

/** The picture under its colours, as a data: URL. */
function savePicture(frame) {
  const canvas = frame.querySelector("canvas");
  const drawn = h("canvas", { width: canvas.width, height: canvas.height });
  explainOverlay(drawn.getContext("2d"), frame, 0, 0, canvas.width, canvas.height);
  return drawn.toDataURL("image/png");
}
