/** ParamViewer: one row for each parameter. */
import { Component, define } from "../core/component.js";
import { h } from "../core/dom.js";

class ParamViewer extends Component {
  #wire = null;

  connect() { this.value = this.initial; }

  get value() { return this.#wire; }

  set value(wire) {
    this.#wire = wire;
    const code = (text) => h("td", {}, text === null ? "" : h("code", {}, text));
    this.querySelector("tbody").replaceChildren(...Object.entries(wire ?? {}).map(([name, facts]) => h("tr", {},
      h("th", { scope: "row" }, name), code(facts.type ?? null), code(facts.default ?? null), h("td", {}, facts.description ?? ""))));
  }
}

define("paramviewer", ParamViewer);
