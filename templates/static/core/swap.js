/**
 * Making the open page what the server draws now. A component that the server draws as before stays the very
 * element that it was, with its caret, drawing, upload and history; one that it draws differently takes the value over.
 */
import { identities, succeed } from "./keep.js";

const SWAP_CONTROLS = "input, textarea, select, button";

/** Returns {inputs, result, reset}: how many inputs of the visitor were kept, whether a result was, labels of those reset. */
export function swapPage(next) {
  const before = { places: swapPlaces(), focus: swapFocus(), anchors: swapAnchors(), tab: swapTab() };
  const fresh = document.adoptNode(next.getElementById("page"));
  const owners = [...document.querySelectorAll("qd-interface")].map(swapRemember);
  swapCounterparts(owners, fresh);
  const heirs = new Map(); // from an element of the new page to the one that stays in its place
  for (const one of owners) swapMatch(one, heirs);
  const parts = owners.flatMap((one) => one.parts);
  const renamed = parts.filter(({ part, id, stays }) => stays && part.id !== id);
  renamed.forEach(({ part }, n) => swapRename(part, `moving-${n}-field`)); // two steps: radio buttons of one name would undo each other
  for (const { owner, fresh: found } of owners) if (found) found.querySelector(".time").textContent = owner.querySelector(".time").textContent;
  document.title = next.title;
  for (const id of ["config", "author-css"]) document.getElementById(id).textContent = next.getElementById(id).textContent;
  for (const { part, stays } of parts) if (!stays) part.remove();
  const stay = new Set(heirs.values());
  for (const node of swapGraft(document.getElementById("page"), fresh, heirs)) if (!stay.has(node)) node.remove();
  for (const { part, id } of renamed) swapRename(part, id);
  swapSelect(before.tab);
  const kept = owners.map(swapRestore);
  for (const { part, stays } of parts) if (!stays) part.leave();
  swapScroll(before.places);
  swapRefocus(before.focus);
  swapAnchor(before.anchors);
  return {
    inputs: kept.reduce((sum, one) => sum + one.inputs, 0),
    result: kept.some((one) => one.result),
    reset: kept.flatMap((one) => one.reset),
  };
}

function swapRemember(owner) {
  const named = (side, parts) => identities(parts).map((name, n) => ({ name: `${side}|${name}`, part: parts[n] }));
  const outputs = owner.dataset.kind === "unified" ? [] : named("o", owner.outputs);
  const parts = [...named("i", owner.inputs), ...outputs].filter(({ part }) => part);
  const folds = owner.querySelector("details.additional");
  const turned = folds && folds.open !== ("open" in folds.dataset) ? folds.open : null; // by the visitor
  return { owner, parts, turned, kind: owner.dataset.kind, tab: swapTabName(document, owner) };
}

/** The same Interface in the new page: under the tab of that name, or else at the same endpoint. */
function swapCounterparts(owners, fresh) {
  const free = new Set(fresh.querySelectorAll("qd-interface"));
  const take = (one, fits) => {
    one.fresh ??= [...free].find(fits);
    free.delete(one.fresh);
  };
  for (const one of owners) if (one.tab) take(one, (other) => swapTabName(fresh, other) === one.tab);
  for (const one of owners) take(one, (other) => other.dataset.endpoint === one.owner.name);
}

/** Finds for each component its counterpart; those that are drawn as before stay. */
function swapMatch(one, heirs) {
  if (!one.fresh) return;
  heirs.set(one.fresh, one.owner);
  const [why, itsHeir] = [one.fresh, one.owner].map((owner) => owner.querySelector("qd-explanation"));
  if (why && itsHeir) heirs.set(why, itsHeir);
  for (const side of ["i", "o"]) {
    const start = `${one.fresh.dataset.endpoint}-${side}`;
    const parts = [...one.fresh.querySelectorAll("[data-role]")].filter((part) => part.id.startsWith(start));
    identities(parts).forEach((name, n) => {
      const old = one.parts.find((other) => other.name === `${side}|${name}`);
      if (!old) return;
      old.id = parts[n].id;
      old.stays = swapDrawn(parts[n].outerHTML) === swapDrawn(old.part.drawn);
      if (old.stays) heirs.set(parts[n], old.part);
    });
  }
}

/** Markup without the place among the components, which an edit above may change. */
function swapDrawn(html) {
  return html.replaceAll(/ id="([^"]+)-field"/.exec(html)[1], "");
}

/**
 * Makes `old` what `fresh` is; returns what is left over. What leads to an element that stays is changed in place, so
 * that hardly any is moved: a text field that is moved forgets what could be undone. All else comes from `fresh`.
 */
function swapGraft(old, fresh, heirs) {
  swapAttributes(old, fresh);
  const inside = (child) => [...heirs].filter(([one]) => child.contains(one) && one !== fresh);
  const taken = new Set();
  const grafts = [...fresh.childNodes].map((child) => {
    const stays = swapPartner(child, old, inside(child));
    const node = stays && !taken.has(stays) ? stays : child;
    taken.add(node);
    return [child, node];
  });
  const moves = grafts.filter(([child, node]) => child === node).flatMap(([child]) => swapSlots(inside(child)));
  let next = old.firstChild;
  for (const [, node] of grafts) {
    while (next && !taken.has(next)) next = next.nextSibling;
    if (node === next) next = next.nextSibling;
    else swapInto(old, node, next);
  }
  for (const { slot, heir, one } of moves) {
    swapInto(slot.parentNode, heir, slot);
    slot.remove();
    grafts.push([one, heir]);
  }
  const left = [...old.childNodes].filter((node) => !taken.has(node));
  const deeper = grafts.filter(([one, node]) => one !== node && !node.matches("[data-role]"));
  return [...left, ...deeper.flatMap(([one, node]) => swapGraft(node, one, heirs))];
}

/** The child of `old` that leads to the same element as `child` does, or that element itself. */
function swapPartner(child, old, [[first, heir] = []]) {
  if (child === first) return heir;
  let stays = heir;
  while (stays && stays.parentNode !== old) stays = stays.parentNode;
  return stays?.nodeName === child.nodeName ? stays : null;
}

function swapAttributes(old, fresh) {
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && name !== "data-state") old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (name !== "data-state" && old.getAttribute(name) !== value) old.setAttribute(name, value);
}

/** Marks the places of elements that stay in a part of the new page that nothing leads to. */
function swapSlots(inside) {
  const outer = inside.filter(([one]) => !inside.some(([other]) => other !== one && other.contains(one)));
  return outer.map(([one, heir]) => {
    const slot = document.createComment("");
    one.replaceWith(slot);
    return { slot, heir, one };
  });
}

function swapInto(home, element, next) {
  if (home.moveBefore && element.isConnected) home.moveBefore(element, next); // keeps focus, caret and what is played
  else home.insertBefore(element, next);
}

/** Its id and all that is made from it. */
function swapRename(part, id) {
  const [from, to] = [part.id, id].map((name) => name.slice(0, -"-field".length));
  for (const element of [part, ...part.querySelectorAll("*")]) {
    for (const attribute of ["id", "for", "name", "list", "aria-describedby", "aria-labelledby", "aria-controls"]) {
      const words = element.getAttribute(attribute)?.split(" ");
      const mine = (word) => word === from || word.startsWith(`${from}-`);
      if (words?.some(mine)) element.setAttribute(attribute, words.map((word) => (mine(word) ? to + word.slice(from.length) : word)).join(" "));
    }
  }
}

function swapRestore({ owner, kind, fresh, parts, turned }) {
  const outcome = { inputs: 0, result: false, reset: [] };
  if (!fresh) return outcome;
  const folds = owner.querySelector("details.additional");
  if (folds && turned !== null) folds.open = turned;
  for (const { name, part, id, stays } of parts) {
    const heir = stays ? part : id && document.getElementById(id);
    if (!heir || part.matches("qd-state")) continue;
    if (name.startsWith("o")) outcome.result = swapOutput(owner, part, heir) || outcome.result;
    else if (part.touched) {
      if (part === heir || swapInput(part, heir)) outcome.inputs += 1;
      else outcome.reset.push(heir.label);
    } // what nobody touched follows the author's new default
  }
  const alone = !owner.outputs.length || owner.dataset.kind === "unified";
  outcome.result = owner.rearranged(kind === owner.dataset.kind && (outcome.result || alone)) && outcome.result;
  return outcome;
}

function swapOutput(owner, part, heir) {
  if (!owner.answered) return false;
  if (part === heir) return true;
  try {
    heir.takeOver(part);
    return true;
  } catch {
    heir.clear(); // the author made it another one; the next answer fills it
    return false;
  }
}

function swapInput(part, heir) {
  if (!part.pending) return succeed(heir, part);
  heir.wait(part.pending.then(() => succeed(heir, part))).catch((error) => { heir.fault = error.message; });
  return true;
}

// ---------------------------------------------------------------------- tabs

function swapTabName(page, owner) {
  const panel = owner.closest("[role=tabpanel]");
  return panel && page.querySelector(`[aria-controls="${panel.id}"]`).textContent;
}

function swapTab() {
  const tabs = document.querySelector("qd-tabs");
  return tabs && { place: tabs.selected, name: tabs.tabs[tabs.selected].textContent };
}

function swapSelect(before) {
  const tabs = document.querySelector("qd-tabs");
  if (!tabs || !before) return;
  const place = tabs.tabs.findIndex((tab) => tab.textContent === before.name);
  tabs.select(place < 0 ? Math.min(before.place, tabs.tabs.length - 1) : place);
}

// ---------------------------------------------------------------------- focus, caret, scroll

/** Where the caret stands, in terms that survive: the control itself, or its place in its component. */
function swapFocus() {
  const control = document.activeElement;
  const part = control.closest("[data-role]");
  const owner = control.closest("qd-interface");
  const caret = typeof control.selectionStart === "number" ? [control.selectionStart, control.selectionEnd, control.selectionDirection] : null;
  const name = part && identities([part])[0];
  const inner = part ? [...part.querySelectorAll(SWAP_CONTROLS)].indexOf(control) : -1;
  return { control, owner, name, inner, caret, top: control.scrollTop };
}

function swapRefocus({ control, owner, name, inner, caret, top }) {
  if (control === document.activeElement) return;
  const home = name && [...(owner?.querySelectorAll("[data-role]") ?? [])].find((part) => identities([part])[0] === name);
  const again = control.isConnected ? control : name ? home?.querySelectorAll(SWAP_CONTROLS)[inner] : control.id && document.getElementById(control.id);
  if (!again || again === document.body) return;
  again.focus({ preventScroll: true });
  if (caret && typeof again.selectionStart === "number") again.setSelectionRange(...caret);
  again.scrollTop = top;
}

/** How far each scrolled box inside the page was scrolled. */
function swapPlaces() {
  return [...document.querySelectorAll("#page *")].filter((box) => box.scrollTop || box.scrollLeft).map((box) => [box, box.scrollLeft, box.scrollTop]);
}

function swapScroll(places) {
  for (const [box, left, top] of places) if (box.isConnected) Object.assign(box, { scrollLeft: left, scrollTop: top });
}

/** What the eye rests on, best first, and where: an edit above it must not push it away. */
function swapAnchors() {
  if (scrollY === 0) return [];
  const seen = [...document.querySelectorAll("[data-role], .examples, .article")].filter((one) => {
    const { top, bottom, height } = one.getBoundingClientRect();
    const follows = one.closest(".results") && getComputedStyle(one.closest(".results")).position === "sticky";
    return height > 0 && bottom > 0 && top < innerHeight && !follows;
  });
  const focused = document.activeElement.closest("[data-role]");
  const sorted = [...seen.filter((one) => one === focused), ...seen.filter((one) => one !== focused)];
  return sorted.map((one) => ({ find: swapFinder(one), top: one.getBoundingClientRect().top }));
}

function swapFinder(one) {
  const owner = one.closest("qd-interface");
  const name = one.matches("[data-role]") && identities([one])[0];
  const like = one.matches(".examples") ? ".examples" : ".article";
  return () => {
    if (one.isConnected || !owner) return one;
    return name ? [...owner.querySelectorAll("[data-role]")].find((other) => identities([other])[0] === name) : owner.querySelector(like);
  };
}

function swapAnchor(anchors) {
  for (const { find, top } of anchors) {
    const now = find();
    if (now?.isConnected) return scrollBy({ top: now.getBoundingClientRect().top - top, behavior: "instant" });
  }
}
