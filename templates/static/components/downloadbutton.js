/** DownloadButton: a link to the file, greyed out as long as there is none. */
import { fileUrl } from "../core/api.js";
import { Component, define } from "../core/component.js";
import { h } from "../core/dom.js";
import { dropzoneSize } from "./dropzone.js";

class DownloadButton extends Component {
  #wire = null;

  connect() { this.value = this.initial; }

  get value() { return this.#wire && { h: this.#wire.h }; }

  set value(wire) {
    this.#wire = wire;
    const link = wire
      ? h("a", { class: "button", href: fileUrl(wire), download: wire.name ?? "file" }, this.label)
      : h("a", { class: "button", role: "link", "aria-disabled": "true" }, this.label);
    const about = wire?.size === undefined ? "" : h("small", {}, `${wire.name}, ${dropzoneSize(wire.size)}`);
    this.querySelector(".files").replaceChildren(h("div", { class: "actions" }, link, about));
  }

  takeOver(old) {
    this.value = old.#wire;
    return true;
  }
}

define("downloadbutton", DownloadButton);
