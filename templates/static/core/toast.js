/** A short note at the lower edge, read out politely; the next one takes its place. */
import { h } from "./dom.js";

const TOAST_MS = 5000;
let toastTimer = 0;

export function toast(strong, rest = "") {
  const box = document.getElementById("toasts");
  box.replaceChildren(h("div", { class: "toast" }, h("b", {}, strong), rest && ` · ${rest}`));
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => box.replaceChildren(), TOAST_MS);
}
