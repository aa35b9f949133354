/**
 * <qd-interface>: runs its endpoint and shows what comes back.
 *
 * States, in `data-state`: idle, running, streaming (a generator's values arrive), stopping, failed. The element
 * keeps no references to its children: a reload replaces them while a call runs, and the answer finds the new ones.
 */
import { ApiError, postJson, postStream } from "./api.js";
import { StreamedValues } from "./diffs.js";
import { define } from "./component.js";
import { config } from "./config.js";
import { h } from "./dom.js";
import { identities, sameValue } from "./keep.js";
import { sendable } from "./long_texts.js";
import { ProgressBars } from "./progress.js";
import { toast, toastMessage } from "./toast.js";

const BUSY = ["running", "streaming", "stopping"];
const TICK_MS = 100;
const STOP_AFTER_TICKS = 5; // Stop appears for functions that give one answer when they take this long
const SAY_AFTER_TICKS = 100; // a reader hears every 10 s that it still runs

class Interface extends HTMLElement {
  paused = false; // the visitor stopped what core/every.js does
  #wired = false;
  #abort = null;
  #asked = false;
  #quiet = false;
  #answer = null; // {inputs, outputs, asked, whole}: what a flag stores; whole: it did not break off, nor has the demo changed
  #turn = 0; // counts the calls
  #session = undefined;
  #started = 0;
  #timer = 0;
  #faultTimer = 0;

  connectedCallback() {
    if (this.#wired) return;
    this.#wired = true;
    this.addEventListener("submit", (event) => { event.preventDefault(); this.ask(); });
    this.addEventListener("qd-submit", () => this.ask());
    this.addEventListener("qd-change", (event) => { if (this.settings.live && this.inputs.includes(event.target)) this.ask(); });
    this.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); this.ask(); }
    });
    this.addEventListener("click", (event) => this.#click(event.target.closest("[data-do]")));
    const early = this.querySelector("form[data-early]");
    if (early || this.settings.every || (this.settings.live && this.dataset.kind === "output_only")) this.ask();
  }

  get name() { return this.dataset.endpoint; }
  get settings() { return config().endpoints[this.name]; }
  get state() { return this.dataset.state; }
  get busy() { return BUSY.includes(this.state); }
  get inputs() { return this.#components("i", this.settings.inputs); }
  get outputs() { return this.#components(this.dataset.kind === "unified" ? "i" : "o", this.settings.outputs); }
  get answered() { return this.#answer !== null; }

  #components(side, count) {
    return Array.from({ length: count }, (_, n) => document.getElementById(`${this.name}-${side}${n}-field`));
  }

  #find(selector) { return this.querySelector(selector); }

  #click(button) {
    if (!button || button.getAttribute("aria-disabled") === "true") return;
    if (button.dataset.do === "submit") this.ask();
    if (button.dataset.do === "stop") this.stop();
    if (button.dataset.do === "clear") this.clear();
    if (button.dataset.do === "flag") this.flag(button);
    if (button.dataset.do === "every") {
      this.paused = !this.paused;
      this.refresh();
    }
    if (["retry", "undo"].includes(button.dataset.do) && !this.busy) this.act(button.dataset.do);
  }

  /** Of a conversation: "retry", "undo" or "edit N\nTEXT". The second input says what. */
  act(what) {
    this.inputs[1].value = what;
    this.ask();
  }

  /**
   * Run with the inputs as they are. While a call runs, a live interface remembers to run once more.
   *
   * example: {place, mark} of the one whose values the inputs have; its answer may be kept on the server.
   * quiet: nothing is announced or moved, and a failure leaves the old answer under a note.
   */
  async ask(how = {}) {
    if (this.busy) {
      this.#asked = this.settings.live;
      if (this.#asked && this.settings.generator) this.#abort?.abort();
      return;
    }
    do {
      this.#asked = false;
      await this.#run(how);
      how = {};
    } while (this.#asked);
  }

  /** End the call; what has arrived stays. */
  stop() {
    if (!this.busy) return;
    this.#enter("stopping");
    this.#abort.abort();
  }

  /** Which components a list of wire values belongs to: a reload may rearrange them before the answer comes. */
  get #places() { return { inputs: identities(this.inputs), outputs: identities(this.outputs) }; }

  async #run({ example, quiet = false }) {
    this.#abort = new AbortController();
    this.#turn += 1;
    this.#quiet = quiet;
    this.#begin();
    const asked = this.#places;
    try {
      const data = await this.gather();
      if (!data) return this.#end("idle", "");
      const body = await this.sendable({ data, ...(example && { example }) }, this.#abort.signal);
      if (this.settings.chat) this.#said();
      const answer = await this.#call(body, data, asked);
      if (answer.session) this.#session = answer.session;
      this.#show(data, answer.data, asked, answer.edits);
      this.#answer.whole = true;
      this.#end("idle", "Result ready", answer.cached);
    } catch (error) {
      if (error.name === "AbortError") this.#stopped();
      else this.#fail(error, asked);
    }
  }

  /** What `take` must know of the time when its answer was asked for. */
  get moment() { return { turn: this.#turn, asked: this.#places }; }

  /** Whether the answer that is shown is that to these inputs. */
  holds(inputs) {
    return Boolean(this.#answer?.whole) && this.state === "idle" && this.sample !== null && this.sample.inputs.every((one, n) => sameValue(one, inputs[n]));
  }

  /** Show an answer that came without a call of ours, unless another was asked for since. duration: seconds. */
  take(inputs, { data, duration }, { turn, asked }) {
    if (this.busy || turn !== this.#turn) return;
    this.#hideFault();
    this.#show(inputs, data, asked);
    this.#answer.whole = true;
    this.#started = performance.now() - 1000 * duration;
    this.#end("idle", "Result ready");
  }

  /** Of a conversation: what was sent stands in it, and the box is free for the next message. */
  #said() {
    const [box, action] = this.inputs;
    if (!action.value) box.value = null;
    action.value = "";
  }

  #sessionPart() {
    if (!this.settings.session || this.#session === null) return {};
    return { session: this.#session ?? config().session };
  }

  /** The wire values of the inputs, when all uploads have ended; null when a field is half filled, which is said there. */
  async gather() {
    if (!this.#complete()) return null;
    await Promise.all(this.inputs.map((input, index) => input?.settled().catch((error) => { throw Object.assign(error, { index: error.index ?? index }); })));
    return this.inputs.map((input) => input?.value ?? null);
  }

  /** A number field that holds "1e", or a date without a year, sends nothing at all: say so before asking the server. */
  #complete() {
    const [field] = this.inputs.flatMap((input) => [...(input?.querySelectorAll("input") ?? [])]).filter((one) => one.validity.badInput);
    if (!field) return true;
    const date = field.type.startsWith("date");
    field.closest("[data-role]").fault = date ? "This is no complete date. Fill in the rest of it, or clear it." : "This is not a number.";
    field.focus();
    return false;
  }

  /** The body with this session, its long texts sent before it. */
  sendable(body, signal) {
    return sendable({ ...body, ...this.#sessionPart() }, this.#labelAt, signal);
  }

  #labelAt = ([list, index]) => (list === "outputs" ? this.outputs : this.inputs)[index]?.label || "This";

  async #call(body, inputs, asked) {
    const path = `api/${this.name}${location.search}`;
    const values = new StreamedValues();
    let done = null, drawn = [];
    for await (const events of postStream(path, body, this.#abort.signal)) {
      const draw = (now, edits) => {
        if (this.state === "running") this.#enter("streaming");
        this.#show(inputs, now, asked, edits);
        if (!edits) drawn = this.outputs;
      };
      for (const [event, data] of events) {
        if (event !== "partial") continue;
        values.take(data);
        if (this.outputs.some((output) => output?.cumulative)) values.drawn(draw); // else only the newest is drawn
      }
      values.drawn(draw);
      for (const [event, data] of events) {
        if (event === "error") throw new ApiError(data.error);
        if (event === "progress") this.#bars.show(data);
        if (event === "log") toastMessage(data);
        if (event === "done") done = data;
      }
    }
    if (!done) throw new ApiError({ message: "The answer broke off.", hint: "What had arrived is still here. Try again." });
    const stayed = this.outputs.every((output, n) => output === drawn[n]); // no reload put others in their place
    return done.data ? done : { ...done, data: values.now, edits: stayed ? values.now.map(() => []) : null };
  }

  get #bars() {
    this.bars_ ??= new ProgressBars((text) => { this.#find(".said-status").textContent = text; });
    this.bars_.box = this.#find(".progress");
    return this.bars_;
  }

  #begin() {
    this.#hideFault();
    this.#bars.clear();
    this.toggleAttribute("data-quiet", this.#quiet);
    this.#started = performance.now();
    this.#enter("running");
    if (this.#quiet) return;
    this.#find(".outputs")?.classList.toggle("stale", this.answered);
    this.#find(".said-status").textContent = "Running";
    let ticks = 0;
    clearInterval(this.#timer);
    this.#timer = setInterval(() => {
      this.#find(".time").textContent = this.#elapsed(1);
      if (ticks === STOP_AFTER_TICKS) this.refresh();
      if (++ticks % SAY_AFTER_TICKS === 0) this.#find(".said-status").textContent = `Still running, ${this.#elapsed(0)}`;
    }, TICK_MS);
    this.#reveal();
  }

  /** On a phone the results are below the inputs: bring them into view. */
  #reveal() {
    const results = this.#find(".results");
    if (this.settings.live || results.getBoundingClientRect().top < innerHeight * .8) return;
    results.scrollIntoView({ block: "start", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  }

  #end(state, said, kept = false) {
    clearInterval(this.#timer);
    this.#bars.clear();
    const time = this.#elapsed(2);
    this.#find(".time").textContent = said.startsWith("Stopped") ? `${said.toLowerCase()} after ${time}` : said && kept ? "from the cache" : said ? time : "";
    if (!this.#quiet) this.#find(".said-status").textContent = said && `${said}, ${time}`;
    this.#find(".outputs")?.classList.remove("stale");
    this.#enter(state);
    this.dispatchEvent(new CustomEvent("qd-done", { bubbles: true }));
  }

  /** A plain function cannot be interrupted from outside: only the page has stopped. */
  #stopped() {
    const plain = this.settings.flavour === "plain";
    this.#end("idle", plain ? "Stopped waiting" : "Stopped");
    if (plain && !this.#quiet) toast("Stopped waiting", "the function may run on until it ends; its answer is dropped");
  }

  #elapsed(digits) { return `${((performance.now() - this.#started) / 1000).toFixed(digits)} s`; }

  #enter(state) {
    this.dataset.state = state;
    this.refresh();
  }

  /** Buttons as the state wants them; also after a reload has replaced them. */
  refresh() {
    for (const button of this.querySelectorAll("[type=submit], [data-do=submit], [data-do=flag]")) button.setAttribute("aria-disabled", String(this.busy));
    for (const stop of this.querySelectorAll("[data-do=stop]")) this.#refreshStop(stop);
    const every = this.#find("[data-do=every]");
    if (every) every.textContent = this.paused ? "Start updates" : "Stop updates";
    const flags = this.#find(".flags");
    if (flags) flags.hidden = !this.sample;
  }

  /** That of the page, and those beside a field (textbox.js), which are there only while they do something. */
  #refreshStop(stop) {
    const submit = stop.parentElement.querySelector("[type=submit], [data-do=submit]");
    const beside = stop.closest(".beside") !== null;
    const focused = document.activeElement;
    const long = performance.now() - this.#started >= STOP_AFTER_TICKS * TICK_MS;
    stop.disabled = !this.busy;
    stop.hidden = !(this.busy && long) && !(this.settings.generator && !beside);
    if (focused === stop && !this.busy) (submit ?? stop.previousElementSibling)?.focus();
    if (beside && focused === submit && !stop.hidden) stop.focus(); // it is in the other's place
  }

  /** `edits`: what changed of each output; one without any stays as it is. */
  #show(inputs, outputs, asked, edits = null) {
    const now = this.#places.outputs;
    if (!edits) this.#find(".outputs")?.removeAttribute("hidden"); // what is hidden cannot scroll to its end
    this.outputs.forEach((output, n) => {
      const place = asked.outputs.indexOf(now[n]);
      if (edits && edits[place]?.length === 0) return;
      if (!output || place < 0 || output.matches("qd-state")) return;
      if (edits) output.grow(outputs[place], edits[place]);
      else output.value = outputs[place];
    });
    this.#answer = { inputs, outputs, asked };
    if (!edits) this.showAnswered();
  }

  /** What a flag stores, in the order of what is there now; null when the answer is of other components. */
  get sample() {
    if (!this.#answer) return null;
    const { asked, ...values } = this.#answer;
    const now = this.#places;
    const sorted = (side) => now[side].map((id) => values[side][asked[side].indexOf(id)]);
    const same = ["inputs", "outputs"].every((side) => [...now[side]].sort().join() === [...asked[side]].sort().join());
    return same ? { inputs: sorted("inputs"), outputs: sorted("outputs") } : null;
  }

  /** After a reload; returns whether an answer is still shown. `stays`: something of it is still on the page. */
  rearranged(stays) {
    if (!stays) this.#answer = null;
    else if (this.#answer) this.#answer.whole = false;
    if (this.state === "failed") this.#enter("idle"); // the author may just have mended what failed
    if (this.answered) this.showAnswered();
    else if (!this.busy) this.#find(".time").textContent = "";
    this.#find(".outputs")?.classList.toggle("stale", this.answered && this.busy);
    this.#find("qd-explanation")?.rearranged?.();
    this.refresh();
    return this.answered;
  }

  /** Outputs that have a value before anything has run. */
  revealOutputs() {
    this.#find(".outputs")?.removeAttribute("hidden");
    this.#find(".empty")?.setAttribute("hidden", "");
  }

  /** The results take the place of the empty note. */
  showAnswered() {
    const note = this.#find(".empty");
    if (note?.dataset.done) note.textContent = note.dataset.done;
    else if (note) note.hidden = true;
    this.#find(".outputs")?.removeAttribute("hidden");
    this.#find(".outputs")?.classList.remove("stale");
    this.refresh();
  }

  #fail(error, asked) {
    const places = this.#places.inputs;
    const wrong = (error.fields ?? [error]).map((one) => [one, Number.isInteger(one.index) ? this.inputs[places.indexOf(asked.inputs[one.index])] : null]);
    if (this.#quiet && this.answered) {
      this.#end("idle", "");
      this.#find(".time").textContent = `not refreshed: ${error.message}`;
      return;
    }
    this.#end("failed", "");
    if (wrong.every(([, field]) => field)) {
      for (const [one, field] of wrong) field.fault = [one.message, one.hint].filter(Boolean).join(" ");
      const controls = [...wrong[0][1].querySelectorAll("input, textarea, select, button")];
      controls.find((control) => control.getClientRects().length)?.focus(); // a picture hides its file field
      return;
    }
    this.#find(".outputs")?.classList.toggle("stale", this.answered);
    if (error.visible !== false) this.#showFault(error);
    if (!(error instanceof ApiError)) throw error;
  }

  /** Where the result would be, until the next run or as long as its author says. */
  #showFault({ title, message, hint, duration }) {
    const box = this.#find(".fault[role=alert]");
    box.replaceChildren(h("b", {}, title || message), title ? h("span", {}, message) : "", hint ? h("span", {}, hint) : "");
    box.hidden = false;
    if (!this.answered) this.#find(".empty")?.setAttribute("hidden", "");
    if (duration) this.#faultTimer = setTimeout(() => this.#hideFault(), duration * 1000);
  }

  #hideFault() {
    clearTimeout(this.#faultTimer);
    this.#find(".fault[role=alert]").hidden = true;
    for (const input of this.inputs) if (input) input.fault = "";
    if (!this.answered && !this.#find(".outputs:not([hidden])")) this.#find(".empty")?.removeAttribute("hidden");
  }

  /** Back to what the author gave: inputs, outputs, and state, which a new session starts anew. */
  clear() {
    this.stop();
    this.#hideFault();
    for (const part of new Set([...this.inputs, ...this.outputs])) part?.clear();
    this.#find("qd-explanation")?.clear?.();
    this.#answer = null;
    this.#session = null;
    this.#find(".time").textContent = "";
    this.#find(".said-status").textContent = "Cleared";
    const outputs = this.#find(".outputs");
    outputs?.classList.remove("stale");
    if (outputs) outputs.hidden = !outputs.hasAttribute("data-always");
    const note = this.#find(".empty");
    if (note) note.hidden = Boolean(outputs && !outputs.hidden);
    this.#enter("idle");
  }

  /** Store a sample under the button's option; whether that worked. */
  async flag(button, sample = this.sample) {
    button.setAttribute("aria-disabled", "true");
    try {
      const outputs = this.outputs.map((output, n) => (output?.editable ? output.value : sample.outputs[n]));
      const explanation = this.#find("qd-explanation")?.keyOf?.(sample.inputs);
      const values = { inputs: sample.inputs, outputs, option: button.dataset.option, ...(explanation && { explanation }) };
      const body = await sendable(values, this.#labelAt);
      const { count, messages = [] } = await postJson(`api/flag/${this.name}`, body);
      toast("Flagged", `${count} ${count === 1 ? "sample" : "samples"} so far`);
      messages.forEach(toastMessage);
      return true;
    } catch (error) {
      toast("Not flagged", [error.message, error.hint].filter(Boolean).join(" "));
      return false;
    } finally {
      button.setAttribute("aria-disabled", "false");
    }
  }
}

define("interface", Interface);
