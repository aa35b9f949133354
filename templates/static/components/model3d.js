/** Model3D: a file to upload, a model to turn; the code that draws it is loaded with the first model. */
import { fileUrl, upload } from "../core/api.js";
import { Component, define } from "../core/component.js";
import { loadModule } from "../core/config.js";
import { h } from "../core/dom.js";
import { dropzoneListen } from "./dropzone.js";

class Model3D extends Component {
  #wire = null;
  #view = null;
  #turn = 0;

  connect() {
    this.host = this.querySelector(".model");
    this.stage = h("div", { class: "stage" });
    this.said = h("p", { class: "visually-hidden", role: "status" });
    this.host.append(this.stage, this.said);
    if (this.editable) {
      this.input = this.querySelector("input[type=file]");
      this.drop = this.querySelector(".drop");
      dropzoneListen(this, this.input, ([file]) => this.#take(file));
    }
    this.value = this.initial;
  }

  get value() { return this.#wire?.h ? { h: this.#wire.h } : this.#wire; }

  set value(wire) {
    this.leave();
    this.#turn += 1;
    this.#wire = wire;
    const focused = this.drop?.contains(document.activeElement); // on what is about to be hidden
    if (this.drop) this.drop.hidden = Boolean(wire);
    this.stage.replaceChildren();
    if (!wire) return;
    this.#show(wire, this.#turn);
    if (focused) this.stage.querySelector("canvas").focus();
  }

  takeOver(old) {
    this.value = old.#wire;
    return true;
  }

  leave() {
    this.#view?.end();
    this.#view = null;
  }

  #take(file) {
    this.fault = "";
    this.said.textContent = `Uploading ${file.name}.`;
    const sent = upload(file).then((wire) => {
      this.value = wire;
      this.said.textContent = `${file.name} is uploaded.`;
      this.changed();
    });
    this.wait(sent).catch((error) => { this.fault = [error.message, error.hint].filter(Boolean).join(" "); });
  }

  async #show(wire, turn) {
    const { height } = this.options;
    const canvas = h("canvas", { tabindex: 0, role: "img", "aria-label": `${this.label}: a model to turn. Arrow keys turn it, with Shift they move it, + and - zoom, Home goes back.`, style: height ? `block-size: ${height}` : null });
    const note = h("p", { class: "note", role: "status" }, "Loading the model …");
    this.stage.append(canvas, note, this.#actions(wire));
    try {
      const [{ ModelView }, buffer] = await Promise.all([loadModule("components/model3d_view.js"), modelBytes(wire)]);
      if (turn !== this.#turn) return;
      const view = await ModelView.open(canvas, buffer, this.options);
      if (turn !== this.#turn) return view.end();
      this.#view = view;
      note.remove();
    } catch (error) {
      if (turn !== this.#turn) return;
      if (document.activeElement === canvas) this.stage.querySelector(".actions button:last-child")?.focus();
      canvas.remove();
      note.textContent = error.message;
    }
  }

  #actions(wire) {
    const remove = () => { this.value = null; this.changed(); this.input.focus(); };
    return h("div", { class: "actions" },
      h("button", { type: "button", class: "plain", onclick: () => this.#view?.home() }, "Reset view"),
      wire.h && h("a", { class: "button plain", href: fileUrl(wire), download: wire.name ?? "model" }, "Download"),
      this.editable && h("button", { type: "button", class: "plain", onclick: remove }, "Remove"));
  }
}

async function modelBytes(wire) {
  const answer = await fetch(fileUrl(wire));
  if (!answer.ok) throw new Error("The file is no longer kept. Upload it again.");
  return answer.arrayBuffer();
}

define("model3d", Model3D);
