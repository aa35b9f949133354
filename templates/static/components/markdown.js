/** Markdown: HTML that the server rendered. */
import { define } from "../core/component.js";
import { Prose } from "../core/prose.js";

define("markdown", class MarkdownBlock extends Prose {});
