/** <qd-members>: of a demo made of several functions, where each of them stands: in its own output, or in the list here. */
import { define } from "./component.js";
import { h } from "./dom.js";

class Members extends HTMLElement {
  #wired = false;

  connectedCallback() {
    if (this.#wired) return;
    this.#wired = true;
    this.owner.addEventListener("qd-begin", () => this.clear());
    this.owner.addEventListener("qd-member", ({ detail }) => this.tell(detail));
    this.owner.addEventListener("qd-done", () => this.stop());
  }

  get owner() { return (this.owner_ ??= this.closest("qd-interface")); }
  get list() { return this.querySelector("ol"); }
  get notes() { return [...this.owner.querySelectorAll(".outputs .member")]; }

  /** A new call. */
  clear() {
    this.hidden = true;
    this.list.replaceChildren();
    for (const note of this.notes) note.remove();
  }

  /** {name, outputs: places, state, seconds, error}: what became of one. */
  tell(member) {
    const { index, outputs } = member;
    if (outputs.length === 0) return this.#inList(member);
    this.owner.revealOutputs();
    this.owner.outputs[outputs[0]]?.querySelector(":scope > .member")?.remove();
    const note = h("p", { class: "member", "data-index": index, "data-member": member.state, role: member.error && "alert" }, ...memberWords(member, false));
    this.owner.outputs[outputs[0]]?.append(note);
  }

  #inList(member) {
    const item = h("li", { "data-index": member.index, "data-member": member.state }, ...memberWords(member, true));
    const old = this.list.querySelector(`[data-index="${member.index}"]`);
    if (old) old.replaceWith(item);
    else this.list.append(item);
    this.hidden = false;
  }

  /** The call has ended: what still ran was left. */
  stop() {
    for (const left of [...this.notes, ...this.list.children]) if (left.dataset.member === "running") left.remove();
    this.hidden = this.list.children.length === 0;
  }
}

function memberWords({ name, state, seconds, error }, named) {
  const time = seconds === undefined ? "" : `${seconds.toFixed(2)} s`;
  if (error) return [h("b", {}, error.title || error.message), error.title && h("span", {}, error.message), error.hint && h("span", {}, error.hint), h("small", {}, time)];
  const words = { running: "running", done: time, failed: `failed after ${time}` }[state];
  return [named && h("span", {}, name), h("small", {}, words)];
}

define("members", Members);
