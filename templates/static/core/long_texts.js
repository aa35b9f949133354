/** Texts too long for the body of a call: sent before it as files, which the server puts back into their places. */
import { ApiError, upload } from "./api.js";
import { applyEdits } from "./diffs.js";

/** What the server takes, in bytes: of a body, of one text beside it, of all of these. */
const TEXTS_MOST_BODY = 990_000;
const TEXTS_MOST_ONE = 16_000_000;
const TEXTS_MOST_ALL = 32_000_000;
const TEXTS_MOST = 100;
const TEXTS_WORTH_A_FILE = 5_000; // characters

/**
 * The body as it can be sent; the same one when it is short. Fails when it is too long all the same.
 *
 * labelOf: what the visitor knows a place as, of its path in the body such as ["data", 0].
 */
export async function sendable(body, labelOf, signal) {
  const found = [...textsIn(body, [])];
  const rest = applyEdits(body, found.map(({ path }) => ["replace", path, ""]));
  const taken = textsTaken(found, TEXTS_MOST_BODY - textsBytes(rest));
  textsCheck(rest, taken, labelOf);
  if (!taken.length) return body;
  const sent = await Promise.all(taken.map(async ({ path, blob }) => {
    const { h } = await upload(blob, signal).catch((error) => { throw textsAt(path, error); });
    return { h, at: path };
  }));
  return { ...applyEdits(body, taken.map(({ path }) => ["replace", path, ""])), texts: sent };
}

/** How long a value is on its way, in bytes of JSON; of a short one at least that. */
function textsBytes(value) {
  const text = JSON.stringify(value) ?? "";
  return text.length * 3 <= TEXTS_MOST_BODY ? text.length : new Blob([text]).size;
}

/** Those texts, the longest first, for which there is no room in the body; it is not measured how long they are in JSON. */
function textsTaken(found, room) {
  const taken = [];
  for (const one of found.sort((one, other) => one.text.length - other.text.length)) {
    const size = one.text.length <= room ? textsBytes(one.text) : Infinity;
    if (size <= room) room -= size;
    else taken.unshift({ ...one, blob: new Blob([one.text], { type: "text/plain" }) });
  }
  return taken;
}

function* textsIn(value, path) {
  if (typeof value === "string" && value.length >= TEXTS_WORTH_A_FILE) yield { path, text: value };
  else if (Array.isArray(value)) for (let n = 0; n < value.length; n++) yield* textsIn(value[n], [...path, n]);
  else if (value && typeof value === "object") for (const key of Object.keys(value)) yield* textsIn(value[key], [...path, key]);
}

/** Says what the server would say, before anything is sent. */
function textsCheck(rest, taken, labelOf) {
  const told = (path, size, of, most) => {
    const hint = "Shorten it, or send it as a file.";
    const message = `${labelOf(path)} has ${(size / 1e6).toFixed(1)} MB; ${of} may have ${Math.round(most / 1e6)} MB.`;
    throw textsAt(path, new ApiError({ code: "too_large", message, hint }));
  };
  if (textsBytes(rest) > TEXTS_MOST_BODY) {
    const lists = Object.entries(rest).filter(([, value]) => Array.isArray(value));
    const sizes = lists.flatMap(([name, values]) => values.map((value, n) => ({ path: [name, n], size: textsBytes(value) })));
    const { path, size } = sizes.reduce((most, one) => (one.size > most.size ? one : most));
    told(path, size, "all but long texts together", TEXTS_MOST_BODY);
  }
  if (!taken.length) return;
  if (taken.length > TEXTS_MOST) throw textsAt(taken[0].path, new ApiError({ code: "too_large", message: `There are ${taken.length} long texts; a call may have ${TEXTS_MOST}.`, hint: "Send fewer of them." }));
  const [{ path, blob }] = taken;
  if (blob.size > TEXTS_MOST_ONE) told(path, blob.size, "a text", TEXTS_MOST_ONE);
  if (taken.reduce((sum, one) => sum + one.blob.size, 0) > TEXTS_MOST_ALL) told(path, blob.size, "all texts together", TEXTS_MOST_ALL);
}

/** The error, at the input that it is about. */
function textsAt([list, index], error) { return Object.assign(error, list === "data" ? { index } : {}); }
