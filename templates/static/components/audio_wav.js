/** A WAV file of samples. */

/** 16 bit. `channels`: of each a list of blocks of floats. At most `limit` samples of each channel. */
export function audioWav(channels, rate, limit = Infinity) {
  const length = Math.min(limit, channels[0].reduce((sum, block) => sum + block.length, 0));
  const pcm = new Int16Array(length * channels.length);
  channels.forEach((blocks, channel) => {
    let place = channel;
    for (const block of blocks) {
      for (let n = 0; n < block.length && place < pcm.length; n += 1, place += channels.length) {
        pcm[place] = Math.round(Math.max(-1, Math.min(1, block[n])) * 32767);
      }
    }
  });
  const head = new DataView(new ArrayBuffer(44));
  const word = (at, text) => [...text].forEach((letter, n) => head.setUint8(at + n, letter.charCodeAt(0)));
  word(0, "RIFF");
  word(8, "WAVEfmt ");
  word(36, "data");
  const long = { 4: 36 + pcm.byteLength, 16: 16, 24: rate, 28: rate * channels.length * 2, 40: pcm.byteLength };
  const short = { 20: 1, 22: channels.length, 32: channels.length * 2, 34: 16 };
  for (const [at, value] of Object.entries(long)) head.setUint32(Number(at), value, true);
  for (const [at, value] of Object.entries(short)) head.setUint16(Number(at), value, true);
  return new Blob([head, pcm], { type: "audio/wav" });
}
