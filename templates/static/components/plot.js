/** Plot: matplotlib as a picture that the server drew; Plotly, Bokeh and Altair in a frame, which is loaded on use. */
import { fileUrl } from "../core/api.js";
import { Component, define } from "../core/component.js";
import { loadModule } from "../core/config.js";
import { h } from "../core/dom.js";
import { imageDecoded, imageEnlarger } from "./image_view.js";

class Plot extends Component {
  #wire = null;
  #frame = null;
  #picture = ""; // address of the picture that is shown
  #turn = 0;

  connect() {
    this.stage = h("div", { class: "stage" });
    this.note = h("p", { class: "note", role: "status", hidden: true });
    this.querySelector(".plot").append(this.stage, this.note);
    this.value = this.initial;
  }

  get value() { return this.#wire?.plot?.h ? { ...this.#wire, plot: { h: this.#wire.plot.h } } : this.#wire; }

  set value(wire) {
    this.#turn += 1;
    this.#wire = wire;
    if (!wire) return this.leave();
    this.#show(wire, this.#turn).catch((error) => {
      if (wire === this.#wire) this.#say(error.message);
    });
  }

  takeOver(old) {
    this.value = old.#wire;
    return true;
  }

  leave() {
    this.#frame?.end();
    this.#frame = null;
    URL.revokeObjectURL(this.#picture);
    this.#picture = "";
    this.stage.replaceChildren();
    this.#say("");
  }

  /** What was shown stays until the new figure is ready. */
  async #show(wire, turn) {
    if (!this.stage.hasChildNodes()) this.#say("Loading the figure …");
    const answer = await fetch(fileUrl(wire.plot));
    if (!answer.ok) throw new Error("The figure is no longer kept. Run it again.");
    if (wire.type === "matplotlib") return this.#draw(await answer.blob(), wire, turn);
    const [{ PlotFrame }, text] = await Promise.all([loadModule("components/plot_frame.js"), answer.text()]);
    if (turn !== this.#turn) return;
    if (!this.#frame?.serves(wire.type, wire.parts)) {
      this.leave();
      this.#say("Loading the figure …");
      this.#frame = new PlotFrame({ library: wire.type, parts: wire.parts, label: this.label, told: (problem) => this.#say(problem) });
      this.stage.append(this.#frame.element);
    }
    this.stage.querySelector(".actions")?.remove();
    this.stage.append(this.#download(fileUrl(wire.plot), wire, "Download figure (JSON)"));
    this.#frame.show(text);
  }

  async #draw(blob, wire, turn) {
    // An SVG travels as bytes of no type, so that nothing in it could run where it is opened by itself.
    const picture = blob.type.startsWith("image/") ? blob : new Blob([blob], { type: "image/svg+xml" });
    const url = URL.createObjectURL(picture);
    const img = await imageDecoded(url, wire.alt || this.label);
    if (turn !== this.#turn) return URL.revokeObjectURL(url);
    this.leave();
    this.#picture = url;
    if (wire.width) img.width = wire.width;
    const [open, dialog] = imageEnlarger(img, this.label);
    this.stage.append(h("figure", {}, open, dialog), this.#download(url, wire, "Download"));
  }

  #download(href, wire, text) {
    return h("div", { class: "actions" }, h("a", { class: "button plain", href, download: wire.plot.name ?? "plot" }, text));
  }

  #say(text) {
    this.note.textContent = text;
    this.note.hidden = !text;
  }
}

define("plot", Plot);
