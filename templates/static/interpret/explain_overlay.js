/** A picture and the colours of its regions, drawn with a pen. */

/** Draw a picture as it is shown, cut about its centre, and its colours over it. */
export function explainOverlay(pen, frame, left, top, width, height) {
  const img = frame.querySelector("img");
  if (img?.naturalWidth) {
    const scale = Math.max(width / img.naturalWidth, height / img.naturalHeight);
    const [w, t] = [width / scale, height / scale];
    pen.drawImage(img, (img.naturalWidth - w) / 2, (img.naturalHeight - t) / 2, w, t, left, top, width, height);
  }
  const canvas = frame.querySelector("canvas");
  pen.globalAlpha = Number(canvas.style.opacity);
  pen.drawImage(canvas, left, top, width, height);
  pen.globalAlpha = 1;
}
