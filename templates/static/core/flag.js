/** Flagging: a sample goes to the server's log. */
import { postJson } from "./api.js";
import { sendable } from "./long_texts.js";
import { toast, toastMessage } from "./toast.js";

/** Store {inputs, outputs, option}; the button waits meanwhile. Whether that worked. */
export async function flagSample(owner, button, values) {
  button.setAttribute("aria-disabled", "true");
  try {
    const body = await sendable(values, owner.labelAt);
    const { count, messages = [] } = await postJson(`api/flag/${owner.name}`, body);
    toast("Flagged", `${count} ${count === 1 ? "sample" : "samples"} so far`);
    messages.forEach(toastMessage);
    return true;
  } catch (error) {
    toast("Not flagged", [error.message, error.hint].filter(Boolean).join(" "));
    return false;
  } finally {
    button.setAttribute("aria-disabled", "false");
  }
}
