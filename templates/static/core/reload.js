/** In development: a saved script changes the page under the visitor's hands, and nothing that was typed is lost. */
import { config } from "./config.js";
import { firstTime } from "./dom.js";
import { hideFault, showFault } from "./overlay.js";
import { swapPage } from "./swap.js";
import { toast } from "./toast.js";

let reloadSource = null;
let reloadWork = Promise.resolve();

function reloadListen() {
  reloadSource?.close();
  reloadSource = new EventSource("api/events");
  const on = (name, act) => reloadSource.addEventListener(name, (event) => act(JSON.parse(event.data)));
  // Whatever was missed while the stream was down shows in the number that the server says first.
  on("hello", ({ generation, edition }) => {
    hideFault(); // one that is still there is told next
    reloadQueue(generation, undefined, edition);
  });
  on("reload", ({ generation, ms }) => reloadQueue(generation, ms));
  on("content", ({ edition }) => reloadQueue(config().generation, undefined, edition)); // the same server, other texts
  on("css", ({ text }) => { document.getElementById("author-css").textContent = text; });
  on("fault", ({ report, editor }) => showFault(report, editor));
  on("mended", hideFault);
}

/** One after the other: a second save while the first is being fetched must not be lost. */
function reloadQueue(generation, ms, edition = 0) {
  reloadWork = reloadWork.then(() => reloadPage(generation, ms, edition)).catch((error) => toast("Not reloaded", error.message));
}

async function reloadPage(generation, ms, edition) {
  if (generation === config().generation && edition <= config().edition) return;
  const next = await reloadFetch(generation);
  if (!next) return location.reload();
  await reloadAssets(next);
  hideFault();
  const kept = swapPage(next);
  toast(ms === undefined ? "Reloaded" : `Reloaded in ${Math.round(ms)} ms`, reloadKept(kept));
}

/** The page as it is served now. A connection that was kept alive may still lead to the old generation, once. */
async function reloadFetch(generation) {
  let next = null;
  for (let tries = 0; tries < 4; tries += 1) {
    const answer = await fetch(location.pathname + location.search, { cache: "no-store" });
    next = new DOMParser().parseFromString(await answer.text(), "text/html");
    const served = next.getElementById("config");
    if (!answer.ok || !served) return null;
    if (JSON.parse(served.textContent).generation >= generation) break;
  }
  return next;
}

/** New modules add their elements; those that are known already stay as they are. */
async function reloadAssets(next) {
  const style = next.getElementById("page-css");
  const old = document.getElementById("page-css");
  if (style.getAttribute("href") !== old.getAttribute("href")) {
    await new Promise((resolve) => {
      style.addEventListener("load", resolve);
      style.addEventListener("error", resolve);
      old.after(document.adoptNode(style));
    });
    old.remove();
  }
  const script = JSON.parse(next.getElementById("config").textContent).js;
  if (script !== config().js) await import(new URL(script, document.baseURI));
}

function reloadKept({ inputs, result, reset }) {
  const parts = [inputs && `${inputs} ${inputs === 1 ? "input" : "inputs"}`, result && "the result"].filter(Boolean).join(" and ");
  return [parts && `kept ${parts}`, reset.length && `reset ${reset.join(", ")}`].filter(Boolean).join(", ");
}

if (firstTime("reloads")) {
  reloadListen();
  // Browsers open six connections to a host: pages in the background give theirs back, and catch up with "hello".
  document.addEventListener("visibilitychange", () => (document.hidden ? reloadSource.close() : reloadListen()));
}
