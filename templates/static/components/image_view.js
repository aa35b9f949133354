/** Showing a picture: swapped in when it is decoded, enlarged in a dialog, downloadable. */
import { h } from "../core/dom.js";

/** Resolves with an <img> whose size is known, so that showing it moves nothing twice. */
export async function imageDecoded(url, alt) {
  const img = h("img", { src: url, alt });
  await img.decode().catch(() => {}); // a broken picture shows its alt text
  return img;
}

/** Buttons around the picture that open it as large as the window allows. */
export function imageEnlarger(img, label) {
  const close = h("button", { type: "button", class: "plain", "aria-label": "Close" }, "Close");
  const large = h("img", { src: img.src, alt: img.alt });
  const dialog = h("dialog", { class: "enlarged", "aria-label": label }, h("div", { class: "spread" }, h("b", {}, label), close), large);
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  const open = h("button", { type: "button", class: "enlarge", "aria-label": `Enlarge ${label}`, onclick: () => dialog.showModal() }, img);
  return [open, dialog];
}

/** A picture as PNG, drawn on a canvas of that size. */
export function imageBlob(width, height, draw) {
  const canvas = h("canvas", { width: Math.max(1, Math.round(width)), height: Math.max(1, Math.round(height)) });
  draw(canvas.getContext("2d"), canvas);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The picture is too large to be edited here."))), "image/png");
  });
}
