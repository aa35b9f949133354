/** HTML: markup of the author, or cleaned markup that the function made. */
import { define } from "../core/component.js";
import { Prose } from "../core/prose.js";

define("html", class HtmlBlock extends Prose {});
