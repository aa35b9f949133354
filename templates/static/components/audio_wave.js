/** The picture of a sound: its loudest samples from left to right, drawn once and stretched by the browser. */
import { h } from "../core/dom.js";

const AUDIO_COLUMNS = 400;
const AUDIO_SAMPLES = 8e6;      // decoded at most, or a long sound would fill the memory
const AUDIO_MIN_RATE = 8000;
const AUDIO_SLICE = 1e6;        // samples looked at before the page may draw again
const AUDIO_SVG = "http://www.w3.org/2000/svg";

/** The highest of each column of a sound, 0 to 1; null when the browser cannot decode it or it is very long. */
export async function audioPeaks(player, url, file) {
  try {
    const length = await audioLength(player);
    const rate = Math.min(44100, Math.floor(AUDIO_SAMPLES / length));
    if (rate < AUDIO_MIN_RATE) return null;
    const bytes = file ? await file.arrayBuffer() : await (await fetch(url)).arrayBuffer();
    const decoded = await new OfflineAudioContext(1, 1, rate).decodeAudioData(bytes);
    return await audioColumns(decoded);
  } catch {
    return null; // the player says that it cannot be played
  }
}

/** Seconds; rejects when the sound cannot be played. */
function audioLength(player) {
  return new Promise((resolve, reject) => {
    const known = () => resolve(Number.isFinite(player.duration) ? player.duration : 1);
    if (player.readyState > 0) known();
    player.addEventListener("loadedmetadata", known, { once: true });
    player.addEventListener("error", reject, { once: true });
  });
}

async function audioColumns(decoded) {
  const peaks = new Float32Array(AUDIO_COLUMNS);
  let seen = 0;
  for (let channel = 0; channel < decoded.numberOfChannels; channel += 1) {
    const samples = decoded.getChannelData(channel);
    const width = samples.length / AUDIO_COLUMNS;
    for (let column = 0; column < AUDIO_COLUMNS; column += 1) {
      const stop = Math.floor((column + 1) * width);
      let high = peaks[column];
      for (let n = Math.floor(column * width); n < stop; n += 1) high = Math.max(high, Math.abs(samples[n]));
      peaks[column] = high;
      seen += width;
      if (seen < AUDIO_SLICE) continue;
      seen = 0;
      await new Promise((resolve) => { setTimeout(resolve, 0); });
    }
  }
  return peaks;
}

/** The waveform of a player: what was played is in colour, a press goes there. (The keyboard has the player itself.) */
export function audioWave(peaks, player) {
  const path = [...peaks].map((peak, n) => `M${n + .5} ${50 - Math.max(1, peak * 48)}V${50 + Math.max(1, peak * 48)}`).join("");
  const wave = h("div", { class: "wave", "aria-hidden": "true" }, audioSvg(path), audioSvg(path, "played"));
  const follow = () => wave.style.setProperty("--played", player.duration > 0 ? player.currentTime / player.duration : 0);
  const each = () => { follow(); if (!player.paused && wave.isConnected) requestAnimationFrame(each); };
  for (const event of ["timeupdate", "seeking"]) player.addEventListener(event, follow);
  player.addEventListener("play", each);
  wave.addEventListener("click", (event) => {
    const box = wave.getBoundingClientRect();
    player.currentTime = (event.clientX - box.left) / box.width * player.duration;
  });
  return wave;
}

function audioSvg(path, kind = "") {
  const svg = document.createElementNS(AUDIO_SVG, "svg");
  for (const [name, value] of Object.entries({ viewBox: `0 0 ${AUDIO_COLUMNS} 100`, preserveAspectRatio: "none", class: kind })) svg.setAttribute(name, value);
  const line = document.createElementNS(AUDIO_SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}
