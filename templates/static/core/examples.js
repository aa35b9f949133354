/** Examples: a click fills the inputs; paging swaps the rows without loading the page anew. */
import { firstTime } from "./dom.js";

if (firstTime("examples")) document.addEventListener("click", exampleClick);

function exampleClick(event) {
  const row = event.target.closest(".examples [data-wires]");
  const link = event.target.closest(".pager a");
  if (row) exampleFill(row);
  else if (link) {
    event.preventDefault();
    if (link.href) exampleTurn(link);
  }
}

function exampleFill(row) {
  const owner = row.closest("qd-interface");
  const wires = JSON.parse(row.dataset.wires);
  const columns = owner.settings.exampleColumns;
  for (const n of columns) {
    owner.inputs[n].fault = "";
    owner.inputs[n].value = wires[n];
  }
  const form = owner.querySelector("form");
  if (form.getBoundingClientRect().top < 0) form.scrollIntoView({ block: "start" });
  if (owner.settings.runExamples) exampleAsk(owner, row, columns);
  else owner.inputs[columns[0]]?.changed();
}

/** The server may have kept the answer, unless the visitor changed an input that the example leaves alone. */
function exampleAsk(owner, row, columns) {
  const goesOn = owner.settings.chat && owner.outputs[0].messages.length > 0;
  const changed = goesOn || owner.inputs.some((input, n) => input?.touched && !columns.includes(n));
  const how = row.dataset.example && !changed ? { example: JSON.parse(row.dataset.example) } : {};
  if (!owner.busy) return owner.ask(how);
  owner.addEventListener("qd-done", () => owner.ask(how), { once: true });
  owner.stop(); // what runs is not about this example
}

async function exampleTurn(link) {
  const section = link.closest(".examples");
  const owner = link.closest("qd-interface").dataset.endpoint;
  const answer = await fetch(link.href).catch(() => null);
  if (!answer?.ok) return location.assign(link.href);
  const next = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = next.querySelector(`qd-interface[data-endpoint="${CSS.escape(owner)}"] .examples`);
  const rel = link.rel;
  section.replaceWith(fresh);
  (fresh.querySelector(`a[rel=${rel}][href]`) ?? fresh.querySelector(".pager a[href]"))?.focus();
}
