/** From the score of the baseline to that of the answer: one bar for each input, from where the last one ended. */
import { h } from "../core/dom.js";
import { explainSign } from "./explain_colours.js";
import { explainScale } from "./explain_words.js";

const FALL_MOST = 8; // inputs with a bar of their own

/** Fill `list` (<ul>) with the rows of an explanation; nothing when its method knows no baseline. */
export function explainFall(list, object, numbers, subject) {
  const steps = fallSteps(object);
  const scale = explainScale(object);
  const full = object.full ?? null;
  const told = object.base ?? null;
  const known = full !== null && (told !== null || !object.final);
  list.hidden = !known;
  if (!known) return list.replaceChildren();
  const base = told ?? full - steps.reduce((sum, one) => sum + one.total, 0); // it is asked for last
  const ends = [base];
  for (const { total } of steps) ends.push(ends.at(-1) + total);
  const [low, high] = [Math.min(...ends, full, 0), Math.max(...ends, full, 0)];
  const share = (value) => (value - low) / (high - low || 1) * 100;
  const bar = (from, to, kind) => {
    const [start, end] = [share(from), share(to)].sort((one, other) => one - other);
    return h("span", { class: "rail", "aria-hidden": "true" }, h("i", { class: kind, style: `inset-inline-start: ${start}%; inline-size: ${Math.max(end - start, .6)}%` }));
  };
  const row = (name, value, drawn, kind = null) => h("li", { class: kind }, h("span", { class: "what" }, name), drawn, h("span", { class: "score" }, value));
  list.replaceChildren(
    row("Baseline", told === null ? "…" : numbers.plain(base), bar(0, base, "whole"), "end"),
    ...steps.map(({ label, total }, n) => row(label, numbers.signed(total), bar(ends[n], ends[n + 1], explainSign(total / scale) || "none"))),
    row(subject, numbers.plain(full), bar(0, full, "whole"), "end"));
}

/** The inputs with parts, the strongest first; many small ones are one step. */
function fallSteps({ inputs }) {
  const steps = inputs.filter((input) => input.scores?.length).map((input) => ({ label: input.label, total: input.total ?? input.scores.reduce((sum, one) => sum + (one ?? 0), 0) }));
  steps.sort((one, other) => Math.abs(other.total) - Math.abs(one.total));
  if (steps.length <= FALL_MOST + 1) return steps;
  const rest = steps.slice(FALL_MOST);
  return [...steps.slice(0, FALL_MOST), { label: `${rest.length} others`, total: rest.reduce((sum, one) => sum + one.total, 0) }];
}
