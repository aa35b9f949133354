"""One caller of a Gradio app: `python client.py quickdemo|gradio_client URL ENDPOINT`, in a Python that has either.

Each line of its input is what to do: "construct", "construct again" (quickdemo then finds what it kept), "call" (after
a random pause) or "call at once"; each line of its output the seconds that it took. All imports come first.
"""

from __future__ import annotations

import os
import random
import shutil
import sys
import time
from collections.abc import Callable
from typing import Any


def of_quickdemo(url: str, endpoint: str) -> tuple[Callable[[], Any], Callable[[Any], str]]:
    import quickdemo

    return lambda: quickdemo.Interface.load(url), lambda io: io("hello")


def of_gradio_client(url: str, endpoint: str) -> tuple[Callable[[], Any], Callable[[Any], str]]:
    import gradio_client

    def construct() -> Any:
        return gradio_client.Client(url, verbose=False, analytics_enabled=False)

    return construct, lambda client: client.predict("hello", api_name=endpoint)


def main() -> None:
    library, url, endpoint = sys.argv[1:]
    construct, call = (of_quickdemo if library == "quickdemo" else of_gradio_client)(url, endpoint)
    one = construct()
    for line in sys.stdin:
        what = line.strip()
        if what == "construct":
            shutil.rmtree(os.environ["QUICKDEMO_HUB_CACHE"], ignore_errors=True)
        if what == "call":
            time.sleep(random.uniform(0, 0.1))
        start = time.perf_counter()
        if what.startswith("construct"):
            one = construct()
        else:
            answer = call(one)
        took = time.perf_counter() - start
        if what.startswith("call") and answer != "HELLO":
            raise SystemExit(f"{library} got {answer!r}")
        print(took, flush=True)


if __name__ == "__main__":
    main()
