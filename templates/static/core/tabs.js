/** <qd-tabs>: one panel at a time; arrow keys, Home and End move between the tabs. */
import { define } from "./component.js";

class Tabs extends HTMLElement {
  #wired = false;

  connectedCallback() {
    if (this.#wired) return;
    this.#wired = true;
    this.addEventListener("click", (event) => {
      const tab = event.target.closest("[role=tab]");
      if (tab) this.select(this.tabs.indexOf(tab));
    });
    this.addEventListener("keydown", (event) => this.#key(event));
  }

  get tabs() { return [...this.querySelectorAll("[role=tab]")]; }
  get selected() { return this.tabs.findIndex((tab) => tab.ariaSelected === "true"); }

  select(index) {
    this.tabs.forEach((tab, n) => {
      tab.setAttribute("aria-selected", String(n === index));
      tab.tabIndex = n === index ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = n !== index;
    });
  }

  #key(event) {
    if (!event.target.matches("[role=tab]")) return;
    const { tabs, selected } = this;
    const towardsEnd = getComputedStyle(this).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    const steps = { Home: 0, End: tabs.length - 1 };
    if (event.key.startsWith("Arrow")) steps[event.key] = (selected + (event.key === towardsEnd ? 1 : -1) + tabs.length) % tabs.length;
    if (!(event.key in steps) || event.key === "ArrowUp" || event.key === "ArrowDown") return;
    event.preventDefault();
    this.select(steps[event.key]);
    tabs[steps[event.key]].focus();
  }
}

define("tabs", Tabs);
