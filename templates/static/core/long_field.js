/** A field for text that stays quick whatever is put into it: of a long text it holds the beginning, and keeps the rest. */
import { h } from "./dom.js";
import { portionEnd } from "./portion.js";

const FIELD_MOST = 200_000; // characters that a browser lays out without a stall at each key
const FIELD_GROWS = 50_000; // from here on the field does not measure its text to fit it

export class LongField {
  #field;
  #changed;
  #rest = ""; // what comes behind the field's text
  #size = FIELD_MOST;
  #note = null;

  /** field: a textarea. changed: called after the visitor changed the text in another way than by typing. */
  constructor(field, changed) {
    this.#field = field;
    this.#changed = changed;
    field.addEventListener("beforeinput", (event) => this.#before(event));
    field.addEventListener("input", () => this.#fit());
    for (const kind of ["copy", "cut"]) field.addEventListener(kind, (event) => this.#copy(event));
    if (field.value.length > FIELD_GROWS) this.value = field.value;
  }

  /** Whether the field holds only the beginning. */
  get partly() { return this.#rest !== ""; }

  get value() { return this.#field.value + this.#rest; }

  set value(text) {
    this.#size = FIELD_MOST;
    this.#hold(text);
  }

  #hold(text) {
    const end = portionEnd(text, this.#size);
    this.#field.value = text.slice(0, end);
    this.#rest = text.slice(end).replace(/\r\n?/g, "\n"); // as a field has them
    this.#fit();
  }

  /** What is typed happens in the field alone. A long text is put in here, since a browser takes its time for each line. */
  #before(event) {
    const { selectionStart: start, selectionEnd: end, value, maxLength } = this.#field;
    const all = this.#allSelected;
    const put = /^insertFrom(Paste|Drop)/.test(event.inputType) ? event.data ?? event.dataTransfer?.getData("text/plain") ?? "" : "";
    const fits = value.length + put.length < FIELD_MOST && portionEnd(put, FIELD_MOST) === put.length;
    if (put && !fits) {
      event.preventDefault();
      const behind = all ? "" : value.slice(end) + this.#rest;
      const room = maxLength < 0 ? put.length : Math.max(0, maxLength - start - behind.length);
      this.value = value.slice(0, start) + put.slice(0, room) + behind;
      const caret = this.partly ? 0 : start + room; // never where the rest begins: one would type into the middle
      this.#field.setSelectionRange(caret, caret);
      this.#field.scrollTop = this.partly ? 0 : this.#field.scrollHeight;
      this.#changed();
    } else if (all && !event.inputType.startsWith("history")) {
      this.#rest = ""; // who replaces all that there is to see means all of it
    }
  }

  /** Who copies all that there is to see means all of it. */
  #copy(event) {
    if (!this.partly || !this.#allSelected) return;
    event.preventDefault();
    event.clipboardData.setData("text/plain", this.value);
    if (event.type === "copy") return;
    this.value = "";
    this.#changed();
  }

  get #allSelected() {
    const { selectionStart, selectionEnd, value } = this.#field;
    return value !== "" && selectionStart === 0 && selectionEnd === value.length;
  }

  #fit() {
    this.#field.classList.toggle("long", this.#field.value.length > FIELD_GROWS);
    if (!this.partly && !this.#note) return;
    this.#note ??= this.#made();
    const place = this.#field.closest(".beside") ?? this.#field;
    if (place.nextSibling !== this.#note) place.after(this.#note);
    this.#note.hidden = !this.partly;
    const [shown, all] = [this.#field.value.length, this.value.length].map((count) => count.toLocaleString("en"));
    this.#note.firstElementChild.textContent = `The first ${shown} of ${all} characters are in the field; the rest follows them.`;
  }

  #made() {
    const button = (name, onclick) => h("button", { class: "plain", type: "button", onclick }, name);
    const more = button("Show more", () => {
      this.#size *= 2;
      this.#hold(this.value);
    });
    const cut = button("Remove the rest", () => {
      this.#rest = "";
      this.#fit();
      this.#field.focus();
      this.#changed();
    });
    return h("div", { class: "portion" }, h("span", { role: "status" }), more, cut);
  }
}
