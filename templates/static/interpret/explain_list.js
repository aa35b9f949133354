/** All parts as a table, the strongest first: for screen readers, and for whoever wants the numbers. */
import { h } from "../core/dom.js";
import { explainParts } from "./explain_words.js";

/** A <details> that is filled when it is opened, and by `update()` while it is. */
export function explainList(panel) {
  const sheet = h("div", { class: "sheet", role: "group", tabindex: 0, "aria-label": "Contributions of all parts" });
  const details = h("details", { class: "all-parts" }, h("summary", {}, "Show as a table"), sheet);
  details.table = () => listTable(panel);
  details.update = () => {
    if (details.open && panel.object) sheet.replaceChildren(details.table());
  };
  details.addEventListener("toggle", details.update);
  return details;
}

function listTable({ object, numbers }) {
  const rows = explainParts(object);
  const several = object.inputs.filter(({ scores }) => scores?.length).length > 1;
  const errors = rows.some(({ error }) => error !== null);
  const number = (text) => h("td", { class: "num" }, text);
  const row = ({ input, label, score, error }) => h("tr", {}, several && h("td", {}, input), h("th", { scope: "row" }, label), number(numbers.signed(score)), errors && number(error === null ? "" : numbers.error(error)));
  const heads = [several && "Input", "Part", "Contribution", errors && "Standard error"].filter(Boolean);
  return h("table", {},
    h("thead", {}, h("tr", {}, heads.map((name) => h("th", { scope: "col", class: /Contr|Stand/.test(name) ? "num" : null }, name)))),
    h("tbody", {}, rows.map(row)));
}
