"""What a visitor is told when a request fails: one JSON form, a status, no stack trace."""

from __future__ import annotations

import logging
import math
import secrets
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from quickdemo.runtime.errors import Error, InvalidInputsError, InvalidValueError, QuickdemoError, RefusedError
from quickdemo.runtime.jobs.journal_file import JournalError
from quickdemo.runtime.jobs.processes.failures import WorkerDiedError
from quickdemo.runtime.jobs.threads import CallEnded
from quickdemo.runtime.server.reply import JSON

logger = logging.getLogger("quickdemo.app")
#: codes of calls whose worker process has ended
_ENDED = {"crashed": "crashed", "memory": "out_of_memory", "stuck": "stuck", "time": "time_limit"}
_LONGEST = 500  # characters of a foreign error's text


class FunctionFailed(Exception):
    """The user's function raised `cause`; `shown` says whether visitors may read its text."""

    def __init__(self, cause: BaseException, name: str, shown: bool) -> None:
        super().__init__(name)
        self.cause = cause
        self.name = name
        self.shown = shown


def describe(error: BaseException) -> tuple[int, dict[str, Any], dict[str, str]]:
    """(HTTP status, the body's "error" object, extra headers) of any exception."""
    if isinstance(error, FunctionFailed):
        return 500, _of_function(error), {}
    if isinstance(error, InvalidValueError):
        detail: dict[str, Any] = {"field": error.field, "index": error.index}
        if isinstance(error, InvalidInputsError):
            detail["fields"] = [
                _body("invalid_value", f.message, f.hint, field=f.field, index=f.index) for f in error.faults
            ]
        return 422, _body("invalid_value", error.message, error.hint, **detail), {}
    if isinstance(error, RefusedError):
        return error.status, _body(error.code, error.message, error.hint), error.headers
    if isinstance(error, HTTPException):
        return _of_http(error)
    if isinstance(error, JournalError):
        return 503, _body("journal", str(error), "Try again in a moment."), {"retry-after": "1"}
    if isinstance(error, QuickdemoError):
        return 500, _body("failed", error.message, error.hint), {}
    mark = secrets.token_hex(4)
    logger.error("error %s in the server itself", mark, exc_info=error)
    return 500, _body("internal", f"Something went wrong here (error {mark}).", "The log has the details."), {}


def reply(error: BaseException) -> JSON:
    """The JSON answer for an exception."""
    status, body, headers = describe(error)
    return JSON({"error": body}, status, headers)


async def handler(request: Request, error: Exception) -> Response:
    """Starlette's exception handler: JSON for programs, a page for people."""
    status, body, headers = describe(error)
    wants_page = request.method in ("GET", "HEAD") and "text/html" in request.headers.get("accept", "")
    if wants_page and not request.url.path.startswith("/api/"):
        from quickdemo.runtime.server.page import error_page  # jinja is loaded with the first page

        return error_page(request, status, body["message"], body["hint"])
    return JSON({"error": body}, status, headers)


def _of_function(error: FunctionFailed) -> dict[str, Any]:
    cause = error.cause.cause if isinstance(error.cause, CallEnded) else error.cause
    if isinstance(cause, Error):
        return _of_author(cause, error.name)
    if isinstance(cause, WorkerDiedError):
        logger.error("%s", cause.message)  # a traceback would be our own
        return _body(_ENDED[cause.why], cause.message, cause.hint)
    mark = secrets.token_hex(4)
    logger.error("error %s in %s", mark, error.name, exc_info=cause)
    if not error.shown:
        return _body("function_failed", f"The function failed (error {mark}).", "The log of the demo has the details.")
    text = " ".join(_text(cause).split())
    text = f"{type(cause).__name__}: {text}" if text else type(cause).__name__
    return _body("function_failed", text[:_LONGEST], f"Your inputs are still here. The log calls it error {mark}.")


def _of_author(error: Error, name: str) -> dict[str, Any]:
    """The author's own words for the visitor."""
    if error.print_exception:
        logger.info("%s ended with gr.Error: %s", name, error.message, exc_info=error)
    title = str(error.title) if error.title and error.title != "Error" else None
    lasts = error.duration if error.duration and 0 < error.duration < math.inf else None
    hidden = None if error.visible else False
    code = getattr(error, "code", None)  # hub/errors.py says what happened; a class of the author's may say anything
    code = code if isinstance(code, str) else "error"
    return _body(code, error.message, error.hint, title=title, duration=lasts, visible=hidden)


def _text(error: BaseException | None) -> str:
    try:
        return str(error)
    except Exception as second:  # the __str__ of the author's exception may do anything
        return f"(its text cannot be shown: {type(second).__name__})"


def _of_http(error: HTTPException) -> tuple[int, dict[str, Any], dict[str, str]]:
    known = {
        404: ("not_found", "There is nothing at this address.", "The API is described at api/docs."),
        405: ("method_not_allowed", "This address does not take that method.", "The API is described at api/docs."),
    }
    code, message, hint = known.get(error.status_code, ("http_error", str(error.detail), ""))
    return error.status_code, _body(code, message, hint), dict(error.headers or {})


def _body(code: str, message: str, hint: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "message": message, "hint": hint, **{k: v for k, v in more.items() if v is not None}}
