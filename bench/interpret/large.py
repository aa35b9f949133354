"""Large inputs on a real server: calls and time until the first colours, memory, and how long others wait meanwhile.

One call of the function takes 20 ms and there is one place for it, so that whoever is behind an explanation would show.
"""

from __future__ import annotations

import http.client
import io
import json
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from bench.servers import APPS, ROOT, free_port, quickdemo, serving

PAGE = ROOT / "docs" / "interpretation-large.md"
CALL_MS = 20
PAUSE_S = 0.05
MOST_MB = 512  #: of memory beyond that of a server that does nothing
SMALL = "a short one"  #: the text that the other visitor asks about
HEAD = f"""# Explanations of large inputs

Written by `make bench-interpret-large`: a server of its own for each, asked over HTTP as a page asks. The function
takes {CALL_MS} ms and runs once at a time. Meanwhile another visitor asks for predictions of a small input, one after
the other. First colours: units are parts, or groups of them where there are too many for looking at each. Memory: the
most that the process held beyond what it held before. Calls waited for: of the explanation, that ended between the
moment when the other visitor asked and the one when the function began for them; and the time that this took. To make
its large input anew is a part of a call.
"""


def text() -> str:
    """2,000 words in sentences and paragraphs."""
    rng = np.random.default_rng(0)
    known = "the staff were not very kind but this hotel has lovely rooms and what a view over old harbours".split()
    written = rng.choice(known, 2000).tolist()
    for place in range(9, 2000, 10):
        written[place] += "."
    paragraphs = [written[start : start + 100] for start in range(0, 2000, 100)]
    return "\n\n".join(" ".join(paragraph) for paragraph in paragraphs)


def photo(width: int, height: int) -> bytes:
    """A JPEG with large shapes and fine ones."""
    from PIL import Image

    rng = np.random.default_rng(0)
    coarse = Image.fromarray(rng.integers(0, 256, (9, 12, 3), np.uint8)).resize(
        (width, height), Image.Resampling.BICUBIC
    )
    noise = Image.fromarray(rng.integers(0, 256, (height // 4, width // 4, 3), np.uint8)).resize((width, height))
    out = io.BytesIO()
    Image.blend(coarse, noise, 0.2).save(out, "jpeg", quality=90)
    return out.getvalue()


def recording(seconds: float) -> bytes:
    """A WAV of 44,100 samples a second: a tone that comes and goes."""
    from quickdemo.runtime import sound

    at = np.arange(int(44100 * seconds)) / 44100
    return bytes(sound.encode(44100, (9000 * np.sin(2500 * at) * np.sin(at) ** 2).astype(np.int16)))


def of_text(port: int) -> tuple[list[Any], list[Any]]:
    """(the large values, small ones) of a demo, as they are posted."""
    return [text()], [SMALL]


def of_picture(port: int) -> tuple[list[Any], list[Any]]:
    """12 megapixels."""
    return [upload(port, photo(4000, 3000), "large.jpg")], [upload(port, photo(64, 48), "small.jpg")]


def of_sound(port: int) -> tuple[list[Any], list[Any]]:
    """A minute."""
    return [upload(port, recording(60), "large.wav")], [upload(port, recording(0.2), "small.wav")]


def of_form(port: int) -> tuple[list[Any], list[Any]]:
    """30 values that are no defaults."""
    numbers, sliders = [10 + n for n in range(8)], [0, 1, 2, 3, 4, 6]
    chosen = ["blue"] * 4 + ["green"] * 3 + [["red", "grey"]] * 2
    values = [*numbers, *sliders, *[True] * 5, *chosen, "two words"]
    return [*values, "and three more"], [*values, SMALL]


def upload(port: int, data: bytes, name: str) -> dict[str, str]:
    """The wire value of a file; anybody may use it with its handle, as nobody has a name here."""
    answer = post(port, "/api/files", data, {"x-file-name": name})
    return {"h": json.loads(answer)["h"]}


INPUTS: dict[str, tuple[str, Callable[[int], tuple[list[Any], list[Any]]]]] = {
    "text": ("2,000 words", of_text),
    "picture": ("a photo of 12 megapixels", of_picture),
    "picture file": ("the same as a file", of_picture),
    "sound": ("60 s of sound", of_sound),
    "sound file": ("the same as a file", of_sound),
    "form": ("a form of 30 inputs", of_form),
}


class Found(NamedTuple):
    """units, first_calls: of the first explanation. waited: for each prediction of the other visitor, the calls that it
    waited for and the milliseconds."""

    what: str
    parts: int
    units: int
    first_calls: int
    calls: int
    first_s: float
    whole_s: float
    memory_mb: float
    waited: list[tuple[int, float]]

    @property
    def met(self) -> bool:
        """Whether the bounds hold: colours within a call for each unit and one, memory, one call's delay."""
        return self.first_calls <= self.units + 1 and self.memory_mb <= MOST_MB and self.most_waited <= 1

    @property
    def most_waited(self) -> int:
        """Calls."""
        return max(calls for calls, _ in self.waited)


def post(port: int, path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """The body of the answer. Raises RuntimeError for an error."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        found = answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}: {found[:500]!r}")
    return found


class Other:
    """Another visitor, who asks for predictions of `body` until the block ends. asked: when each began, in seconds."""

    def __init__(self, port: int, body: bytes) -> None:
        self._port, self._body = port, body
        self.asked: list[float] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._ask, daemon=True)

    def _ask(self) -> None:
        while not self._stop.is_set():
            self.asked.append(time.monotonic())
            post(self._port, "/api/predict", self._body, {"content-type": "application/json"})
            self._stop.wait(PAUSE_S)

    def __enter__(self) -> Other:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


def waited(asked: list[float], log: Path) -> list[tuple[int, float]]:
    """For each prediction: calls of the explanation that ended before it began, and milliseconds until then."""
    calls = [(float(began), float(ended), kind == "1") for began, ended, kind in map(str.split, log.open())]
    begun = [began for began, _, small in calls if small]
    ended = [end for _, end, small in calls if not small]
    return [
        (sum(at < end <= start for end in ended), 1000 * (start - at)) for at, start in zip(asked, begun, strict=True)
    ]


def events(port: int, values: list[Any]) -> Iterator[tuple[str, Any]]:
    """(name, payload) of an explanation, as it comes."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    body = json.dumps({"data": values})
    try:
        connection.request(
            "POST", "/api/interpret", body, {"content-type": "application/json", "accept": "text/event-stream"}
        )
        answer = connection.getresponse()
        name = ""
        for line in answer:
            if line.startswith(b"event: "):
                name = line[7:].strip().decode()
            elif line.startswith(b"data: "):
                yield name, json.loads(line[6:])
    finally:
        connection.close()


def memory_mb(pid: int, field: str) -> float:
    """VmRSS (now) or VmHWM (the most so far) of a process, from /proc."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"/proc/{pid}/status has no {field}: this bench needs Linux")


def measured(kind: str, folder: Path) -> Found:
    """One kind of input on a server of its own."""
    what, of_values = INPUTS[kind]
    port = free_port()
    os.environ["LARGE"] = kind
    with serving(quickdemo(APPS / "large.py", port), port, folder):
        large, small = of_values(port)
        body = json.dumps({"data": small}).encode()
        post(port, "/api/predict", body, {"content-type": "application/json"})
        (folder / "calls").unlink()
        pid = int((folder / "pid").read_text())
        Path(f"/proc/{pid}/clear_refs").write_text("5")  # the most so far is what it is now
        idle = memory_mb(pid, "VmRSS")
        with Other(port, body) as other:
            start = time.monotonic()
            shown = [(time.monotonic() - start, payload) for name, payload in events(port, large) if is_one(name)]
        peak = memory_mb(pid, "VmHWM")
    (first_s, first), (whole_s, last) = shown[0], shown[-1]
    units = [len(one["scores"]) for one in first["inputs"] if one["kind"]]
    parts = [sum(one["sizes"] or [1] * len(one["scores"])) for one in first["inputs"] if one["kind"]]
    return Found(
        what, sum(parts), sum(units), first["calls"], last["calls"], first_s, whole_s, peak - idle,
        waited(other.asked, folder / "calls"),
    )  # fmt: skip


def is_one(name: str) -> bool:
    """Whether an event is an explanation. Raises RuntimeError for an error."""
    if name == "error":
        raise RuntimeError("the explanation failed")
    return name in ("explanation", "done")


def lines(found: list[Found]) -> Iterator[str]:
    """As Markdown."""
    yield "| input | parts | first colours | whole | memory | calls waited for by others: most, mean | |"
    yield "|---|---|---|---|---|---|---|"
    for one in found:
        first = f"{one.first_calls} calls for {one.units} units, {one.first_s:.2f} s"
        whole = f"{one.calls} calls, {one.whole_s:.1f} s"
        calls, times = zip(*one.waited, strict=True)
        others = (
            f"{max(calls)}, {statistics.mean(calls):.1f}; {statistics.mean(times):.0f} ms ({len(calls)} predictions)"
        )
        verdict = "met" if one.met else "**missed**"
        yield f"| {one.what} | {one.parts} | {first} | {whole} | {one.memory_mb:.0f} MB | {others} | {verdict} |"
    yield ""
    yield f"Wanted: first colours within a call for each unit and one more, at most {MOST_MB} MB, and that predictions"
    yield "of others wait for one call at most."


def main() -> None:
    """All of them, one after the other."""
    found = []
    for kind in INPUTS:
        with tempfile.TemporaryDirectory() as folder:
            found.append(measured(kind, Path(folder)))
    page = "\n".join([HEAD, *lines(found), ""])
    PAGE.write_text(page, encoding="utf-8")
    print(page)


if __name__ == "__main__":
    main()
