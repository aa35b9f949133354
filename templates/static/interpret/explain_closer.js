/** A button under a final explanation that asks for more: a look into its strongest units, or more exact values. */
import { h } from "../core/dom.js";

/** Show the button as `panel.object` has it, beside what a part's press does. */
export function explainCloser(panel) {
  panel.closer ??= closerButton(panel);
  const { final, closer } = panel.object;
  if (final || !closerRuns(panel.closer)) closerOffer(panel.closer, closer);
}

function closerButton(panel) {
  const button = h("button", { type: "button", class: "closer", hidden: true });
  button.addEventListener("click", () => { if (button.ariaDisabled !== "true") closerAsk(panel, button); });
  button.addEventListener("blur", () => { button.hidden ||= button.ariaDisabled === "true" && !closerRuns(button); });
  panel.whatIf.box.append(button);
  return button;
}

function closerRuns(button) { return button.dataset.runs !== undefined; }

/** closer: {calls, inside, budget, method} of the explanation; null when there is no more to know. */
function closerOffer(button, closer) {
  button.offer = closer;
  const calls = closer && `${closer.calls} more ${closer.calls === 1 ? "call" : "calls"}`;
  const said = !closer ? "No more to find" : closer.inside ? `Look closer: up to ${calls}` : `More exact: about ${calls}`;
  if (closer || document.activeElement === button) button.textContent = said; // where the focus is nothing vanishes
  button.ariaDisabled = String(!closer);
  button.hidden = !closer && document.activeElement !== button;
}

async function closerAsk(panel, button) {
  const { target } = panel.object;
  const { calls, ...more } = button.offer;
  button.dataset.runs = "";
  button.ariaDisabled = "true";
  await panel.choose(target && { output: target.output, class: target.class }, more);
  delete button.dataset.runs;
  if (panel.object) closerOffer(button, panel.object.final ? panel.object.closer : button.offer); // cancelled: as before
}
