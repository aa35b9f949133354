/** Image: uploaded, pasted, photographed or drawn; cropped before it is sent; enlarged and downloaded as a result. */
import { Component, define } from "../core/component.js";
import { fileUrl, upload } from "../core/api.js";
import { h } from "../core/dom.js";
import { dropzoneListen } from "./dropzone.js";
import { imageDecoded, imageEnlarger } from "./image_view.js";
import { ImagePad } from "./image_pad.js";
import { ImageCamera } from "./image_camera.js";
import { ImageCrop } from "./image_crop.js";

const IMAGE_STREAM_MS = 500;

class ImageField extends Component {
  #wire = null;      // of the picture
  #mask = null;      // of the mask drawn over it
  #pad = null;
  #dirty = false;    // the pad has strokes that are not uploaded
  #turn = 0;         // what an older upload or picture brings is dropped
  #camera = null;
  #earlier = null;   // the pad whose strokes go on in the next one
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

  get touched() { return this.#dirty || Boolean(this.#pad && !this.#pad.empty) || super.touched; }

  /** A drawing goes on as strokes, whether it was sent before or not; all else as the picture that it is. */
  takeOver(old) {
    const pad = old.#pad;
    const { sources, tool } = this.options;
    if (pad && !pad.over) {
      if (!sources.includes("canvas")) return pad.empty;
      this.#draw(pad);
      return true;
    }
    this.value = old.#wire && { image: old.#wire, mask: old.#mask };
    this.#earlier = pad;
    if (pad) this.wait(this.#shown);
    return tool === "sketch" || !pad || pad.empty;
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

  /** What was drawn is uploaded when it is about to be sent, not at every stroke. */
  async settled() {
    await super.settled();
    if (!this.#dirty) return;
    this.#dirty = false;
    const pad = this.#pad;
    const stored = pad.over || !pad.empty ? await this.wait(this.#store(await pad.blob(), pad.over ? "mask.png" : "drawing.png")) : null;
    if (pad !== this.#pad) return;
    if (pad.over) this.#mask = stored;
    else this.#wire = stored;
  }

  #store(blob, name) { return upload(blob instanceof File ? blob : new File([blob], name, { type: blob.type })); }

  #leave() {
    this.#camera?.stop();
    this.#camera = null;
    this.#pad = this.#earlier = null;
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
      if (this.#pad?.over) this.#dirty = true;
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
      readable && !sketch && button("Crop", () => this.#crop(img)),
      button("Replace", () => this.#replace()),
      button("Remove", () => this.#remove()));
    this.stage.replaceChildren(h("figure", {}, sketch ? this.#maskOver(img) : img, actions));
    if (focused) actions.querySelector("button").focus();
  }

  #maskOver(img) {
    const strokes = this.#earlier?.scaled(img.naturalWidth, img.naturalHeight) ?? [];
    this.#earlier = null;
    this.#pad = new ImagePad({
      strokes,
      width: img.naturalWidth, height: img.naturalHeight, over: img, label: `Mask over ${this.label}; draw with the pointer`,
      brush: Math.max(2, Math.round(img.naturalWidth / 20)), changed: () => this.#drawn(),
    });
    this.#dirty = strokes.length > 0 || (this.#wire !== null && this.#mask === null);
    return this.#pad.element;
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
    this.#pad = new ImagePad({
      ...size, strokes: earlier?.scaled(size.width, size.height), brush: this.options.shape ? 24 : 6,
      label: `${this.label}: draw with the pointer, or choose a file`, changed: () => this.#drawn(),
    });
    this.#dirty = !this.#pad.empty;
    this.drop.hidden = true;
    this.stage.replaceChildren(this.#pad.element);
    if (this.options.sources.length === 1) return;
    this.ways.hidden = true;
    this.#pad.element.querySelector(".actions").append(h("button", { type: "button", onclick: () => this.#remove() }, "Remove"));
    if (!earlier) this.#pad.range.focus();
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

  #crop(img) {
    const shown = [...this.stage.childNodes];
    const back = () => this.stage.replaceChildren(...shown);
    const crop = new ImageCrop({ img, cancelled: back, done: (blob) => this.#take(new File([blob], "crop.png", { type: blob.type })) });
    this.stage.replaceChildren(crop.element);
    crop.box.focus();
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
