/**
 * What the page asks for again and again while it is looked at: an Interface without inputs (`every=`), and components
 * whose value a function gives. One clock looks at all of them, so that a reload may bring, change or remove any.
 */
import { getJson } from "./api.js";
import { firstTime } from "./dom.js";

const EVERY_TICK_MS = 100;
const everyDue = new WeakMap(); // element -> when it is asked next
const everyBusy = new WeakSet();

if (firstTime("every")) {
  setInterval(everyLook, EVERY_TICK_MS);
  document.addEventListener("visibilitychange", everyLook); // what came due meanwhile is asked at once
}

function everyLook() {
  if (document.hidden) return;
  for (const element of document.querySelectorAll("qd-interface, [data-every]")) {
    const owner = element.closest("qd-interface");
    const seconds = element === owner ? owner.settings.every : Number(element.dataset.every);
    if (!seconds || everyBusy.has(element) || owner.paused || element.closest("[role=tabpanel][hidden]")) continue;
    if (!everyDue.has(element)) everyDue.set(element, performance.now() + seconds * 1000);
    if (performance.now() >= everyDue.get(element)) everyAsk(element, owner, seconds);
  }
}

async function everyAsk(element, owner, seconds) {
  everyBusy.add(element);
  try {
    if (element === owner) await everyRun(owner);
    else await everyValue(element, owner);
  } finally {
    everyBusy.delete(element);
    everyDue.set(element, performance.now() + seconds * 1000);
  }
}

async function everyRun(owner) {
  for (const output of owner.querySelectorAll(".outputs output")) output.ariaLive = "off"; // not read out each time
  await owner.ask({ quiet: true });
}

/** A field that the visitor has changed, or is in, keeps what is in it. */
async function everyValue(component, owner) {
  const place = /-([io]\d+)-field$/.exec(component.id)[1];
  for (const output of component.querySelectorAll("output")) output.ariaLive = "off";
  try {
    const { value } = await getJson(`api/values/${owner.name}/${place}`);
    if (component.editable && (component.touched || component.contains(document.activeElement))) return;
    component.dataset.initial = JSON.stringify(value);
    component.value = value;
    if (component.role_ === "output" && value !== null) owner.revealOutputs();
    component.querySelector(":scope > .late")?.remove();
  } catch (error) {
    everyLate(component, error.message);
  }
}

/** The value stays; a quiet line says that it is an old one. */
function everyLate(component, message) {
  const note = component.querySelector(":scope > .late") ?? component.appendChild(document.createElement("p"));
  note.className = "late";
  note.textContent = `Not refreshed: ${message}`;
}
