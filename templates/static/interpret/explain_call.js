/** Asking the server for an explanation, and what goes wrong with that. */
import { postStream } from "../core/api.js";
import { h } from "../core/dom.js";
import { toastMessage } from "../core/toast.js";

/**
 * asked: {data, target, answer} and, for more than the first look, {method, budget, inside}.
 *
 * Yields ["answer", {data, duration}] where `answer` asks for one and the server gives it, ["progress", {done, total, remaining_s}]
 * and ["explanation", object], the last of these with its key. Fails as postStream does.
 */
export async function* explainSteps(owner, asked, signal) {
  const body = await owner.sendable({ ...asked, endpoint: owner.name }, signal);
  let done = false;
  for await (const events of postStream("api/interpret", body, signal)) {
    let newest = null; // of those that came together only the last is worth drawing
    for (const [event, what] of events) {
      if (event === "error") throw Object.assign(new Error(what.error.message), { hint: "" }, what.error);
      if (event === "log") toastMessage(what);
      if (event === "progress" || event === "answer") yield [event, what];
      if (event === "explanation" || event === "done") newest = what;
      done ||= event === "done";
    }
    if (newest) yield ["explanation", newest];
  }
  if (!done) throw Object.assign(new Error("The explanation broke off."), { hint: "What had arrived is still here. Try again." });
}

/** Say what went wrong at the inputs that it is about, or else in `box`. */
export function explainFault(owner, box, error) {
  const text = ({ message, hint }) => [message, hint].filter(Boolean).join(" ");
  const wrong = (error.fields ?? [error]).map((one) => [one, Number.isInteger(one.index) ? owner.inputs[one.index] : null]);
  box.hidden = wrong.every(([, input]) => input);
  if (box.hidden) {
    for (const [one, input] of wrong) input.fault = text(one);
    wrong[0][1].querySelector("input, textarea, select")?.focus();
  } else box.replaceChildren(h("b", {}, error.title || error.message), error.title ? h("span", {}, error.message) : "", error.hint ? h("span", {}, error.hint) : "");
}
