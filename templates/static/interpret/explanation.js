/**
 * <qd-explanation>: asks why, and shows the answer beside what was explained.
 *
 * It stays on the page when a reload changes the demo, and says so. `key` is what the server knows it by.
 */
import { config } from "../core/config.js";
import { define } from "../core/component.js";
import { h } from "../core/dom.js";
import { sameValue } from "../core/keep.js";
import { toast } from "../core/toast.js";
import { ExplainBody, explainKey } from "./explain_body.js";
import { explainFault, explainSteps } from "./explain_call.js";
import { explainFall } from "./explain_fall.js";
import { explainList } from "./explain_list.js";
import { explainSaves } from "./explain_save.js";
import { TargetChoice } from "./explain_target.js";
import { PartTip } from "./explain_tip.js";
import { WhatIf } from "./explain_what_if.js";
import { explainAloud, explainFacts, explainNumbers, explainProgress, explainQuestion, explainScale, explainSubject } from "./explain_words.js";

const EXPLANATION_SAY_MS = 10_000; // a reader hears of the progress this often

class Explanation extends HTMLElement {
  object = null; // as the server gave it
  key = null;
  #asked = null; // {data, generation}: what is explained
  #abort = null;
  #said = 0;
  #wired = false;

  connectedCallback() {
    if (this.#wired) return;
    this.#wired = true;
    const cancel = h("button", { type: "button", class: "plain", onclick: () => this.cancel() }, "Cancel");
    Object.assign(this, {
      heading: h("h2", {}), targets: new TargetChoice(this), body: new ExplainBody(this), whatIf: new WhatIf(this), tip: new PartTip(), list: explainList(this),
      fault: h("div", { class: "fault", role: "alert", hidden: true }), note: h("p", { class: "quiet", hidden: true }), remark: h("p", { class: "remark", hidden: true }),
      fall: h("ul", { class: "fall", "aria-label": "From the inputs' absence to the answer" }), legend: h("p", { class: "key" }),
      aloud: h("p", { class: "visually-hidden", role: "status", "aria-live": "polite" }),
      meter: h("progress", { max: 1, "aria-label": "Calls of the model" }), facts: h("span", {}), cancelButton: cancel,
    });
    this.shown = h("div", { class: "shown", hidden: true }, this.note, this.remark, this.fall, this.legend, this.body.box, this.whatIf.box, this.list, explainSaves(this));
    this.append(h("div", { class: "spread" }, this.heading, this.targets.box), h("div", { class: "at" }, this.facts, cancel, this.meter), this.fault, this.shown, this.aloud, this.tip.box);
    for (const name of ["qd-change", "qd-done"]) this.owner.addEventListener(name, () => requestAnimationFrame(() => this.#compare()));
  }

  connectedMoveCallback() {}

  disconnectedCallback() {
    queueMicrotask(() => { if (!this.isConnected) this.#abort?.abort(); });
  }

  get owner() { return this.closest("qd-interface"); }
  get busy() { return this.#abort !== null; }
  get subject() { return explainSubject(this.object); }

  /** The wire value of an input that is explained. */
  wireOf(index) { return this.#asked.data[index]; }

  /** The key when it is an explanation of these inputs, for what is stored with a flag. */
  keyOf(inputs) { return this.key && inputs.every((one, n) => sameValue(one, this.#asked.data[n])) ? this.key : null; }

  /** Explain the inputs as they are; `target` when it is about another class than the answer. */
  async explain(target = null) {
    if (this.busy && !target) return;
    let data = null;
    try {
      data = await this.owner.gather();
    } catch (error) {
      this.#fail(error);
    }
    if (data) await this.#ask({ data, generation: config().generation }, target, !this.owner.holds(data));
  }

  /** Explain another class or output of the same answer. */
  choose(target) { return this.#ask(this.#asked, target); }

  cancel() { this.#abort?.abort(); }

  /** answer: whether the result is to be shown as well, as soon as it is known. */
  async #ask(asked, target, answer = false) {
    this.#abort?.abort();
    const abort = new AbortController();
    const { moment } = this.owner;
    this.#abort = abort;
    this.#begin();
    try {
      for await (const [kind, what] of explainSteps(this.owner, { data: asked.data, target, answer }, abort.signal)) {
        if (abort !== this.#abort) return; // asked anew
        if (kind === "progress") this.#progress(what);
        else if (kind === "answer") this.owner.take(asked.data, what, moment);
        else this.#take(what, asked);
      }
      this.#end(explainFacts(this.object));
      this.#say(explainAloud(this.object));
    } catch (error) {
      if (abort !== this.#abort) return;
      if (error.name === "AbortError") this.#cancelled();
      else this.#fail(error);
    }
  }

  #take(object, asked) {
    this.key = object.key ?? null;
    this.#asked = asked;
    this.show(object);
  }

  #begin() {
    this.hidden = false;
    this.fault.hidden = true;
    for (const input of this.owner.inputs) if (input) input.fault = "";
    this.dataset.busy = "";
    this.heading.textContent ||= "Why?";
    this.facts.textContent = "Asking the model";
    this.#say("Explaining");
    this.cancelButton.hidden = false;
    this.meter.removeAttribute("value");
    this.#button(true);
    if (this.getBoundingClientRect().top > innerHeight * .8) this.scrollIntoView({ block: "nearest", behavior: "instant" });
  }

  /** To a screen reader. */
  #say(text) {
    this.#said = performance.now();
    this.aloud.textContent = text;
  }

  #progress(progress) {
    this.facts.textContent = explainProgress(progress);
    if (performance.now() - this.#said > EXPLANATION_SAY_MS) this.#say(this.facts.textContent);
    if (progress.total) this.meter.value = progress.done / progress.total;
  }

  #end(said) {
    this.#abort = null;
    delete this.dataset.busy;
    this.facts.textContent = said;
    const inside = document.activeElement === this.cancelButton;
    this.cancelButton.hidden = true;
    this.#button(false);
    if (inside) this.owner.querySelector("[data-do=interpret]")?.focus();
    this.hidden = !this.object && this.fault.hidden;
  }

  #button(busy) { this.owner?.querySelector("[data-do=interpret]")?.setAttribute("aria-disabled", String(busy)); }

  #cancelled() {
    const first = this.object && !this.object.final;
    this.#end(first ? `Cancelled: first colours, after ${explainFacts(this.object)}` : this.object ? explainFacts(this.object) : "");
    this.#say("Cancelled");
    if (!this.object) toast("Cancelled", "nothing is explained");
  }

  #fail(error) {
    explainFault(this.owner, this.fault, error);
    this.#end(this.object ? explainFacts(this.object) : "");
    this.#say("");
    if (!("hint" in error)) throw error; // a mistake of ours
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
    this.leavable = object.method !== "custom" && (!object.final || this.key !== null); // not what the author's function says
    this.whatIf.rest();
    this.whatIf.box.hidden = !this.leavable;
    this.leaveOut(this.leavable ? this.whatIf.off : null);
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
    this.#button(this.busy);
    this.#compare();
  }

  clear() {
    this.#asked = this.object = this.key = null;
    this.#abort?.abort();
    this.#end("");
    this.shown.hidden = this.fault.hidden = this.hidden = true;
    this.heading.textContent = "";
    this.#say("");
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
