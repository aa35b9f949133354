/** The value of the part under the pointer, or of the one that has the focus. Escape hides it. */
import { h } from "../core/dom.js";

const TIP_GAP = 8; // px

export class PartTip {
  constructor() {
    this.box = h("div", { class: "tip", role: "tooltip", "aria-hidden": "true", popover: "manual" }); // the part's own name says the same
  }

  /** at: an element, or a point {x, y} of the window. */
  show(text, at) {
    this.box.textContent = text;
    if (!this.box.matches(":popover-open")) this.box.showPopover();
    const around = at instanceof Element ? at.getClientRects()[0] ?? at.getBoundingClientRect() : { left: at.x, right: at.x, top: at.y - TIP_GAP, bottom: at.y + TIP_GAP };
    const { width, height } = this.box.getBoundingClientRect();
    const left = Math.min(Math.max((around.left + around.right - width) / 2, TIP_GAP), innerWidth - width - TIP_GAP);
    const above = around.top - height - TIP_GAP;
    this.box.style.insetInlineStart = "auto";
    this.box.style.left = `${left}px`;
    this.box.style.top = `${above < TIP_GAP ? around.bottom + TIP_GAP : above}px`;
  }

  hide() { if (this.box.matches(":popover-open")) this.box.hidePopover(); }
}
