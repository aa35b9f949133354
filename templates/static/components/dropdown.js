/** Dropdown: a native <select>, or a text field with suggestions when any text may be typed. */
import { Component, define } from "../core/component.js";

class Dropdown extends Component {
  #shown = null;
  #all = []; // the options, of which a filter may leave only some in the list
  #chosen = new Set(); // options that were chosen before a change

  connect() {
    this.#shown = this.initial;
    this.#all = [...(this.#select?.options ?? [])];
    this.#select?.addEventListener("change", () => this.#choose());
    this.querySelector("input[type=text]")?.addEventListener("input", () => this.changed());
    const filter = this.#filter;
    filter?.addEventListener("input", () => this.#narrow());
    filter?.addEventListener("keydown", (event) => this.#key(event));
    this.#say();
  }

  get #select() { return this.querySelector("select"); }

  get #filter() { return this.querySelector("input[type=search]"); }

  get value() {
    const select = this.#select;
    const input = this.querySelector("input[type=text]");
    const { names, values, multiple } = this.options;
    if (input) return input.value === "" ? null : values[names.indexOf(input.value)] ?? input.value;
    if (!select) return this.#shown;
    if (multiple) return [...select.selectedOptions].map((option) => values[Number(option.value)]);
    return select.value === "" ? null : values[Number(select.value)];
  }

  set value(wire) {
    this.#shown = wire;
    const { names, values } = this.options;
    const wires = wire === null ? [] : Array.isArray(wire) ? wire : [wire];
    const text = wires.map((value) => names[values.indexOf(value)] ?? value).join(", ");
    const select = this.#select;
    if (!select) {
      this.querySelector("input[type=text], output").value = text;
      return;
    }
    if (this.#filter?.value) this.#narrow("");
    const places = wires.map((value) => String(values.indexOf(value)));
    for (const option of select.options) option.selected = places.includes(option.value);
    if (!places.length && !select.multiple) select.value = "";
    this.#say();
  }

  /** The visitor chose; of more than may be chosen, those stay that were there before. */
  #choose() {
    const { most = Infinity } = this.options;
    const now = [...this.#select.selectedOptions];
    const kept = [...now.filter((one) => this.#chosen.has(one)), ...now.filter((one) => !this.#chosen.has(one))].slice(0, most);
    for (const option of now) option.selected = kept.includes(option);
    this.#say(now.length > most);
    this.changed();
  }

  /** How many are found and chosen. */
  #say(over = false) {
    const said = this.querySelector("small[role=status]");
    if (!said) return;
    const { most, names } = this.options;
    this.#chosen = new Set(this.#select.selectedOptions);
    const count = this.#chosen.size;
    const limit = over ? `Only ${most} can be chosen: take one away first` : count ? `${count} of at most ${most} chosen` : `At most ${most}`;
    const found = this.#filter?.value ? `${this.#found.length || "none"} of ${names.length} found` : "";
    said.textContent = [found, most && limit].filter(Boolean).join(" · ");
    said.classList.toggle("over", over);
  }

  /** The options that the filter leaves. */
  get #found() {
    const words = dropdownPlain(this.#filter.value.trim());
    return this.#all.filter((option) => option.value !== "" && dropdownPlain(option.text).includes(words));
  }

  /** Only what is found stays in the list, and what is chosen. */
  #narrow(text = this.#filter.value) {
    const select = this.#select;
    this.#filter.value = text;
    const found = new Set(this.#found);
    const chosen = new Set(select.selectedOptions);
    select.replaceChildren(...this.#all.filter((option) => option.value === "" || found.has(option) || chosen.has(option)));
    for (const option of chosen) option.selected = true;
    this.#say();
  }

  /** Enter chooses the first that is found, or takes it away; the arrow leads into the list. */
  #key(event) {
    if (event.key === "ArrowDown") {
      event.preventDefault();
      this.#select.focus();
    }
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.isComposing) return;
    event.preventDefault();
    const [first] = this.#filter.value ? this.#found : [];
    if (!first) return;
    first.selected = !(first.selected && this.#select.multiple);
    this.#choose();
    this.#filter.select();
  }
}

/** As it is compared: without accents, in lower case. */
function dropdownPlain(text) { return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase(); }

define("dropdown", Dropdown);
