/** Chatbot: a conversation that grows downwards; only what is new is drawn and read out. */
import { fileUrl } from "../core/api.js";
import { copyBriefly, programButtons } from "../core/coloured.js";
import { Component, define } from "../core/component.js";
import { h } from "../core/dom.js";
import { safe } from "../core/safe.js";

const CHAT_NEAR_END = 80; // pixels: who reads here wants to see what comes

export class Chatbot extends Component {
  #wire = [];
  #drawn = []; // the messages on the page, as JSON

  connect() {
    const [user, bot] = this.options.colors;
    if (user) this.style.setProperty("--user", user);
    if (bot) this.style.setProperty("--bot", bot);
    this.box = this.querySelector(".talk");
    this.newest = this.querySelector(".newest");
    this.newest.addEventListener("click", () => { this.#toEnd(); this.box.focus(); });
    this.box.addEventListener("scroll", () => {
      this.follows = this.#atEnd;
      if (this.follows) this.newest.hidden = true;
    });
    new ResizeObserver(() => { if (this.follows) this.#toEnd(); }).observe(this.box); // hidden until there is an answer
    this.value = this.initial;
  }

  get #atEnd() { return this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight < CHAT_NEAR_END; }

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
    const texts = messages.map((message) => JSON.stringify(message));
    const same = texts.findIndex((text, n) => text !== this.#drawn[n]);
    const from = same < 0 ? texts.length : same;
    const follow = this.#atEnd || from === 0;
    const grows = from === texts.length - 1 && this.box.children.length === texts.length;
    if (grows) this.#regrow(this.box.lastElementChild, messages[from]);
    else {
      while (this.box.children.length > from) this.box.lastElementChild.remove();
      this.box.append(...messages.slice(from).map((message) => this.message(message)));
    }
    this.#drawn = texts;
    this.follows = follow;
    if (follow) requestAnimationFrame(() => this.#toEnd());
    else this.newest.hidden = from === texts.length;
  }

  /** The last message grew: its place stays, so that what is selected or focused in the others does, too. */
  #regrow(place, message) {
    const body = place.querySelector(".prose");
    if (!body || message.content.html === undefined || place.dataset.role !== message.role) return place.replaceWith(this.message(message));
    safe(body, message.content.html);
    programButtons(body);
    place.text = message.content.text;
  }

  message({ role, content, title }) {
    const user = role === "user";
    const avatar = this.options.avatars[user ? 0 : 1];
    const body = content.file ? chatFile(content) : h("div", { class: "prose" });
    if (!content.file && content.html === undefined) body.textContent = content.text ?? content;
    else if (!content.file) {
      safe(body, content.html);
      programButtons(body);
    }
    const place = h("div", { class: `message ${user ? "user" : "bot"}` },
      avatar && h("img", { class: "avatar", src: avatar, alt: "" }),
      h("span", { class: "visually-hidden" }, user ? "You: " : "Bot: "),
      title ? h("details", {}, h("summary", {}, title), body) : body);
    place.text = content.text ?? (typeof content === "string" ? content : "");
    place.dataset.role = role;
    if (this.options.copy && !content.file) {
      const copy = h("button", { type: "button", class: "plain copy", "aria-label": "Copy this message" }, "Copy");
      copy.addEventListener("click", () => copyBriefly(copy, place.text));
      place.append(copy);
    }
    return place;
  }
}

/** Pairs and messages alike as [{role, content, title}]. */
function chatMessages(wire) {
  const both = wire.flatMap((one) => (Array.isArray(one) ? one.map((content, n) => ({ role: n ? "assistant" : "user", content })) : [one]));
  return both.filter(({ content }) => content !== null);
}

/** What is sent back of a side: text, or the handle of a file. */
function chatSent(side) {
  if (side?.file) return { file: { h: side.file.h }, alt: side.alt };
  return side?.text ?? side;
}

/** A picture, sound or film where it is one; else a link. */
function chatFile({ file, alt }) {
  const url = fileUrl(file);
  const kind = (file.type ?? "").split("/")[0];
  if (kind === "image") return h("a", { href: url, download: file.name }, h("img", { src: url, alt: alt ?? file.name, loading: "lazy" }));
  if (kind === "audio" || kind === "video") return h(kind, { src: url, controls: true, "aria-label": alt ?? file.name });
  return h("a", { href: url, download: file.name }, alt ?? file.name);
}

define("chatbot", Chatbot);
