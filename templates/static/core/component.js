import { sameValue } from "./keep.js";

/**
 * Base of every component's page half. The server has already drawn native controls inside the element; a
 * subclass enhances them and says how a wire value is read and written.
 *
 * A subclass implements `connect()` (once, when the element is on the page), `get value()` and `set value(wire)`.
 * It calls `this.changed()` after the visitor changed the value, and `this.submit()` when the visitor asks to run.
 */
export class Component extends HTMLElement {
  #wired = false;
  #pending = new Set();
  drawn = ""; // the server's markup, before it was enhanced: a reload that brings the same keeps the element

  connectedCallback() {
    if (this.#wired) return;
    this.#wired = true;
    this.drawn = this.outerHTML;
    this.connect();
  }

  /** Moved within the page (`moveBefore`): nothing ends, nothing begins anew. */
  connectedMoveCallback() {}

  /** Enhance what the server drew. Runs once. */
  connect() {}

  get role_() { return this.dataset.role; }          // "input" or "output"
  get editable() { return this.dataset.editable === "true"; }
  get label() { return this.dataset.label; }
  get options() { return JSON.parse(this.dataset.options || "{}"); }
  get initial() { return JSON.parse(this.dataset.initial || "null"); }

  /** The wire value; subclasses override both. */
  get value() { return null; }
  set value(wire) { void wire; }

  /** Whether each value of a stream counts, such as a piece of sound, and not just the newest. */
  get cumulative() { return false; }

  /** The wire value became `wire` by these edits (see diffs.js): a component may draw only what is new. */
  grow(wire, edits) {
    void edits;
    this.value = wire;
  }

  /** Whether the visitor made it something else than what the author gave. */
  get touched() {
    try {
      return this.pending !== null || !sameValue(this.value, this.initial);
    } catch {
      return true; // half typed
    }
  }

  /** After a reload: become what `old`, of the same kind, was. False, or an error, when it cannot. */
  takeOver(old) {
    this.value = old.value;
    return sameValue(this.value, old.value);
  }

  /** A value as it stands in a link to the page, and back: text as it is, all else as JSON. */
  toLink(wire) { return typeof wire === "string" ? wire : JSON.stringify(wire); }
  fromLink(text) {
    if (typeof (this.value ?? this.initial) === "string") return text;
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }

  /** Gone from the page for good: give back what it holds, such as a camera. */
  leave() {}

  /** Back to what the author gave. */
  clear() {
    this.value = this.initial;
    this.fault = "";
  }

  /** The visitor changed the value: live interfaces listen. */
  changed() {
    this.fault = "";
    this.dispatchEvent(new CustomEvent("qd-change", { bubbles: true }));
  }

  /** The visitor wants to run, by Enter or by a button inside the component. */
  submit() { this.dispatchEvent(new CustomEvent("qd-submit", { bubbles: true })); }

  /** Work that must end before the value can be sent, such as an upload. */
  wait(promise) {
    this.#pending.add(promise);
    promise.catch(() => {}).finally(() => this.#pending.delete(promise));
    return promise;
  }

  /** Ends with all that is under way now; null when nothing is. */
  get pending() { return this.#pending.size ? Promise.all(this.#pending) : null; }

  /** Resolves when nothing is pending; rejects when an upload failed. */
  async settled() { await Promise.all(this.#pending); }

  /** Mark the field as wrong and say why; "" takes the mark away. */
  set fault(message) {
    const id = `${this.id}-hint`;
    if (message) this.closest("details.additional")?.setAttribute("open", "");
    let hint = document.getElementById(id);
    if (message && !hint) {
      hint = document.createElement("p");
      hint.className = "hint";
      hint.id = id;
      this.append(hint);
    }
    const fields = this.querySelectorAll("input:not([type=radio], [type=checkbox], [type=file], [type=search], .brush *, .trim *), textarea, select");
    const parts = fields.length ? fields : this.querySelectorAll("fieldset");
    if (hint && !parts.length) hint.role = "alert"; // no control that it could describe
    if (hint) hint.textContent = message;
    if (!message) hint?.remove();
    for (const field of fields) field.ariaInvalid = message ? "true" : null;
    for (const part of parts) this.#describe(part, id, Boolean(message));
  }

  /** Add or take away one of the texts that describe a control. */
  #describe(part, id, wanted) {
    const others = (part.getAttribute("aria-describedby") ?? "").split(" ").filter((one) => one && one !== id);
    const ids = wanted ? [...others, id] : others;
    if (ids.length) part.setAttribute("aria-describedby", ids.join(" "));
    else part.removeAttribute("aria-describedby");
  }
}

/** Register the element `<qd-KIND>`; a reload that brings the same module again is harmless. */
export function define(kind, element) {
  const tag = `qd-${kind}`;
  if (!customElements.get(tag)) customElements.define(tag, element);
}
