"""What `quickdemo load --info` and `--call` tell of a model or Space."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from typing import Any

from quickdemo.hub.loaded import Loaded
from quickdemo.runtime.components.base import Component
from quickdemo.runtime.scratch import is_scratch
from quickdemo.runtime.typed_values import typed

#: components whose values are or hold files. In others, and where it is none of our copies, a path is a text
_WITH_FILES = (
    "image", "imageeditor", "imageslider", "audio", "video", "model3d", "file", "uploadbutton", "downloadbutton",
    "gallery", "annotatedimage", "multimodaltextbox",
)  # fmt: skip


def facts_of(loaded: Loaded) -> dict[str, Any]:
    """What it is: JSON values."""
    remote = loaded.remote
    return {
        "id": str(remote.reference),
        "title": loaded.title or loaded.name,
        "streams": remote.streams,
        **remote.facts(),
        "inputs": [{**_component(c), "default": _plain(c.value)} for c in loaded.inputs if not c.stateful],
        "outputs": [_component(c) for c in loaded.outputs if not c.stateful],
    }


def shown_facts(facts: dict[str, Any]) -> list[str]:
    """The same as lines of text."""

    def row(parts: list[dict[str, Any]]) -> str:
        return ", ".join(f"{part['name']} ({part['type']})" for part in parts) or "nothing"

    lines = [f"{facts['id']}  {facts['title']}"]
    for name, value in facts.items():
        if name in ("id", "title", "inputs", "outputs", "endpoints") or value in ("", None, []):
            continue
        lines.append(f"  {name.replace('_', ' '):<10} {_said(value)}")
    lines += [f"  {'inputs':<10} {row(facts['inputs'])}", f"  {'outputs':<10} {row(facts['outputs'])}"]
    for one in facts.get("endpoints", ()):
        lines.append(f"  --api {one['name']}: {row(one['inputs'])} -> {row(one['outputs'])}")
    return lines


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def answered(loaded: Loaded, values: list[str], output: str) -> tuple[dict[str, Any], str]:
    """(the answer as JSON values, as text). values: as they were typed; output: where media go.

    Raises what a call of it raises, WrongArgumentError for values that fit no input, and OSError.
    """
    given = typed(loaded, values)
    start = time.monotonic()
    answer = loaded(*given)
    seconds = time.monotonic() - start
    shown = [c for c in loaded.outputs if not c.stateful]
    files = _Files(output, loaded.name)
    answers = list(zip(shown, [answer] if len(shown) == 1 else answer, strict=True))
    data = [files.kept(component, value) for component, value in answers]
    texts = [_text(component, value, len(shown) > 1) for component, value in zip(shown, data, strict=True)]
    return {"id": str(loaded.remote.reference), "data": data, "seconds": round(seconds, 3)}, "\n".join(texts)


class _Files:
    """Media of one answer: the first at the path that was asked for, others beside it."""

    def __init__(self, output: str, name: str) -> None:
        self._output, self._name = output, "".join(c if c.isalnum() else "-" for c in name)[:40] or "answer"
        self._count = 0

    def kept(self, component: Component, value: Any) -> Any:
        """A JSON value; of media the path where they are now, of areas [path, [[box or path, label]]]."""
        if component.kind == "annotatedimage" and isinstance(value, (tuple, list)):
            return [self.kept(component, value[0]), [[self._area(place), str(label)] for place, label in value[1]]]
        if hasattr(value, "save") and hasattr(value, "size"):  # a picture of Pillow
            path = self._path(".png")
            value.save(path)
            return path
        if component.kind in _WITH_FILES and isinstance(value, (list, tuple)):
            return [self.kept(component, one) for one in value]
        if component.kind in _WITH_FILES and isinstance(value, dict):
            return {str(key): self.kept(component, one) for key, one in value.items()}
        if component.kind in _WITH_FILES and isinstance(value, str) and is_scratch(value) and os.path.isfile(value):
            path = self._path(os.path.splitext(value)[1])
            shutil.copyfile(value, path)
            return path
        return _plain(value)

    def _area(self, place: Any) -> Any:
        """A box as it is; of a mask, an array of 0 to 1, a grey picture beside the first one."""
        if not hasattr(place, "shape"):
            return _plain(place)
        from PIL import Image

        path = self._path(".png")
        Image.fromarray((place * 255).round().astype("uint8")).save(path)
        return path

    def _path(self, suffix: str) -> str:
        number, self._count = self._count, self._count + 1
        if not self._output:
            return os.path.join(tempfile.mkdtemp(prefix="quickdemo-"), f"{self._name}{suffix}")
        stem, own = os.path.splitext(self._output)
        return self._output if not number else f"{stem}-{number}{own or suffix}"


def _component(component: Component) -> dict[str, Any]:
    return {"name": component.label or component.kind, "type": component.kind}


def _plain(value: Any) -> Any:
    """As JSON can hold it; what else there is by its text."""
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return _plain(value.tolist()) if hasattr(value, "tolist") else str(value)


def _text(component: Component, value: Any, named: bool) -> str:
    if isinstance(value, dict) and value and all(isinstance(score, float) for score in value.values()):
        text = "\n".join(f"{label}  {score:.3f}" for label, score in value.items())
    elif isinstance(value, str):
        text = value
    else:
        import json

        text = json.dumps(value, ensure_ascii=False)
    apart = "\n" if "\n" in text else " "
    return f"{component.label or component.kind}:{apart}{text}" if named else text
