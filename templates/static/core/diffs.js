/** The edits of runtime/diffs.py: what changed between two wire values. */

/** The value after the edits; the given one stays as it is. Only what holds the places of the edits is copied. */
export function applyEdits(value, edits) {
  return edits.reduce((now, [action, path, change]) => applyEdit(now, path, action, change), value);
}

/** What the edits added at the end of a text; null when they are of another kind. */
export function addedText(edits) {
  return edits.every(([action, path, change]) => action === "append" && !path.length && typeof change === "string") ? edits.map(([, , change]) => change).join("") : null;
}

function applyEdit(value, [key, ...inner], action, change) {
  if (key === undefined) return applyHere(value, action, change);
  const copy = Array.isArray(value) ? [...value] : { ...value };
  if (inner.length || !["add", "delete"].includes(action)) copy[key] = applyEdit(copy[key], inner, action, change);
  else if (!Array.isArray(copy)) action === "add" ? (copy[key] = change) : delete copy[key];
  else copy.splice(key, action === "delete" ? 1 : 0, ...(action === "add" ? [change] : []));
  return copy;
}

function applyHere(value, action, change) {
  if (action === "append") return value + change;
  if (action !== "splice") return change;
  const [start, count, text] = change;
  return value.slice(0, start) + text + value.slice(start + count);
}

/** The values of a stream, of which the first are whole and later ones edits. */
export class StreamedValues {
  now = null;
  #edits = null; // of each output since they were drawn; null when they are new as a whole
  #fresh = false;

  /** What a `partial` event told. */
  take({ data, diff }) {
    this.#edits = data ? null : this.#fresh && !this.#edits ? null : diff.map((edits, n) => [...(this.#edits?.[n] ?? []), ...edits]);
    this.now = data ?? this.now.map((value, n) => applyEdits(value, diff[n]));
    this.#fresh = true;
  }

  /** Calls `draw(values, edits)` when something is new. */
  drawn(draw) {
    if (this.#fresh) draw(this.now, this.#edits);
    this.#fresh = false;
    this.#edits = null;
  }
}
