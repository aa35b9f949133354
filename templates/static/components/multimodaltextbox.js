/** MultimodalTextbox: a text field with a list of files below it; Enter in a field of one line runs. */
import { define } from "../core/component.js";
import { LongField } from "../core/long_field.js";
import { FileField } from "./file.js";

class MultimodalTextbox extends FileField {
  #words = null; // has the text as its value

  connect() {
    const field = this.querySelector("textarea");
    this.#words = field ? new LongField(field, () => this.changed()) : this.querySelector("output");
    super.connect();
    field?.addEventListener("input", () => this.changed());
    field?.addEventListener("keydown", (event) => {
      if (field.rows > 1 || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.submit();
    });
  }

  get value() {
    const text = this.#words.value;
    const files = [super.value ?? []].flat();
    return text || files.length ? { text, files } : null;
  }

  /** Of a list, which is how FileField takes over from an older element, only the files. */
  set value(wire) {
    const listed = Array.isArray(wire);
    if (!listed) this.#words.value = wire?.text ?? wire ?? "";
    super.value = (listed ? wire : wire?.files) ?? null;
  }

  takeOver(old) {
    this.#words.value = old.value?.text ?? "";
    return super.takeOver(old);
  }
}

define("multimodaltextbox", MultimodalTextbox);
