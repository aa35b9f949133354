/** Scales of plots: which values stand beside an axis, and how they are written. */

const AXES_STEPS = [1, 2, 5, 10];
const SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR, MONTH = 30.44 * DAY, YEAR = 365.25 * DAY;
const AXES_TIMES = [SECOND, 5 * SECOND, 15 * SECOND, 30 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY];

/** The least round number that is not below `raw`. */
function axisStep(raw) {
  const power = 10 ** Math.floor(Math.log10(raw));
  return AXES_STEPS.find((one) => one * power >= raw * .999) * power;
}

/** About `count` round numbers from low to high. */
export function axisNumbers(low, high, count) {
  const step = axisStep((high - low) / Math.max(count, 1) || 1);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.min(Math.max(last - first + 1, 0), 1000) }, (_, n) => Number(((first + n) * step).toPrecision(12)));
}

/** About `count` moments (ms since 1970, UTC) that people would choose: whole minutes, days, months, years. */
export function axisMoments(low, high, count) {
  for (let more = count; ; more += 1) {
    const moments = axisRound(low, high, more);
    if (moments.length > 1 || more >= 4 * count) return moments; // one date alone says nothing of the others
  }
}

function axisRound(low, high, count) {
  const raw = (high - low) / Math.max(count, 1);
  const step = AXES_TIMES.find((one) => one >= raw);
  if (step) {
    const first = Math.ceil(low / step) * step;
    return Array.from({ length: Math.floor((high - first) / step) + 1 }, (_, n) => first + n * step);
  }
  const months = raw < 11 * MONTH ? [1, 2, 3, 6, 12].find((one) => one * MONTH >= raw) ?? 12 : 12 * axisStep(raw / YEAR);
  const start = new Date(low);
  const moments = [];
  const begin = Math.floor((start.getUTCFullYear() * 12 + start.getUTCMonth()) / months) * months;
  for (let month = begin; moments.length < 1000; month += months) {
    const moment = Date.UTC(Math.floor(month / 12), month % 12, 1);
    if (moment > high) break;
    if (moment >= low) moments.push(moment);
  }
  return moments;
}

/** How numbers of an axis are written: with as many digits as tell its steps apart. */
export function axisNumberText(low, high) {
  const span = high - low || Math.abs(high) || 1;
  const digits = Math.min(Math.max(Math.ceil(-Math.log10(span / 20)), 0), 12);
  const large = Math.max(Math.abs(low), Math.abs(high)) >= 1e6 || span < 1e-6;
  const format = new Intl.NumberFormat(undefined, large ? { notation: span < 1e-6 ? "scientific" : "compact", maximumSignificantDigits: 5 } : { maximumFractionDigits: digits });
  return (number) => format.format(number);
}

/** How moments of an axis are written: the parts that change from one to the next. */
export function axisMomentText(low, high) {
  const span = high - low;
  const parts = span > 2 * YEAR ? { year: "numeric", month: span > 8 * YEAR ? undefined : "short" }
    : span > 3 * DAY ? { month: "short", day: "numeric" }
      : span > 2 * MINUTE ? { hour: "2-digit", minute: "2-digit", day: span > DAY ? "numeric" : undefined }
        : { minute: "2-digit", second: "2-digit" };
  const format = new Intl.DateTimeFormat(undefined, { ...parts, timeZone: "UTC", hourCycle: "h23" });
  return (moment) => format.format(moment);
}

/** A moment in full, for reading one point. */
export function axisMomentFull(moment) {
  const date = new Date(moment).toISOString();
  return date.endsWith("T00:00:00.000Z") ? date.slice(0, 10) : date.slice(0, 19).replace("T", " ");
}

/** ms since 1970 of ISO 8601 text; without a zone it counts as UTC. */
export function axisParse(text) {
  const plain = text.replace(" ", "T");
  return Date.parse(plain.length === 10 || /T.*(Z|[+-]\d\d:?\d\d)$/.test(plain) ? plain : `${plain}Z`);
}
