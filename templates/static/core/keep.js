/** Putting a value into a component that may no longer take it: after a reload, or from a shared link. */

/** What stays the same when the page changes around a component. */
export function identity(component) {
  return `${component.localName}|${component.dataset.key || component.label}`;
}

/** Set the value; a component that does not take it as it is goes back to its default and says so. */
export function restore(component, wire) {
  try {
    component.value = wire;
  } catch {
    // judged below, by what the component now says
  }
  const invalid = component.querySelector("input:invalid, select:invalid, textarea:invalid");
  if (!invalid && sameValue(component.value, wire)) return true;
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
  const text = typeof wire === "string" ? `“${wire}”` : JSON.stringify(wire);
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}
