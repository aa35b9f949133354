/** The list of one's recent runs of one endpoint: when, how it stands, with what, what came out. */
import { deleteJson, getJson } from "./api.js";
import { h } from "./dom.js";
import { toast } from "./toast.js";

const RECENT_MOST = 30;
const RECENT_WAITS = ["queued", "running"];

/** Draw the runs of `owner` into `details`; resolves with whether one of them goes on. */
export async function drawRecent(details, owner) {
  const [list, note] = [details.querySelector("ol"), details.querySelector("p")];
  try {
    const jobs = (await getJson("api/jobs")).jobs.filter((job) => job.function === owner.name).slice(0, RECENT_MOST);
    recentRows(list, jobs, owner);
    note.textContent = jobs.length ? "" : "There are none that the server still has.";
    return jobs.some(({ state }) => RECENT_WAITS.includes(state));
  } catch (error) {
    note.textContent = [error.message, error.hint].filter(Boolean).join(" ");
    return false;
  }
}

/** A row whose run is shown already stays, with the focus that may be in it. */
function recentRows(list, jobs, owner) {
  const old = new Map([...list.children].map((row) => [row.dataset.id, row]));
  const rows = jobs.map((job) => {
    const text = JSON.stringify([job.state, job.position, job.short]);
    const row = old.get(job.id);
    if (row?.dataset.text === text) return row;
    const made = recentRow(job, owner);
    made.dataset.text = text;
    if (!row) return made;
    const focused = [...row.querySelectorAll("button")].indexOf(document.activeElement);
    row.replaceChildren(...made.childNodes);
    row.dataset.text = text;
    row.querySelectorAll("button")[focused]?.focus({ preventScroll: true });
    return row;
  });
  rows.forEach((row, n) => { if (list.children[n] !== row) list.insertBefore(row, list.children[n] ?? null); });
  while (list.children.length > rows.length) list.lastChild.remove();
}

function recentRow(job, owner) {
  const waits = RECENT_WAITS.includes(job.state);
  const { inputs, result } = job.short;
  const act = waits ? () => recentCancel(job, owner) : () => recentAgain(job, owner);
  return h("li", { "data-id": job.id, "data-state": job.state },
    h("button", { type: "button", class: "plain run", onclick: () => recentShow(job, owner) },
      h("span", { class: "when" }, recentTime(job.accepted)),
      h("span", { class: "state" }, recentState(job)),
      h("span", { class: "what" }, [inputs || "no inputs", result].filter(Boolean).join(" → "))),
    h("button", { type: "button", class: "plain", "aria-label": `${waits ? "Cancel" : "Run again"}: ${inputs}`, onclick: act }, waits ? "Cancel" : "Run again"));
}

async function recentShow(job, owner) {
  await recentDo(owner, async () => {
    const known = await getJson(`api/jobs/${job.id}`);
    const ended = known.ended ? Date.now() - 1000 * (known.ended - known.accepted) : known.accepted * 1000;
    owner.follow({ ...known, at: ended, fill: true });
  });
}

async function recentAgain(job, owner) {
  await recentDo(owner, async () => {
    owner.fill((await getJson(`api/jobs/${job.id}`)).inputs);
    owner.ask();
  });
}

async function recentCancel(job, owner) {
  try {
    await deleteJson(`api/jobs/${job.id}`);
  } catch (error) {
    toast("Not cancelled", error.message);
  }
  owner.querySelector("qd-recent").draw();
}

async function recentDo(owner, act) {
  if (owner.busy) return toast("Still running", "wait for the end, or stop it");
  try {
    await act();
  } catch (error) {
    toast("Not shown", [error.message, error.hint].filter(Boolean).join(" "));
  }
}

function recentTime(seconds) {
  const date = new Date(seconds * 1000);
  const today = date.toDateString() === new Date().toDateString();
  return date.toLocaleString([], today ? { timeStyle: "medium" } : { dateStyle: "short", timeStyle: "short" });
}

function recentState({ state, position, accepted, ended, short }) {
  if (state === "queued") return position > 1 ? `${position} in line` : "next in line";
  if (state === "done" && ended) return `${(ended - accepted).toFixed(ended - accepted < 10 ? 1 : 0)} s`;
  return state === "failed" && short.error ? `failed: ${short.error}` : state;
}
