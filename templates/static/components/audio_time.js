/** Times as players show them. */

/** 75.3 -> "1:15". */
export function audioTime(seconds, digits = 0) {
  const whole = Math.floor(seconds * 10 ** digits + 1e-6) / 10 ** digits;
  const rest = (whole % 60).toFixed(digits);
  return `${Math.floor(whole / 60)}:${rest.padStart(digits ? 3 + digits : 2, "0")}`;
}
