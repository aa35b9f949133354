/** Which output, and which of its classes, is explained. */
import { h } from "../core/dom.js";

/** Two selects, each there only when it offers something; `panel.choose` is told of the target. */
export class TargetChoice {
  constructor(panel) {
    this.panel = panel;
    this.output = h("select", {});
    this.class = h("select", {});
    this.outputs = h("label", {}, h("span", {}, "Output"), this.output);
    this.classes = h("label", {}, h("span", {}, "Class"), this.class);
    this.output.addEventListener("change", () => panel.choose({ output: Number(this.output.value) }));
    this.class.addEventListener("change", () => panel.choose({ output: Number(this.output.value), class: this.class.value }));
    this.box = h("div", { class: "target", hidden: true }, this.outputs, this.classes);
  }

  /** Offer what there is beside this target. */
  show(target, outputs) {
    this.box.hidden = !target;
    if (!target) return;
    const { output, class: chosen, classes } = target;
    const offered = outputs.map((one, n) => [n, one]).filter(([, one]) => one && !one.matches("qd-state"));
    targetFill(this.output, offered.map(([n, one]) => [String(n), one.label]), String(output));
    targetFill(this.class, (classes ?? []).map((name) => [name, name]), chosen);
    this.outputs.hidden = offered.length < 2;
    this.classes.hidden = (classes?.length ?? 0) < 2;
  }
}

function targetFill(select, choices, chosen) {
  const same = select.options.length === choices.length && choices.every(([value, text], n) => select.options[n].value === value && select.options[n].text === text);
  if (!same) select.replaceChildren(...choices.map(([value, text]) => h("option", { value }, text)));
  select.value = chosen;
}
