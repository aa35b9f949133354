/** Chatbot: a conversation that grows downwards; only what is new is drawn and read out. */
import { Component, define } from "../core/component.js";
import { h } from "../core/dom.js";
import { chatDeed, chatOffer } from "./chatbot_deeds.js";
import { ChatMessage, chatMessages, chatSent } from "./chatbot_message.js";

const CHAT_NEAR_END = 80; // pixels: who reads here wants to see what comes

export class Chatbot extends Component {
  #wire = [];
  #shown = []; // ChatMessage

  connect() {
    this.known = this.options;
    const [user, bot] = this.known.colors;
    if (user) this.style.setProperty("--user", user);
    if (bot) this.style.setProperty("--bot", bot);
    this.box = this.querySelector(".talk");
    this.newest = this.querySelector(".newest");
    this.newest.addEventListener("click", () => { this.#toEnd(); this.box.focus(); });
    this.box.addEventListener("scroll", () => {
      this.follows = this.#atEnd;
      if (this.follows) this.newest.hidden = true;
    });
    this.addEventListener("click", (event) => chatDeed(this, event.target.closest("[data-deed]")));
    const offers = this.known.examples.map((example) => chatOffer(this, example));
    if (offers.length) this.querySelector(".hello").append(h("ul", { class: "labels" }, ...offers));
    if (this.known.copyAll) this.append(h("div", { class: "actions" }, h("button", { type: "button", class: "plain", "data-deed": "copyAll" }, "Copy all")));
    new ResizeObserver(() => { if (this.follows) this.#toEnd(); }).observe(this.box); // hidden until there is an answer
    this.value = this.initial;
  }

  get owner() { return this.closest("qd-interface"); }
  get messages() { return this.#shown; }

  get #atEnd() { return this.known.follow && this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight < CHAT_NEAR_END; }

  #toEnd() {
    this.box.scrollTop = this.box.scrollHeight;
    this.newest.hidden = true;
  }

  get value() { return this.#wire.map((one) => (Array.isArray(one) ? one.map(chatSent) : { ...one, content: chatSent(one.content) })); }

  /** With what the server made of the Markdown. */
  takeOver(old) {
    this.value = old.#wire;
    return true;
  }

  set value(wire) {
    this.#wire = wire ?? [];
    const messages = chatMessages(this.#wire);
    const same = messages.findIndex((message, n) => !this.#shown[n]?.shows(message));
    const from = same < 0 ? messages.length : same;
    const follow = this.#atEnd || (from === 0 && this.known.follow);
    const grows = from === messages.length - 1 && this.#shown.length === messages.length && this.#shown[from].become(messages[from]);
    if (!grows) {
      for (const old of this.#shown.splice(from)) old.place.remove();
      const fresh = messages.slice(from).map((message) => new ChatMessage(message, this));
      this.#shown.push(...fresh);
      this.box.append(...fresh.map(({ place }) => place));
    }
    this.follows = follow;
    if (follow) requestAnimationFrame(() => this.#toEnd());
    else this.newest.hidden = from === messages.length;
  }

  /** Another text in the place of the nth message's; the server has not seen it yet. */
  rewrite(n, text) {
    let left = n;
    const taken = (side) => (side !== null && left-- === 0 ? text : side);
    this.value = this.#wire.map((one) => (Array.isArray(one) ? one.map(taken) : { ...one, content: taken(one.content) }));
    this.changed();
  }
}

define("chatbot", Chatbot);
