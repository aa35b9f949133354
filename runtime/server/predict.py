"""POST api/{name}: one call in, one answer out; or its events; or a job, to come back for."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from quickdemo.runtime.components.base import Wire
from quickdemo.runtime.errors import InvalidValueError, RefusedError, shown
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.jobs.entry import Entry
from quickdemo.runtime.jobs.event_log import EventLog
from quickdemo.runtime.jobs.job import Job, new_id
from quickdemo.runtime.json_text import strict_json
from quickdemo.runtime.server.body import read_json
from quickdemo.runtime.server.calls import ServedCall, ServedWork, owner_of
from quickdemo.runtime.server.context import Context
from quickdemo.runtime.server.descriptions import described
from quickdemo.runtime.server.examples import kept_or_none
from quickdemo.runtime.server.faults import reply
from quickdemo.runtime.server.reply import HEADERS, JSON
from quickdemo.runtime.server.streams import STREAM, JobStream, event_of, send_job, send_outcome
from quickdemo.runtime.server.visitors import Visitor
from quickdemo.runtime.server.wants import key_of, wants_brief, wants_job, wants_stream
from quickdemo.runtime.validation import refuse_wrong

logger = logging.getLogger("quickdemo.app")

#: seconds that a job must last before it is written down, where its caller can come back for it
KEPT_AFTER_S = 0.05


def routes(context: Context) -> list[BaseRoute]:
    """`api/{name}` for each endpoint; `api/predict` is the first one's whatever its name."""
    return [Route("/api/{name}", Predict(context), name="predict")]


class Predict:
    """The ASGI endpoint. It is no Starlette function endpoint, to keep the hot path short."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._engine = context.engine

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        held = 0
        try:
            _only_post(scope)
            interface = self._endpoint(scope["path_params"]["name"])
            body = await read_json(Request(scope, receive))
            held = await self._context.texts.put_back(body, scope["state"]["visitor"], "data")
            await self._predict(interface, body, scope, receive, send, held)
        except Exception as error:
            await reply(error)(scope, receive, send)
        finally:
            self._context.texts.release(held)

    async def _predict(
        self, interface: Interface, body: Any, scope: Scope, receive: Receive, send: Send, size: int
    ) -> None:
        wires, session = self._request(body, interface, scope["state"]["visitor"])
        example, kept = await kept_or_none(self._context, interface, body)
        takes_json_text = example is None and _is_only_sent(interface)
        call = ServedCall(self._context, scope, session, scope["path_params"]["name"], takes_json_text)
        if kept is not None:
            if interface.chat:
                await self._context.runner.background(partial(interface.remember, kept, call))
            await _send_kept(kept, session, wants_stream(scope), send)
            return
        work = ServedWork(self._context, interface, example.wires if example else wires, call, example)
        entry, is_new = await self._entry(work, scope, size)
        if wants_stream(scope):
            await self._stream(entry, is_new, scope, receive, send)
        elif wants_job(scope):
            await self._promise(entry, is_new, scope, receive, send)
        else:
            await self._answer(entry, interface.name, send)

    def _endpoint(self, name: str) -> Interface:
        endpoints = self._context.endpoints
        interface = endpoints.get(name)
        if interface is None and name == "predict":
            interface = next(iter(endpoints.values()))
        if interface is None:
            offered = ", ".join(f"api/{known}" for known in endpoints)
            raise RefusedError(404, "unknown_endpoint", f"There is no endpoint {name[:60]!r}.", f"There is {offered}.")
        return interface

    def _request(self, body: Any, interface: Interface, visitor: Visitor) -> tuple[list[Wire], str | None]:
        if not isinstance(body, dict) or not isinstance(body.get("data"), list):
            raise InvalidValueError(
                f'The body must be {{"data": [...]}} with one value per input; it was {shown(body)}.', "See api/docs."
            )
        session = body.get("session", body.get("session_hash"))
        if not interface.has_session:
            return body["data"], None
        if session is None:
            return body["data"], self._context.sessions.new(visitor)
        if not isinstance(session, str):
            raise InvalidValueError(f"session must be text; it was {session!r:.60}.", "Leave it out for a new one.")
        return body["data"], self._context.sessions.check(session, visitor)

    # ------------------------------------------------------------------ the job

    async def _entry(self, work: ServedWork, scope: Scope, size: int) -> tuple[Entry, bool]:
        """The job of this request, or the one of its Idempotency-Key; whether it is new."""
        owner, key, interface = owner_of(scope), self._key(work, scope), work.interface
        if key and (known := await self._engine.known(owner, key)) is not None:
            _refuse_other_inputs(known, work)
            return known, False
        if interface.validator is not None or interface.batch:
            try:
                work.wires = await self._context.runner.checked(interface, work.wires, work.call)
            except Exception as error:
                raise work.fault(error) from error
        findable = bool(key) or wants_job(scope)
        places = self._engine.places
        if findable or places.taken(interface) >= places.limit(interface):  # nobody waits to hear that this is wrong
            refuse_wrong(interface, work.wires, work.call)
        log = None
        if findable or wants_stream(scope) or (interface.is_generator and interface.time_limit is not None):
            log = EventLog(work.call.reports, whole=any(c.cumulative for c in interface.outputs))
        size += _length(scope)
        name = self._engine.places.name(interface)
        job = Job(new_id(), name, owner, {}, key, accepted=time.time(), retry=interface.retry)
        entry, is_new = await self._engine.enter(job, work, log, size)
        if not is_new:  # its key came meanwhile, or hosts share the queue, which knows it only now
            _refuse_other_inputs(entry, work)
        if is_new and findable:
            asyncio.get_running_loop().call_later(KEPT_AFTER_S, self._lasts, entry)
        return entry, is_new

    def _key(self, work: ServedWork, scope: Scope) -> str:
        """What makes a repeated call the same one. Programs without a cookie are not told apart, so that for them the
        inputs count as well: nobody gets the answer to what another one asked."""
        key = key_of(scope)
        if not key:
            return ""
        whose = "" if work.call.visitor.key else hashlib.sha256(strict_json(work.inputs)).hexdigest()
        return f"{self._engine.places.name(work.interface)} {key} {whose}"

    def _lasts(self, entry: Entry) -> None:
        """It lasts: write it down, and tell its caller where to find it."""
        if not entry.over and entry.log is not None and entry.written is None:
            task = asyncio.ensure_future(self._keep(entry))
            self._context.tasks.add(task)
            task.add_done_callback(self._context.tasks.discard)

    async def _keep(self, entry: Entry) -> None:
        try:
            await self._engine.keep(entry)
        except OSError:
            return  # the log says so; the job goes on, and is not promised
        if entry.log is not None and not entry.over:
            entry.log.tell("job", strict_json({"id": entry.job.id, "url": f"api/jobs/{entry.job.id}"}))

    # ------------------------------------------------------------------ three ways to answer

    async def _answer(self, entry: Entry, function: str, send: Send) -> None:
        entry.plain += 1
        try:
            outcome = await self._engine.result(entry)
        except asyncio.CancelledError:  # only a server that stops cancels a request
            message = f"The server stopped before {function} had ended."
            raise RefusedError(503, "stopped", message, "Try again.", headers={"retry-after": "1"}) from None
        finally:
            entry.plain -= 1
        await send_outcome(outcome, send)

    async def _stream(self, entry: Entry, is_new: bool, scope: Scope, receive: Receive, send: Send) -> None:
        lasting = wants_job(scope)
        stream = JobStream(self._engine, entry, lasting=lasting, brief=wants_brief(scope))
        gone = True
        entry.plain += not lasting  # nobody can find it in another process
        try:
            gone = await send_job(stream, receive, send, new=True)
        finally:
            entry.plain -= not lasting
            if gone and is_new and not lasting and not entry.over:
                self._engine.cancel_here(entry, "Its caller has left.")

    async def _promise(self, entry: Entry, is_new: bool, scope: Scope, receive: Receive, send: Send) -> None:
        """202 as soon as the job is in the journal."""
        try:
            await self._engine.keep(entry)
        except OSError as error:
            if is_new:
                self._engine.withdraw(entry, "It could not be written down.")
            raise RefusedError(
                507, "journal_full", f"The run could not be written down: {error}.", "Ask for its answer at once."
            ) from error
        headers = {"location": f"jobs/{entry.job.id}", "preference-applied": "respond-async"}
        await JSON(await described(self._engine, entry), 202, headers)(scope, receive, send)


def _only_post(scope: Scope) -> None:
    if scope["method"] != "POST":
        raise RefusedError(
            405,
            "method_not_allowed",
            f"A prediction is a POST, not a {scope['method']}.",
            'Send {"data": [...]} as JSON.',
            headers={"allow": "POST"},
        )


def _length(scope: Scope) -> int:
    """Bytes of the body, as the request says."""
    text = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    return int(text) if text.isdigit() else 0


async def _send_kept(values: list[Wire], session: str | None, streams: bool, send: Send) -> None:
    """The answer of an example that was computed before."""
    payload = {"data": values, "duration": 0.0, "cached": True, **({} if session is None else {"session": session})}
    body = event_of("done", payload) if streams else strict_json(payload)
    headers = STREAM if streams else [*HEADERS, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _is_only_sent(interface: Interface) -> bool:
    """Whether nothing but the caller looks at its results: no comparison, no history, no flag log."""
    return not (interface.is_generator or interface.chat or interface.allow_flagging == "auto")


def _refuse_other_inputs(known: Entry, work: ServedWork) -> None:
    """An Idempotency-Key stands for one call. Raises RefusedError (422) where it comes with another one's inputs."""
    of_it = known.work.payload() if known.work is not None else known.job.payload
    if of_it.get("data", work.inputs) != work.inputs:
        raise RefusedError(
            422,
            "key_reused",
            "This Idempotency-Key was sent with other inputs before.",
            "Send a new key for a new call, and the same one only to repeat a call.",
        )
