/** The note of a run that failed: what happened, what to do, and a button where running again may help. */
import { h } from "./dom.js";

const FAULT_NOT_AGAIN = [
  "error", "invalid_value", "too_large", "unknown_endpoint",
  "hub.forbidden", "hub.gated", "hub.hostile", "hub.input", "hub.no_provider", "hub.token", "hub.too_large",
]; // the same would come of the same
const FAULT_MOST_S = 600;

/** Fill and show `box`. waits: seconds until it is tried again by itself, or null; again: what the button does. */
export function faultDraw(box, error, waits, again) {
  const { title, message, hint } = error;
  box.replaceChildren(h("b", {}, title || message));
  if (title) box.append(h("span", {}, message));
  if (waits) box.append(h("span", {}, `It is tried again in ${waits} s, unless you change something.`));
  else if (hint) box.append(h("span", {}, hint));
  if (!FAULT_NOT_AGAIN.includes(error.code) && error.code) box.append(h("button", { type: "button", onclick: again }, waits ? "Try now" : "Run again"));
  box.hidden = false;
}

/** Seconds after which a run is tried again by itself; null where that is up to the visitor. */
export function faultWaits({ code, retryAfter }) {
  return code === "queue_full" ? Math.min(Math.ceil(retryAfter ?? 5), FAULT_MOST_S) : null;
}

/** Once more by itself, in so many seconds, unless the visitor did something by then; the timer of it. */
export function faultAskLater(owner, seconds) {
  const values = () => JSON.stringify(owner.inputs.map((input) => input?.value ?? null));
  const [before, { turn }] = [values(), owner.moment];
  return setTimeout(() => {
    if (turn === owner.moment.turn && owner.state === "failed" && before === values()) owner.ask({ again: true });
  }, seconds * 1000);
}
