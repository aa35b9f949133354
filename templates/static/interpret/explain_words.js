/** Numbers and sentences of an explanation. */

const EXPLAIN_METHODS = {
  "leave one out": "each part left out once",
  "averaged ends": "each part left out, and each part alone, averaged",
  exact: "every combination of parts",
  levels: "larger units first, then what is in those that count",
  "odd process": "pairs of opposite combinations of parts",
  "few interactions": "a game of few interactions, found exactly",
  "shap kernel": "the Kernel explainer of shap",
  "shap permutation": "the Permutation explainer of shap",
  "shap partition": "the Partition explainer of shap",
  custom: "by the author's own function",
};

/** "Film reviews", of which demo and tab. */
export function explainTitle(owner) {
  const tab = owner.closest("[role=tabpanel]")?.getAttribute("aria-labelledby");
  return [document.title, tab && document.getElementById(tab).textContent].filter(Boolean).join(" · ");
}

/** The strongest of all scores, at least something above 0. */
export function explainScale(object) {
  const all = object.inputs.flatMap((input) => input.scores ?? []).filter((score) => score !== null);
  return Math.max(...all.map(Math.abs), 0) || 1;
}

/** What the strongest colour stands for; where there is none, whether anything was changed at all. */
export function explainStrongest(object, numbers) {
  const score = explainParts(object)[0]?.score;
  if (score) return `The strongest colour is ${numbers.signed(score)}.`;
  const same = ({ value, chosen, baseline }) => baseline !== undefined && JSON.stringify(value ?? chosen) === JSON.stringify(baseline);
  return object.inputs.every(({ kind, parts }) => !kind || same(parts)) ? "No input differs from its baseline." : "No part makes a difference.";
}

/** How numbers of this explanation are written: with as many digits as tell its parts apart; whole ones as such where all are. */
export function explainNumbers(object) {
  const number = object.target?.kind === "number";
  const fine = Math.min(Math.max((number ? 2 : 1) - Math.floor(Math.log10(explainScale(object))), 0), 8);
  const digits = number ? fine : Math.max(fine, 2);
  const values = [object.base, object.full, ...object.inputs.flatMap((input) => input.scores ?? [])];
  const whole = number && values.every((one) => Number.isInteger(one ?? 0));
  const plain = explainWriter(digits, whole, {});
  return {
    plain,
    /** Two ends of an axis: with the digits that tell them apart, where `plain` has fewer. */
    ends: (low, high) => {
      const apart = Math.min(Math.max(1 - Math.floor(Math.log10(high - low)), digits), 8);
      return [low, high].map(explainWriter(plain(low) === plain(high) ? apart : digits, whole, {}));
    },
    signed: explainWriter(digits, whole, { signDisplay: "exceptZero" }),
    /** A standard error: one that is rounded away has a digit of its own. */
    error: (value) => (value > 0 && value < .5 / 10 ** digits ? new Intl.NumberFormat(undefined, { maximumSignificantDigits: 1 }).format(value) : plain(value)),
  };
}

function explainWriter(digits, whole, options) {
  const [exact, round] = [digits, 0].map((places) => new Intl.NumberFormat(undefined, { minimumFractionDigits: places, maximumFractionDigits: places, ...options }));
  return (value) => (value === null || value === undefined ? "unknown" : (whole && Number.isInteger(value) ? round : exact).format(value).replace("-", "−"));
}

/** What is explained, in a word: “cat”, a name that score= gives, or the output's label. */
export function explainSubject({ target }) { return target?.class ?? (target?.label || "the answer"); }

export function explainQuestion(object) {
  const { target, full } = object;
  if (!target) return "Why this answer"; // by a function of the author's
  if (typeof target.class === "string") return `Why “${target.class}”?`;
  if (target.kind === "number") return `Why ${target.label} is ${explainNumbers(object).plain(full)}`;
  if (target.kind === "score") return `Why this score of ${target.label}`;
  return `Why this ${target.label || "answer"}`;
}

/** "34 calls · 0.8 s · each part left out once · seed 7" */
export function explainFacts({ calls, seconds, estimator, method, seed }) {
  const time = !seconds ? "" : `${new Intl.NumberFormat(undefined, { maximumSignificantDigits: 2 }).format(seconds)} s`;
  const how = EXPLAIN_METHODS[estimator] ?? estimator ?? method;
  return [calls > 0 && `${calls} ${calls === 1 ? "call" : "calls"}`, time, how, seed !== null && seed !== undefined && `seed ${seed}`].filter(Boolean).join(" · ");
}

/** "12 of 34 calls · 3 s left", or what it waits for. */
export function explainProgress({ done, total, remaining_s: left, waiting }) {
  if (waiting) return waiting;
  const time = left === null || left === undefined ? "" : left < 90 ? `${Math.ceil(left)} s left` : `${Math.round(left / 60)} min left`;
  return [total ? `${done} of ${total} calls` : `${done} calls`, time].filter(Boolean).join(" · ");
}

/** What a screen reader hears when it is done: the two strongest of each sign. */
export function explainAloud(object) {
  const { signed, plain } = explainNumbers(object);
  const parts = explainParts(object).filter(({ score }) => /[1-9]/.test(signed(score))); // not those that are rounded away
  const several = object.inputs.filter(({ scores }) => scores?.length).length > 1;
  const said = (some, verb) => some.slice(0, 2).map(({ input, label, score }) => `${several ? `${input} ` : ""}${label} ${verb} ${explainSubject(object)} by ${plain(Math.abs(score))}`);
  const words = [...said(parts.filter(({ score }) => score > 0), "raised"), ...said(parts.filter(({ score }) => score < 0), "lowered")];
  const from = object.base === null || object.base === undefined ? "" : ` from ${plain(object.base)} to ${plain(object.full)}, ${signed(object.full - object.base)}`;
  return `Explained${from && `: ${explainSubject(object)} went${from}`}. ${words.length ? `${words.join("; ")}.` : "No part made a difference."} ${object.note ?? ""}`.trim();
}

/** [text, part, apart] of each token; apart: it follows a word of another part without what separates them, as own functions give words. */
export function explainTokens(tokens) {
  let last = ["", null];
  return tokens.map(([text, part]) => {
    const apart = part !== null && last[1] !== null && part !== last[1] && last[0].length > 1 && text.length > 1;
    last = [text, part];
    return [text, part, apart];
  });
}

/** All parts, the strongest first: {input, label, score, error, at}; `at` counts over all inputs. */
export function explainParts(object) {
  let at = 0;
  const all = object.inputs.flatMap((input) => (input.scores ?? []).map((score, n) => ({ input: input.label, label: input.labels[n], score, error: input.errors?.[n] ?? null, at: at++ })));
  return all.sort((one, other) => Math.abs(other.score ?? 0) - Math.abs(one.score ?? 0));
}
