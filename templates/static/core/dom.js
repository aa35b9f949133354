/** One way to build elements: text is always text, never markup. */

/**
 * An element with attributes and children.
 *
 *     h("button", { class: "plain", type: "button", hidden: false, onclick: run }, "Run ", h("b", {}, name))
 *
 * An attribute of true is a bare name; null, undefined and false are left out. A function whose name starts with
 * "on" listens to that event. Children are elements or text; null, undefined and false are left out.
 */
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat()) if (child !== null && child !== undefined && child !== false) element.append(child);
  return element;
}

/** True the first time that a name is given: a reload may bring a module again, which must not listen twice. */
export function firstTime(name) {
  const { dataset } = document.documentElement;
  if (name in dataset) return false;
  dataset[name] = "";
  return true;
}
