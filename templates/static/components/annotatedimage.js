/** AnnotatedImage: a picture with coloured areas over it; the legend's buttons show the areas of one label alone. */
import { fileUrl } from "../core/api.js";
import { Component, define } from "../core/component.js";
import { h } from "../core/dom.js";

const AREA_COLORS = ["#e8a33d", "#4fb3bf", "#b07cd8", "#86b94a", "#e07fb0", "#5b8def", "#c98a5a", "#9aa0a6"];

class AnnotatedImage extends Component {
  #wire = null;
  #pinned = null; // the label that was chosen by a press

  connect() { this.value = this.initial; }

  get value() {
    if (!this.#wire) return null;
    const areas = this.#wire.areas.map(({ label, mask, box }) => (mask ? { label, mask: { h: mask.h } } : { label, box }));
    return { image: { h: this.#wire.image.h }, areas };
  }

  takeOver(old) {
    this.value = old.#wire;
    return true;
  }

  set value(wire) {
    this.#wire = wire;
    this.#pinned = null;
    const box = this.querySelector(".shown");
    if (!wire) return box.replaceChildren();
    const [width, height] = wire.size ?? [1, 1];
    const labels = [...new Set(wire.areas.map(({ label }) => label))];
    const color = (label) => this.options.colors[label] ?? AREA_COLORS[labels.indexOf(label) % AREA_COLORS.length];
    this.layers = wire.areas.map((area) => this.#layer(area, color(area.label), width, height));
    const picture = h("img", { src: fileUrl(wire.image), alt: `${this.label}: ${areaWords(wire.areas, labels)}` });
    const paper = h("div", { class: "paper", style: `aspect-ratio: ${width} / ${height}; --wide: ${width / height}; ${this.options.height ? `--high: ${this.options.height}` : ""}` }, picture, this.layers);
    box.replaceChildren(paper, this.options.legend ? this.#legend(labels, color) : "");
  }

  #layer({ label, mask, box }, color, width, height) {
    const layer = h("span", { class: mask ? "area" : "area box", "aria-hidden": "true" });
    layer.dataset.area = label;
    layer.style.setProperty("--hue", color);
    if (mask) layer.style.maskImage = `url("${new URL(fileUrl(mask), document.baseURI)}")`;
    else {
      const [left, top, right, bottom] = box;
      layer.style.inset = `${(top / height) * 100}% ${100 - (right / width) * 100}% ${100 - (bottom / height) * 100}% ${(left / width) * 100}%`;
    }
    return layer;
  }

  #legend(labels, color) {
    const buttons = labels.map((label) => {
      const swatch = h("i", { style: `background: ${color(label)}`, "aria-hidden": "true" });
      const share = this.#wire.areas.filter((area) => area.label === label).reduce((sum, area) => sum + (area.share ?? 0), 0);
      const button = h("button", { type: "button", class: "plain", "aria-pressed": "false" }, swatch, label, h("small", {}, areaPercent(share)));
      button.addEventListener("click", () => {
        this.#pinned = this.#pinned === label ? null : label;
        for (const one of buttons) one.ariaPressed = String(one === button && this.#pinned !== null);
        this.#show(this.#pinned);
      });
      for (const name of ["pointerenter", "focus"]) button.addEventListener(name, () => this.#show(label));
      for (const name of ["pointerleave", "blur"]) button.addEventListener(name, () => this.#show(this.#pinned));
      return button;
    });
    return h("div", { class: "areas", role: "group", "aria-label": `Areas of ${this.label}` }, buttons);
  }

  /** Only the areas of that label; null shows all. */
  #show(label) {
    for (const layer of this.layers) layer.classList.toggle("away", label !== null && layer.dataset.area !== label);
  }
}

function areaPercent(share) { return new Intl.NumberFormat(undefined, { style: "percent", maximumSignificantDigits: 2 }).format(share); }

function areaWords(areas, labels) {
  return labels.length ? labels.map((label) => `${label} on ${areaPercent(areas.filter((area) => area.label === label).reduce((sum, area) => sum + (area.share ?? 0), 0))}`).join(", ") : "no areas";
}

define("annotatedimage", AnnotatedImage);
