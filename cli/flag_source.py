"""Where the flags of an app lie: from what a person names to the logs."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator

from quickdemo.runtime.flagging.reading import find_logs

#: the folders of this package and of Gradio 4 to 6
DEFAULT_FOLDERS = ("flagged", os.path.join(".gradio", "flagged"))
SCRIPT = "app.py"


def log_paths(source: str) -> list[str]:
    """The logs that `source` means, in the order they were begun; none when there are none.

    source: a log, a folder of logs, a script (`app.py` or `app.py:demo`), or a folder with one of these.
    Raises OSError and SyntaxError when it cannot be read.
    """
    script, colon, name = source.rpartition(":")
    if colon and name.isidentifier() and script.endswith(".py"):
        source = script
    if source.endswith(".py"):
        return _of_script(source)
    if not os.path.isdir(source):
        os.stat(source)  # says what is wrong with it
        return [source]
    script = os.path.join(source, SCRIPT)
    return find_logs(source) or (_of_script(script) if os.path.isfile(script) else _of_folders(source))


def _of_script(script: str) -> list[str]:
    home = os.path.dirname(script) or "."
    with open(script, "rb") as file:
        named = list(dict.fromkeys(_named_folders(ast.parse(file.read(), script))))
    found: dict[str, None] = {}
    for folder in named:  # relative to where the app was started: most often beside the script, or here
        for place in (os.path.join(home, folder), folder):
            if os.path.isdir(place) and (logs := find_logs(place)):
                found.update(dict.fromkeys(logs))
                break
    return list(found) or _of_folders(home) or _of_folders("")


def _named_folders(tree: ast.AST) -> Iterator[str]:
    """Every `flagging_dir="..."` of a script that is written as plain text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "flagging_dir" and isinstance(node.value, ast.Constant):
            value = node.value.value
            if isinstance(value, str) and value:
                yield value


def _of_folders(home: str) -> list[str]:
    for name in DEFAULT_FOLDERS:
        folder = os.path.join(home, name)
        if os.path.isdir(folder) and (logs := find_logs(folder)):
            return logs
    return []
