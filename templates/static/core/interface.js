/**
 * <qd-interface>: runs its endpoint and shows what comes back.
 *
 * States, in `data-state`: idle, running, streaming (a generator's values arrive), stopping, failed. The element
 * keeps no references to its children: a reload replaces them while a call runs, and the answer finds the new ones.
 */
import { Announcer, hush } from "./announcer.js";
import { ApiError, getJson, postStream } from "./api.js";
import { StreamedValues } from "./diffs.js";
import { define } from "./component.js";
import { config } from "./config.js";
import { faultAskLater, faultDraw, faultWaits } from "./fault_note.js";
import { flagSample } from "./flag.js";
import { isHalfFilled } from "./half_filled.js";
import { identities, restore, sameValue } from "./keep.js";
import { dropRun, keepRun } from "./kept_runs.js";
import { LastingRun, runCancelled, runEnded } from "./lasting.js";
import { Line } from "./line.js";
import { sendable } from "./long_texts.js";
import { ProgressBars } from "./progress.js";
import { toast, toastMessage } from "./toast.js";

const BUSY = ["running", "streaming", "stopping"];
const TICK_MS = 100;
const STOP_AFTER_TICKS = 5; // Stop appears for functions that give one answer when they take this long
const SAY_AFTER_TICKS = 100; // a reader hears every 10 s that it still runs, or where it is in line

class Interface extends HTMLElement {
  paused = false; // the visitor stopped what core/every.js does
  #wired = false;
  #abort = null;
  #asked = false;
  #quiet = false;
  #lasting = null; // the run, when it outlives its connection
  #line = new Line(0);
  #announcer = new Announcer(() => this.#find(".said-status"));
  #answer = null; // {inputs, outputs, asked, whole}: what a flag stores; whole: it did not break off, nor has the demo changed
  #turn = 0; // counts the calls
  #session = undefined;
  #started = 0;
  #timer = 0;
  #faultTimer = 0;
  #againTimer = 0;

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
   * again: it is the second try by itself; a third one is for the visitor to begin.
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

  /**
   * Take up a run that the server has, or show how it ended: {id, inputs, at, fill} and, where its description is known,
   * {state, result, error}. at: when it was asked for, ms since 1970; fill: its inputs are put into the fields.
   */
  async follow(run) {
    if (!this.busy) await this.#run({ run });
  }

  /** End the call; what has arrived stays. */
  stop() {
    if (!this.busy) return;
    this.#enter("stopping");
    this.#lasting?.cancel().catch((error) => { if (error.status !== 404) toast("Not cancelled", `${error.message} The run is among the recent ones.`); });
    this.#abort.abort();
  }

  /** Which components a list of wire values belongs to: a reload may rearrange them before the answer comes. */
  get #places() { return { inputs: identities(this.inputs), outputs: identities(this.outputs) }; }

  async #run({ example, quiet = false, again = false, run = null }) {
    this.#abort = new AbortController();
    this.#turn += 1;
    this.#quiet = quiet;
    this.#lasting = null;
    this.#begin(run?.at);
    const asked = this.#places;
    try {
      const data = run ? this.#filled(run) : await this.gather();
      if (!data) return this.#end("idle", "");
      const body = run ? null : await this.sendable({ data, ...(example && { example }) }, this.#abort.signal);
      if (this.settings.chat && !run) this.#said();
      const answer = runEnded(run) ?? await this.#call(this.#events(body, data, run), data, asked);
      if (answer.session) this.#session = answer.session;
      if (run && answer.duration) this.#started = performance.now() - 1000 * answer.duration; // it may have ended long ago
      this.#show(data, answer.data, asked, answer.edits);
      this.#tellMembers(answer.members);
      this.#answer.whole = true;
      this.#end("idle", "Result ready", answer.cached);
    } catch (error) {
      if (error.name === "AbortError") this.#stopped();
      else this.#fail(error, asked, again);
    }
  }

  /** The inputs of a run that was begun before. */
  #filled({ inputs, fill }) {
    if (inputs && fill) this.fill(inputs);
    return inputs ?? this.inputs.map((input) => input?.value ?? null);
  }

  /** Put wire values into the fields, if they are of as many; a field says so when it does not take its one. */
  fill(wires) {
    if (this.settings.chat || wires.length !== this.inputs.length) return;
    this.inputs.forEach((input, n) => { if (input && !input.matches("qd-state")) restore(input, wires[n]); });
  }

  /** The events of a call: those of a run that outlives the page where that is of use. */
  async *#events(body, data, run) {
    const { signal } = this.#abort;
    const path = `api/${this.name}${location.search}`;
    if (!run && (this.#quiet || !this.settings.lasts)) return yield* postStream(path, body, signal);
    const at = Date.now() - (performance.now() - this.#started);
    const onJob = (id) => keepRun(this.name, { id, data, at });
    const lasting = this.#lasting = new LastingRun({ path, body, id: run?.id, onJob, onAway: (away) => this.#line.goesAway(away) });
    if (run) onJob(run.id);
    try {
      for await (const events of lasting.events(signal)) {
        yield events;
        if (run) this.#line.knows(run); // the first events may be old
        run = null;
      }
    } finally {
      if (lasting.id) dropRun(this.name, lasting.id);
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
    if (isHalfFilled(this.inputs)) return null;
    await Promise.all(this.inputs.map((input, index) => input?.settled().catch((error) => { throw Object.assign(error, { index: error.index ?? index }); })));
    return this.inputs.map((input) => input?.value ?? null);
  }

  /** The body with this session, its long texts sent before it. */
  sendable(body, signal) {
    return sendable({ ...body, ...this.#sessionPart() }, this.labelAt, signal);
  }

  /** What a visitor knows a place in a body as. */
  labelAt = ([list, index]) => (list === "outputs" ? this.outputs : this.inputs)[index]?.label || "This";

  async #call(stream, inputs, asked) {
    const values = new StreamedValues();
    let done = null, drawn = [];
    for await (const events of stream) {
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
        this.#hear(event, data);
        if (event === "done") done = data;
      }
    }
    if (!done) throw new ApiError({ code: "broken_off", message: "The answer broke off.", hint: "What had arrived is still here. Try again." });
    if (done.data) return done;
    const stayed = this.outputs.every((output, n) => output === drawn[n]); // no reload put others in their place
    if (values.now) return { ...done, data: values.now, edits: stayed ? values.now.map(() => []) : null };
    return { ...done, ...(await getJson(`api/jobs/${this.#lasting.id}`)).result }; // it was followed from its end on
  }

  /** What an event tells but for the values. */
  #hear(event, data) {
    if (event === "error") throw new ApiError(data.error);
    if (event === "cancelled") throw runCancelled(data.why);
    if (event === "progress") this.#bars.show(data);
    if (event === "log") toastMessage(data);
    if (event === "member") this.#tellMembers([data]);
    if (event === "queued") this.#line.queued(data);
    if (event !== "started") return;
    const waited = this.#line.waits && this.#line.shows();
    this.#line.starts(data);
    if (waited && !this.#quiet) this.#announcer.say(this.#line.words() || "Running");
  }

  /** Where the functions stand that the demo is made of. */
  #tellMembers(members) {
    for (const detail of members ?? []) this.dispatchEvent(new CustomEvent("qd-member", { detail }));
  }

  get #bars() {
    this.bars_ ??= new ProgressBars((text) => this.#announcer.say(text));
    this.bars_.box = this.#find(".progress");
    return this.bars_;
  }

  /** at: when it was asked for (ms since 1970), where that was before now. */
  #begin(at = Date.now()) {
    this.#hideFault();
    this.#bars.clear();
    this.toggleAttribute("data-quiet", this.#quiet);
    this.#started = performance.now() - Math.max(Date.now() - at, 0);
    this.#line = new Line(this.#started);
    this.dispatchEvent(new CustomEvent("qd-begin"));
    this.#enter("running");
    if (this.#quiet) return;
    this.#find(".outputs")?.classList.toggle("stale", this.answered);
    this.#announcer.say("");
    let ticks = 0;
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#tick(ticks++), TICK_MS);
    this.#reveal();
  }

  #tick(ticks) {
    this.#find(".time").textContent = this.#line.text();
    this.#track(this.#line.share());
    const { away } = this.#line;
    const changed = this.hasAttribute("data-away") !== away;
    this.toggleAttribute("data-away", away);
    if (changed) this.#announcer.say(away ? this.#line.words() : "Connected again");
    if (ticks === STOP_AFTER_TICKS) this.refresh();
    if (ticks === STOP_AFTER_TICKS && !changed) this.#announcer.say(this.#line.words() || "Running");
    if ((ticks + 1) % SAY_AFTER_TICKS === 0) this.#announcer.say(this.#line.words() || `Still running, ${this.#elapsed(0)}`);
  }

  /** The line under the heading: how much is done, 0 to 1, or null where nobody knows. */
  #track(share) {
    const track = this.#find(".track");
    track.toggleAttribute("data-share", share !== null);
    if (share !== null) track.style.setProperty("--share", share);
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
    this.#track(null);
    this.removeAttribute("data-away");
    const time = this.#elapsed(2);
    const stopped = /^(Stopped|Cancelled)/.test(said);
    this.#find(".time").textContent = stopped ? `${said.toLowerCase()} after ${time}` : said && kept ? "from the cache" : said ? time : "";
    if (!this.#quiet) this.#announcer.say(said && `${said}, ${time}`);
    this.#find(".outputs")?.classList.remove("stale");
    this.#enter(state);
    this.dispatchEvent(new CustomEvent("qd-done", { bubbles: true }));
  }

  /** A plain function in a thread cannot be interrupted from outside: only the page has stopped. */
  #stopped() {
    const { waits } = this.#line;
    const runsOn = this.settings.runsOn && !waits;
    this.#end("idle", waits ? "Cancelled" : runsOn ? "Stopped waiting" : "Stopped");
    if (runsOn && !this.#quiet) toast("Stopped waiting", "the function may run on until it ends; its answer is dropped");
  }

  #elapsed(digits) { return `${((performance.now() - this.#started) / 1000).toFixed(digits)} s`; }

  #enter(state) {
    this.dataset.state = state;
    hush(this.#find(".outputs"), state === "streaming");
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

  #fail(error, asked, again) {
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
    if (error.visible !== false) this.#showFault(error, again);
    if (!(error instanceof ApiError)) throw error;
  }

  /** Where the result would be, until the next run or as long as its author says. */
  #showFault(error, again) {
    const box = this.#find(".fault[role=alert]");
    const waits = again ? null : faultWaits(error);
    faultDraw(box, error, waits, () => {
      this.#find("[type=submit]")?.focus({ preventScroll: true }); // the note is going to be hidden
      this.ask();
    });
    if (!this.answered) this.#find(".empty")?.setAttribute("hidden", "");
    if (error.duration) this.#faultTimer = setTimeout(() => this.#hideFault(), error.duration * 1000);
    if (waits) this.#againTimer = faultAskLater(this, waits);
  }

  #hideFault() {
    clearTimeout(this.#faultTimer);
    clearTimeout(this.#againTimer);
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
    this.#find("qd-members")?.clear?.();
    this.#answer = null;
    this.#session = null;
    this.#find(".time").textContent = "";
    this.#announcer.say("Cleared");
    const outputs = this.#find(".outputs");
    outputs?.classList.remove("stale");
    if (outputs) outputs.hidden = !outputs.hasAttribute("data-always");
    const note = this.#find(".empty");
    if (note) note.hidden = Boolean(outputs && !outputs.hidden);
    this.#enter("idle");
  }

  /** Store a sample under the button's option; whether that worked. */
  flag(button, sample = this.sample) {
    const outputs = this.outputs.map((output, n) => (output?.editable ? output.value : sample.outputs[n]));
    const explanation = this.#find("qd-explanation")?.keyOf?.(sample.inputs);
    return flagSample(this, button, { inputs: sample.inputs, outputs, option: button.dataset.option, ...(explanation && { explanation }) });
  }
}

define("interface", Interface);
