/**
 * HTML that may hold a visitor's words goes into the page through here, by an allow-list: no script, no event
 * handler, no form, no frame, no style sheet, nothing named so that the page's own code could mistake it.
 */

const SAFE_ELEMENTS = (
  "a abbr b bdi bdo blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption figure " +
  "h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark meter ol p pre progress q rp rt ruby s samp section small span strong " +
  "sub summary sup table tbody td tfoot th thead time tr u ul var wbr"
).split(" ");
const SAFE_DRAWING = "svg g path circle ellipse line polyline polygon rect text tspan title defs".split(" ");
const SAFE_FORMULA = (
  "math mrow mi mo mn mtext mspace msup msub msubsup mfrac msqrt mroot mover munder munderover mtable mtr mtd mstyle " +
  "mpadded mphantom menclose mmultiscripts mprescripts none"
).split(" ");
const SAFE_ATTRIBUTES = (
  "id display mathvariant stretchy fence form separator accent accentunder displaystyle scriptlevel lspace rspace depth " +
  "columnalign rowspacing columnspacing columnlines rowlines linethickness notation minsize maxsize largeop " +
  "movablelimits symmetric mathcolor mathbackground mathsize columnspan " +
  "alt align aria-label class colspan dir height high href lang low max min open optimum reversed rowspan scope span src start " +
  "style title value width viewBox d cx cy r rx ry x y x1 y1 x2 y2 points transform fill fill-opacity fill-rule " +
  "stroke stroke-width stroke-linecap stroke-linejoin stroke-dasharray stroke-opacity opacity text-anchor font-size"
).split(" ");
const SAFE_SVG = "http://www.w3.org/2000/svg";
const SAFE_MATH = "http://www.w3.org/1998/Math/MathML";

let safeTexts = 0;

/** A name for one more text: places in it are named after it, so that no two on the page are named alike. */
export function safeName() { return String(++safeTexts); }

/** Replace what `element` holds by `html`, cleaned. own: the name of the text that it is a part of. */
export function safe(element, html, own = safeName()) {
  const within = (names, namespace) => names.map((name) => ({ name, namespace }));
  const elements = [...SAFE_ELEMENTS, ...within(SAFE_DRAWING, SAFE_SVG), ...within(SAFE_FORMULA, SAFE_MATH)];
  if (typeof element.setHTML === "function") {
    element.setHTML(html, { sanitizer: { elements, attributes: SAFE_ATTRIBUTES, comments: false, dataAttributes: false } });
  } else {
    const parsed = new DOMParser().parseFromString(html, "text/html");
    safeClean(parsed.body);
    element.replaceChildren(...parsed.body.childNodes);
  }
  for (const node of element.querySelectorAll("[href], [src]")) safeAddress(node);
  // A block contains what it holds (`.prose`); a table's cell cannot, and nothing in it may lie over the page.
  if (element.localName === "td") for (const node of element.querySelectorAll("[style]")) node.style.position = "";
  safePlaces(element, own);
}

/** Ids that begin with `h-` stay, and so do the links to them, with the name of their text in them. */
function safePlaces(element, own) {
  for (const node of element.querySelectorAll("[id]")) {
    if (node.id.startsWith("h-")) node.id = `h-${own}:${node.id.slice(2)}`;
    else node.removeAttribute("id");
  }
  for (const link of element.querySelectorAll('a[href^="#h-"]')) link.setAttribute("href", `#h-${own}:${link.getAttribute("href").slice(3)}`);
}

/** Remove what is not on the list; the text inside a removed element of prose goes with it. */
function safeClean(parent) {
  for (const node of [...parent.childNodes]) {
    if (node.nodeType === Node.TEXT_NODE) continue;
    const allowed = { [SAFE_SVG]: SAFE_DRAWING, [SAFE_MATH]: SAFE_FORMULA }[node.namespaceURI] ?? SAFE_ELEMENTS;
    if (node.nodeType !== Node.ELEMENT_NODE || !allowed.includes(node.localName)) {
      node.remove();
      continue;
    }
    for (const { name } of [...node.attributes]) if (!SAFE_ATTRIBUTES.includes(name)) node.removeAttribute(name);
    safeClean(node);
  }
}

/** Links lead to the web, to mail or to this site; pictures come from this site or from the markup itself. */
function safeAddress(node) {
  const schemes = { href: ["http:", "https:", "mailto:"], src: ["http:", "https:", "data:", "blob:"] };
  for (const [name, allowed] of Object.entries(schemes)) {
    const address = node.getAttribute(name);
    if (address === null) continue;
    const known = URL.canParse(address, document.baseURI) && allowed.includes(new URL(address, document.baseURI).protocol);
    if (!known) node.removeAttribute(name);
  }
  if (!node.hasAttribute("href")) return;
  node.setAttribute("rel", "noopener noreferrer");
  // What stands on this page is not left for another site. Any element may have an address, but only links know theirs.
  const to = new URL(node.getAttribute("href"), document.baseURI);
  if (to.protocol !== "mailto:" && to.origin !== location.origin) node.setAttribute("target", "_blank");
}
