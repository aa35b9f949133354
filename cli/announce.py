"""What is said when a generation serves: a banner at first, then one line for each reload."""

from __future__ import annotations

import time
import webbrowser
from collections import Counter
from typing import TYPE_CHECKING

from quickdemo.cli import console as texts
from quickdemo.cli.saved_files import short

if TYPE_CHECKING:
    from quickdemo.cli.generation import Generation
    from quickdemo.cli.supervisor import Supervisor
    from quickdemo.runtime.reload.messages import Message


def announce(owner: Supervisor, old: Generation | None, new: Generation, message: Message) -> None:
    """A generation serves: the banner for the first one, one line for each later one."""
    facts = {"generation": new.number, "pid": message["pid"], "ms": new.age_ms}
    if owner.url:
        owner.console.event("reload_ok", files=list(new.causes), **facts)
        owner.console.line("~", reloaded(old, new, message["sessions"]))
        return
    if owner.options.mode == "worker":
        _announce_worker(owner, new, message)
        return
    assert owner.listener is not None
    listener, options, demo = owner.listener, owner.options, new.wants["demo"]
    owner.url = f"unix:{listener.uds}" if listener.uds else message["url"]
    watch = owner.saved.way
    owner.console.event("ready", url=owner.url, host=listener.host, port=listener.port, watch=watch, demo=demo, **facts)
    reload = f"on, {len(owner.saved.current)} files, {watch}" if watch else ""
    ms = round((time.monotonic() - owner.began) * 1000)
    keys = owner.keys is not None and owner.keys.active
    owner.console.text(texts.banner(owner.version, ms, options.app, demo, owner.url, reload, keys))
    owner.console.log(f"serving {options.app} at {owner.url}, ready in {ms} ms")
    if listener.notice:
        owner.console.line("!", listener.notice)
    if listener.host in ("0.0.0.0", "::") and not demo["auth"]:
        owner.console.line("!", f"everybody who reaches port {listener.port} can use it: there is no login")
    if options.open or message["inbrowser"]:
        webbrowser.open(owner.url)


def _announce_worker(owner: Supervisor, new: Generation, message: Message) -> None:
    from quickdemo.runtime.jobs.cluster.address import address_of  # it was read before

    options, endpoints = owner.options, new.wants["demo"]["endpoints"]
    groups = {name: facts["group"] for name, facts in endpoints.items()}
    functions = [name for name, group in groups.items() if not options.groups or group in options.groups]
    assert options.store is not None
    owner.url = str(address_of(options.store))
    facts = {"generation": new.number, "pid": message["pid"], "ms": new.age_ms, "store": owner.url}
    counts = ""
    if owner.listener is not None:
        host = f"[{owner.listener.host}]" if ":" in owner.listener.host else owner.listener.host
        facts["metrics"] = f"http://{host}:{owner.listener.port}/metrics"
        counts = f"; counts at {facts['metrics']}"
    owner.console.event("ready", functions=functions, slots=options.slots, **facts)
    slots = "as many at a time as each allows" if options.slots is None else f"{options.slots} at a time"
    what = f"works for {options.app}: {', '.join(functions)}; {slots}; jobs of {owner.url}{counts}"
    owner.console.text(f"quickdemo  {what}")
    owner.console.log(what)


def reloaded(old: Generation | None, new: Generation, sessions: int) -> str:
    """`app.py  reloaded in 12 ms from app.py:14, saved 5.1 s, kept 3 inputs, 2 sessions`."""
    cause = ", ".join(short(c) for c in new.causes)
    parts = [f"{cause}  reloaded in {new.age_ms} ms"]
    if new.origin is not None and not new.origin.root:
        parts[0] += f" from {new.statement}"
        parts.append(f"saved {_seconds(new.origin.cost_s)}")
    elif new.why_clean:
        parts[0] += f" from the beginning: {new.why_clean}"
    inputs = kept_inputs(old, new) if old is not None else 0
    kept = [_count(inputs, "input"), _count(sessions, "session")]
    if any(kept):
        parts.append("kept " + ", ".join(k for k in kept if k))
    return ", ".join(parts)


def kept_inputs(old: Generation, new: Generation) -> int:
    """How many inputs of the old page the new one has, too: same endpoint, kind and label."""
    return (_inputs(old) & _inputs(new)).total()


def _inputs(generation: Generation) -> Counter[tuple[str, str, str]]:
    endpoints = generation.wants["demo"]["endpoints"]
    return Counter((api, *each) for api, facts in endpoints.items() for each in map(tuple, facts["fields"]))


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}" if number else ""


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 0.95 else f"{seconds * 1000:.0f} ms"
