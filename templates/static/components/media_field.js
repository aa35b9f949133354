/** What Audio and Video share: a file is dropped, chosen or recorded, shown at once and uploaded meanwhile. */
import { Component } from "../core/component.js";
import { upload } from "../core/api.js";
import { h } from "../core/dom.js";
import { dropzoneListen } from "./dropzone.js";

/**
 * A subclass has the static `what` ("sound"), `types` and `records`, `show(url, file)` and `recorder(settings)`; it may have `recorded(recorder)`.
 * `wire` is what the server knows of the file, `turn` grows with each value: what an older upload brings is dropped.
 */
export class MediaField extends Component {
  wire = null;
  turn = 0;
  recording = null;
  #url = ""; // of a file of the visitor, which is played from here

  connect() {
    this.stage = h("div", { class: "stage" });
    this.said = h("p", { class: "visually-hidden", role: "status" });
    this.querySelector(".sound, .film").append(this.stage, this.said);
    if (this.editable) this.#wireInputs();
    this.value = this.initial;
  }

  #wireInputs() {
    const { source, label } = this.constructor.records;
    this.input = this.querySelector("input[type=file]");
    this.drop = this.querySelector(".drop");
    this.drop.hidden = !this.options.sources.includes("upload");
    dropzoneListen(this, this.input, (files) => this.take(files[0]), { paste: true });
    this.ways = h("div", { class: "actions ways" });
    if (this.options.sources.includes(source)) this.ways.append(this.button(label, () => this.record()));
    this.drop.after(this.ways);
  }

  button(text, run) { return h("button", { type: "button", onclick: run }, text); }

  leave() {
    this.recording?.close();
    this.recording = null;
    URL.revokeObjectURL(this.#url);
  }

  showEmpty() {
    this.stage.replaceChildren();
    if (!this.editable) return;
    this.drop.hidden = !this.options.sources.includes("upload");
    this.ways.hidden = false;
  }

  /** The player and its actions take the place of the ways to a file; the focus stays in it. */
  stageWith(figure, actions) {
    const focused = this.contains(document.activeElement);
    if (this.editable) {
      this.drop.hidden = this.ways.hidden = true;
      actions.append(this.button("Remove", () => this.discard()));
    }
    this.stage.replaceChildren(figure);
    if (focused) actions.querySelector("button:not([hidden])")?.focus();
  }

  /** A file of the visitor, or a recording. */
  take(file) {
    const { what } = this.constructor;
    const named = this.input.accept.split(",").some((end) => end[0] === "." && file.name.toLowerCase().endsWith(end));
    if (!named && !this.constructor.types.test(file.type)) {
      this.fault = `${file.name || "This"} is not a ${what} file.`;
      return;
    }
    this.leave();
    const turn = (this.turn += 1);
    this.wire = null;
    this.#url = URL.createObjectURL(file);
    this.show(this.#url, file);
    this.said.textContent = `Uploading the ${what}.`;
    const stored = upload(file).then((wire) => {
      if (turn !== this.turn) return;
      this.wire = wire;
      this.said.textContent = `The ${what} is uploaded.`;
    }, (error) => {
      if (turn !== this.turn) return;
      this.value = null;
      this.fault = [error.message, error.hint].filter(Boolean).join(" ");
      throw error;
    });
    this.wait(stored).catch(() => {});
    this.changed();
  }

  discard() {
    this.value = null;
    this.changed();
    (this.drop.hidden ? this.ways.querySelector("button") : this.input)?.focus();
  }

  async record() {
    this.fault = "";
    const recorder = this.recorder({ label: this.label, max: this.options.max, done: (file) => this.take(file), cancelled: () => this.discard() });
    try {
      await recorder.start();
    } catch (error) {
      recorder.close();
      this.fault = error.message;
      return;
    }
    if (!this.isConnected) {
      recorder.close();
      return;
    }
    this.leave();
    this.recording = recorder;
    this.drop.hidden = this.ways.hidden = true;
    this.stage.replaceChildren(recorder.element);
    recorder.button.focus();
    this.recorded?.(recorder);
  }
}
