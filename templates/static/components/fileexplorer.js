/** FileExplorer: a native list of paths. */
import { Component, define } from "../core/component.js";

class FileExplorer extends Component {
  #shown = null;

  connect() {
    this.#shown = this.initial;
    this.#list?.addEventListener("change", () => this.changed());
  }

  get #list() { return this.querySelector("select"); }

  get value() {
    if (!this.#list) return this.#shown;
    const chosen = [...this.#list.selectedOptions].map((option) => option.value);
    return this.#list.multiple ? chosen : chosen[0] ?? null;
  }

  set value(wire) {
    this.#shown = wire;
    const chosen = [wire ?? []].flat();
    for (const option of this.#list?.options ?? []) option.selected = chosen.includes(option.value);
    const output = this.querySelector("output");
    if (output) output.value = chosen.join("\n");
  }
}

define("fileexplorer", FileExplorer);
