/**
 * <qd-explanation>: asks why, and shows the answer beside what was explained.
 *
 * It stays on the page when a reload changes the demo, and says so. `key` is what the server knows it by.
 */
import { postStream } from "../core/api.js";
import { config } from "../core/config.js";
import { define } from "../core/component.js";
import { h } from "../core/dom.js";
import { sameValue } from "../core/keep.js";
import { toast, toastMessage } from "../core/toast.js";
import { ExplainBody, explainKey } from "./explain_body.js";
import { explainFall } from "./explain_fall.js";
import { explainList } from "./explain_list.js";
import { explainSaves } from "./explain_save.js";
import { TargetChoice } from "./explain_target.js";
import { PartTip } from "./explain_tip.js";
import { WhatIf } from "./explain_what_if.js";
import { explainAloud, explainFacts, explainNumbers, explainProgress, explainQuestion, explainScale, explainSubject } from "./explain_words.js";

class Explanation extends HTMLElement {
  object = null; // as the server gave it
  key = null;
  #asked = null; // {data, generation}: what is explained
  #abort = null;
  #wired = false;

  connectedCallback() {
    if (this.#wired) return;
    this.#wired = true;
    const cancel = h("button", { type: "button", class: "plain", onclick: () => this.cancel() }, "Cancel");
    Object.assign(this, {
      heading: h("h2", {}), targets: new TargetChoice(this), body: new ExplainBody(this), whatIf: new WhatIf(this), tip: new PartTip(), list: explainList(this),
      fault: h("div", { class: "fault", role: "alert", hidden: true }), note: h("p", { class: "quiet", hidden: true }),
      fall: h("ul", { class: "fall", "aria-label": "From the inputs' absence to the answer" }), legend: h("p", { class: "key" }),
      aloud: h("p", { class: "visually-hidden", role: "status", "aria-live": "polite" }),
      meter: h("progress", { max: 1, "aria-label": "Calls of the model" }), facts: h("span", {}), cancelButton: cancel,
    });
    this.shown = h("div", { class: "shown", hidden: true }, this.note, this.fall, this.legend, this.body.box, this.whatIf.box, this.list, explainSaves(this));
    this.append(h("div", { class: "spread" }, this.heading, this.targets.box), h("div", { class: "at" }, this.facts, cancel, this.meter), this.fault, this.shown, this.aloud, this.tip.box);
    this.owner.addEventListener("qd-change", () => requestAnimationFrame(() => this.#compare()));
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
  keyOf(inputs) { return this.key && sameValue(inputs, this.#asked.data) ? this.key : null; }

  /** Explain the inputs as they are; `target` when it is about another class than the answer. */
  async explain(target = null) {
    if (this.busy && !target) return;
    let data = null;
    try {
      data = await this.owner.gather();
    } catch (error) {
      this.#fail(error);
    }
    if (data) await this.#ask({ data, generation: config().generation }, target);
  }

  /** Explain another class or output of the same answer. */
  choose(target) { return this.#ask(this.#asked, target); }

  cancel() { this.#abort?.abort(); }

  async #ask(asked, target) {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.#begin();
    try {
      const body = await this.owner.sendable({ data: asked.data, endpoint: this.owner.name, target }, abort.signal);
      for await (const events of postStream("api/interpret", body, abort.signal)) {
        if (abort !== this.#abort) return; // asked anew
        this.#take(events, asked);
      }
      if (!this.object?.final) throw Object.assign(new Error("The explanation broke off."), { hint: "What had arrived is still here. Try again." });
      this.#end(explainFacts(this.object));
      this.aloud.textContent = explainAloud(this.object);
    } catch (error) {
      if (abort !== this.#abort) return;
      if (error.name === "AbortError") this.#cancelled();
      else this.#fail(error);
    }
  }

  /** Events that came together: only the newest scores are drawn. */
  #take(events, asked) {
    let newest = null;
    for (const [event, data] of events) {
      if (event === "error") throw Object.assign(new Error(data.error.message), data.error);
      if (event === "log") toastMessage(data);
      if (event === "progress") this.#progress(data);
      if (event === "explanation" || event === "done") newest = data;
    }
    if (!newest) return;
    this.key = newest.key ?? null;
    this.#asked = asked;
    this.show(newest);
  }

  #begin() {
    this.hidden = false;
    this.fault.hidden = true;
    this.dataset.busy = "";
    this.heading.textContent ||= "Why?";
    this.facts.textContent = "Asking the model";
    this.aloud.textContent = "Explaining";
    this.cancelButton.hidden = false;
    this.meter.removeAttribute("value");
    this.#button(true);
    if (this.getBoundingClientRect().top > innerHeight * .8) this.scrollIntoView({ block: "nearest", behavior: "instant" });
  }

  #progress(progress) {
    this.facts.textContent = explainProgress(progress);
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
    this.aloud.textContent = "Cancelled";
    if (!this.object) toast("Cancelled", "nothing is explained");
  }

  #fail(error) {
    const input = Number.isInteger(error.index) ? this.owner.inputs[error.index] : null;
    if (input) input.fault = [error.message, error.hint].filter(Boolean).join(" ");
    else this.fault.replaceChildren(h("b", {}, error.title || error.message), error.title ? h("span", {}, error.message) : "", error.hint ? h("span", {}, error.hint) : "");
    this.fault.hidden = Boolean(input);
    this.#end(this.object ? explainFacts(this.object) : "");
    this.aloud.textContent = "";
    if (input) input.querySelector("input, textarea, select")?.focus();
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
    explainFall(this.fall, object, this.numbers, this.subject);
    explainKey(this.legend, object, this.numbers);
    this.body.show(object, scale);
    this.leavable = !object.final || this.key !== null; // not what a function of the author's says
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
    const other = this.owner.inputs.some((input, n) => !sameValue(input?.value ?? null, this.#asked.data[n] ?? null));
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
    this.heading.textContent = this.aloud.textContent = "";
  }
}

define("explanation", Explanation);
