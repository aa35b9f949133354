/** In development: a saved script changes the page under the visitor's hands, and nothing that was typed is lost. */
import { config } from "./config.js";
import { identity, restore, sameValue } from "./keep.js";
import { hideFault, showFault } from "./overlay.js";
import { toast } from "./toast.js";

let reloadSource = null;
let reloadWork = Promise.resolve();

function reloadListen() {
  reloadSource?.close();
  reloadSource = new EventSource("api/events");
  const on = (name, act) => reloadSource.addEventListener(name, (event) => act(JSON.parse(event.data)));
  // Whatever was missed while the stream was down shows in the number that the server says first.
  on("hello", ({ generation }) => {
    hideFault(); // one that is still there is told next
    reloadQueue(generation);
  });
  on("reload", ({ generation, ms }) => reloadQueue(generation, ms));
  on("css", ({ text }) => { document.getElementById("author-css").textContent = text; });
  on("fault", ({ report }) => showFault(report));
  on("mended", hideFault);
}

/** One after the other: a second save while the first is being fetched must not be lost. */
function reloadQueue(generation, ms) {
  reloadWork = reloadWork.then(() => reloadPage(generation, ms)).catch((error) => toast("Not reloaded", error.message));
}

async function reloadPage(generation, ms) {
  if (generation === config().generation) return;
  const answer = await fetch(location.pathname + location.search, { cache: "no-store" });
  const next = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!answer.ok || !next.getElementById("config")) return location.reload();
  await reloadAssets(next);
  hideFault();
  const kept = reloadSwap(next);
  toast(ms === undefined ? "Reloaded" : `Reloaded in ${Math.round(ms)} ms`, reloadKept(kept));
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

function reloadSwap(next) {
  const focus = reloadFocus();
  const memory = [...document.querySelectorAll("qd-interface")].map(reloadRemember);
  const tab = document.querySelector("qd-tabs")?.selected ?? 0;
  const [x, y] = [scrollX, scrollY];
  document.title = next.title;
  for (const id of ["config", "author-css"]) document.getElementById(id).textContent = next.getElementById(id).textContent;
  const page = document.adoptNode(next.getElementById("page"));
  for (const fresh of page.querySelectorAll("qd-interface")) {
    const old = memory.find(({ owner }) => owner.name === fresh.dataset.endpoint)?.owner;
    if (!old) continue;
    old.dataset.kind = fresh.dataset.kind;
    old.replaceChildren(...fresh.childNodes);
    fresh.replaceWith(old); // the element itself stays: a call that runs finds its new outputs
  }
  document.getElementById("page").replaceWith(page);
  document.querySelector("qd-tabs")?.select(Math.min(tab, document.querySelectorAll("[role=tab]").length - 1));
  const kept = memory.filter(({ owner }) => owner.isConnected).map(reloadRestore);
  reloadRefocus(focus);
  scrollTo(x, y);
  return kept;
}

function reloadRemember(owner) {
  const values = (parts) => parts.filter(Boolean).map((part) => [identity(part), part.value, part.initial]);
  return { owner, inputs: values(owner.inputs), outputs: values(owner.outputs), shown: owner.shown };
}

function reloadRestore({ owner, inputs, outputs, shown }) {
  const waiting = [...inputs];
  let kept = 0;
  for (const input of owner.inputs.filter(Boolean)) {
    const place = waiting.findIndex(([id]) => id === identity(input));
    if (place < 0) continue;
    const [[, wire, initial]] = waiting.splice(place, 1);
    if (sameValue(wire, initial)) continue; // untouched: it follows the author's new default
    if (restore(input, wire)) kept += 1;
  }
  const same = owner.outputs.filter(Boolean).map(identity).join() === outputs.map(([id]) => id).join();
  if (shown && same && owner.dataset.kind !== "unified") {
    owner.outputs.filter(Boolean).forEach((output, n) => { if (!output.matches("qd-state")) output.value = outputs[n][1]; });
    owner.querySelector(".time").textContent = shown.time;
    owner.showAnswered();
  }
  owner.refresh();
  return { inputs: kept, result: Boolean(shown && same) };
}

function reloadKept(kept) {
  const inputs = kept.reduce((sum, one) => sum + one.inputs, 0);
  const parts = [inputs && `${inputs} ${inputs === 1 ? "input" : "inputs"}`, kept.some((one) => one.result) && "the result"];
  const text = parts.filter(Boolean).join(" and ");
  return text && `kept ${text}`;
}

/** Where the caret stands, in terms that survive: the component's identity and the control's place in it. */
function reloadFocus() {
  const control = document.activeElement;
  const part = control?.closest("[data-role]");
  const owner = control?.closest("qd-interface")?.dataset.endpoint;
  const caret = typeof control?.selectionStart === "number" ? [control.selectionStart, control.selectionEnd, control.selectionDirection] : null;
  const inner = part ? [...part.querySelectorAll("input, textarea, select, button")].indexOf(control) : -1;
  return { id: control?.id, part: part && identity(part), owner, inner, caret, top: control?.scrollTop ?? 0 };
}

function reloadRefocus({ id, part, owner, inner, caret, top }) {
  const parts = [...document.querySelectorAll(`qd-interface[data-endpoint="${CSS.escape(owner ?? "")}"] [data-role]`)];
  const home = part && parts.find((one) => identity(one) === part);
  const control = part ? home?.querySelectorAll("input, textarea, select, button")[inner] : id && document.getElementById(id);
  if (!control) return;
  control.focus({ preventScroll: true });
  if (caret) control.setSelectionRange(...caret);
  control.scrollTop = top;
}

if (!document.documentElement.dataset.reloads) {
  document.documentElement.dataset.reloads = "";
  reloadListen();
  // Browsers open six connections to a host: pages in the background give theirs back, and catch up with "hello".
  document.addEventListener("visibilitychange", () => (document.hidden ? reloadSource.close() : reloadListen()));
}
