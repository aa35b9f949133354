/** The frame in which a figure of Plotly, Bokeh or Altair is drawn: its own origin, no way to the page or to any host. */
import { h } from "../core/dom.js";

const PLOT_COLOURS = ["ink", "quiet", "line", "card", "hover"];
const PLOT_NOTE = 300;  // characters of what a frame may have to say
const PLOT_HEIGHT = 450; // CSS pixels, until the frame says how high its figure is

export class PlotFrame {
  #ended = new AbortController();
  #asked = null; // what the frame is to draw
  #ready = false;

  /** `told(problem)` is called whenever the frame has drawn, with "", or could not draw all, with what it says. */
  constructor({ library, parts = [], label, told }) {
    Object.assign(this, { library, parts: parts.join(), label, told });
    const address = `plots/${library}${parts.length ? `?parts=${this.parts}` : ""}`;
    this.element = h("iframe", { title: `${label}: figure`, sandbox: "allow-scripts allow-downloads", src: address, style: `block-size: ${PLOT_HEIGHT}px` });
    const { signal } = this.#ended;
    addEventListener("message", (event) => this.#hear(event), { signal });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#ask(), { signal });
  }

  /** Whether it can draw a figure of that library which needs these parts. */
  serves(library, parts = []) { return this.library === library && this.parts === parts.join() && this.element.isConnected; }

  /** Draw the figure of that JSON text. */
  show(text) {
    this.#asked = text;
    this.#ask();
  }

  end() {
    this.#ended.abort();
    this.element.remove();
  }

  #ask() {
    if (!this.#ready || this.#asked === null) return;
    const colours = Object.fromEntries(PLOT_COLOURS.map((name) => [name, plotColour(name)]));
    const [red, green, blue] = colours.card.match(/\d+/g).map(Number);
    const message = { text: this.#asked, label: this.label, colours, dark: red + green + blue < 384 };
    this.element.contentWindow.postMessage(message, "*"); // its origin is none, so none can be named
  }

  #hear({ source, data }) {
    if (source !== this.element.contentWindow || typeof data !== "object" || data === null) return;
    if (data.ready) {
      this.#ready = true;
      this.#ask();
    }
    if (Number.isFinite(data.height)) this.element.style.blockSize = `${Math.min(Math.max(data.height, 40), 5000)}px`;
    if (data.drawn) this.element.dataset.drawn = Number(this.element.dataset.drawn ?? 0) + 1;
    const problem = typeof data.error === "string" ? data.error : "";
    const note = typeof data.note === "string" ? data.note.slice(0, PLOT_NOTE) : "";
    if (data.drawn || problem) this.told(problem || note);
    if (problem && !this.element.dataset.drawn) this.element.style.blockSize = "1px"; // there is only the message to see
  }
}

/** One of the page's colours as rgb(): libraries do not know oklch. */
function plotColour(name) {
  const probe = h("span", { style: `color: var(--${name})`, hidden: true });
  document.body.append(probe);
  const brush = h("canvas", { width: 1, height: 1 }).getContext("2d");
  brush.fillStyle = getComputedStyle(probe).color;
  brush.fillRect(0, 0, 1, 1);
  probe.remove();
  return `rgb(${[...brush.getImageData(0, 0, 1, 1).data].slice(0, 3).join(", ")})`;
}
