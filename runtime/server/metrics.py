"""GET metrics, for Prometheus, where the server was started with it. It tells counts, and the names of functions."""

from __future__ import annotations

import hmac
import platform
from collections.abc import Callable, Iterable, Iterator

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Scope

import quickdemo
from quickdemo.runtime.errors import AppError, RefusedError
from quickdemo.runtime.jobs.counts import Histogram
from quickdemo.runtime.jobs.engine import FunctionStats
from quickdemo.runtime.server.context import Context
from quickdemo.runtime.server.hosts import BY_PROXY, asks_loopback, is_loopback
from quickdemo.runtime.settings import setting

PATH = "/metrics"
_TEXT = "text/plain; version=0.0.4; charset=utf-8"
_SHORTEST_TOKEN = 16

Sample = tuple[str, dict[str, str], float]  # what follows the family's name, the labels, the value


def is_on(context: Context) -> bool:
    """Whether somebody asked for it: nothing tells of others' affairs by default."""
    asked = context.settings.metrics
    return bool(context.options.metrics if asked is None else asked)


def routes(context: Context) -> list[BaseRoute]:
    """None, unless it was asked for. Raises AppError for a token that is easily guessed."""
    if not is_on(context):
        return []
    token = (setting("METRICS_TOKEN") or "").strip()
    if token and len(token) < _SHORTEST_TOKEN:
        raise AppError(
            f"QUICKDEMO_METRICS_TOKEN has {len(token)} characters, and is easily guessed.",
            f"Give it {_SHORTEST_TOKEN} or more: python -c 'import secrets; print(secrets.token_urlsafe())'",
        )

    async def metrics(request: Request) -> Response:
        _check(request.scope, token)
        return Response("".join(_lines(context)), media_type=None, headers={"content-type": _TEXT})

    return [Route(PATH, metrics, methods=["GET"])]


def _check(scope: Scope, token: str) -> None:
    """With a token, whoever has it; without one, this machine alone. Raises RefusedError: 401 or 404."""
    found = dict(scope["headers"])
    if token:
        given = found.get(b"authorization", b"")
        if hmac.compare_digest(given, b"Bearer " + token.encode()):
            return
        headers = {"www-authenticate": 'Bearer realm="metrics"'}
        raise RefusedError(
            401, "token_required", "Metrics need the token.", "Send it as a Bearer token.", headers=headers
        )
    client = scope.get("client")
    if not client or not is_loopback(client[0]) or BY_PROXY & found.keys() or not asks_loopback(scope):
        raise RefusedError(404, "not_found", "There is nothing at this address.", "See api/docs.")


# ------------------------------------------------------------------ the text


def _lines(context: Context) -> Iterator[str]:
    yield from _of_functions(context)
    engine = context.engine
    streams: Sample = ("", {}, engine.counts.streams)
    yield from _family("event_streams", "gauge", "Event streams of jobs that are open.", [streams])
    if (writes := engine.write_counts) is not None:
        written, failed = writes
        yield from _family("journal_writes_total", "counter", "Writes to the journal of jobs.", [("", {}, written)])
        about = "Writes to the journal that failed."
        yield from _family("journal_write_errors_total", "counter", about, [("", {}, failed)])
    about = "Which run of the script answers; counters begin anew with each."
    yield from _family("generation", "gauge", about, [("", {}, context.settings.generation)])
    labels = {"version": quickdemo.__version__, "python": platform.python_version()}
    yield from _family("build_info", "gauge", "The version that runs; always 1.", [("", labels, 1)])


def _of_functions(context: Context) -> Iterator[str]:
    engine = context.engine
    stats, counts = {name: engine.stats_of(name) for name in engine.limits}, engine.counts.functions
    gauges: tuple[tuple[str, str, Callable[[FunctionStats], float | None]], ...] = (
        ("queue_depth", "Jobs that wait.", lambda one: one.waiting),
        ("jobs_running", "Starts that run, each a job or a batch.", lambda one: one.running),
        ("jobs_limit", "Starts that may run at once.", lambda one: one.limit),
        ("oldest_wait_seconds", "How long the oldest job waits now.", lambda one: one.oldest_s),
    )
    for name, about, value in gauges:
        samples: list[Sample] = [("", {"function": f}, value(one) or 0) for f, one in stats.items()]
        yield from _family(name, "gauge", about, samples)
    if groups := engine.groups:
        workers: list[Sample] = [("", {"function": f, "group": groups[f]}, one.workers) for f, one in stats.items()]
        yield from _family("workers", "gauge", "Hosts that take jobs of a function; with 0, they wait.", workers)
    ended: list[Sample] = [
        ("", {"function": f, "outcome": how}, n) for f, one in counts.items() for how, n in one.ended.items()
    ]
    yield from _family("jobs_total", "counter", "Jobs that ended, by outcome.", ended)
    about = "Starts of jobs whose process had ended with them."
    restarts: list[Sample] = [("", {"function": f}, one.restarts) for f, one in counts.items()]
    yield from _family("job_restarts_total", "counter", about, restarts)
    waited = [s for f, one in counts.items() for s in _histogram(f, one.waited)]
    yield from _family("wait_seconds", "histogram", "Time from joining the queue to the start.", waited)
    ran = [s for f, one in counts.items() for s in _histogram(f, one.ran)]
    yield from _family("run_seconds", "histogram", "Time from the start to the end.", ran)


def _histogram(function: str, histogram: Histogram) -> Iterator[Sample]:
    for bound, number in histogram.cumulative():
        yield "_bucket", {"function": function, "le": _number(bound)}, number
    yield "_sum", {"function": function}, histogram.sum_s
    yield "_count", {"function": function}, histogram.count


def _family(name: str, kind: str, about: str, samples: Iterable[Sample]) -> Iterator[str]:
    full = f"quickdemo_{name}"
    yield f"# HELP {full} {about}\n# TYPE {full} {kind}\n"
    for end, labels, value in samples:
        named = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        yield f"{full}{end}{{{named}}} {_number(value)}\n" if named else f"{full}{end} {_number(value)}\n"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def _number(value: float) -> str:
    return "+Inf" if value == float("inf") else f"{value:.9g}" if value < 1e9 else repr(value)
