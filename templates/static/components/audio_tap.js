/** In the audio thread: what comes in is collected and handed to the page, a tenth of a second at a time. */
class AudioTap extends AudioWorkletProcessor {
  #block = new Float32Array(Math.round(sampleRate / 10));
  #filled = 0;
  #on = true;

  constructor() {
    super();
    this.port.onmessage = () => { this.#hand(); this.port.postMessage(null); this.#on = false; };
  }

  #hand() {
    this.port.postMessage(this.#block.slice(0, this.#filled));
    this.#filled = 0;
  }

  process([[samples]]) {
    for (const sample of samples ?? []) {
      this.#block[this.#filled] = sample;
      this.#filled += 1;
      if (this.#filled === this.#block.length) this.#hand();
    }
    return this.#on;
  }
}

registerProcessor("audio-tap", AudioTap);
