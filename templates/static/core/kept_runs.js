/** Which runs the browser remembers: this tab's own one of each endpoint, and those that any page here left unfinished. */

const KEPT_RUNS_MOST = 30;
const KEPT_RUNS_MS = 3600_000; // the server keeps results as long
const KEPT_RUNS_DATA = 100_000; // characters of inputs that are remembered beside the id
const KEPT_RUNS_ANSWER_MS = 200; // other pages answer within this time, if they are awake

const keptRunsHere = new Set(); // ids of those that this page shows
const keptRunsPages = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(keptRunsName());
keptRunsPages?.addEventListener("message", ({ data: { ask } }) => {
  const held = ask?.filter((id) => keptRunsHere.has(id));
  if (held?.length) keptRunsPages.postMessage({ held });
});

/** The page follows this run; it is found again after a refresh, or by another page once this one is closed. */
export function keepRun(endpoint, { id, data, at = Date.now() }) {
  keptRunsHere.add(id);
  const short = JSON.stringify(data).length <= KEPT_RUNS_DATA ? data : null;
  keptRunsWrite(() => sessionStorage, keptRunsName(endpoint), { id, at, data: short });
  const others = leftRuns().filter((one) => one.id !== id);
  keptRunsWrite(() => localStorage, keptRunsName(), [{ id, endpoint, at }, ...others].slice(0, KEPT_RUNS_MOST));
}

/** Its end was seen here, or nobody knows it any more. */
export function dropRun(endpoint, id) {
  keptRunsHere.delete(id);
  if (keptRun(endpoint)?.id === id) keptRunsWrite(() => sessionStorage, keptRunsName(endpoint), null);
  const others = leftRuns().filter((one) => one.id !== id);
  keptRunsWrite(() => localStorage, keptRunsName(), others.length ? others : null);
}

/** {id, at, data} of the run that this tab showed before it was refreshed; data is null when there was too much of it. */
export function keptRun(endpoint) {
  return keptRunsRead(() => sessionStorage, keptRunsName(endpoint));
}

/** [{id, endpoint, at}] of the last hour whose end no page here has seen, the newest first. */
export function leftRuns() {
  const all = keptRunsRead(() => localStorage, keptRunsName());
  return Array.isArray(all) ? all.filter(({ at }) => Date.now() - at < KEPT_RUNS_MS) : [];
}

/** Of these ids, those that no other open page shows. */
export async function unheldRuns(ids) {
  if (!keptRunsPages) return ids;
  const held = new Set();
  const hear = ({ data }) => data.held?.forEach((id) => held.add(id));
  keptRunsPages.addEventListener("message", hear);
  keptRunsPages.postMessage({ ask: ids });
  await new Promise((resolve) => { setTimeout(resolve, KEPT_RUNS_ANSWER_MS); });
  keptRunsPages.removeEventListener("message", hear);
  return ids.filter((id) => !held.has(id));
}

/** Whether something has run here before, so that there may be a list of it. */
export function hasRun(endpoint, now = null) {
  if (now) keptRunsWrite(() => localStorage, `${keptRunsName(endpoint)} at`, now);
  const at = keptRunsRead(() => localStorage, `${keptRunsName(endpoint)} at`);
  return Boolean(at) && Date.now() - at < KEPT_RUNS_MS;
}

function keptRunsName(endpoint = "") { return `quickdemo runs ${location.pathname} ${endpoint}`.trim(); }

function keptRunsRead(store, name) {
  try {
    return JSON.parse(store().getItem(name));
  } catch {
    return null; // not allowed, or not ours
  }
}

function keptRunsWrite(store, name, value) {
  try {
    if (value === null) store().removeItem(name);
    else store().setItem(name, JSON.stringify(value));
  } catch {
    // no room, or not allowed: a refresh does not find it again, and the list of recent runs still does
  }
}
