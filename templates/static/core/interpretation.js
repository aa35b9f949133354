/** The Interpret button of an Interface, and those of the classes of its answer: what explains its answers is loaded when it is first pressed. */
import { loadModule } from "./config.js";
import { firstTime } from "./dom.js";
import { toast } from "./toast.js";

async function interpretPressed(button) {
  if (button.getAttribute("aria-disabled") === "true") return;
  try {
    await loadModule("interpret/explanation.js");
  } catch {
    return toast("Not explained", "the server cannot be reached; try again");
  }
  const owner = button.closest("qd-interface");
  const output = owner.outputs.indexOf(button.closest("[data-role=output]"));
  owner.querySelector("qd-explanation").explain(output < 0 ? null : { output, class: button.dataset.class });
}

if (firstTime("interpretations")) {
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-do=interpret]");
    if (button) interpretPressed(button);
  });
}
