"""From a save to the first answer of the new version, under --reload."""

from __future__ import annotations

import http.client
import json
import statistics
import time
from pathlib import Path

from bench.servers import free_port, quickdemo, serving

APP = """
import quickdemo as gr
demo = gr.Interface(lambda text: "{version}", "text", "text", allow_flagging="never")
demo.launch()
"""
LIMIT_S = 30.0


def save_to_served_ms(folder: Path, saves: int = 7) -> float:
    """Median milliseconds."""
    script, port = folder / "app.py", free_port()
    script.write_text(APP.replace("{version}", "0"))
    times = []
    with serving(quickdemo(script, port, "--reload"), port, folder):
        for version in range(1, saves + 1):
            start = time.monotonic()
            script.write_text(APP.replace("{version}", str(version)))
            while answer(port) != str(version):
                if time.monotonic() - start > LIMIT_S:
                    raise RuntimeError(f"version {version} was not served within {LIMIT_S:.0f} s; see server.log")
            times.append(time.monotonic() - start)
    return 1000 * statistics.median(times)


def answer(port: int) -> str:
    """The text that a prediction gives now."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT_S)
    connection.request("POST", "/api/predict", json.dumps({"data": ["x"]}), {"Content-Type": "application/json"})
    text = json.loads(connection.getresponse().read())["data"][0]
    connection.close()
    return str(text)
