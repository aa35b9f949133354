/** A ChatInterface: the caret is where the next message is typed, and the browser keeps the conversations where it is to. */
import { define } from "./component.js";
import { firstTime, h } from "./dom.js";
import { toast } from "./toast.js";

const PAST_MOST = 50; // conversations
const PAST_TITLE = 60; // characters

/** <qd-past>: the conversations of one ChatInterface in this browser, the newest first: [{id, title, messages}]. */
class PastChats extends HTMLElement {
  #said = false;

  connectedCallback() {
    this.addEventListener("click", (event) => this.#click(event.target.closest("[data-past]")));
    this.draw();
  }

  get owner() { return this.closest("qd-interface"); }
  get key() { return `quickdemo chats ${location.pathname} ${this.owner.name} ${this.dataset.for}`; }

  /** The id of the one that is shown. A reload brings another list, and the attributes of the script; the owner stays. */
  get now() { return this.owner.pastShown ?? null; }
  set now(id) { this.owner.pastShown = id; }

  get all() {
    try {
      const kept = JSON.parse(localStorage.getItem(this.key));
      return Array.isArray(kept) ? kept.filter((one) => typeof one?.id === "string" && Array.isArray(one.messages)) : [];
    } catch {
      return []; // not allowed, or not ours
    }
  }

  /** As many of them as there is room for. */
  #store(chats) {
    let left = chats.slice(0, PAST_MOST);
    for (;;) {
      try {
        localStorage.setItem(this.key, JSON.stringify(left));
        break;
      } catch {
        if (left.length <= 1) {
          if (!this.#said) toast("Not kept", "this browser has no room for this conversation");
          this.#said = true;
          break;
        }
        left = left.slice(0, -1);
      }
    }
    this.draw();
  }

  /** The conversation has gone on. */
  keep() {
    const messages = this.owner.outputs[0].value;
    if (this.owner.state === "failed") return;
    const others = this.all.filter(({ id }) => id !== this.now);
    if (!messages.length) return this.#store(others);
    if (this.now === null) this.now = crypto.getRandomValues(new Uint32Array(2)).join("-");
    const first = messages.find(({ role, content }) => role === "user" && typeof content === "string");
    const title = (first?.content ?? "").trim().replace(/\s+/g, " ") || "Conversation";
    this.#store([{ id: this.now, title: title.length > PAST_TITLE ? `${title.slice(0, PAST_TITLE - 1)}…` : title, messages }, ...others]);
  }

  #click(button) {
    if (!button) return;
    const { past, id } = button.dataset;
    if (past === "delete") return this.#delete(id);
    if (this.owner.busy) return toast("Still answering", "wait for the end, or stop it");
    if (past === "new") {
      this.owner.clear();
      this.leave();
      chatFocus(this.owner);
    } else this.#open(this.all.find((one) => one.id === id));
  }

  #open(chat) {
    if (!chat || chat.id === this.now) return;
    const past = this.owner.inputs[2];
    const before = this.now;
    this.now = chat.id;
    past.value = chat.messages;
    this.owner.addEventListener("qd-done", () => {
      past.value = null;
      if (this.owner.state === "failed") this.now = before;
      this.draw();
    }, { once: true });
    this.owner.act("load");
  }

  #delete(id) {
    if (id === this.now) this.now = null;
    this.#store(this.all.filter((one) => one.id !== id));
    this.querySelector("button").focus();
  }

  /** What comes next is another conversation. */
  leave() {
    this.now = null;
    this.draw();
  }

  draw() {
    const item = ({ id, title }) => h("li", {},
      h("button", { type: "button", class: "plain", "data-past": "open", "data-id": id, "aria-current": id === this.now && "true" }, title),
      h("button", { type: "button", class: "plain", "data-past": "delete", "data-id": id, "aria-label": `Delete ${title}` }, "×"));
    this.querySelector("ul").replaceChildren(...this.all.map(item));
  }
}

/** Where the next message is typed; on a phone that would open the keyboard over the answer. */
function chatFocus(owner) {
  const { activeElement: focused } = document;
  const elsewhere = focused && focused !== document.body && !owner.contains(focused);
  if (!owner.settings.autofocus || elsewhere || !matchMedia("(hover: hover)").matches || owner.closest("[hidden]")) return;
  owner.inputs[0]?.querySelector("textarea, input")?.focus({ preventScroll: true });
}

define("past", PastChats);

if (firstTime("chats")) {
  for (const owner of document.querySelectorAll("qd-interface")) if (owner.settings.chat) chatFocus(owner);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-do=clear]")) event.target.closest("qd-interface").querySelector("qd-past")?.leave();
  });
  addEventListener("storage", () => { // another page of this demo has gone on
    for (const past of document.querySelectorAll("qd-past")) past.draw();
  });
  document.addEventListener("qd-done", ({ target }) => {
    if (!target.settings.chat) return;
    target.querySelector("qd-past")?.keep();
    if (document.activeElement === document.body || document.activeElement.matches(".actions.main button, .examples button, .offers button")) chatFocus(target);
  });
}
