/** The tools around a sheet: brush, eraser, crop, turn, flip, undo, redo, reset. */
import { h } from "../core/dom.js";
import { ImageFrame } from "./image_crop.js";
import { ImagePen } from "./image_pen.js";

const IMAGE_TURNS = [
  ["left", "Turn left", "Turned left"], ["right", "Turn right", "Turned right"],
  ["mirror", "Flip ↔", "Flipped left to right"], ["flip", "Flip ↕", "Flipped upside down"],
];

/**
 * `element` is to be put on the page; `changed` is called after each step, forward or back.
 * brush: {size, ink, inks, fixed} or null; eraser: its size or null; shapes: crop, turn and flip; active: the tool at first.
 */
export class ImageTools {
  #frame = null;

  constructor({ sheet, label, brush = null, eraser = null, shapes = false, active = null, reset = "Reset", changed = () => {} }) {
    Object.assign(this, { sheet, changed, ink: brush?.ink });
    this.said = h("p", { class: "visually-hidden", role: "status" });
    const say = (text) => { this.said.textContent = text; };
    this.tools = h("div", { class: "actions" },
      shapes && this.#tool("crop", "Crop"), (brush && (shapes || eraser)) && this.#tool("brush", "Brush"), eraser && this.#tool("erase", "Eraser"),
      brush && this.#width("brush", "Width", brush.size), eraser && this.#width("erase", "Width", eraser), brush && this.#colours(brush));
    this.steps = h("div", { class: "actions" },
      shapes && IMAGE_TURNS.map(([move, text, told]) => this.#button(text, () => this.step({ move }, told))),
      this.undo = this.#button("Undo", () => this.#back("undo", "Undone")), this.redo = this.#button("Redo", () => this.#back("redo", "Done again")),
      this.reset = this.#button(reset, () => { if (!sheet.empty) this.step({ reset: true }, "All undone"); }));
    this.element = h("div", { class: "pad" }, sheet.element, this.tools, this.steps, this.said);
    this.element.addEventListener("keydown", (event) => this.#key(event));
    if (brush) new ImagePen({ sheet, label, say, nib: () => this.#nib(), done: () => this.#done() });
    this.#use(active);
    this.#told();
  }

  get first() { return this.tools.querySelector("button, input") ?? this.undo; }

  #button(text, run) { return h("button", { type: "button", onclick: run }, text); }

  #tool(name, text) {
    return h("button", { type: "button", "data-tool": name, "aria-pressed": "false", onclick: () => this.#use(this.active === name ? null : name) }, text);
  }

  #width(tool, text, size) {
    const most = Math.max(8, Math.round(Math.max(...this.sheet.size) / 6), size);
    const range = h("input", { type: "range", min: 1, max: most, value: size });
    return h("label", { class: "brush", "data-of": tool }, text, range);
  }

  /** A field for any colour, unless they are fixed, and a swatch for each that the author gave. */
  #colours({ ink, inks = [], fixed }) {
    const any = h("input", { type: "color", value: imageHex(ink), oninput: () => choose(any.value) });
    const swatches = inks.length < 2 ? [] : inks.map((colour, n) => {
      const swatch = h("button", { type: "button", class: "swatch", "aria-label": `Colour ${n + 1} of ${inks.length}: ${colour}`, onclick: () => choose(colour) });
      swatch.style.setProperty("--ink", colour);
      return swatch;
    });
    const choose = (colour) => {
      this.ink = colour;
      any.value = imageHex(colour);
      for (const [n, swatch] of swatches.entries()) swatch.ariaPressed = String(inks[n] === colour);
    };
    choose(ink);
    if (fixed && !swatches.length) return null;
    return h("span", { class: "brush inks", "data-of": "brush" }, swatches, !fixed && h("label", { class: "brush" }, "Colour", any));
  }

  #use(tool) {
    this.active = tool;
    for (const button of this.tools.querySelectorAll("[data-tool]")) button.ariaPressed = String(button.dataset.tool === tool);
    for (const part of this.tools.querySelectorAll("[data-of]")) part.hidden = part.dataset.of !== tool;
    this.sheet.canvas.classList.toggle("inked", tool === "brush" || tool === "erase");
    this.#frame?.element.remove();
    this.#frame = null;
    this.go?.remove();
    if (tool !== "crop") return;
    this.#frame = new ImageFrame({ sheet: this.sheet, apply: () => this.crop(), say: (text) => { this.said.textContent = text; } });
    this.go = this.#button("Crop to frame", () => this.crop());
    this.tools.append(this.go);
    this.sheet.element.append(this.#frame.element);
    if (this.element) this.#frame.element.focus();
  }

  /** Cut to the frame, when there is one. */
  crop() {
    if (!this.#frame) return;
    const crop = this.#frame.pixels;
    this.#use(null);
    this.step({ crop }, `Cropped to ${crop[2]} by ${crop[3]} pixels`);
    this.first.focus();
  }

  #nib() {
    const range = this.tools.querySelector(`[data-of="${this.active}"] input[type=range]`);
    return range && { ink: this.active === "erase" ? null : this.ink, width: Number(range.value) };
  }

  /** Do something to the picture, and say what. */
  step(step, told) {
    this.sheet.add(step);
    this.said.textContent = told;
    this.#done();
  }

  #back(way, told) {
    if (!this.sheet[`${way}able`]) return;
    this.sheet[way]();
    this.said.textContent = told;
    this.#done();
  }

  #done() {
    this.#told();
    this.changed();
  }

  #told() {
    this.undo.ariaDisabled = String(!this.sheet.undoable);
    this.redo.ariaDisabled = String(!this.sheet.redoable);
    this.reset.ariaDisabled = String(this.sheet.empty);
  }

  #key(event) {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const way = { z: event.shiftKey ? "redo" : "undo", y: "redo" }[event.key.toLowerCase()];
    if (!way) return;
    event.preventDefault();
    this[way].click();
  }
}

/** Any CSS colour as "#rrggbb". */
function imageHex(colour) {
  const context = h("canvas", {}).getContext("2d");
  context.fillStyle = colour;
  context.clearRect(0, 0, 1, 1);
  context.fillRect(0, 0, 1, 1);
  return `#${[...context.getImageData(0, 0, 1, 1).data].slice(0, 3).map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}
