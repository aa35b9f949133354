/** Copying text, also where the browser has no clipboard for scripts: over http on any name but localhost. */
import { h } from "./dom.js";

/** Resolves with whether it worked. `near`: an element that may be used meanwhile; an open dialog allows no other. */
export async function copyText(text, near = document.body) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(text, near);
  }
}

function copySelected(text, near) {
  const focused = document.activeElement;
  const field = h("textarea", { class: "visually-hidden", "aria-hidden": "true", tabindex: "-1" });
  field.value = text;
  near.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  focused?.focus({ preventScroll: true });
  return done;
}
