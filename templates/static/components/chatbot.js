/** Chatbot: a conversation that grows downwards; only what is new is drawn and read out. */
import { Component, define } from "../core/component.js";
import { h } from "../core/dom.js";
import { safe } from "../core/safe.js";

class Chatbot extends Component {
  #wire = [];
  #drawn = []; // [who, html] of each message on the page

  connect() {
    const [user, bot] = this.options.colors;
    if (user) this.style.setProperty("--user", user);
    if (bot) this.style.setProperty("--bot", bot);
    this.value = this.initial;
  }

  get value() { return this.#wire.map((pair) => pair.map((side) => side?.text ?? side)); }

  /** With what the server made of the Markdown. */
  takeOver(old) {
    this.value = old.#wire;
    return true;
  }

  set value(wire) {
    this.#wire = wire ?? [];
    const box = this.querySelector(".talk");
    const said = this.#wire.flatMap(([user, bot]) => [["user", user], ["bot", bot]]).filter(([, side]) => side !== null);
    const messages = said.map(([who, side]) => [who, side.html ?? null, side.text ?? side]);
    const kept = messages.findIndex((message, index) => String(message) !== String(this.#drawn[index]));
    const from = kept < 0 ? messages.length : kept;
    const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
    while (box.children.length > from) box.lastElementChild.remove();
    box.append(...messages.slice(from).map(chatMessage));
    this.#drawn = messages;
    if (atEnd || messages.length > from) box.scrollTop = box.scrollHeight;
  }
}

function chatMessage([who, html, text]) {
  const body = h("div", { class: "prose" });
  if (html === null) body.textContent = text;
  else safe(body, html);
  return h("div", { class: `message ${who}` }, h("span", { class: "visually-hidden" }, who === "user" ? "You: " : "Bot: "), body);
}

define("chatbot", Chatbot);
