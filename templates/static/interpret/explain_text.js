/** A text whose words, sentences or paragraphs have the colours of their scores. */
import { h } from "../core/dom.js";
import { ExplainView } from "./explain_view.js";
import { explainTokens } from "./explain_words.js";

export class ExplainText extends ExplainView {
  build() {
    const said = h("div", { class: "words", role: "group", "aria-label": this.spoken });
    let open = null; // the button of the part that the last word belongs to
    let between = "";
    for (const [text, part, apart] of explainTokens(this.input.parts.tokens)) {
      if (part === null) {
        between += text;
        continue;
      }
      if (open?.dataset.part === String(part)) open.append(between + text);
      else {
        open = this.button(part, "span", text);
        if (apart) open.classList.add("apart");
        said.append(between, apart ? h("wbr", {}) : "", open);
      }
      between = "";
    }
    said.append(between);
    this.box.append(said);
  }

  /** A text that is longer than its box shows the strongest of its units. */
  paint(input, scale) {
    super.paint(input, scale);
    const words = this.box.firstElementChild;
    if (this.seen || words.scrollHeight <= words.clientHeight) return;
    this.seen = true;
    const strength = (button) => Math.abs(this.score(button) ?? 0);
    const strongest = this.buttons.reduce((one, other) => (strength(other) > strength(one) ? other : one));
    words.scrollTop += strongest.getBoundingClientRect().top - words.getBoundingClientRect().top - words.clientHeight / 3;
  }
}
