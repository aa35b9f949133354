/** Notes at the lower edge, read out; they go away by themselves, unless someone points at them or reads in them. */
import { firstTime, h } from "./dom.js";

const TOAST_MS = 5000;
const TOAST_MANY = 3; // from so many on, one button closes all of them
const TOAST_MOST = 50;

/** One short note; the next one takes its place. */
export function toast(strong, rest = "") {
  const box = document.getElementById("toasts");
  for (const old of box.querySelectorAll(".toast:not(.message)")) old.remove();
  toastShow(h("div", { class: "toast" }, h("b", {}, strong), rest && ` · ${rest}`), TOAST_MS);
}

/** A message of a function (gr.Info, gr.Warning, gr.Success): several stand on each other, each can be closed. */
export function toastMessage({ level, title, log, duration, visible }) {
  if (!visible) return;
  const close = h("button", { type: "button", class: "plain", "aria-label": "Close this note" }, "×");
  const note = h("div", { class: `toast message ${level}`, role: level === "warning" ? "alert" : null }, h("span", {}, h("b", {}, title), ` ${log}`), close);
  close.addEventListener("click", () => toastClose(note));
  const many = toastMessages();
  if (many.length >= TOAST_MOST) many[0].remove();
  toastShow(note, duration ? duration * 1000 : Infinity);
  if (firstTime("toastKeys")) document.addEventListener("keydown", toastKey);
}

function toastMessages() { return [...document.querySelectorAll("#toasts .message")]; }

function toastShow(note, ms) {
  const box = document.getElementById("toasts");
  box.append(note);
  toastCount();
  box.scrollTop = box.scrollHeight;
  if (!Number.isFinite(ms)) return;
  let timer = 0;
  const start = () => { timer = setTimeout(() => { note.remove(); toastCount(); }, ms); };
  for (const name of ["pointerenter", "focusin"]) note.addEventListener(name, () => clearTimeout(timer));
  for (const name of ["pointerleave", "focusout"]) note.addEventListener(name, start);
  start();
}

/** Who closes one note by the keyboard is at the next one, or back in the form when it was the last. */
function toastClose(note) {
  const inside = note.contains(document.activeElement);
  const next = note.nextElementSibling?.matches(".message") ? note.nextElementSibling : note.previousElementSibling;
  note.remove();
  toastCount();
  if (!inside) return;
  const after = next?.isConnected ? next.querySelector("button") : document.querySelector("qd-interface [type=submit]");
  after?.focus({ preventScroll: true });
}

/** Escape closes the newest note, wherever one is, unless it closes something else there. */
function toastKey(event) {
  const newest = toastMessages().at(-1);
  if (event.key !== "Escape" || event.defaultPrevented || !newest || document.querySelector("dialog[open], [aria-expanded=true]")) return;
  toastClose(newest);
}

/** With many notes, one button above them closes all. */
function toastCount() {
  const box = document.getElementById("toasts");
  const count = toastMessages().length;
  const old = box.querySelector(".close-all");
  if (count < TOAST_MANY) return old?.remove();
  if (old) return;
  const all = h("button", { type: "button", class: "close-all" }, "Close all notes");
  all.addEventListener("click", () => {
    for (const note of toastMessages()) note.remove();
    toastCount();
    document.querySelector("qd-interface [type=submit]")?.focus({ preventScroll: true });
  });
  box.prepend(all);
}
