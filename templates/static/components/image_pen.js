/** A pen on a sheet: led by mouse, finger or stylus, or by arrow keys, where Space lowers and lifts it. */
import { h } from "../core/dom.js";

const IMAGE_ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** `nib()` says {ink, width} of a stroke that begins, or null when nothing is to be drawn; `done` is called after each stroke. */
export class ImagePen {
  #drawing = false;
  #at = null; // where the keys have led it

  constructor({ sheet, label, nib, done, say }) {
    Object.assign(this, { sheet, nib, done, say });
    const { canvas } = sheet;
    this.mark = h("i", { class: "pen", hidden: true });
    sheet.element.append(this.mark);
    canvas.tabIndex = 0;
    canvas.role = "application";
    canvas.ariaLabel = `${label}. Arrow keys move the pen, with Shift further; Space lowers and lifts it.`;
    canvas.addEventListener("pointerdown", (event) => this.#down(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => this.#end());
    canvas.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener("blur", () => {
      this.#end();
      this.mark.hidden = true;
    });
  }

  #point(event) {
    const box = this.sheet.canvas.getBoundingClientRect();
    const { width, height } = this.sheet.state;
    return [((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height];
  }

  #begin(x, y) {
    const nib = this.nib();
    this.#drawing = nib !== null;
    if (nib) this.sheet.begin(nib.ink, nib.width, x, y);
  }

  #end() {
    if (!this.#drawing) return;
    this.#drawing = false;
    this.sheet.end();
    this.done();
  }

  #down(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    this.sheet.canvas.focus({ preventScroll: true });
    this.sheet.canvas.setPointerCapture(event.pointerId);
    this.#end();
    this.mark.hidden = true;
    this.#begin(...this.#point(event));
  }

  #move(event) {
    if (!this.#drawing || !this.sheet.canvas.hasPointerCapture(event.pointerId)) return;
    const parts = event.getCoalescedEvents?.() ?? [];
    this.sheet.extend((parts.length ? parts : [event]).map((part) => this.#point(part)));
  }

  #key(event) {
    const arrow = IMAGE_ARROWS[event.key];
    if (!(arrow || event.key === " ") || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const { width, height } = this.sheet.state;
    const step = (Math.max(width, height) / 100) * (event.shiftKey ? 5 : 1);
    const from = this.#at ?? [width / 2, height / 2];
    this.#at = [[width, 0], [height, 1]].map(([most, n]) => Math.min(most, Math.max(0, from[n] + (arrow?.[n] ?? 0) * step)));
    Object.assign(this.mark.style, { left: `${(this.#at[0] / width) * 100}%`, top: `${(this.#at[1] / height) * 100}%` });
    this.mark.hidden = false;
    if (arrow && this.#drawing) this.sheet.extend([this.#at]);
    const at = this.#at.map(Math.round).join(", ");
    if (arrow) this.say(`${this.#drawing ? "Drawing" : "Pen"} at ${at}`);
    else if (this.#drawing) this.#end();
    else {
      this.#begin(...this.#at);
      if (this.#drawing) this.say(`Pen lowered at ${at}`);
    }
    this.mark.classList.toggle("down", this.#drawing);
  }
}
