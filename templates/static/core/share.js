/** A link with the inputs in it: `#Name=Ada&Threshold=0.5`, which a query (`?Name=Ada`) may give as well. */
import { firstTime } from "./dom.js";
import { restore, sameValue } from "./keep.js";
import { toast } from "./toast.js";

const LONGEST_LINK = 30_000; // characters; some programs cut longer ones

function shareOwner() {
  return document.querySelector("[role=tabpanel]:not([hidden]) qd-interface") ?? document.querySelector("qd-interface");
}

function shareLink(owner) {
  const values = new URLSearchParams();
  const left = [];
  for (const input of owner.inputs) {
    const wire = input?.value ?? null;
    if (wire === null || sameValue(wire, input.initial)) continue;
    if (JSON.stringify(wire).includes('"h":')) left.push(input.label);
    else values.append(input.dataset.key || input.label, input.toLink(wire));
  }
  const url = new URL(location.href);
  if (document.querySelector("qd-tabs")) values.set("_tab", document.querySelector("qd-tabs").selected);
  url.hash = values.toString();
  return { url: url.href, left };
}

async function shareCopy() {
  const { url, left } = shareLink(shareOwner());
  if (url.length > LONGEST_LINK) return toast("Too long for a link", "shorten the inputs");
  const without = left.length ? `without ${left.join(", ")}: files stay on this server` : "it holds your inputs";
  try {
    await navigator.clipboard.writeText(url);
    toast("Link copied", without);
  } catch {
    history.replaceState(null, "", url); // no clipboard without https: the address bar has it
    toast("The link is in the address bar", without);
  }
}

function shareFill() {
  const given = new URLSearchParams(location.search);
  for (const [name, text] of new URLSearchParams(location.hash.slice(1))) given.set(name, text);
  if (given.has("_tab")) {
    const tabs = document.querySelector("qd-tabs");
    const index = Number(given.get("_tab"));
    if (tabs?.tabs[index]) tabs.select(index);
  }
  let changed = null;
  for (const input of shareOwner().inputs) {
    const text = given.get(input?.dataset.key) ?? given.get(input?.label);
    if (text === null || text === undefined || !input.editable) continue;
    restore(input, input.fromLink(text));
    changed = input;
  }
  changed?.dispatchEvent(new CustomEvent("qd-change", { bubbles: true }));
}

if (firstTime("shares")) {
  document.addEventListener("click", (event) => { if (event.target.closest("#share")) shareCopy(); });
  shareFill();
}
