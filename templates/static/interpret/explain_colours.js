/** The colours of interpret/colours.py on the page: of a score, and of text on it, in light and in dark. */

const EXPLAIN_RAISES = [231, 76, 60];
const EXPLAIN_LOWERS = [52, 152, 219];
const EXPLAIN_BLACK = [0, 0, 0], EXPLAIN_WHITE = [255, 255, 255];
const EXPLAIN_THEMES = {
  light: { ground: EXPLAIN_WHITE, ink: [25, 31, 37] },
  dark: { ground: [24, 27, 31], ink: [235, 237, 239] },
};
const EXPLAIN_AA = 4.5;
const EXPLAIN_ROUNDING = 1e-9;

/** [r, g, b] of a score from -1 to 1; null gives the ground that weak colours fade into. */
export function explainColour(score, ground = EXPLAIN_WHITE) {
  if (score === null || Number.isNaN(score)) return ground;
  const base = score < 0 ? EXPLAIN_LOWERS : EXPLAIN_RAISES;
  const share = Math.sqrt(Math.min(Math.abs(score), 1));
  return ground.map((part, n) => Math.floor(part * (1 - share) + base[n] * share + .5));
}

/** [r, g, b] of text on a colour: the page's ink where that can be read, else white or black. */
export function explainInk(on, ink = EXPLAIN_THEMES.light.ink) {
  return [ink, EXPLAIN_WHITE, EXPLAIN_BLACK].find((one) => explainContrast(one, on) >= EXPLAIN_AA) ?? EXPLAIN_BLACK;
}

function explainContrast(one, other) {
  const [low, high] = [explainLuminance(one), explainLuminance(other)].sort((a, b) => a - b);
  return (high + .05) / (low + .05);
}

function explainLuminance(rgb) {
  const [r, g, b] = rgb.map((part) => part / 255).map((c) => (c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4));
  return .2126 * r + .7152 * g + .0722 * b;
}

export function explainRgb(rgb) { return `rgb(${rgb.join(", ")})`; }

/** Give an element the colour of a score from -1 to 1 in both themes; which one shows, and the mark of the sign, is the style sheet's. */
export function explainPaint(element, score) {
  const parts = Object.entries(EXPLAIN_THEMES).map(([theme, { ground, ink }]) => {
    const on = explainColour(score, ground);
    return `--on-${theme}: ${explainRgb(on)}; --ink-${theme}: ${explainRgb(explainInk(on, ink))}`;
  });
  const share = Math.round(35 + 65 * Math.sqrt(Math.min(Math.abs(score ?? 0), 1)));
  element.setAttribute("style", `${parts.join("; ")}; --share: ${share}%`);
  element.dataset.sign = explainSign(score);
}

/** "up" raises, "down" lowers, "" does neither: what is only rounding does neither. `score` is relative to the strongest. */
export function explainSign(score) { return score > EXPLAIN_ROUNDING ? "up" : score < -EXPLAIN_ROUNDING ? "down" : ""; }
