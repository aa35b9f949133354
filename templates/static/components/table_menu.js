/** What keys ask for in a table, as spreadsheets have them, and the menu that offers the same. */
import { h } from "../core/dom.js";

const menuMac = /Mac|iP(hone|ad)/.test(navigator.platform);

/** "insert", "remove", "down", "undo", "redo", "rows", "columns", "edit", "clear", "space", "type" or null. */
export function tableKey(event) {
  const { shiftKey, code } = event;
  const key = event.key.toLowerCase();
  if (event.ctrlKey || event.metaKey) {
    if (event.altKey) return null;
    if (shiftKey && (["+", "="].includes(key) || ["Equal", "NumpadAdd"].includes(code))) return "insert";
    if (shiftKey && (["-", "_"].includes(key) || ["Minus", "NumpadSubtract"].includes(code))) return "remove";
    return { z: shiftKey ? "redo" : "undo", y: "redo", d: "down", " ": "columns" }[key] ?? null;
  }
  if (key === " ") return shiftKey ? "rows" : "space";
  return { enter: "edit", f2: "edit", delete: "clear", backspace: "clear" }[key] ?? (key.length === 1 && !event.altKey ? "type" : null);
}

/** How a shortcut is written on this machine. */
function menuKeys(keys) {
  return menuMac ? keys.replace("Ctrl+", "⌘").replace("Shift+", "⇧") : keys;
}

/**
 * A menu at a place of the window. `items`: {text, keys, run} or null for a line between them. `back` gives the focus
 * back before what was chosen runs, and when nothing is chosen.
 */
export function tableMenu({ host, label, items, x, y, back }) {
  const menu = h("div", { class: "table-menu", role: "menu", "aria-label": label, popover: "auto" });
  const end = (run) => {
    menu.remove();
    back();
    run?.();
  };
  const buttons = items.filter(Boolean).map(({ text, keys, run }) => h("button", { type: "button", role: "menuitem", tabindex: "-1", onclick: () => end(run) }, h("span", {}, text), keys && h("kbd", {}, menuKeys(keys))));
  let next = 0;
  menu.append(...items.map((item) => (item ? buttons[next++] : h("hr", { role: "separator" }))));
  menu.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(document.activeElement);
    const goal = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (event.key === "Tab") end();
    else if (goal === undefined) return;
    else buttons.at(goal % buttons.length).focus();
    event.preventDefault();
  });
  menu.addEventListener("toggle", ({ newState }) => {
    if (newState === "closed" && menu.isConnected) end();
  });
  host.append(menu);
  menu.showPopover();
  menu.style.inset = "auto"; // then under the pointer: where its button is let go beside the menu, that closes it
  menu.style.left = `${Math.max(4, Math.min(x - 2, document.body.clientWidth - menu.offsetWidth - 4))}px`;
  menu.style.top = `${Math.max(4, Math.min(y - 2, innerHeight - menu.offsetHeight - 4))}px`;
  buttons[0].focus();
}
