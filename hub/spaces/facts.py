"""The texts and examples that a Space's configuration has, as safe as our own."""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

from quickdemo.hub.html_text import without_tags
from quickdemo.hub.spaces.app import App, Endpoint, Part
from quickdemo.hub.spaces.mapping import is_plain, sample_of
from quickdemo.runtime.components.base import Component
from quickdemo.runtime.components.markup import render_safe
from quickdemo.runtime.local_files import LocalFiles

MOST_TITLE, MOST_DESCRIPTION, MOST_EXAMPLES, MOST_DATASETS = 200, 20_000, 100, 20
_HEADING = re.compile(r"\s*(?:<h1[^>]{0,300}>(?P<html>.*?)</h1>|#\s+(?P<marks>[^\n]+))\s*(?P<rest>.*)", re.DOTALL)
_TAGS = re.compile(r"<[^>]{0,2000}>")


def texts_of(app: App, otherwise: str) -> dict[str, Any]:
    """title, and description where there is one. otherwise: the title of one that has none."""
    title, description = app.config.get("title"), app.config.get("description")
    if app.protocol != "2":
        heading, description = _written(app)
        title = heading or (title if title != "Gradio" else None)
    found: dict[str, Any] = {"title": _one_line(title) or otherwise}
    if isinstance(description, str) and description.strip():
        found["description"] = safe_description(description)
    return found


def safe_description(text: str) -> str:
    """Markdown from anywhere, and tags in it, as HTML that is shown like the author's own: in one block, which is
    not read as Markdown again."""
    text = without_tags(text[:MOST_DESCRIPTION])
    lines = [line for line in render_safe(text).splitlines() if line.strip()]
    return "<div>" + "\n".join(lines) + "</div>"


def _written(app: App) -> tuple[str, str]:
    """The heading and the first text of an app of blocks."""
    used = {id(part.props) for endpoint in app.endpoints for part in (*endpoint.inputs, *endpoint.outputs)}
    heading = text = ""
    for given in app.config["components"][:100]:
        props = given.get("props")
        if given.get("type") != "markdown" or not isinstance(props, dict) or id(props) in used:
            continue
        value = props.get("value")
        if not isinstance(value, str) or not value.strip():
            continue
        found = None if heading else _HEADING.match(value[:MOST_DESCRIPTION])
        if found is not None:
            heading, value = found["html"] or found["marks"], found["rest"]
        text = text or value.strip()
        if heading and text:
            break
    return heading, text


def _one_line(text: Any) -> str:
    return " ".join(_TAGS.sub("", text[:2000]).split())[:MOST_TITLE] if isinstance(text, str) else ""


def examples_of(app: App, endpoint: Endpoint, inputs: list[Component]) -> list[list[Any]] | None:
    """Rows of plain data for these inputs, which are those of the endpoint without its state; None where there are
    none. A row that our component would not show is left out, and so are all where one column is of files."""
    visible = [part for part in endpoint.inputs if not part.is_state]
    for samples in _samples(app, len(visible)):
        rows = [row for given in samples[:MOST_EXAMPLES] if (row := _row(given, visible, inputs)) is not None]
        if rows:
            return rows
    return None


def _samples(app: App, width: int) -> list[list[Any]]:
    if app.protocol == "2":
        given = [app.config.get("examples")]
    else:
        parts = (one for one in app.config["components"] if one.get("type") == "dataset")
        first = islice((one["props"] for one in parts if isinstance(one.get("props"), dict)), MOST_DATASETS)
        given = [props.get("samples") for props in first]
    return [
        samples
        for samples in given
        if isinstance(samples, list) and samples and all(isinstance(row, list) and len(row) == width for row in samples)
    ]


def _row(given: list[Any], parts: list[Part], inputs: list[Component]) -> list[Any] | None:
    files = LocalFiles()
    try:
        row = [sample_of(value) for value in given]
        for value, part, component in zip(row, parts, inputs, strict=True):
            if value is not None and not (is_plain(part.kind) and is_plain(component.kind)):
                return None
            component.example_wire(value, files)
        return row
    except Exception:  # whatever our component does not take
        return None
