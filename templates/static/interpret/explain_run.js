/** One explanation after the other being asked for: how far it is, Cancel, what a screen reader hears of it, what goes wrong. */
import { h } from "../core/dom.js";
import { toast } from "../core/toast.js";
import { explainFault, explainSteps } from "./explain_call.js";
import { explainAloud, explainFacts, explainProgress } from "./explain_words.js";

const RUN_SAY_MS = 10_000; // a reader hears of the progress this often

export class ExplainRun {
  #abort = null;
  #said = 0;
  #faultTimer = 0;

  /** panel: the <qd-explanation>, whose `object` is the last explanation that came. */
  constructor(panel) {
    this.panel = panel;
    this.facts = h("span", {});
    this.cancelButton = h("button", { type: "button", class: "plain", onclick: () => this.cancel() }, "Cancel");
    this.meter = h("progress", { max: 1, "aria-label": "Calls of the model" });
    this.box = h("div", { class: "at" }, this.facts, this.cancelButton, this.meter);
    this.fault = h("div", { class: "fault", role: "alert", hidden: true });
    this.aloud = h("p", { class: "visually-hidden", role: "status", "aria-live": "polite" });
  }

  get busy() { return this.#abort !== null; }

  cancel() { this.#abort?.abort(); }

  /** Ask anew: {data, target, answer} as explainSteps has them. `take` gets each explanation and `takeAnswer` the answer. */
  async ask(asked, take, takeAnswer) {
    this.cancel();
    const abort = new AbortController();
    this.#abort = abort;
    this.#begin();
    try {
      for await (const [kind, what] of explainSteps(this.panel.owner, asked, abort.signal)) {
        if (abort !== this.#abort) return; // asked anew
        if (kind === "progress") this.#progress(what);
        else (kind === "answer" ? takeAnswer : take)(what);
      }
      this.#end(explainFacts(this.panel.object));
      this.#say(explainAloud(this.panel.object));
    } catch (error) {
      if (abort !== this.#abort) return;
      if (error.name === "AbortError") this.#cancelled();
      else this.fail(error);
    }
  }

  #begin() {
    const { panel } = this;
    panel.hidden = false;
    panel.dataset.busy = "";
    panel.heading.textContent ||= "Why?";
    this.#hideFault();
    for (const input of panel.owner.inputs) if (input) input.fault = "";
    this.facts.textContent = "Asking the model";
    this.#say("Explaining");
    this.cancelButton.hidden = false;
    this.meter.removeAttribute("value");
    this.showButton();
    if (panel.getBoundingClientRect().top > innerHeight * .8) panel.scrollIntoView({ block: "nearest", behavior: "instant" });
  }

  /** To a screen reader. */
  #say(text) {
    this.#said = performance.now();
    this.aloud.textContent = text;
  }

  #progress(progress) {
    this.facts.textContent = explainProgress(progress);
    if (performance.now() - this.#said > RUN_SAY_MS) this.#say(this.facts.textContent);
    if (progress.total) this.meter.value = progress.done / progress.total;
  }

  #end(said) {
    const { panel } = this;
    this.#abort = null;
    delete panel.dataset.busy;
    this.facts.textContent = said;
    const inside = document.activeElement === this.cancelButton;
    this.cancelButton.hidden = true;
    this.showButton();
    if (inside) this.#button?.focus();
    panel.hidden = !panel.object && this.fault.hidden;
  }

  get #button() { return this.panel.owner?.querySelector("[data-do=interpret]"); }

  /** The Interpret button as it is now; a reload may have replaced it. */
  showButton() { this.#button?.setAttribute("aria-disabled", String(this.busy)); }

  #cancelled() {
    const { object } = this.panel;
    const first = object && !object.final;
    this.#end(first ? `Cancelled: first colours, after ${explainFacts(object)}` : object ? explainFacts(object) : "");
    this.#say("Cancelled");
    if (!object) toast("Cancelled", "nothing is explained");
  }

  /** Say what went wrong, as long as its author says. */
  fail(error) {
    const { object, owner } = this.panel;
    if (error.visible !== false) explainFault(owner, this.fault, error);
    this.#end(object ? explainFacts(object) : "");
    this.#say("");
    if (error.duration) this.#faultTimer = setTimeout(() => this.#hideFault(), error.duration * 1000);
    if (!("hint" in error)) throw error; // a mistake of ours
  }

  #hideFault() {
    clearTimeout(this.#faultTimer);
    this.fault.hidden = true;
    if (!this.busy && !this.panel.object) this.panel.hidden = true;
  }

  /** Nothing is asked, and nothing said. */
  clear() {
    this.cancel();
    this.#hideFault();
    this.#end("");
    this.#say("");
  }
}
