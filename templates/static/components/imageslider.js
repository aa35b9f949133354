/** ImageSlider: two pictures over each other; a divider, which is a native range, uncovers the one or the other. */
import { fileUrl, upload } from "../core/api.js";
import { Component, define } from "../core/component.js";
import { h } from "../core/dom.js";
import { dropzoneListen } from "./dropzone.js";
import { imageDecoded } from "./image_view.js";

const SLIDER_SIDES = ["first", "second"];

class ImageSlider extends Component {
  #wires = [null, null];
  #at = 50;
  #turns = [0, 0]; // what an older upload of that side brings is dropped
  #draws = 0;

  connect() {
    this.host = this.querySelector(".picture");
    this.stage = h("div", { class: "stage" });
    this.said = h("p", { class: "visually-hidden", role: "status" });
    this.host.append(this.stage, this.said);
    this.slots = [...this.querySelectorAll(".slot")];
    for (const [side, slot] of this.slots.entries()) {
      slot.kept = h("div", { class: "kept", hidden: true });
      slot.append(slot.kept);
      dropzoneListen(slot, slot.querySelector("input"), (files) => this.#take(side, files[0]));
    }
    this.#at = this.options.position;
    this.value = this.initial;
  }

  get value() {
    const plain = this.#wires.map((wire) => (wire?.h ? { h: wire.h } : wire));
    return plain.some(Boolean) ? plain : null;
  }

  set value(wire) {
    this.#turns = this.#turns.map((turn) => turn + 1);
    this.#wires = wire ? [...wire] : [null, null];
    this.#draw();
  }

  takeOver(old) {
    this.#at = old.#at;
    this.value = old.#wires;
    if (old.pending) this.wait(old.pending.then(() => { this.value = old.#wires; }));
    return true;
  }

  /** A file of the visitor: shown when it is uploaded. */
  #take(side, file) {
    const input = this.slots[side].querySelector("input");
    if (!input.accept.split(",").includes(file.type)) {
      this.fault = `${file.name || "This"} is not a PNG, JPEG, WebP or GIF picture.`;
      return;
    }
    this.#turns[side] += 1;
    const turn = this.#turns[side];
    this.said.textContent = `Uploading the ${SLIDER_SIDES[side]} picture.`;
    const stored = upload(file).then((wire) => {
      if (turn !== this.#turns[side]) return;
      this.#wires[side] = wire;
      this.said.textContent = `The ${SLIDER_SIDES[side]} picture is uploaded.`;
      this.#draw();
      this.changed();
    });
    this.wait(stored).catch((error) => { this.fault = [error.message, error.hint].filter(Boolean).join(" "); });
  }

  #remove(side) {
    this.#turns[side] += 1;
    this.#wires[side] = null;
    this.#draw();
    this.changed();
    this.slots[side].querySelector("input").focus();
  }

  async #draw() {
    const turn = (this.#draws += 1);
    for (const [side, slot] of this.slots.entries()) this.#slot(side, slot);
    const imgs = await Promise.all(this.#wires.map((wire, side) => wire && imageDecoded(fileUrl(wire), `${this.label}, ${SLIDER_SIDES[side]} picture`)));
    if (turn !== this.#draws) return;
    const shown = imgs.filter(Boolean);
    if (this.editable && shown.length < 2) this.stage.replaceChildren();
    else this.stage.replaceChildren(...(shown.length ? [this.#pair(imgs)] : []));
  }

  /** Where one of the two is given: what is there, or where to drop it. */
  #slot(side, slot) {
    const wire = this.#wires[side];
    const had = slot.contains(document.activeElement) && Boolean(wire);
    slot.querySelector(".drop").hidden = slot.kept.hidden = false;
    (wire ? slot.querySelector(".drop") : slot.kept).hidden = true;
    if (!wire) return;
    const button = (text, run) => h("button", { type: "button", class: "plain", "aria-label": `${text} the ${SLIDER_SIDES[side]} picture`, onclick: run }, text);
    slot.kept.replaceChildren(h("img", { class: "thumb", src: fileUrl(wire), alt: `${SLIDER_SIDES[side]} picture` }),
      h("div", { class: "actions" }, button("Replace", () => slot.querySelector("input").click()), button("Remove", () => this.#remove(side))));
    if (had) slot.kept.querySelector("button").focus();
  }

  #pair([first, second]) {
    const pair = h("div", { class: "pair" }, ...[second, first].filter(Boolean));
    const figure = h("figure", { class: "compare" }, pair);
    figure.style.setProperty("--tall", `${this.options.tall}px`);
    if (first && second) {
      first.classList.add("cut");
      const range = h("input", { type: "range", min: 0, max: 100, step: 1, value: this.#at, "aria-label": `${this.label}: how much of the first picture is seen`, oninput: () => this.#move(pair, range) });
      pair.append(h("i", { class: "divider" }), range);
      this.#move(pair, range);
    }
    const save = (wire, side) => wire && h("a", { class: "button", href: fileUrl(wire), download: wire.name ?? `${SLIDER_SIDES[side]}.png` }, `Download ${SLIDER_SIDES[side]}`);
    const full = h("button", { type: "button", onclick: () => (document.fullscreenElement ? document.exitFullscreen() : figure.requestFullscreen()) }, "Full screen");
    figure.append(h("div", { class: "actions" }, document.fullscreenEnabled && full, !this.editable && this.#wires.map(save)));
    figure.addEventListener("fullscreenchange", () => { full.textContent = document.fullscreenElement ? "Leave full screen" : "Full screen"; });
    return figure;
  }

  #move(pair, range) {
    this.#at = Number(range.value);
    range.ariaValueText = `${this.#at} %`;
    pair.style.setProperty("--at", `${this.#at}%`);
  }
}

define("imageslider", ImageSlider);
