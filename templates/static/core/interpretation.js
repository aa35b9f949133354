/** The Interpret button of an Interface: what explains its answers is loaded when it is first pressed. */
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
  button.closest("qd-interface").querySelector("qd-explanation").explain();
}

if (firstTime("interpretations")) {
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-do=interpret]");
    if (button) interpretPressed(button);
  });
}
