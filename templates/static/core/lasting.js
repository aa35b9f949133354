/** A run that outlives its connection: its events are followed over breaks, sleep and restarts of the server. */
import { ApiError, deleteJson, openStream, readEvents } from "./api.js";

const LASTING_PAUSE_MS = 250; // before the first try to connect again; each further pause is twice as long
const LASTING_PAUSE_MOST_MS = 5000;
const LASTING_REACH_MS = 10_000; // a run that no server has taken is given up after this time
const LASTING_SILENT_MS = 40_000; // the server gives a sign of life every 15 s: the connection is dead
const LASTING_DOUBT_MS = 20_000; // the same when the page has just woken up
const LASTING_WAKES = ["online", "pageshow", "visibilitychange"];
const LASTING_AWAY = [502, 503, 504]; // a server that is about to end or to begin, or a proxy that waits for one

/**
 * One run: begun by a POST of `body` to `path`, or with `id` one that goes on.
 *
 * onJob(id) is called when the server has it in its journal: from then on the page may leave and come back.
 * onAway(away) is called when the connection is lost, and when it is there again.
 */
export class LastingRun {
  #last = 0; // number of the newest event
  #away = false;
  #ended = false;
  #sent = false;
  #key = [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join("-");

  constructor({ path = "", body = null, id = null, onJob = () => {}, onAway = () => {} }) {
    Object.assign(this, { path, body, id, onJob, onAway });
  }

  /** Lists of [event, data] that came together. Fails when the server refuses, or no longer knows the run. */
  async *events(signal) {
    let pause = LASTING_PAUSE_MS, since = 0;
    while (!this.#ended) {
      let fault = new ApiError({ code: "broken_off", message: "The answer broke off.", hint: "What had arrived is still here. Try again." });
      try {
        for await (const events of this.#connected(signal)) {
          this.#set(false);
          for (const event of events) this.#note(event);
          if (events.length) [pause, since] = [LASTING_PAUSE_MS, 0];
          yield events;
          if (this.#ended) return;
        }
      } catch (error) {
        if (signal.aborted || !this.#isBreak(error)) throw error;
        if (error instanceof ApiError) fault = error;
      }
      since ||= Date.now();
      if (!this.id && Date.now() - since > LASTING_REACH_MS) throw fault;
      this.#set(true);
      await lastingPause(pause, signal);
      pause = Math.min(2 * pause, LASTING_PAUSE_MOST_MS);
    }
  }

  /** Nobody wants it any more: the server is told, and asked before under which id it has the run, if it has. */
  async cancel() {
    this.onJob = () => {};
    if (!this.id && this.#sent) {
      for await (const events of readEvents(await this.#open())) {
        for (const event of events) this.#note(event);
        if (this.id || this.#ended) break;
      }
    }
    if (this.id) await deleteJson(`api/jobs/${this.id}`);
  }

  /** The events of one connection, which is given up when it is silent for too long. */
  async *#connected(signal) {
    const attempt = new AbortController();
    let heard = Date.now();
    const doubt = (ms) => { if (Date.now() - heard > ms) attempt.abort(); };
    const watch = setInterval(doubt, LASTING_PAUSE_MOST_MS, LASTING_SILENT_MS);
    const wakes = lastingWakes(() => doubt(LASTING_DOUBT_MS));
    try {
      const response = await this.#open(AbortSignal.any([signal, attempt.signal]));
      this.#set(false);
      yield* readEvents(response, () => { heard = Date.now(); });
    } finally {
      clearInterval(watch);
      wakes.abort();
    }
  }

  /** A second POST has the same key, so that it is about the same run; all of it comes again. */
  #open(signal) {
    if (this.id) return this.#reopened(signal);
    this.#last = 0;
    this.#sent = true;
    return openStream(this.path, { body: this.body, signal, headers: { Prefer: "respond-async, return=minimal", "Idempotency-Key": this.#key } });
  }

  async #reopened(signal) {
    try {
      return await openStream(`api/jobs/${this.id}/events`, { signal, headers: this.#last ? { "Last-Event-ID": this.#last } : {} });
    } catch (error) {
      if (error.status !== 404) throw error;
      throw new ApiError({ code: "gone", status: 404, message: "The server no longer knows this run.", hint: "A result is kept for an hour. Run it again if you still need it." });
    }
  }

  /** What comes after the newest event is for the server to know, which may have begun to count anew. */
  #note([event, data, number]) {
    if (number) this.#last = number;
    if (event === "job" && !this.id) this.onJob(this.id = data.id);
    if (["done", "error", "cancelled"].includes(event)) this.#ended = true;
  }

  #isBreak({ name, code, status }) {
    if (name === "AbortError" || ["offline", "broken_off"].includes(code)) return true;
    return (LASTING_AWAY.includes(status) && code !== "queue_full") || (status === 429 && this.id !== null);
  }

  #set(away) {
    if (away === this.#away) return;
    this.#away = away;
    this.onAway(away);
  }
}

/** The answer of a run whose description says that it is done; null while it goes on. Fails as it failed. */
export function runEnded(run) {
  if (run?.state === "failed") throw new ApiError(run.error);
  if (run?.state === "cancelled") throw runCancelled();
  return run?.state === "done" ? run.result : null;
}

/** What a visitor is told of a run that was cancelled elsewhere. */
export function runCancelled(why = "") {
  return new ApiError({ code: "cancelled", message: "This run was cancelled.", hint: why });
}

/** Calls `act` when the network is there again or the page is looked at again, until the returned controller aborts. */
function lastingWakes(act) {
  const until = new AbortController();
  const on = () => { if (!document.hidden) act(); };
  for (const name of LASTING_WAKES) (name === "visibilitychange" ? document : window).addEventListener(name, on, { signal: until.signal });
  return until;
}

/** So many ms, or less when there is a reason to try at once. Fails when the signal aborts. */
function lastingPause(ms, signal) {
  return new Promise((resolve, reject) => {
    const wakes = lastingWakes(() => end(resolve));
    const timer = setTimeout(() => end(resolve), ms);
    const left = () => end(() => reject(new DOMException("left", "AbortError")));
    const end = (how) => {
      clearTimeout(timer);
      wakes.abort();
      signal.removeEventListener("abort", left);
      how();
    };
    if (signal.aborted) left();
    else signal.addEventListener("abort", left);
  });
}
