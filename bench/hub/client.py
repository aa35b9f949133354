"""One caller of a Gradio app: `python client.py quickdemo|gradio_client|bare URL ENDPOINT`, in a Python that has it.

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


def of_nobody(url: str, endpoint: str) -> tuple[Callable[[], Any], Callable[[Any], str]]:
    """The least that the server lets anybody do: two requests on open connections, and nothing checked."""
    import http.client
    import json
    import uuid
    from urllib.parse import urlsplit

    where = urlsplit(url).netloc

    def asked(line: http.client.HTTPConnection, method: str, path: str, body: str | None = None) -> Any:
        line.request(method, path, body, {"content-type": "application/json"})
        return line.getresponse()

    def construct() -> Any:
        config = json.load(asked(http.client.HTTPConnection(where), "GET", "/config"))
        [number] = [n for n, one in enumerate(config["dependencies"]) if f"/{one['api_name']}" == endpoint]
        return http.client.HTTPConnection(where), config.get("api_prefix") or "", number

    def call(one: Any) -> str:
        line, prefix, number = one
        session = uuid.uuid4().hex
        body = json.dumps({"data": ["hello"], "fn_index": number, "session_hash": session})
        try:
            asked(line, "POST", f"{prefix}/queue/join", body).read()
        except OSError:  # the server has closed it, as it does after five seconds
            line.close()
            asked(line, "POST", f"{prefix}/queue/join", body).read()
        follow = http.client.HTTPConnection(where)
        with asked(follow, "GET", f"{prefix}/queue/data?session_hash={session}") as events:
            for event in events:
                if b"process_completed" in event:
                    follow.close()
                    return str(json.loads(event[5:])["output"]["data"][0])
        raise SystemExit("the stream ended without an answer")

    return construct, call


LIBRARIES = {"quickdemo": of_quickdemo, "gradio_client": of_gradio_client, "bare": of_nobody}


def main() -> None:
    library, url, endpoint = sys.argv[1:]
    construct, call = LIBRARIES[library](url, endpoint)
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
