/** The desk of an ImageEditor: the sheet with its layers, the tools around it, the list of layers, zoom. Loaded with the first picture. */
import { h } from "../core/dom.js";
import { ImageTools } from "./image_tools.js";
import { EditorLayers } from "./imageeditor_layers.js";
import { EditorSheet } from "./imageeditor_sheet.js";

const EDITOR_STEP = 1.5;
const EDITOR_MOST = 16;

/** `element` is to be put on the page, `sheet` holds the picture; `changed` is called after each step. */
export class EditorDesk {
  #zoom = 1;

  constructor({ sheet, label, options, changed }) {
    this.sheet = new EditorSheet(sheet);
    const auto = Math.max(2, Math.round(Math.min(...this.sheet.size) / 25));
    const width = (size) => (size === "auto" ? auto : Math.max(1, Math.round(2 * size)));
    const { brush, eraser, crop, listed, more, most } = options;
    this.tools = new ImageTools({
      sheet: this.sheet, label, shapes: crop, active: brush ? "brush" : null, reset: "Start again",
      brush: brush && { ...brush, size: width(brush.size) }, eraser: eraser && width(eraser),
      changed: () => { this.#drawn(); changed(); },
    });
    this.element = this.tools.element;
    this.element.classList.add("editor");
    this.view = h("div", { class: "view" });
    this.sheet.element.replaceWith(this.view);
    this.view.append(this.sheet.element);
    this.view.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    this.#zoomed();
    const step = (step, told) => this.tools.step(step, told);
    if (listed) this.layers = new EditorLayers({ sheet: this.sheet, more, step, most: (pixels) => Math.min(most[0], Math.floor(most[1] / pixels) - 1) });
    this.element.append(...[this.layers?.element].filter(Boolean));
    this.#drawn();
  }

  #drawn() {
    const { width, height } = this.sheet.state;
    const size = `${width} × ${height}`;
    if (size !== this.size) this.#to(1);
    this.size = size;
    this.layers?.draw();
  }

  // ---------------------------------------------------------------- zoom

  #zoomed() {
    const button = (text, name, to) => h("button", { type: "button", "aria-label": name, onclick: () => this.#to(to()) }, text);
    this.fit = button("Fit", "Zoom to fit", () => 1);
    this.less = button("−", "Zoom out", () => this.#zoom / EDITOR_STEP);
    this.more = button("+", "Zoom in", () => this.#zoom * EDITOR_STEP);
    this.told = h("output", { "aria-label": "Zoom" });
    this.view.after(h("div", { class: "actions zoom" }, this.told, this.less, this.fit, this.more));
  }

  /** What is in the middle stays there. */
  #to(zoom) {
    const { view } = this;
    const now = Math.min(EDITOR_MOST, Math.max(1, zoom));
    const middle = [(view.scrollLeft + view.clientWidth / 2) / this.#zoom, (view.scrollTop + view.clientHeight / 2) / this.#zoom];
    this.#zoom = now;
    this.sheet.element.style.setProperty("--zoom", now);
    view.classList.toggle("zoomed", now > 1);
    view.tabIndex = now > 1 ? 0 : -1;
    view.scrollTo(middle[0] * now - view.clientWidth / 2, middle[1] * now - view.clientHeight / 2);
    this.told.textContent = now === 1 ? "" : `${Math.round(now * 100)} %`;
    for (const button of [this.less, this.fit]) button.ariaDisabled = String(now === 1);
    this.more.ariaDisabled = String(now === EDITOR_MOST);
  }

  #wheel(event) {
    if (!event.ctrlKey) return;
    event.preventDefault();
    this.#to(this.#zoom * 1.01 ** -event.deltaY);
  }
}
