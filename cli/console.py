"""What a person, or a program, sees of `quickdemo run`."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any


class Console:
    """People's text goes to stderr; with `json_lines` every event is one JSON object on stdout instead."""

    def __init__(self, json_lines: bool, log_format: str = "human") -> None:
        self.json_lines = json_lines
        self.log_json = log_format == "json"
        self.color = sys.stderr.isatty() and "NO_COLOR" not in os.environ

    def event(self, name: str, **facts: Any) -> None:
        """One JSON line, only with --json."""
        if self.json_lines:
            self._write(sys.stdout, json.dumps({"event": name, "time": round(time.time(), 3), **facts}))

    def line(self, mark: str, text: str) -> None:
        """One line of the log: `08:15:02 ~ text`."""
        if self.json_lines and not self.log_json:
            return
        if self.log_json:
            level = {"x": "error", "!": "warning"}.get(mark, "info")
            facts = {"time": round(time.time(), 3), "level": level, "logger": "quickdemo.run", "message": clean(text)}
            self._write(sys.stderr, json.dumps(facts, ensure_ascii=False))
            return
        shown = {"x": f"\x1b[31m{mark}\x1b[0m", "~": f"\x1b[32m{mark}\x1b[0m"}.get(mark, mark) if self.color else mark
        self._write(sys.stderr, f"{time.strftime('%H:%M:%S')} {shown} {clean(text)}")

    def text(self, text: str) -> None:
        """Lines of the banner."""
        if not self.json_lines and not self.log_json:
            self._write(sys.stderr, "\n".join(clean(part) for part in text.split("\n")))

    def log(self, text: str) -> None:
        """What the banner says to people, as one line of a log that programs read."""
        if self.log_json:
            self.line("-", text)

    def explain(self, text: str) -> None:
        """Lines that were asked for: to people and, with --json, to stderr as they are."""
        if self.json_lines:
            self._write(sys.stderr, text)
        else:
            self.text(text)

    def fault(self, report: dict[str, Any], serving: bool, reload: bool) -> None:
        """Why the script cannot be served."""
        if report["text"]:
            self.text(report["text"])
        place = f"{report['file']}:{report['line']}" if report["line"] else report["file"]
        then = "serving the previous version; fix and save" if serving else "fix and save" if reload else ""
        said = report["message"] if report["type"] == "AppError" else f"{report['type']}: {report['message']}"
        hint = f"  {report['hint']}" if report["hint"] else ""
        self.line("x", f"{place} {said}{hint}" + (f"   {then}" if then else ""))
        if self.json_lines and not serving and not reload:
            self._write(sys.stderr, f"{place} {clean(said)}{clean(hint)}")

    def _write(self, stream: Any, text: str) -> None:
        try:
            stream.write(text + "\n")
            stream.flush()
        except (BrokenPipeError, ValueError):
            return  # nobody reads any more; the server goes on


def clean(text: str) -> str:
    """The text with control characters escaped, on one line."""
    return "".join(c if c.isprintable() or c == "\t" else repr(c)[1:-1] for c in text)


def describe(demo: dict[str, Any]) -> str:
    """`image -> label, auth on` of a summary."""
    if demo.get("tabs"):
        what = f"{len(demo['tabs'])} tabs"
    else:
        first = next(iter(demo["endpoints"].values()))
        what = f"{', '.join(first['inputs']) or 'nothing'} -> {', '.join(first['outputs']) or 'nothing'}"
    return what + (", auth on" if demo["auth"] else "")


def banner(version: str, ms: int, app: str, demo: dict[str, Any], url: str, reload: str, keys: bool) -> str:
    """What is shown when the app is ready for the first time."""
    name = f"{app}:{demo['name']}" if demo["name"] else app
    lines = [f"quickdemo {version}  ready in {ms} ms   {name}  ({describe(demo)})", f"  Local    {url}"]
    if "://" in url:
        lines[-1] += "     API  /api/docs"
    if reload:
        lines.append(f"  Reload   {reload}")
    if keys:
        lines.append("  h help · r restart · c clear state · o open · q quit")
    return "\n".join(lines)


def checked(app: str, demo: dict[str, Any]) -> str:
    """What --check prints."""
    lines = [f"{app}{':' + demo['name'] if demo['name'] else ''} is fine"]
    for api, facts in demo["endpoints"].items():
        lines.append(f"  /api/{api}   {', '.join(facts['inputs']) or '-'} -> {', '.join(facts['outputs']) or '-'}")
        lines.append(f"    flagging {facts['flagging']}")
    lines.append(f"  auth {'on' if demo['auth'] else 'off'}")
    return "\n".join(lines)
