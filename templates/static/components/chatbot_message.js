/** One message of a Chatbot: text, a file, or a thought, which folds; and what can be done with it. */
import { fileUrl } from "../core/api.js";
import { h } from "../core/dom.js";
import { Portion } from "../core/portion.js";
import { proseIn } from "../core/prose.js";

const chatPairs = new WeakMap(); // the messages of a pair: as long as it is the same, they are

export class ChatMessage {
  #message = null;
  #portion = null; // of what the server rendered

  constructor(message, bot) {
    const { role, content, title } = message;
    const user = role === "user";
    const avatar = bot.known.avatars[user ? 0 : 1];
    this.body = content.file ? chatFile(content) : h("div", { class: "prose" });
    this.thought = title ? h("details", { class: "thought" }, h("summary", {}), this.body) : null;
    this.place = h("div", { class: `message ${user ? "user" : "bot"}`, "data-role": role },
      avatar && h("img", { class: "avatar", src: avatar, alt: "" }),
      h("span", { class: "visually-hidden" }, user ? "You: " : "Bot: "),
      this.thought ?? this.body);
    this.#draw(message);
    const deeds = this.#deeds(bot);
    if (deeds.length) this.place.append(h("div", { class: "deeds" }, ...deeds));
  }

  get user() { return this.#message.role === "user"; }
  get text() { return chatText(this.#message.content); }
  get sent() { return { ...this.#message, content: chatSent(this.#message.content) }; }

  /** Whether it shows this message already. */
  shows(message) { return message === this.#message || JSON.stringify(message) === JSON.stringify(this.#message); }

  /** Show this message in the same place, so that what is selected or focused elsewhere stays; false if it is of another kind. */
  become(message) {
    const old = this.#message;
    const alike = old.role === message.role && !old.title === !message.title && this.#portion && message.content.html !== undefined;
    if (alike) this.#draw(message);
    return Boolean(alike);
  }

  #draw(message) {
    const { content, options } = message;
    const was = this.#message?.status;
    this.#message = message;
    if (content.html !== undefined) (this.#portion ??= proseIn(this.body, "message")).show(content.html);
    else if (!content.file) new Portion(this.body, (text) => { this.body.textContent = text; }, { name: "message" }).show(chatText(content));
    if (this.thought) this.#head(message, was);
    this.place.querySelector(".offers")?.remove();
    if (options) this.place.append(h("div", { class: "offers" }, ...options.map(({ label }, n) => h("button", { type: "button", "data-deed": "choose", "data-n": n }, label))));
  }

  get options() { return this.#message.options; }

  #head({ title, log, status, duration }, was) {
    const took = Number.isFinite(duration) && ` ${duration.toFixed(duration < 10 ? 1 : 0)} s`;
    const parts = [h("b", {}, title), log && h("span", {}, ` ${log}`), status === "pending" && h("i", { class: "dots" }, " …"), took && h("small", {}, took)];
    this.thought.querySelector("summary").replaceChildren(...parts.filter(Boolean));
    if (status !== was) this.thought.open = status === "pending";
  }

  #deeds({ known, owner }) {
    const text = this.#message.content.file ? "" : this.text;
    const offered = new Set(owner?.settings?.flags);
    const judged = this.user || this.thought ? [] : known.feedback.filter((option) => offered.has(option));
    const edits = text && (known.editable === "all" || (known.editable === "user" && this.user));
    const deed = (name, label, more) => h("button", { type: "button", class: "plain", "data-deed": name, ...more }, label);
    return [
      text && known.copy && deed("copy", "Copy", { "aria-label": "Copy this message" }),
      edits && deed("edit", "Edit", { "aria-label": "Edit this message" }),
      ...judged.map((option) => deed("judge", option, { "aria-pressed": "false", "data-option": option })),
    ].filter(Boolean);
  }
}

/** Pairs and messages alike as [{role, content, title, ...}]. */
export function chatMessages(wire) {
  return wire.flatMap((one) => {
    if (!Array.isArray(one)) return one.content === null ? [] : [one];
    if (!chatPairs.has(one)) chatPairs.set(one, one.map((content, n) => ({ role: n ? "assistant" : "user", content })).filter(({ content }) => content !== null));
    return chatPairs.get(one);
  });
}

/** What is sent back of a side: text, or the handle of a file. */
export function chatSent(side) {
  if (side?.file) return { file: { h: side.file.h }, alt: side.alt };
  return side?.text ?? side;
}

function chatText(content) { return content.text ?? (typeof content === "string" ? content : ""); }

/** A picture, sound or film where it is one; else a link. */
function chatFile({ file, alt }) {
  const url = fileUrl(file);
  const kind = (file.type ?? "").split("/")[0];
  if (kind === "image") return h("a", { href: url, download: file.name }, h("img", { src: url, alt: alt ?? file.name, loading: "lazy" }));
  if (kind === "audio" || kind === "video") return h(kind, { src: url, controls: true, "aria-label": alt ?? file.name });
  return h("a", { href: url, download: file.name }, alt ?? file.name);
}
