/** Every request of the page: JSON in, JSON out, errors that say what to do. */

/** A request that failed: `message` says what happened, `hint` what to do next, `index` which input was wrong, `fields` the same of several; `title`, `duration` (seconds) and `visible` are those of a gr.Error; `retryAfter` (seconds) is when the server wants to be asked again. */
export class ApiError extends Error {
  constructor({ message, hint = "", code = "", index = null, fields = null, status = 0, title = "", duration = null, visible = true, retryAfter = null }) {
    super(message);
    Object.assign(this, { hint, code, index, fields, status, title, duration, visible, retryAfter });
  }
}

/** Fetch that fails with an ApiError: when the network does, and when the server refuses. */
async function request(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError({ code: "offline", message: "The server cannot be reached.", hint: "Your inputs are still here. Check that it runs, then try again." });
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

async function refusal(response) {
  const body = await response.json().catch(() => null);
  const retryAfter = Number(response.headers.get("Retry-After")) || null; // a date instead of seconds is not taken
  return new ApiError({ message: `The server answered with status ${response.status}.`, hint: "Try again in a moment.", ...body?.error, status: response.status, retryAfter });
}

/** What is sent of a call; large values of the answer may come as files (RFC 7240, return=minimal). */
const API_HEADERS = { "Content-Type": "application/json", Prefer: "return=minimal" };

/** GET; resolves with the JSON answer. */
export async function getJson(path) {
  return (await request(path, { headers: { Prefer: API_HEADERS.Prefer } })).json();
}

/** POST a JSON body; resolves with the JSON answer. */
export async function postJson(path, body, signal) {
  const headers = API_HEADERS;
  const response = await request(path, { method: "POST", headers, body: JSON.stringify(body), signal });
  return response.json();
}

/** DELETE; resolves with the JSON answer. The request goes on when the page is left. */
export async function deleteJson(path) {
  return (await request(path, { method: "DELETE", keepalive: true })).json();
}

/** POST a JSON body and yield lists of the [event, data] that came together, of the stream that answers. */
export async function* postStream(path, body, signal) {
  yield* readEvents(await openStream(path, { body, signal }));
}

/** The response of a stream of events: of a POST when there is a body, else of a GET. */
export function openStream(path, { body, signal, headers = {} }) {
  const sent = { ...API_HEADERS, Accept: "text/event-stream", ...headers };
  return request(path, body ? { method: "POST", headers: sent, body: JSON.stringify(body), signal } : { headers: sent, signal, cache: "no-store" });
}

/** Lists of the [event, data, number] that came together; `heard` is called at every sign of life. */
export async function* readEvents(response, heard = () => {}) {
  let parts = []; // of a block whose end has not come: joined once, since a large one comes in hundreds
  for await (const chunk of readChunks(response.body.pipeThrough(new TextDecoderStream()))) {
    heard();
    parts.push(chunk);
    const ends = chunk.includes("\n\n") || (chunk.startsWith("\n") && parts.at(-2)?.endsWith("\n"));
    if (!ends) continue;
    const blocks = parts.join("").split("\n\n");
    parts = [blocks.pop()];
    yield blocks.map(parseEvent).filter(Boolean);
  }
}

/** Chunks of a stream; leaving the loop cancels it (Safari cannot iterate over streams). */
async function* readChunks(stream) {
  const reader = stream.getReader();
  const next = () => reader.read().catch((error) => {
    if (error.name === "AbortError") throw error;
    throw new ApiError({ code: "broken_off", message: "The answer broke off.", hint: "What had arrived is still here. Try again." });
  });
  try {
    for (let part = await next(); !part.done; part = await next()) yield part.value;
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** One block of a server-sent stream as [event, data, number]; null for a comment. Number 0: it has none. */
function parseEvent(block) {
  let name = "message", data = "", number = 0;
  for (const line of block.split(/\r?\n/)) {
    if (line.startsWith("event:")) name = line.slice(6).trim();
    if (line.startsWith("data:")) data += line.slice(5);
    if (line.startsWith("id:")) number = Number(line.slice(3)) || 0;
  }
  return data ? [name, JSON.parse(data), number] : null;
}

/** Send a File or Blob to the server; resolves with its media wire value {h, url, name, size, type}. */
export async function upload(file, signal) {
  const headers = { "Content-Type": file.type || "application/octet-stream", "X-File-Name": encodeURIComponent(file.name || "file") };
  const response = await request("api/files", { method: "POST", headers, body: file, signal });
  return response.json();
}

/** Where a media wire value can be fetched: an inline data: URL stays as it is. */
export function fileUrl(wire) {
  if (typeof wire === "string") return wire;
  return wire.url ?? `files/${wire.h}`;
}
