/** Image: uploaded, pasted, photographed or drawn; worked on before it is sent; enlarged and downloaded as a result. */
import { Component, define } from "../core/component.js";
import { fileUrl, upload } from "../core/api.js";
import { h } from "../core/dom.js";
import { dropzoneListen } from "./dropzone.js";
import { imageDecoded, imageEnlarger } from "./image_view.js";
import { ImageCamera } from "./image_camera.js";
import { ImageSheet } from "./image_sheet.js";
import { ImageTools } from "./image_tools.js";

const IMAGE_STREAM_MS = 500;
const IMAGE_INK = "#cc3232"; // on pictures, until the visitor takes another

class ImageField extends Component {
  #wire = null;      // of the picture
  #mask = null;      // of the mask drawn over it
  #sheet = null;     // what is worked on now
  #use = null;       // for what: "draw" on paper, "mask" over the picture, "edit" it
  #dirty = false;    // the sheet has strokes that are not uploaded
  #turn = 0;         // what an older upload or picture brings is dropped
  #camera = null;
  #earlier = null;   // the work that goes on on the next sheet: {use, sheet}
  #edited = null;    // what was edited to become this picture: {base, history}
  #shown = null;     // ends when the picture is on the page

  connect() {
    this.host = this.querySelector(".picture");
    this.stage = h("div", { class: "stage" });
    this.said = h("p", { class: "visually-hidden", role: "status" });
    this.host.append(this.stage, this.said);
    if (this.editable) this.#wireInputs();
    this.value = this.initial;
  }

  #wireInputs() {
    this.input = this.querySelector("input[type=file]");
    this.drop = this.querySelector(".drop");
    dropzoneListen(this, this.input, (files) => this.#take(files[0]), { paste: true });
    const { sources } = this.options;
    const button = (text, run) => h("button", { type: "button", onclick: run }, text);
    this.ways = h("div", { class: "actions ways" },
      !sources.includes("upload") && button("Choose a file", () => this.input.click()),
      sources.includes("webcam") && button("Use the camera", () => this.#photograph()),
      sources.includes("canvas") && sources.length > 1 && button("Draw", () => this.#draw()));
    this.drop.after(this.ways);
  }

  get value() {
    const plain = (wire) => (wire?.h ? { h: wire.h } : wire);
    if (this.options.tool === "sketch" && this.#wire && this.#mask) return { image: plain(this.#wire), mask: plain(this.#mask) };
    return plain(this.#wire);
  }

  get touched() { return this.#dirty || Boolean(this.#sheet && !this.#sheet.empty) || super.touched; }

  /** A drawing goes on as strokes, whether it was sent before or not; all else as the picture that it is. */
  takeOver(old) {
    const earlier = old.#sheet && { use: old.#use, sheet: old.#sheet };
    const { sources, tool } = this.options;
    if (earlier?.use === "draw") {
      if (!sources.includes("canvas")) return earlier.sheet.empty;
      this.#draw(earlier.sheet);
      return true;
    }
    this.value = old.#wire && { image: old.#wire, mask: old.#mask };
    this.#earlier = earlier;
    if (earlier) this.wait(this.#shown);
    return !earlier || earlier.sheet.empty || earlier.use === (tool === "sketch" ? "mask" : "edit");
  }

  leave() { this.#leave(); }

  set value(wire) {
    this.#turn += 1;
    this.#leave();
    this.#wire = wire?.image ?? wire;
    this.#mask = wire?.mask ?? null;
    if (this.#wire) this.#shown = this.#show(fileUrl(this.#wire));
    else this.#showEmpty();
  }

  /** What was drawn is uploaded when it is about to be sent, not at every stroke; what is being edited, as it is now. */
  async settled() {
    await super.settled();
    if (this.#use === "edit" && !this.#sheet.empty) {
      await this.#apply();
      await super.settled();
    }
    if (!this.#dirty) return;
    this.#dirty = false;
    const [sheet, mask] = [this.#sheet, this.#use === "mask"];
    const drawn = mask || !sheet.empty ? await sheet.blob({ paper: mask ? "black" : "white", base: false }) : null;
    const stored = drawn && await this.wait(this.#store(drawn, mask ? "mask.png" : "drawing.png"));
    if (sheet !== this.#sheet) return;
    if (mask) this.#mask = stored;
    else this.#wire = stored;
  }

  #store(blob, name) { return upload(blob instanceof File ? blob : new File([blob], name, { type: blob.type })); }

  #leave() {
    this.#camera?.stop();
    this.#camera = null;
    this.#sheet = this.#use = this.#earlier = this.#edited = null;
    this.#dirty = false;
  }

  #showEmpty() {
    if (!this.editable) {
      this.stage.replaceChildren();
      return;
    }
    const { sources } = this.options;
    this.drop.hidden = !sources.includes("upload");
    this.ways.hidden = false;
    this.stage.replaceChildren();
    if (sources.length === 1 && sources[0] === "canvas") this.#draw();
  }

  /** A file of the visitor: shown at once, uploaded meanwhile. */
  #take(file) {
    if (!this.input.accept.split(",").includes(file.type)) {
      this.fault = `${file.name || "This"} is not a PNG, JPEG, WebP or GIF picture.`;
      return;
    }
    this.#leave();
    const turn = (this.#turn += 1);
    this.#wire = this.#mask = null;
    const url = URL.createObjectURL(file);
    this.#show(url).finally(() => URL.revokeObjectURL(url));
    this.said.textContent = "Uploading the picture.";
    const stored = this.#store(file, "picture.png").then((wire) => {
      if (turn !== this.#turn) return;
      this.#wire = wire;
      if (this.#use === "mask") this.#dirty = true;
      this.said.textContent = "The picture is uploaded.";
    }, (error) => {
      if (turn !== this.#turn) return;
      this.value = null;
      this.fault = [error.message, error.hint].filter(Boolean).join(" ");
      throw error;
    });
    this.wait(stored).catch(() => {});
    this.changed();
  }

  async #show(url) {
    const turn = this.#turn;
    const img = await imageDecoded(url, this.label);
    if (turn !== this.#turn) return;
    if (!this.editable) {
      const name = this.#wire.name ?? "image.png";
      const save = h("a", { class: "button", href: url, download: name }, "Download");
      this.stage.replaceChildren(h("figure", {}, ...imageEnlarger(img, this.label), h("div", { class: "actions" }, save)));
      return;
    }
    const focused = this.contains(document.activeElement); // on what is about to be hidden
    this.drop.hidden = this.ways.hidden = true;
    const button = (text, run) => h("button", { type: "button", onclick: run }, text);
    const readable = img.naturalWidth > 0; // the server will say what is wrong with a broken one
    const sketch = readable && this.options.tool === "sketch";
    const actions = h("div", { class: "actions" },
      readable && !sketch && button(this.options.tool === "select" ? "Crop" : "Edit", () => this.#edit(img)),
      button("Replace", () => this.#replace()),
      button("Remove", () => this.#remove()));
    this.stage.replaceChildren(h("figure", {}, sketch ? this.#maskOver(img) : img, actions));
    if (focused) actions.querySelector("button").focus();
    if (readable && !sketch && this.#earlier?.use === "edit") this.#edit(img, this.#earlier.sheet.history);
    this.#earlier = null;
  }

  #maskOver(img) {
    const size = { width: img.naturalWidth, height: img.naturalHeight };
    const history = this.#earlier?.use === "mask" ? this.#earlier.sheet.scaled(size.width, size.height) : {};
    this.#begin("mask", new ImageSheet({ ...size, base: img, history }));
    this.#sheet.element.classList.add("masked");
    this.#dirty = !this.#sheet.empty || (this.#wire !== null && this.#mask === null);
    const width = Math.max(2, Math.round(size.width / 20));
    return this.#tools({ label: `Mask over ${this.label}; draw with the pointer`, ink: "white", fixed: true, width }).element;
  }

  #begin(use, sheet) {
    this.#use = use;
    this.#sheet = sheet;
  }

  /** Brush and eraser for the sheet, whose strokes are sent as they are. */
  #tools({ label, ink, fixed, width }) {
    const brush = { size: width, ink, fixed };
    return new ImageTools({ sheet: this.#sheet, label, brush, eraser: width, active: "brush", reset: "Clear drawing", changed: () => this.#drawn() });
  }

  #drawn() {
    this.#dirty = true;
    this.changed();
  }

  #draw(earlier = null) {
    this.#leave();
    const [width, height] = (this.options.shape ?? [1, 1]).map((side) => side ?? 1);
    const scale = 400 / Math.max(width, height);
    const size = { width: Math.round(width * scale), height: Math.round(height * scale) };
    this.#begin("draw", new ImageSheet({ ...size, history: earlier?.scaled(size.width, size.height) }));
    const label = `${this.label}: draw with the pointer, or choose a file`;
    const tools = this.#tools({ label, ink: "black", fixed: this.options.grey, width: this.options.shape ? 24 : 6 });
    this.#dirty = !this.#sheet.empty;
    this.drop.hidden = true;
    this.stage.replaceChildren(tools.element);
    if (this.options.sources.length === 1) return;
    this.ways.hidden = true;
    tools.steps.append(h("button", { type: "button", onclick: () => this.#remove() }, "Remove"));
    if (!earlier) this.#sheet.canvas.focus();
  }

  async #photograph() {
    this.fault = "";
    const { mirror, streaming } = this.options;
    const camera = new ImageCamera({ label: this.label, mirror, cancelled: () => this.#remove(), captured: (blob) => this.#snap(blob) });
    try {
      await camera.start();
    } catch (error) {
      this.fault = error.message;
      return;
    }
    this.#leave();
    this.#camera = camera;
    this.drop.hidden = this.ways.hidden = true;
    this.stage.replaceChildren(camera.element);
    camera.button.focus();
    if (streaming) this.#stream(camera);
  }

  #snap(blob) { this.#take(new File([blob], "camera.png", { type: blob.type })); }

  async #stream(camera) {
    while (this.#camera === camera && camera.running && this.isConnected) {
      try {
        const wire = await this.wait(this.#store(await camera.shot(), "camera.png"));
        if (this.#camera !== camera) return;
        this.#wire = wire;
        this.changed();
      } catch (error) {
        this.fault = error.message;
        return;
      }
      await new Promise((resolve) => { setTimeout(resolve, IMAGE_STREAM_MS); });
    }
  }

  /** Crop, turn, flip and paint; a picture that was edited before is taken up where it was left. */
  #edit(img, history = undefined) {
    const { tool, grey } = this.options;
    const from = history ? { base: img, history } : this.#edited ?? { base: img };
    const shown = [...this.stage.childNodes];
    const cancel = () => {
      this.#sheet = this.#use = null;
      this.stage.replaceChildren(...shown);
      this.stage.querySelector(".actions button").focus();
    };
    this.#begin("edit", new ImageSheet({ width: from.base.naturalWidth, height: from.base.naturalHeight, ...from }));
    const width = Math.max(2, Math.round(from.base.naturalWidth / 60));
    const brush = tool === "select" ? null : { size: width, ink: grey ? "black" : IMAGE_INK, fixed: grey };
    const tools = new ImageTools({ sheet: this.#sheet, label: this.label, brush, eraser: brush && width, shapes: true, active: brush ? null : "crop" });
    const button = (text, run, kind) => h("button", { type: "button", class: kind, onclick: run }, text);
    tools.element.append(h("div", { class: "actions" }, button("Apply", () => this.#apply(tools), "primary"), button("Cancel", cancel)));
    this.stage.replaceChildren(tools.element);
    (tools.element.querySelector(".frame") ?? tools.first).focus();
  }

  /** The edited picture becomes the value. */
  async #apply(tools = null) {
    tools?.crop();
    const sheet = this.#sheet;
    const blob = await sheet.blob({});
    if (sheet !== this.#sheet) return;
    this.#take(new File([blob], "edited.png", { type: blob.type }));
    this.#edited = { base: sheet.base, history: sheet.history };
  }

  #replace() {
    const { sources } = this.options;
    if (sources[0] === "webcam") this.#photograph();
    else this.input.click();
  }

  #remove() {
    this.value = null;
    this.changed();
    (this.drop.hidden ? this.ways.querySelector("button") : this.input)?.focus();
  }
}

define("image", ImageField);
