/** ImageEditor: a picture to paint upon in layers; as a result the whole, with its layers beside it. */
import { fileUrl, upload } from "../core/api.js";
import { Component, define } from "../core/component.js";
import { loadModule } from "../core/config.js";
import { h } from "../core/dom.js";
import { dropzoneListen } from "./dropzone.js";
import { ImageCamera } from "./image_camera.js";
import { imageDecoded, imageEnlarger } from "./image_view.js";

class ImageEditor extends Component {
  #wire = null;          // what was set, until it is on the desk
  #base = null;          // the background: {img, wire, stored}; it has no wire while it is being uploaded
  #desk = null;
  #stored = new WeakMap(); // mark of a part -> the wire of what was uploaded of it
  #sent = null;          // the value as it was last complete
  #given = null;         // what the server gave: it is the value as long as nothing is done to it
  #turn = 0;             // what an older upload or picture brings is dropped
  #camera = null;
  #shown = Promise.resolve();

  connect() {
    this.host = this.querySelector(".picture");
    this.stage = h("div", { class: "stage" });
    this.said = h("p", { class: "visually-hidden", role: "status" });
    this.host.append(this.stage, this.said);
    if (this.editable) this.#wireInputs();
    this.value = this.initial;
  }

  #button(text, run) { return h("button", { type: "button", onclick: run }, text); }

  #wireInputs() {
    this.input = this.querySelector("input[type=file]");
    this.drop = this.querySelector(".drop");
    const { sources } = this.options;
    if (sources.includes("upload")) dropzoneListen(this, this.input, (files) => this.#take(files[0]), { paste: true });
    this.ways = h("div", { class: "actions ways" },
      sources.includes("webcam") && this.#button("Use the camera", () => this.#photograph()),
      this.options.brush && this.#button("Draw on a blank canvas", () => this.#open({}).then(() => this.#focus())));
    this.drop.after(this.ways);
  }

  // ---------------------------------------------------------------- the value

  get value() {
    if (!this.#desk) return editorPlain(this.#wire);
    if (this.#given && this.#desk.sheet.empty) return editorPlain(this.#given);
    return this.#whole() ?? this.#sent;
  }

  /** The value of the desk; null while a part of it is not uploaded. */
  #whole() {
    const { background, layers } = this.#desk.sheet.parts;
    const found = (part) => (part === null ? null : this.#stored.get(part.mark));
    const wires = { background: background ? found(background) : this.#base && this.#base.wire, layers: layers.map(found) };
    if (wires.layers.includes(undefined) || wires.background === undefined) return null;
    return editorPlain(wires);
  }

  get touched() {
    if (!this.#desk) return super.touched;
    const known = (wire) => wire?.h ?? wire ?? null;
    return !this.#desk.sheet.empty || known(this.#base?.wire) !== known(this.initial?.background);
  }

  set value(wire) {
    this.#leave();
    this.#wire = wire;
    if (!this.editable) this.#result();
    else if (editorPlain(wire)) this.#shown = this.wait(this.#load(wire));
    else this.#showEmpty();
  }

  /** What was painted is uploaded when it is about to be sent, each part only if it changed since. */
  async settled() {
    await super.settled();
    await this.#base?.stored; // begun on an element that a reload has replaced
    for (let desk = this.#desk; desk && desk === this.#desk && !this.#whole();) await this.#store(desk.sheet);
    if (this.#desk) this.#sent = this.#whole();
  }

  async #store({ parts }) {
    const all = [[parts.background, "background.png"], ...parts.layers.map((layer, n) => [layer, `layer-${n + 1}.png`])];
    for (const [part, name] of all) if (part && !this.#stored.has(part.mark)) {
      const { mark } = part; // what is painted from now on has another
      const blob = await new Promise((resolve) => { part.canvas.toBlob(resolve, "image/png"); });
      if (!blob) throw new Error("The picture is too large to be edited here.");
      this.#stored.set(mark, await this.wait(upload(new File([blob], name, { type: "image/png" }))));
    }
  }

  /** What was painted goes on as steps that can be taken back. */
  takeOver(old) {
    if (!old.#desk) {
      this.value = old.#wire;
      return true;
    }
    this.#leave();
    this.#base = old.#base;
    this.#given = old.#given;
    const { under, names, history, size } = old.#desk.sheet;
    this.#stored = old.#stored;
    this.#shown = this.wait(this.#open({ under, names, history, size }));
    return true;
  }

  leave() { this.#leave(); }

  #leave() {
    this.#turn += 1;
    this.#camera?.stop();
    this.#camera = this.#desk = this.#base = this.#wire = this.#sent = this.#given = null;
  }

  // ---------------------------------------------------------------- what is on the stage

  #showEmpty() {
    this.stage.replaceChildren();
    const { sources, brush } = this.options;
    this.drop.hidden = !sources.includes("upload");
    this.ways.hidden = false;
    if (!sources.length && brush) this.#shown = this.wait(this.#open({}));
  }

  /** A value that the server gave. */
  async #load(wire) {
    const turn = this.#turn;
    const layers = wire.layers ?? [];
    const [img, ...under] = await Promise.all([wire.background, ...layers].map((part) => part && imageDecoded(fileUrl(part), "")));
    if (turn !== this.#turn) return;
    if ([img, ...under].some((one) => one && !one.naturalWidth)) return this.#broken(wire);
    this.#base = img && { wire: wire.background, img };
    this.#given = wire;
    const names = layers.map((_, n) => this.options.layers[n] ?? `Layer ${n + 1}`);
    const first = under.find(Boolean);
    await this.#open({ under, names: names.length ? names : undefined, size: !img && first ? [first.naturalWidth, first.naturalHeight] : undefined });
    if (turn !== this.#turn || !this.#desk) return;
    for (const [id, layer] of layers.entries()) if (layer) this.#stored.set(this.#desk.sheet.markOf(id), layer);
  }

  /** What cannot be shown is sent as it is: the server will say what is wrong with it. */
  #broken(wire) {
    this.drop.hidden = this.ways.hidden = true;
    this.#wire = wire;
    this.stage.replaceChildren(h("p", { class: "note" }, "This picture cannot be shown."), h("div", { class: "actions" }, this.#button("Remove", () => this.#remove())));
  }

  /** The desk, with the background that there is or a blank canvas. */
  async #open({ under, names = this.options.layers, history, size }) {
    const turn = this.#turn;
    const { canvas, fixed, sources } = this.options;
    const { EditorDesk } = await loadModule("components/imageeditor_work.js");
    if (turn !== this.#turn) return;
    const img = this.#base?.img;
    const [width, height] = img ? [img.naturalWidth, img.naturalHeight] : size ?? canvas;
    const fit = fixed && (width !== canvas[0] || height !== canvas[1]) ? canvas : null;
    const sheet = { width, height, base: img, under, names, history, fit };
    this.#desk = new EditorDesk({ sheet, label: `${this.label}; draw with the pointer`, options: this.options, changed: () => this.changed() });
    this.drop.hidden = this.ways.hidden = true;
    const uploads = sources.includes("upload");
    this.#desk.element.append(h("div", { class: "actions" },
      uploads && this.#button(img ? "Replace the picture" : "Put a picture beneath", () => this.input.click()),
      sources.includes("webcam") && this.#button("Use the camera", () => this.#photograph()),
      sources.length && this.#button("Remove", () => this.#remove())));
    this.stage.replaceChildren(this.#desk.element);
  }

  #focus() { (this.#desk?.tools.first ?? this.input).focus(); }

  /** A file of the visitor: on the desk at once, beneath what was painted; uploaded meanwhile. */
  #take(file) {
    if (!this.input.accept.split(",").includes(file.type)) {
      this.fault = `${file.name || "This"} is not a PNG, JPEG, WebP or GIF picture.`;
      return;
    }
    const before = this.#desk?.sheet;
    this.#leave();
    this.said.textContent = "Uploading the picture.";
    this.#shown = this.wait(this.#put(file, before));
    this.#shown.catch(() => {});
    this.changed();
  }

  async #put(file, before) {
    const turn = this.#turn;
    const sent = upload(file.name ? file : new File([file], "picture.png", { type: file.type }));
    const base = { wire: undefined, img: null, stored: sent.then((wire) => { base.wire = wire; }) };
    base.stored.catch(() => {}); // told below
    const url = URL.createObjectURL(file);
    const img = base.img = await imageDecoded(url, "");
    URL.revokeObjectURL(url);
    if (turn !== this.#turn) return;
    if (img.naturalWidth) {
      this.#base = base;
      const history = before?.carried(img.naturalWidth, img.naturalHeight);
      await this.#open({ history, names: before?.names, under: before?.under });
      this.#focus();
    }
    try {
      await base.stored;
      if (turn !== this.#turn) return;
      if (!img.naturalWidth) this.#broken({ background: base.wire, layers: [] });
      this.said.textContent = "The picture is uploaded.";
    } catch (error) {
      if (turn !== this.#turn) return;
      this.value = null;
      this.fault = [error.message, error.hint].filter(Boolean).join(" ");
      throw error;
    }
  }

  async #photograph() {
    this.fault = "";
    const { mirror, constraints } = this.options;
    const back = [...this.stage.childNodes];
    const cancelled = () => {
      this.#camera = null;
      this.stage.replaceChildren(...back);
      if (!this.#desk) this.#showEmpty();
    };
    const captured = (blob) => {
      camera.stop();
      this.#take(new File([blob], "camera.png", { type: blob.type }));
    };
    const camera = new ImageCamera({ label: this.label, mirror, constraints, cancelled, captured });
    try {
      await camera.start();
    } catch (error) {
      this.fault = error.message;
      return;
    }
    this.#camera = camera;
    this.drop.hidden = this.ways.hidden = true;
    this.stage.replaceChildren(camera.element);
    camera.button.focus();
  }

  #remove() {
    this.value = null;
    this.changed();
    (this.drop.hidden ? this.ways.querySelector("button") : this.input)?.focus();
  }

  // ---------------------------------------------------------------- as a result

  async #result() {
    const wire = this.#wire;
    const turn = this.#turn;
    const whole = wire?.composite;
    if (!whole) return this.stage.replaceChildren();
    const img = await imageDecoded(fileUrl(whole), this.label);
    if (turn !== this.#turn) return;
    const save = (part, text, name, spoken = null) => h("a", { class: "button", href: fileUrl(part), download: part.name ?? name, "aria-label": spoken }, text);
    const parts = [...wire.layers.map((layer, n) => [layer, `Layer ${n + 1}`]).reverse(), [wire.background, "Background"]].filter(([part]) => part);
    const list = wire.layers.some(Boolean) && h("details", { class: "layers" }, h("summary", {}, `${parts.length} parts`), h("ul", {}, parts.map(([part, name]) =>
      h("li", {}, h("img", { class: "thumb", src: fileUrl(part), alt: "", loading: "lazy" }), h("span", { class: "which" }, name), save(part, "Download", "layer.png", `Download ${name}`)))));
    this.stage.replaceChildren(h("figure", {}, ...imageEnlarger(img, this.label), h("div", { class: "actions" }, save(whole, "Download", "image.png"))), ...[list].filter(Boolean));
  }
}

/** Only the handles; null where there is nothing at all. */
function editorPlain(wire) {
  const plain = (part) => (part?.h ? { h: part.h } : part ?? null);
  if (!wire || (!wire.background && !wire.layers?.length)) return null;
  return { background: plain(wire.background), layers: (wire.layers ?? []).map(plain) };
}

define("imageeditor", ImageEditor);
