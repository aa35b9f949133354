/**
 * <qd-explanation>: asks why, and shows the answer beside what was explained.
 *
 * It stays on the page when a reload changes the demo, and says so. `key` is what the server knows it by.
 */
import { config } from "../core/config.js";
import { define } from "../core/component.js";
import { h } from "../core/dom.js";
import { sameValue } from "../core/keep.js";
import { ExplainBody, explainKey } from "./explain_body.js";
import { explainCloser } from "./explain_closer.js";
import { explainFall } from "./explain_fall.js";
import { explainList } from "./explain_list.js";
import { ExplainRun } from "./explain_run.js";
import { explainSaves } from "./explain_save.js";
import { TargetChoice } from "./explain_target.js";
import { PartTip } from "./explain_tip.js";
import { WhatIf } from "./explain_what_if.js";
import { explainNumbers, explainQuestion, explainScale, explainSubject } from "./explain_words.js";

class Explanation extends HTMLElement {
  object = null; // as the server gave it
  key = null;
  #asked = null; // {data, generation}: what is explained
  #wired = false;

  connectedCallback() {
    if (this.#wired) return;
    this.#wired = true;
    Object.assign(this, {
      heading: h("h2", {}), targets: new TargetChoice(this), run: new ExplainRun(this), body: new ExplainBody(this), whatIf: new WhatIf(this), tip: new PartTip(),
      list: explainList(this), note: h("p", { class: "quiet", hidden: true }), remark: h("p", { class: "remark", hidden: true }),
      fall: h("ul", { class: "fall", "aria-label": "From the inputs' absence to the answer" }), legend: h("p", { class: "key" }),
    });
    this.shown = h("div", { class: "shown", hidden: true }, this.note, this.remark, this.fall, this.legend, this.body.box, this.whatIf.box, this.list, explainSaves(this));
    this.append(h("div", { class: "spread" }, this.heading, this.targets.box), this.run.box, this.run.fault, this.shown, this.run.aloud, this.tip.box);
    for (const name of ["qd-change", "qd-done"]) this.owner.addEventListener(name, () => requestAnimationFrame(() => this.#compare()));
  }

  connectedMoveCallback() {}

  disconnectedCallback() {
    queueMicrotask(() => { if (!this.isConnected) this.run.cancel(); });
  }

  get owner() { return this.closest("qd-interface"); }
  get subject() { return explainSubject(this.object); }

  /** "34 calls · 0.8 s · ..." */
  get facts() { return this.run.facts.textContent; }

  /** The wire value of an input that is explained. */
  wireOf(index) { return this.#asked.data[index]; }

  /** The key when it is an explanation of these inputs, for what is stored with a flag. */
  keyOf(inputs) { return this.key && inputs.every((one, n) => sameValue(one, this.#asked.data[n])) ? this.key : null; }

  /** Explain the inputs as they are; `target` when it is about another class than the answer. */
  async explain(target = null) {
    if (this.run.busy && !target) return;
    let data = null;
    try {
      data = await this.owner.gather();
    } catch (error) {
      this.run.fail(error);
    }
    if (data) await this.#ask({ data, generation: config().generation }, target, !this.owner.holds(data));
  }

  /** Explain another class or output of the same answer; `more`: as explainSteps has it. */
  choose(target, more = {}) { return this.#ask(this.#asked, target, false, more); }

  /** answer: whether the result is to be shown as well, as soon as it is known. */
  #ask(asked, target, answer, more = {}) {
    const { owner } = this;
    const { moment } = owner;
    const take = (object) => {
      this.key = object.key ?? null;
      this.#asked = asked;
      this.show(object);
    };
    return this.run.ask({ data: asked.data, target, answer, ...more }, take, (result) => owner.take(asked.data, result, moment));
  }

  /** Draw an explanation, or refine the one that is drawn. */
  show(object) {
    this.object = object;
    this.numbers = explainNumbers(object);
    const scale = explainScale(object);
    this.shown.hidden = false;
    this.heading.textContent = explainQuestion(object);
    this.targets.show(object.target, this.owner.outputs);
    this.remark.textContent = object.note ?? "";
    this.remark.hidden = !object.note;
    explainFall(this.fall, object, this.numbers, this.subject);
    explainKey(this.legend, object, this.numbers);
    this.body.show(object, scale);
    this.leavable = object.switchable && (!object.final || this.key !== null); // not the parts of the author's own function
    this.whatIf.rest();
    this.whatIf.box.hidden = !this.leavable;
    this.leaveOut(this.leavable ? this.whatIf.off : null);
    explainCloser(this);
    this.list.update();
    this.#compare();
  }

  toggle(part) { if (this.leavable && this.key) this.whatIf.toggle(part); }
  leaveOut(off) { this.body.leaveOut(off); }
  focusPart(part) { this.body.focus(part); }

  /** Says when it is not about what the page holds now. */
  #compare() {
    if (!this.#asked || !this.owner) return;
    const old = this.#asked.generation !== config().generation;
    const other = this.owner.inputs.some((input, n) => !explanationHolds(input, this.#asked.data[n] ?? null));
    const said = other ? "The inputs have changed since. Interpret explains them as they are now." : old ? "The demo has changed since. Interpret explains it as it is now." : "";
    this.note.textContent = said;
    this.note.hidden = !said;
    this.classList.toggle("outdated", Boolean(said));
  }

  /** After a reload. */
  rearranged() {
    this.run.showButton();
    this.#compare();
  }

  clear() {
    this.#asked = this.object = this.key = null;
    this.run.clear();
    this.shown.hidden = this.hidden = true;
    this.heading.textContent = "";
  }
}

/** Whether an input has this value; one that is half typed has none. */
function explanationHolds(input, value) {
  try {
    return sameValue(input?.value ?? null, value);
  } catch {
    return false;
  }
}

define("explanation", Explanation);
