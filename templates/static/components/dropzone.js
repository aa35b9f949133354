/** Choosing, dropping and pasting files, for Image and File. */

/** Listen on `host` for dropped files, on `input` for chosen ones and, with `paste`, on the page for pasted ones. */
export function dropzoneListen(host, input, take, { paste = false } = {}) {
  const zone = host.querySelector(".drop") ?? host;
  const over = (on) => zone.classList.toggle("over", on);
  host.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    over(true);
  });
  host.addEventListener("dragleave", (event) => { if (!host.contains(event.relatedTarget)) over(false); });
  host.addEventListener("drop", (event) => {
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    over(false);
    take([...event.dataTransfer.files]);
  });
  input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = ""; // so that choosing the same file again counts
    if (files.length) take(files);
  });
  if (!paste) return;
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length || !host.isConnected) return;
    const focused = document.activeElement?.closest(host.localName);
    const only = document.querySelectorAll(`${host.localName}[data-editable=true]`).length === 1;
    if (focused !== host && !(only && !focused)) return;
    event.preventDefault();
    take(files);
  });
}

/** 1536 -> "1.5 kB". */
export function dropzoneSize(bytes) {
  if (bytes < 1000) return `${bytes} byte${bytes === 1 ? "" : "s"}`;
  const [value, unit] = bytes < 1e6 ? [bytes / 1e3, "kB"] : [bytes / 1e6, "MB"];
  return `${new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 }).format(value)} ${unit}`;
}
