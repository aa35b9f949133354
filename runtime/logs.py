"""Log lines on stderr: one record per line or JSON object, and no control character of foreign text among them."""

from __future__ import annotations

import json
import logging
import sys
import time


class LogFormatter(logging.Formatter):
    """One record per line, as text or as a JSON object; control characters of foreign text are escaped."""

    def __init__(self, json_lines: bool = False) -> None:
        super().__init__()
        self.json_lines = json_lines

    def format(self, record: logging.LogRecord) -> str:
        text = record.getMessage()
        if record.exc_info:
            text += "\n" + self.formatException(record.exc_info)
        if self.json_lines:
            facts = {"time": round(record.created, 3), "level": record.levelname.lower(), "logger": record.name}
            return json.dumps({**facts, "message": text}, ensure_ascii=False)
        clean = "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text)
        mark = "!" if record.levelno >= logging.WARNING else "-"
        return f"{time.strftime('%H:%M:%S')} {mark} " + clean.replace("\n", "\n    ")


def log_to_stderr(json_lines: bool = False) -> None:
    """Send our log and the server's to stderr, and nowhere else."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LogFormatter(json_lines))
    for name in ("quickdemo", "uvicorn"):
        log = logging.getLogger(name)
        log.addHandler(handler)
        log.propagate = False
