"""Big media in and out: how long one call takes at a client, and the most memory that its server ever had."""

from __future__ import annotations

import http.client
import io
import json
import os
import statistics
import subprocess
import sys
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from bench.servers import APPS, free_port, gradio_python, serving

TYPES = {"photo": "image/jpeg", "sound": "audio/wav", "file": "application/octet-stream"}
NAMES = {"photo": "photo.jpg", "sound": "sound.wav", "file": "data.bin"}


class Cost(NamedTuple):
    """Seconds of one call, and megabytes: of the idle server, and at its highest."""

    seconds: float
    idle_mb: float
    peak_mb: float


def photo() -> bytes:
    """A JPEG of 12 megapixels with shapes and the noise of a camera."""
    y, x = np.mgrid[0:3000, 0:4000].astype(np.float32)
    waves = np.stack([np.sin(x / 90 + n) + np.cos(y / (60 + 20 * n)) for n in range(3)], axis=2)
    noise = np.random.default_rng(0).normal(0, 6, waves.shape)
    out = io.BytesIO()
    Image.fromarray((waves * 55 + 127 + noise).clip(0, 255).astype(np.uint8)).save(out, "JPEG", quality=92)
    return out.getvalue()


def sound() -> bytes:
    """A WAV of 60 s of stereo at 44.1 kHz."""
    time_s = np.arange(60 * 44100) / 44100
    both = np.stack([np.sin(time_s * 2765) * 12000, np.sin(time_s * 1382) * 9000], axis=1)
    both += np.random.default_rng(0).normal(0, 300, both.shape)
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44100)
        file.writeframes(both.astype("<i2").tobytes())
    return out.getvalue()


def file() -> bytes:
    """100 MB that do not compress."""
    return np.random.default_rng(0).bytes(100_000_000)


MADE: dict[str, Callable[[], bytes]] = {"photo": photo, "sound": sound, "file": file, "frame": lambda: b""}


class Client:
    """One keep-alive connection."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def send(self, method: str, path: str, body: bytes | None = None, **headers: str) -> bytes:
        """The body of the answer. Raises RuntimeError for any status but 200."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._connection.request(method, path, body, named)
        answer = self._connection.getresponse()
        data = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{method} {path}: {answer.status} {data[:300]!r}")
        return data

    def json(self, path: str, payload: Any) -> Any:
        """POST JSON, get JSON."""
        return json.loads(self.send("POST", path, json.dumps(payload).encode(), content_type="application/json"))


def quickdemo_call(client: Client, kind: str, data: bytes) -> int:
    """Upload, predict, download; gives the size of what came back."""
    wires = []
    if data:
        headers = {"x_file_name": NAMES[kind], "content_type": TYPES[kind]}
        wires = [{"h": json.loads(client.send("POST", "/api/files", data, **headers))["h"]}]
    answer = client.json("/api/predict", {"data": wires})["data"][0]
    return len(client.send("GET", "/" + answer["url"])) if data else len(answer["data"])


def gradio_call(client: Client, kind: str, data: bytes) -> int:
    """The same with Gradio's routes, without its queue."""
    wires = []
    if data:
        edge = "quickdemo-bench"
        head = f'--{edge}\r\ncontent-disposition: form-data; name="files"; filename="{NAMES[kind]}"\r\n'
        body = f"{head}content-type: {TYPES[kind]}\r\n\r\n".encode() + data + f"\r\n--{edge}--\r\n".encode()
        kept = client.send("POST", "/gradio_api/upload", body, content_type=f"multipart/form-data; boundary={edge}")
        wires = [{"path": json.loads(kept)[0], "orig_name": NAMES[kind], "meta": {"_type": "gradio.FileData"}}]
    answer = client.json("/gradio_api/run/predict", {"data": wires})["data"][0]
    return len(client.send("GET", f"/gradio_api/file={answer['path']}")) if data else len(answer["data"])


CALLS = {"quickdemo": quickdemo_call, "gradio": gradio_call}


def cost(which: str, kind: str, data: bytes, folder: Path, calls: int = 5) -> Cost:
    """A fresh server, one call to warm up, then the median of `calls`."""
    python = sys.executable if which == "quickdemo" else gradio_python()
    port = free_port()
    command = [python, str(APPS / "media.py"), which, kind, str(port)]
    with serving(command, port, folder):
        pid = _listener(port)
        idle = _peak_mb(pid)
        client, times = Client(port), []
        for _ in range(calls + 1):
            os.sync()  # what an earlier call wrote must not slow down this one
            start = time.perf_counter()
            size = CALLS[which](client, kind, data)
            times.append(time.perf_counter() - start)
            if size < max(len(data) // 4, 1000):
                raise RuntimeError(f"{which} sent back {size} bytes of {kind}")
        return Cost(statistics.median(times[1:]), idle, _peak_mb(pid))


def _listener(port: int) -> int:
    """The process that serves a port."""
    found = subprocess.run(["ss", "-Hltnp", f"sport = :{port}"], capture_output=True, text=True, check=True).stdout
    return int(found.split("pid=")[1].split(",")[0])


def _peak_mb(pid: int) -> float:
    """The most memory that the process ever had, in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1000
    raise RuntimeError(f"no VmHWM of process {pid}; this measurement needs Linux")


def costs(folder: Path, kind: str) -> tuple[Cost, Cost]:
    """Of quickdemo and of Gradio, one after the other, for one kind of media."""
    data = MADE[kind]()
    return cost("quickdemo", kind, data, folder), cost("gradio", kind, data, folder)
