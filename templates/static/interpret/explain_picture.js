/** A picture under the colours of its regions. What lowers is striped, so that the sign is not told by colour alone. */
import { fileUrl } from "../core/api.js";
import { h } from "../core/dom.js";
import { explainColour } from "./explain_colours.js";
import { ExplainView } from "./explain_view.js";

const REGION_NONE = 255; // in the map: belongs to no part
const REGION_SIDE = 480; // small maps are drawn as large as this, so that stripes are fine
const REGION_STRIPE = 8, REGION_GAP = 4; // pixels

export class ExplainPicture extends ExplainView {
  #map = null; // part of each pixel of the canvas
  #marked = null;
  #off = new Set();
  #scale = 1;
  #of = ""; // the value that it shows

  build() {
    const { width, height, map } = this.input.parts;
    this.canvas = h("canvas", { "aria-hidden": "true" });
    const wire = this.panel.wireOf(this.input.index);
    this.#of = JSON.stringify(wire);
    const picture = wire?.h || typeof wire === "string" ? wire : wire?.image ?? wire?.composite ?? wire?.background;
    this.under = picture ? h("img", { src: fileUrl(picture), alt: "" }) : "";
    this.list = h("div", { class: "regions", role: "group", "aria-label": this.spoken }, this.input.labels.map((label, n) => this.button(n)));
    const strength = h("input", { type: "range", min: 0, max: 1, step: .05, value: .75 });
    strength.addEventListener("input", () => { this.canvas.style.opacity = strength.value; });
    this.canvas.style.opacity = strength.value;
    this.frame = h("div", { class: "framed-picture", style: `aspect-ratio: ${width} / ${height}; --wide: ${width / height}` }, this.under, this.canvas, this.list);
    this.box.append(this.frame, h("label", { class: "strength" }, "Colours", strength));
    this.#listen();
    this.#decode(map);
  }

  /** Finer regions of the same picture: the old colours stay until the new ones are there. */
  renew(input) {
    if (input.kind !== this.input.kind || this.#of !== JSON.stringify(this.panel.wireOf(input.index))) return false;
    this.input = input;
    this.buttons = [];
    this.list.replaceChildren(...input.labels.map((label, n) => this.button(n)));
    this.buttons[0].tabIndex = 0;
    this.#map = this.#marked = null;
    this.#decode(input.parts.map);
    return true;
  }

  /** The map may be smaller than the picture. */
  async #decode(map) {
    const img = h("img", { src: `data:image/png;base64,${map}` });
    await img.decode();
    if (map !== this.input.parts.map) return; // there are others meanwhile
    const { naturalWidth: width, naturalHeight: height } = img;
    const times = Math.max(1, Math.round(REGION_SIDE / Math.max(width, height)));
    Object.assign(this.canvas, { width: width * times, height: height * times });
    const small = h("canvas", { width, height });
    const pen = small.getContext("2d", { willReadFrequently: true });
    pen.drawImage(img, 0, 0, width, height);
    const { data } = pen.getImageData(0, 0, width, height);
    const wide = width * times;
    this.#map = new Uint8Array(wide * height * times);
    for (let at = 0; at < this.#map.length; at += 1) {
      const x = Math.floor((at % wide) / times), y = Math.floor(Math.floor(at / wide) / times);
      this.#map[at] = data[4 * (y * width + x)];
    }
    this.draw();
  }

  #listen() {
    const partAt = (event) => {
      const { left, top, width, height } = this.canvas.getBoundingClientRect();
      const x = Math.floor((event.clientX - left) / width * this.canvas.width);
      const y = Math.floor((event.clientY - top) / height * this.canvas.height);
      const part = this.#map?.[y * this.canvas.width + x] ?? REGION_NONE;
      return part < this.input.labels.length ? part : null;
    };
    this.canvas.addEventListener("pointermove", (event) => {
      const part = partAt(event);
      this.mark(part);
      if (part === null) this.panel.tip.hide();
      else this.panel.tip.show(this.describe(part), { x: event.clientX, y: event.clientY });
    });
    this.canvas.addEventListener("pointerleave", () => { this.mark(null); this.panel.tip.hide(); });
    this.canvas.addEventListener("click", (event) => {
      const part = partAt(event);
      if (part !== null) this.panel.toggle(this.first + part);
    });
  }

  paint(input, scale) {
    this.#scale = scale;
    super.paint(input, scale);
    this.draw();
  }

  leaveOut(off) {
    super.leaveOut(off);
    this.#off = new Set(this.input.labels.map((_, n) => n).filter((n) => off?.has(this.first + n)));
    this.draw();
  }

  mark(part) {
    if (part === this.#marked) return;
    this.#marked = part;
    this.draw();
  }

  /** Redraw the colours over the picture. */
  draw() {
    if (!this.#map) return;
    const { width, height } = this.canvas;
    const drawn = new ImageData(width, height);
    const pixels = new Uint32Array(drawn.data.buffer);
    const inks = this.input.scores.map((score, part) => this.#inks((score ?? 0) / this.#scale, this.#off.has(part)));
    for (let at = 0; at < pixels.length; at += 1) {
      const part = this.#map[at];
      if (part >= inks.length) continue;
      const x = at % width, y = (at - x) / width;
      const stripe = (x + y) % REGION_STRIPE < REGION_GAP;
      if (part === this.#marked && this.#edge(at, x, width)) pixels[at] = stripe ? 0xffffffff : 0xff000000;
      else pixels[at] = inks[part][stripe ? 1 : 0];
    }
    this.canvas.getContext("2d").putImageData(drawn, 0, 0);
  }

  /** The pixel of a region, and that of its stripes. */
  #inks(score, off) {
    const pixel = ([r, g, b], alpha) => (r | g << 8 | b << 16 | Math.round(alpha * 255) << 24) >>> 0;
    if (off) return [pixel([150, 150, 150], .92), pixel([90, 90, 90], .92)];
    const strength = Math.sqrt(Math.min(Math.abs(score), 1));
    const colour = explainColour(Math.sign(score));
    return [pixel(colour, strength), pixel(colour, strength * (score < 0 ? .35 : 1))];
  }

  /** Whether a pixel is at the border of its region, 2 pixels thick. */
  #edge(at, x, width) {
    const part = this.#map[at];
    const other = (to) => this.#map[to] !== part;
    return x < 2 || x >= width - 2 || other(at - 2) || other(at + 2) || other(at - 2 * width) || other(at + 2 * width);
  }
}
