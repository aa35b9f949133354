/** What the server embedded in the page: session, endpoints, addresses of lazily loaded modules. */

export function config() {
  return JSON.parse(document.getElementById("config").textContent);
}

/** Import a module that a component names in its `extra_modules`, such as "components/crop.js". */
export function loadModule(path) {
  return import(new URL(config().modules[path], document.baseURI));
}
