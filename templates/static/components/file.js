/** File: one, several or a folder of them; a list of names, sizes and downloads. */
import { Component, define } from "../core/component.js";
import { fileUrl, upload } from "../core/api.js";
import { h } from "../core/dom.js";
import { dropzoneListen, dropzoneSize } from "./dropzone.js";

const FILE_LIMIT = 1000;

export class FileField extends Component {
  #files = []; // media wire values; one that is still uploading has no h
  #turn = 0;

  connect() {
    this.list = h("ul", { class: "filelist" });
    this.said = h("p", { class: "visually-hidden", role: "status" });
    this.querySelector(".files").append(this.list, this.said);
    if (this.editable) {
      this.input = this.querySelector("input[type=file]");
      dropzoneListen(this, this.input, (files) => this.#take(files), { paste: true });
    }
    this.value = this.initial;
  }

  get value() {
    const wires = this.#files.filter((file) => file.h || typeof file === "string").map((file) => (file.h ? { h: file.h } : file));
    if (this.options.count === "single") return wires[0] ?? null;
    return wires.length ? wires : null;
  }

  set value(wire) {
    this.#turn += 1;
    this.#files = wire === null || wire === undefined ? [] : [wire].flat();
    this.#draw();
  }

  /** With names and sizes, which the wire value that is sent does not hold. */
  takeOver(old) {
    this.value = old.#files;
    const { count } = this.options;
    return this.#files.every((file) => this.#fits({ name: "", type: "", ...file })) && (count !== "single" || this.#files.length < 2);
  }

  #take(chosen) {
    const wrong = chosen.find((file) => !this.#fits(file));
    const single = this.options.count === "single";
    const total = single ? chosen.length : this.#files.length + chosen.length;
    if (wrong) this.fault = `${wrong.name} is not of type ${this.options.types.join(", ")}.`;
    else if (single && chosen.length > 1) this.fault = `Only one file can be given; these were ${chosen.length}.`;
    else if (total > FILE_LIMIT) this.fault = `At most ${FILE_LIMIT} files can be given; these are ${total}.`;
    else this.#send(chosen, single);
  }

  #fits(file) {
    const { types } = this.options;
    const kind = file.type.split("/")[0];
    return !types.length || types.some((type) => kind === type || file.name.toLowerCase().endsWith(type));
  }

  #send(chosen, single) {
    if (single) {
      this.#turn += 1;
      this.#files = [];
    }
    const turn = this.#turn;
    const sent = chosen.map((file) => ({ file, place: { name: file.name, size: file.size, type: file.type } }));
    this.#files.push(...sent.map(({ place }) => place));
    this.said.textContent = `Uploading ${sent.length === 1 ? sent[0].place.name : `${sent.length} files`}.`;
    this.wait(this.#store(sent, turn)).catch(() => {});
    this.#draw();
    this.changed();
  }

  /** One after the other: a folder of a thousand files needs no thousand requests at once. */
  async #store(sent, turn) {
    for (const { file, place } of sent) {
      if (turn !== this.#turn) return;
      if (!this.#files.includes(place)) continue;
      try {
        Object.assign(place, await upload(file));
      } catch (error) {
        this.#files = this.#files.filter((one) => one.h);
        this.#draw();
        this.fault = [error.message, error.hint].filter(Boolean).join(" ");
        throw error;
      }
      if (turn === this.#turn) this.#draw();
    }
    this.said.textContent = "All files are uploaded.";
  }

  #draw() {
    this.list.hidden = this.#files.length === 0;
    this.list.replaceChildren(...this.#files.map((file) => this.#row(file)));
  }

  #row(file) {
    const name = file.name ?? "file";
    const size = file.size === undefined ? "" : dropzoneSize(file.size);
    if (!this.editable) return h("li", {}, h("a", { href: fileUrl(file), download: name }, name), h("small", {}, size));
    const remove = () => {
      this.#files = this.#files.filter((one) => one !== file);
      this.#draw();
      this.changed();
      this.input.focus();
    };
    return h("li", {}, h("span", {}, name), h("small", {}, file.h ? size : "uploading …"),
      h("button", { type: "button", class: "plain", "aria-label": `Remove ${name}`, onclick: remove }, "Remove"));
  }
}

define("file", FileField);
