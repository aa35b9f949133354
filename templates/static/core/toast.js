/** Notes at the lower edge, read out; they go away by themselves, unless someone points at them or reads in them. */
import { h } from "./dom.js";

const TOAST_MS = 5000;
const TOAST_MOST = 4;

/** One short note; the next one takes its place. */
export function toast(strong, rest = "") {
  const box = document.getElementById("toasts");
  for (const old of box.querySelectorAll(".toast:not(.message)")) old.remove();
  toastShow(h("div", { class: "toast" }, h("b", {}, strong), rest && ` · ${rest}`), TOAST_MS);
}

/** A message of a function (gr.Info, gr.Warning): several stand on each other, each can be closed. */
export function toastMessage({ level, title, log, duration, visible }) {
  if (!visible) return;
  const box = document.getElementById("toasts");
  const close = h("button", { type: "button", class: "plain", "aria-label": "Close this note" }, "×");
  const note = h("div", { class: `toast message ${level}`, role: level === "warning" ? "alert" : null }, h("span", {}, h("b", {}, title), ` ${log}`), close);
  close.addEventListener("click", () => note.remove());
  const many = box.querySelectorAll(".message");
  if (many.length >= TOAST_MOST) many[0].remove();
  toastShow(note, duration === null ? Infinity : duration * 1000);
}

function toastShow(note, ms) {
  document.getElementById("toasts").append(note);
  if (!Number.isFinite(ms)) return;
  let timer = 0;
  const start = () => { timer = setTimeout(() => note.remove(), ms); };
  for (const name of ["pointerenter", "focusin"]) note.addEventListener(name, () => clearTimeout(timer));
  for (const name of ["pointerleave", "focusout"]) note.addEventListener(name, start);
  start();
}
