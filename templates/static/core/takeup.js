/** After a refresh, or in a page that is opened anew: what was left running is taken up, or its result shown. */
import { getJson } from "./api.js";
import { firstTime } from "./dom.js";
import { dropRun, keptRun, leftRuns, unheldRuns } from "./kept_runs.js";

const TAKEUP_STATES = ["queued", "running", "done", "failed"];

if (firstTime("takeup")) {
  if (document.readyState === "complete") takeUpAll();
  else addEventListener("load", takeUpAll, { once: true }); // nothing is asked before the page is there
}

/** An idle page asks for nothing: the browser remembers whether there is something. */
async function takeUpAll() {
  const owners = [...document.querySelectorAll("qd-interface")].filter(({ settings, busy }) => settings.lasts && !busy);
  const strange = owners.filter((owner) => !takeUpOwn(owner));
  const left = leftRuns().filter(({ endpoint }) => strange.some(({ name }) => name === endpoint));
  if (left.length) await takeUpLeft(strange, left).catch(() => {}); // they stay in the list of recent runs
}

/** That of this tab. Its events come from the first on, until the end. */
function takeUpOwn(owner) {
  const kept = keptRun(owner.name);
  if (!kept) return false;
  takeUp(owner, kept);
  return true;
}

/** Those of tabs that have been closed: of each endpoint the newest, where the visitor has not begun anything else. */
async function takeUpLeft(owners, left) {
  const { jobs } = await getJson("api/jobs");
  const states = new Map(jobs.map((job) => [job.id, job.state]));
  const free = await unheldRuns(left.map(({ id }) => id));
  for (const owner of owners) {
    const mine = left.filter(({ id, endpoint }) => endpoint === owner.name && free.includes(id));
    const first = mine.find(({ id }) => TAKEUP_STATES.includes(states.get(id)));
    for (const { id } of mine) if (id !== first?.id && !["queued", "running"].includes(states.get(id))) dropRun(owner.name, id);
    if (first && !owner.busy && !owner.answered && !owner.inputs.some((input) => input?.touched)) takeUp(owner, first);
  }
}

/** data: the inputs as this browser remembers them, where the server cannot be asked or has forgotten them. */
async function takeUp(owner, { id, at, data = null }) {
  const known = await getJson(`api/jobs/${id}`).catch(() => ({ inputs: data }));
  const fill = !owner.inputs.some((input) => input?.touched);
  await owner.follow({ ...known, id, at, fill });
  dropRun(owner.name, id);
}
