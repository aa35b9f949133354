/** Gallery: a grid of pictures; one opens in a dialog, where the arrow keys lead to the others. */
import { fileUrl, upload } from "../core/api.js";
import { Component, define } from "../core/component.js";
import { h } from "../core/dom.js";
import { dropzoneListen } from "./dropzone.js";

class Gallery extends Component {
  #wire = [];
  #turn = 0;
  #at = 0;

  connect() {
    const { columns, height, fit } = this.options;
    this.list = h("ul", { class: "pictures", style: `--fit: ${fit};${columns ? ` --columns: ${columns};` : ""}${height ? ` max-block-size: ${height};` : ""}` });
    this.said = h("p", { class: "visually-hidden", role: "status" });
    this.host = this.querySelector(".files");
    this.host.append(this.list, this.said);
    if (this.editable) {
      this.input = this.querySelector("input[type=file]");
      dropzoneListen(this, this.input, (files) => this.#take(files), { paste: true });
    }
    this.value = this.initial;
    if (this.options.selected !== null && this.#wire[this.options.selected]) this.#open(this.options.selected);
  }

  get value() {
    const kept = this.#wire.filter(({ image }) => image.h || typeof image === "string");
    return kept.length || !this.editable ? kept.map(({ image, caption }) => ({ image: image.h ? { h: image.h } : image, caption })) : null;
  }

  set value(wire) {
    this.#turn += 1;
    this.#wire = wire ?? [];
    this.#draw();
  }

  takeOver(old) {
    this.value = old.#wire;
    return true;
  }

  leave() { this.dialog?.remove(); }

  #take(files) {
    const turn = this.#turn;
    const added = files.map((file) => ({ image: { name: file.name }, caption: null, file }));
    this.#wire = [...this.#wire, ...added];
    this.said.textContent = `Uploading ${added.length === 1 ? added[0].file.name : `${added.length} pictures`}.`;
    this.wait(this.#store(added, turn)).catch((error) => { this.fault = [error.message, error.hint].filter(Boolean).join(" "); });
    this.#draw();
    this.changed();
  }

  async #store(added, turn) {
    try {
      for (const one of added) if (turn === this.#turn && this.#wire.includes(one)) one.image = await upload(one.file);
      this.said.textContent = "All pictures are uploaded.";
    } finally {
      if (turn === this.#turn) {
        this.#wire = this.#wire.filter((one) => !added.includes(one) || one.image.h);
        this.#draw();
      }
    }
  }

  #draw() {
    this.list.hidden = this.#wire.length === 0;
    this.list.replaceChildren(...this.#wire.map((one, place) => this.#item(one, place)));
  }

  #item({ image, caption }, place) {
    const name = this.#name(place);
    const waiting = typeof image !== "string" && !image.h;
    const picture = waiting ? h("span", { class: "waiting" }, "uploading …") : h("img", { src: fileUrl(image), alt: name, loading: "lazy", decoding: "async" });
    const open = this.options.preview && !waiting
      ? h("button", { type: "button", class: "tile", "aria-label": `Open ${name}`, onclick: () => this.#open(place) }, picture)
      : h("span", { class: "tile" }, picture);
    const remove = () => {
      this.#wire = this.#wire.filter((_, n) => n !== place);
      this.#draw();
      this.changed();
      this.input.focus();
    };
    return h("li", {}, open, caption && h("span", { class: "caption" }, caption),
      this.editable && h("button", { type: "button", class: "plain remove", "aria-label": `Remove ${name}`, onclick: remove }, "Remove"));
  }

  #name(place) {
    const { image, caption } = this.#wire[place];
    const given = caption || (this.editable && image.name);
    return given || `picture ${place + 1} of ${this.#wire.length}`;
  }

  // ---------------------------------------------------------------- one of them, large

  #open(place) {
    this.dialog ??= this.#makeDialog();
    document.body.append(this.dialog);
    this.#at = place;
    this.#showOne();
    this.dialog.showModal();
  }

  #makeDialog() {
    this.large = h("img", {});
    this.title_ = h("b", { "aria-live": "polite" });
    this.save = h("a", { class: "button plain" }, "Download");
    this.save.hidden = !this.options.download;
    const step = (by, text) => h("button", { type: "button", class: "plain", onclick: () => this.#step(by) }, text);
    const close = h("button", { type: "button", class: "plain", onclick: () => this.dialog.close() }, "Close");
    const dialog = h("dialog", { class: "enlarged", "aria-label": this.label }, h("div", { class: "spread" }, this.title_, h("span", { class: "actions" }, step(-1, "Previous"), step(1, "Next"), this.save, close)), this.large);
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    dialog.addEventListener("close", () => this.#closed());
    dialog.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1, Home: -this.#at, End: this.#wire.length - 1 - this.#at }[event.key];
      if (by === undefined) return;
      event.preventDefault();
      this.#step(by);
    });
    return dialog;
  }

  #step(by) {
    this.#at = (this.#at + by + this.#wire.length) % this.#wire.length;
    this.#showOne();
  }

  #showOne() {
    const { image } = this.#wire[this.#at];
    const name = this.#name(this.#at);
    Object.assign(this.large, { src: fileUrl(image), alt: name });
    this.title_.textContent = `${name}${this.#wire[this.#at].caption ? ` (${this.#at + 1} of ${this.#wire.length})` : ""}`;
    Object.assign(this.save, { href: fileUrl(image), download: image.name ?? "picture" });
  }

  #closed() {
    this.dialog.remove();
    this.list.children[this.#at]?.querySelector(".tile")?.focus();
  }
}

define("gallery", Gallery);
