/** <qd-recent>: "Recent runs", closed at first; what is in it is fetched when someone opens it. */
import { define } from "./component.js";
import { loadModule } from "./config.js";
import { hasRun, leftRuns } from "./kept_runs.js";

const RECENT_EVERY_MS = 3000; // while it is open, looked at, and something goes on

class RecentRuns extends HTMLElement {
  #list = null;
  #timer = 0;

  connectedCallback() {
    this.details.addEventListener("toggle", () => this.draw());
    this.owner.addEventListener("qd-done", this.ran);
    addEventListener("storage", this.look);
    this.look();
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    removeEventListener("storage", this.look);
    this.owner_?.removeEventListener("qd-done", this.ran);
  }

  get owner() { return (this.owner_ ??= this.closest("qd-interface")); }
  get details() { return this.querySelector("details"); }

  /** There is a list once something has run, here or in another tab. */
  look = () => {
    this.hidden = !hasRun(this.owner.name) && !leftRuns().some(({ endpoint }) => endpoint === this.owner.name);
    this.draw();
  };

  ran = () => {
    hasRun(this.owner.name, Date.now());
    this.look();
  };

  async draw() {
    clearTimeout(this.#timer);
    if (!this.details.open || !this.isConnected) return;
    this.#list ??= await loadModule("core/recent_list.js");
    const goesOn = document.hidden || (await this.#list.drawRecent(this.details, this.owner));
    if (goesOn && this.details.open) this.#timer = setTimeout(() => this.draw(), RECENT_EVERY_MS);
  }
}

define("recent", RecentRuns);
