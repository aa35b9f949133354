/** An explanation as a file: what the server gave (JSON), what is seen (PNG), a page that needs nothing else (HTML). */
import { h } from "../core/dom.js";
import { toast } from "../core/toast.js";
import { explainDrawing, explainOverlay } from "./explain_drawing.js";

/** The buttons. */
export function explainSaves(panel) {
  const button = (kind, make) => h("button", { type: "button", onclick: () => saveAs(panel, kind, make) }, kind.toUpperCase());
  return h("div", { class: "actions saves", role: "group", "aria-label": "Save the explanation" }, h("span", { class: "quiet", "aria-hidden": "true" }, "Save as"),
    button("png", saveDrawing), button("html", savePage), button("json", saveJson));
}

async function saveAs(panel, kind, make) {
  try {
    const blob = await make(panel);
    const link = h("a", { href: URL.createObjectURL(blob), download: `explanation.${kind}` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  } catch (error) {
    toast("Not saved", error.message);
  }
}

function saveJson({ object }) {
  return new Blob([JSON.stringify(object, null, 1)], { type: "application/json" });
}

function saveDrawing(panel) {
  return new Promise((resolve, reject) => {
    explainDrawing(panel).toBlob((blob) => (blob ? resolve(blob) : reject(new Error("it is too large for a picture"))), "image/png");
  });
}

/** A copy of the panel with the page's style; its pictures are in it, its parts say their values as titles. */
async function savePage(panel) {
  const copy = panel.shown.cloneNode(true);
  for (const gone of copy.querySelectorAll(".saves, .what-if, .strength, [hidden]")) gone.remove();
  const pictures = [...panel.shown.querySelectorAll(".framed-picture")];
  copy.querySelectorAll(".framed-picture").forEach((frame, n) => frame.replaceChildren(h("img", { src: savePicture(pictures[n]), alt: "" })));
  for (const part of copy.querySelectorAll(".part")) {
    part.setAttribute("title", part.getAttribute("aria-label"));
    for (const name of ["role", "tabindex", "aria-pressed", "data-part", "aria-label"]) part.removeAttribute(name);
  }
  for (const name of copy.querySelectorAll("h3")) name.replaceWith(h("h2", {}, name.textContent)); // below the page's own heading
  copy.querySelector(".all-parts").replaceChildren(h("summary", {}, "Show as a table"), panel.list.table());
  const styles = await Promise.all([...document.querySelectorAll("link[rel=stylesheet]")].map(async ({ href }) => (await fetch(href)).text()));
  const page = document.implementation.createHTMLDocument(panel.heading.textContent);
  page.documentElement.lang = document.documentElement.lang;
  page.head.prepend(h("meta", { charset: "utf-8" }), h("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }), h("style", {}, styles.join("\n")));
  const frame = page.createElement("qd-explanation"); // of a document without scripts: nothing wakes in it
  frame.className = "card";
  frame.append(h("h1", {}, panel.heading.textContent), h("p", { class: "at" }, panel.facts.textContent), copy);
  page.body.append(h("main", { class: "page" }, frame));
  return new Blob([`<!doctype html>\n${page.documentElement.outerHTML}`], { type: "text/html" });
}

/** The picture under its colours, as a data: URL. */
function savePicture(frame) {
  const canvas = frame.querySelector("canvas");
  const drawn = h("canvas", { width: canvas.width, height: canvas.height });
  explainOverlay(drawn.getContext("2d"), frame, 0, 0, canvas.width, canvas.height);
  return drawn.toDataURL("image/png");
}
