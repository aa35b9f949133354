"""What a prediction is given and gives, as the server sees it: the call, and the work that a queue can keep."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from starlette.types import Scope

from quickdemo.runtime.components.base import Files, Wire
from quickdemo.runtime.errors import InvalidValueError, RefusedError
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.jobs.job import Job, Outcome
from quickdemo.runtime.json_text import json_pieces, strict_json
from quickdemo.runtime.reports import Reports
from quickdemo.runtime.request import Client
from quickdemo.runtime.request import Request as Caller
from quickdemo.runtime.server import flags
from quickdemo.runtime.server.context import Context
from quickdemo.runtime.server.faults import FunctionFailed, describe
from quickdemo.runtime.server.throttle import network
from quickdemo.runtime.server.visitors import Visitor
from quickdemo.runtime.server.wants import wants_brief
from quickdemo.runtime.trace import Trace, trace_of, trace_of_scope

if TYPE_CHECKING:
    from quickdemo.runtime.server.kept import Chosen

_SECRET = frozenset({b"cookie", b"authorization", b"proxy-authorization"})


class ServedCall:
    """The `Call` of one request: the visitor's files, the session's state, who calls, and what the call reports.

    scope: the request; None for one that was kept, with its `caller`.
    """

    def __init__(
        self,
        context: Context,
        scope: Scope | None,
        session: str | None,
        endpoint: str,
        takes_json_text: bool = False,
        *,
        visitor: Visitor | None = None,
        brief: bool | None = None,
        caller: Caller | None = None,
    ) -> None:
        self.visitor: Visitor = scope["state"]["visitor"] if scope is not None else visitor or Visitor()
        self.brief = wants_brief(scope) if scope is not None else bool(brief)
        self.files: Files = context.files.for_visitor(self.visitor, self.brief, takes_json_text)
        self.reports = Reports()
        self.reports.describe = partial(_described, context.options.show_error)
        self._scope, self._caller = scope, caller
        self._sessions = context.sessions
        self.session = session
        self.endpoint = endpoint

    @property
    def request(self) -> Caller:
        """Who calls; made when a function asks for it."""
        if self._caller is None:
            assert self._scope is not None
            self._caller = caller_of(self._scope, self.session)
        return self._caller

    @property
    def trace(self) -> Trace | None:
        """Which trace its request belongs to."""
        if self._caller is not None:
            return trace_of(self._caller.headers.items())
        return trace_of_scope(self._scope["headers"]) if self._scope is not None else None

    def load_state(self, slot: int, default: Any) -> Any:
        return self._sessions.load(self.session or "", f"{self.endpoint}/{slot}", default)

    def save_state(self, slot: int, value: Any) -> None:
        self._sessions.save(self.session or "", f"{self.endpoint}/{slot}", value)


def _described(shows_errors: bool, error: BaseException, name: str) -> dict[str, Any]:
    """What a visitor is told of the exception of one of several functions."""
    known = isinstance(error, (InvalidValueError, RefusedError))
    return describe(error if known else FunctionFailed(error, name, shows_errors))[1]


def caller_of(scope: Scope, session: str | None) -> Caller:
    """What a function may know of a request: no cookies, no credentials."""
    headers = {
        name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"] if name not in _SECRET
    }
    query = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True))
    host, port = scope.get("client") or ("", 0)
    return Caller(
        username=scope["state"]["visitor"].username,
        headers=headers,
        query_params=query,
        client=Client(host, port),
        session_hash=session,
        path=scope["path"],
    )


def owner_of(scope: Scope) -> str:
    """Who shares a turn: one visitor; of programs without a cookie, all at one address."""
    visitor: Visitor = scope["state"]["visitor"]
    if visitor.key:
        return visitor.key
    host, _ = scope.get("client") or ("", 0)
    return f"address {network(host)}"


class ServedWork:
    """The `Work` of one prediction.

    inputs: the wire values as they were sent; `wires` may be the arguments that a validator has seen.
    example: the one that was asked about; its answer is kept.
    """

    def __init__(
        self,
        context: Context,
        interface: Interface,
        inputs: list[Wire],
        call: ServedCall,
        example: Chosen | None = None,
    ) -> None:
        self._context, self.interface, self.call = context, interface, call
        self.inputs = inputs
        self.wires: Sequence[Wire] = inputs
        self._example = example

    @property
    def trace(self) -> Trace | None:
        """Which trace its request belongs to."""
        return self.call.trace

    def payload(self) -> dict[str, Any]:
        """All that `reopened` needs."""
        call = self.call
        caller = call.request
        return {
            "data": self.inputs,
            "endpoint": call.endpoint,
            "session": call.session,
            "brief": call.brief,
            "visitor": [call.visitor.key, call.visitor.username],
            "caller": {
                "username": caller.username,
                "headers": dict(caller.headers),
                "query_params": dict(caller.query_params),
                "client": [caller.client.host, caller.client.port],
                "path": caller.path,
            },
        }

    def done(self, outputs: list[Wire], seconds: float) -> Outcome:
        """In the function's thread: the answer, after the sample was flagged when that is automatic."""
        payload: dict[str, Any] = {"data": outputs, "duration": round(seconds, 6)}
        members = self.call.reports.members
        if members:
            payload["members"] = [members[place] for place in sorted(members)]
        if self._example is not None and not any(one["state"] == "failed" for one in members.values()):
            self._context.kept.save(self._example, outputs, self.call.files, seconds)
        if self.call.session is not None:
            payload["session"] = self.call.session
        if self.interface.allow_flagging == "auto":
            flags.flag_after(self._context, self.interface, self.inputs, outputs, self.call.visitor)
        brief = {name: value for name, value in payload.items() if name != "data" or not outputs}
        shorter = strict_json(brief) if self.call.brief and self.interface.is_generator else b""
        if not (messages := self.call.reports.messages):
            return Outcome("done", b"".join(json_pieces(payload)), brief=shorter)
        told = b"".join(json_pieces(payload))
        whole = told[:-1] + b',"messages":' + strict_json(messages) + b"}"
        return Outcome("done", whole, told=told, brief=shorter)

    def failed(self, error: BaseException) -> Outcome:
        """What a visitor is told of an exception."""
        status, body, headers = describe(self.fault(error))
        return Outcome("failed", strict_json({"error": body}), status, headers)

    def fault(self, error: BaseException) -> Exception:
        """The exception as the server knows it: its own as it is, any other as one of the function's."""
        if isinstance(error, (InvalidValueError, RefusedError)):
            return error
        return FunctionFailed(error, self.interface.name, self._context.options.show_error)


def reopened(context: Context, job: Job) -> ServedWork:
    """The work of a job that was kept. Raises RefusedError where this version of the demo has no place for it."""
    payload = job.payload
    names = {context.engine.places.name(interface): interface for interface in context.endpoints.values()}
    interface = names.get(job.function)
    if interface is None:
        message = f"The demo was changed while this run waited, and has no {job.function} any more."
        raise RefusedError(410, "changed", message, "Reload the page and run it again.")
    known = payload["caller"]
    caller = Caller(
        username=known["username"],
        headers=known["headers"],
        query_params=known["query_params"],
        client=Client(*known["client"]),
        session_hash=payload["session"],
        path=known["path"],
    )
    call = ServedCall(
        context,
        None,
        payload["session"],
        payload["endpoint"],
        visitor=Visitor(*payload["visitor"]),
        brief=payload["brief"],
        caller=caller,
    )
    return ServedWork(context, interface, payload["data"], call)
