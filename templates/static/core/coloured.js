/** Programs: a button that copies each block of code. The colours are those of coloured.css. */
import { copyText } from "./clipboard.js";
import { h } from "./dom.js";

/** Give each <pre> in `box` its button. */
export function programButtons(box) {
  for (const block of box.querySelectorAll("pre:not(.copied)")) {
    block.classList.add("copied");
    block.tabIndex = 0; // it may scroll
    const button = h("button", { type: "button", class: "plain copy" }, "Copy");
    button.addEventListener("click", () => copyBriefly(button, block.querySelector("code")?.textContent ?? block.textContent));
    const frame = h("div", { class: "framed" });
    block.replaceWith(frame);
    frame.append(block, button);
  }
}

/** Copy a text and say so on the button for a moment. */
export async function copyBriefly(button, text) {
  const before = button.textContent;
  button.textContent = (await copyText(text)) ? "Copied" : "The browser refused to copy";
  setTimeout(() => { button.textContent = before; }, 2000);
}
