/** Putting a value into a component that may no longer take it: after a reload, or from a shared link. */

/** What stays the same when the page changes around a component. */
export function identity(component) {
  return `${component.localName}|${component.dataset.key || component.dataset.label}`;
}

/** The identities of a list; those that occur several times are told apart by their turn. */
export function identities(components) {
  const turns = new Map();
  return components.map((component) => {
    const id = component ? identity(component) : "";
    turns.set(id, (turns.get(id) ?? 0) + 1);
    return `${id}|${turns.get(id)}`;
  });
}

/** Set the value; a component that does not take it as it is goes back to its default and says so. */
export function restore(component, wire) {
  return keepOrReset(component, () => wire, () => {
    component.value = wire;
    return sameValue(component.value, wire);
  });
}

/** After a reload: `component` becomes what `old` was, with the same outcome. */
export function succeed(component, old) {
  return keepOrReset(component, () => old.value, () => component.takeOver(old));
}

function keepOrReset(component, wire, set) {
  let kept = false;
  try {
    kept = set();
  } catch {
    // a component may refuse what it cannot show: that is told below
  }
  const invalid = component.querySelector("input:invalid, select:invalid, textarea:invalid");
  if (kept && !invalid) return true;
  component.clear();
  component.fault = `${keepShort(wire)} is not possible here; this was reset.`;
  return false;
}

/** Equal as wire values: "nothing" has several spellings, and media are known by their handles. */
export function sameValue(one, other) {
  const plain = (value) => (value === "" || value === undefined || (Array.isArray(value) && !value.length) ? null : value);
  const text = (value) => JSON.stringify(plain(value), (key, item) => (item && item.h ? item.h : item));
  if (Array.isArray(one) && Array.isArray(other)) return text([...one].sort()) === text([...other].sort());
  return text(one) === text(other);
}

function keepShort(wire) {
  let text = "";
  try {
    text = typeof wire() === "string" ? `“${wire()}”` : JSON.stringify(wire());
  } catch {
    // half typed
  }
  if (!text || text === "null" || text.includes('"h":')) return "What was given";
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}
