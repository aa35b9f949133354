/** What a visitor does with the messages of a Chatbot: copy, edit, judge, choose an answer that is offered. */
import { copyBriefly } from "../core/coloured.js";
import { h } from "../core/dom.js";
import { toast } from "../core/toast.js";

/** A button was pressed. */
export function chatDeed(bot, button) {
  if (!button) return;
  const n = bot.messages.findIndex(({ place }) => place.contains(button));
  const message = bot.messages[n];
  const { deed } = button.dataset;
  if (deed === "copy") copyBriefly(button, message.text);
  if (deed === "copyAll") copyBriefly(button, bot.messages.map((one) => `${one.user ? "You" : "Bot"}: ${one.text}`).join("\n\n"));
  if (deed === "edit") chatEdit(bot, message, n, button);
  if (deed === "judge") chatJudge(bot, n, button);
  if (deed === "choose") chatSay(bot, { text: message.options[button.dataset.n].value });
}

/** A button that sends an example. */
export function chatOffer(bot, { text, label, files, icon }) {
  const names = files.map(({ name }) => name).join(", ");
  const button = h("button", { type: "button" }, icon && h("img", { class: "avatar", src: icon, alt: "" }), label || names);
  button.addEventListener("click", () => chatSay(bot, { text, files }));
  return h("li", {}, button);
}

/** Say something in the visitor's place: in the first field for text, which is sent. */
function chatSay({ owner }, { text, files = [] }) {
  const box = owner?.inputs.find((input) => input?.matches("qd-textbox:not([hidden]), qd-multimodaltextbox"));
  if (!box || chatBusy(owner)) return;
  box.value = box.localName === "qd-textbox" ? text : { text, files };
  owner.ask();
}

function chatBusy(owner) {
  if (owner?.busy) toast("Still answering", "wait for the end, or stop it");
  return owner?.busy;
}

/** A field in the place of the text; Enter saves, Escape does not. */
function chatEdit(bot, message, n, button) {
  const field = h("textarea", { "aria-label": "Text of this message", rows: "1" });
  field.value = message.text;
  const leave = () => {
    form.remove();
    message.place.classList.remove("editing");
    button.focus();
  };
  const save = () => {
    if (chatBusy(bot.owner)) return;
    leave();
    if (field.value === message.text || !field.value.trim()) return;
    if (message.user && bot.owner?.settings.chat) {
      const turn = bot.messages.slice(0, n).filter(({ user }) => user).length;
      bot.owner.act(`edit ${turn}\n${field.value}`);
    } else bot.rewrite(n, field.value);
  };
  const form = h("div", { class: "edit" }, field, h("div", { class: "actions" },
    h("button", { type: "button", class: "primary", onclick: save }, "Save"), h("button", { type: "button", class: "plain", onclick: leave }, "Cancel")));
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") leave();
    else if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    else save();
    event.preventDefault();
    event.stopPropagation();
  });
  message.place.classList.add("editing");
  message.place.append(form);
  field.focus();
}

/** The verdict on an answer is flagged with the conversation up to there. */
async function chatJudge(bot, n, button) {
  const { owner, messages } = bot;
  const sample = owner.sample ?? { inputs: owner.inputs.map((input) => input?.value ?? null), outputs: owner.outputs.map((output) => output?.value ?? null) };
  const outputs = owner.outputs.map((output, m) => (output === bot ? messages.slice(0, n + 1).map(({ sent }) => sent) : sample.outputs[m]));
  const inputs = [...sample.inputs];
  if (owner.settings.chat) inputs.splice(0, 2, chatAsked(owner.inputs[0], messages.slice(0, n)), "");
  if (!(await owner.flag(button, { inputs, outputs }))) return;
  for (const one of button.parentElement.querySelectorAll("[data-deed=judge]")) one.ariaPressed = String(one === button);
}

/** What was asked last, as the box had it. */
function chatAsked(box, before) {
  const last = before.findLastIndex(({ user }) => user);
  const first = before.findLastIndex(({ user }, n) => n <= last && !user) + 1;
  const parts = before.slice(first, last + 1).map(({ sent }) => sent.content);
  const text = parts.filter((part) => typeof part === "string").join("\n");
  return box.localName === "qd-textbox" ? text : { text, files: parts.filter(({ file }) => file).map(({ file }) => file) };
}
