/** Markdown: HTML that the server rendered. */
import { copyBriefly } from "../core/coloured.js";
import { define } from "../core/component.js";
import { h } from "../core/dom.js";
import { Prose } from "../core/prose.js";

class MarkdownBlock extends Prose {
  connect() {
    super.connect();
    if (!this.options.copy) return;
    const button = h("button", { type: "button", class: "plain" }, "Copy");
    button.addEventListener("click", () => copyBriefly(button, this.text));
    this.append(h("div", { class: "actions" }, button));
  }
}

define("markdown", MarkdownBlock);
