/** The edits of runtime/diffs.py: what changed between two wire values. */

/** The value after the edits; the given one stays as it is. */
export function applyEdits(value, edits) {
  let now = edits.length ? structuredClone(value) : value;
  for (const [action, path, change] of edits) {
    if (!path.length) {
      now = action === "append" ? now + change : change;
      continue;
    }
    const outer = path.slice(0, -1);
    const last = path.at(-1);
    const place = outer.reduce((inner, key) => inner[key], now);
    if (action === "append") place[last] += change;
    else if (action === "delete" && Array.isArray(place)) place.splice(last, 1);
    else if (action === "delete") delete place[last];
    else if (action === "add" && Array.isArray(place)) place.splice(last, 0, change);
    else place[last] = change;
  }
  return now;
}
