"""Writes docs/components/KIND.md for each component by running examples/components/KIND.py, and takes its pictures.

make component-pages                          all of them
python -m tools.component_pages slider audio  only these
python -m tools.component_pages --texts       without pictures
"""

from __future__ import annotations

import copy
import inspect
import logging
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from quickdemo.runtime import inputs, outputs
from quickdemo.runtime.components.base import Component
from quickdemo.runtime.components.registry import CLASSES, TEMPLATES, component_class
from quickdemo.runtime.flagging.media import FlagMedia
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.local_files import LocalFiles
from tools.component_serving import Visit, load, script_of, visiting
from tools.component_texts import ROOT, cell, cell_text, escaped, json_text, prose, python_text, steady
from tools.component_wrong import WRONG, Upload, Wrong

PAGES = Path(ROOT) / "docs" / "components"
IMAGES = Path(ROOT) / "docs" / "images" / "components"


def class_of(kind: str) -> type[Component]:
    """The class of a kind: Slider of "slider"."""
    return component_class(next(name for name in CLASSES if name.lower() == kind))


def kinds() -> list[str]:
    """The components that have an example, in the order of the registry."""
    return [kind for name in CLASSES if script_of(kind := name.lower()).exists()]


# ---------------------------------------------------------------------- what the docstrings say


def parameters_of(cls: type[Component]) -> dict[str, inspect.Parameter]:
    """The parameters of its own, without those that every component takes."""
    found = inspect.signature(cls.__init__).parameters.items()
    return {name: p for name, p in found if name != "self" and p.kind is not inspect.Parameter.VAR_KEYWORD}


def meanings(cls: type[Component]) -> dict[str, str]:
    """What the constructor's docstring says of each parameter: "name: text." or "one, other: text." over some lines."""
    names = "|".join(map(re.escape, parameters_of(cls)))
    head = re.compile(rf"(?:^|(?<=\. ))((?:{names})(?:, (?:{names}))*): ", re.MULTILINE)
    found: dict[str, str] = {}
    for paragraph in inspect.cleandoc(cls.__init__.__doc__ or "").split("\n\n"):
        parts = head.split(re.sub(r"\n\s+", " ", paragraph))
        for heads, text in zip(parts[1::2], parts[2::2], strict=True):
            found |= dict.fromkeys(heads.split(", "), text.strip())
    return found


def parameter_table(cls: type[Component]) -> str:
    """The table of parameters. Raises ValueError when the docstring says nothing of one of them."""
    told = meanings(cls)
    rows = ["| parameter | default | meaning |", "|---|---|---|"]
    for name, parameter in parameters_of(cls).items():
        if name not in told:
            raise ValueError(f"{cls.__name__}: its docstring does not say what {name} is. Add a line `{name}: ...`.")
        rows.append(f"| `{name}` | {cell(python_text(parameter.default))} | {prose(told[name])} |")
    return "\n".join(rows)


def shortcuts_of(cls: type[Component]) -> str:
    """One sentence: the strings that make it, and the names it had before 2022."""
    kind = cls.__name__.lower()
    made = [f'`"{kind}"`']
    for shortcut, (name, changes) in TEMPLATES.items():
        if name == cls.__name__:
            given = ", ".join(f"{key}={value!r}" for key, value in changes.items())
            made.append(f'`"{shortcut}"`' + (f" (`{given}`)" if given else ""))
    old = {"Model3D": "Image3D"}.get(cls.__name__, cls.__name__)
    made += [
        f"`gr.{side}.{old}`" for side, module in (("inputs", inputs), ("outputs", outputs)) if old in module.__all__
    ]
    return "Shortcuts: " + ", ".join(made) + "."


# ---------------------------------------------------------------------- what happens


class Sample:
    """The first example of a demo, in Python and on the wire, and the component that the page is about."""

    def __init__(self, kind: str, demo: Interface, visit: Visit) -> None:
        self.demo = demo
        self.visit = visit
        self.place = next((n for n, c in enumerate(demo.inputs) if c.kind == kind), None)
        side = demo.inputs if self.place is not None else demo.outputs
        self.component = next(c for c in side if c.kind == kind)
        self.values = [component.value for component in demo.inputs]
        for index, value in zip(demo.examples.columns, demo.examples.samples[0], strict=True) if demo.examples else ():
            self.values[index] = value
        self.values = [value for value, c in zip(self.values, demo.inputs, strict=True) if not c.stateful]
        public = visit.context.files.public()
        visible = [c for c in demo.inputs if not c.stateful]
        self.wires = [sent_back(c.example_wire(v, public)) for c, v in zip(visible, self.values, strict=True)]
        status, self.answer = visit.predict(self.wires)
        assert status == 200, (kind, self.answer)

    @property
    def value(self) -> Any:
        """What stands for the component in `examples=`; for an output what the function returned."""
        if self.place is not None:
            return None if self.component.stateful else self.values[self.place]
        return self.component_of(self.demo(*self.values))

    def component_of(self, returned: Any) -> Any:
        """The component's part of what the demo returned."""
        shown = [c for c in self.demo.outputs if not c.stateful]
        return returned if len(shown) == 1 else returned[shown.index(self.component)]


def sent_back(wire: Any) -> Any:
    """What the page sends of a wire value that it was given: of a file its handle."""
    if isinstance(wire, dict):
        return {"h": wire["h"]} if {"h", "url"} <= set(wire) else {key: sent_back(part) for key, part in wire.items()}
    return [sent_back(part) for part in wire] if isinstance(wire, list) else wire


def in_python(sample: Sample) -> str:
    """A call from Python."""
    given = ", ".join(map(python_text, sample.values))
    return f">>> demo({given})\n{python_text(sample.demo(*sample.values))}"


def over_http(sample: Sample) -> str:
    """Request and answer."""
    request = "POST api/predict\n" + json_text({"data": sample.wires})
    return f"```\n{request}\n```\n\nis answered by\n\n```\n{json_text(sample.answer)}\n```"


def stored(sample: Sample) -> list[str]:
    """Rows of how a value stands in examples, on the wire, and in a flag log."""
    component, files = sample.component, LocalFiles()
    example = sample.place is not None
    wire = component.example_wire(sample.value, files) if example else component.postprocess(sample.value, files)
    with tempfile.TemporaryDirectory() as folder:
        kept = component.flag_cell(sent_back(wire), FlagMedia(folder, files))
        text = "" if kept is None else str(kept)
        back = component.from_flag_cell(text, folder)
        kept_as = mapped(back, lambda part: part.replace(os.path.realpath(folder), "flagged"), str)
    rows = [("in Python", python_text(sample.value)), ("on the wire", json_text(wire, -10_000))]
    rows += [("in the flag log", cell_text(text) or '""'), ("read back from there", python_text(kept_as))]
    return [f"| {name} | {cell(shown)} |" for name, shown in rows]


# ---------------------------------------------------------------------- what goes wrong


def wrong_rows(sample: Sample, wrong: Wrong) -> tuple[list[str], Any]:
    """Table rows of wrong values with what a visitor reads, and the whole answer to the first."""
    rows, first = [], None
    for given in wrong.sent:
        status, answer = sent_wrong(sample, given)
        first = first or answer
        rows.append(wrong_row("sent", noted(given, json_text), status, answer))
    for given in wrong.returned:
        status, answer = returned_wrong(sample.component, given)
        first = first or answer
        rows.append(wrong_row("returned", noted(given, python_text), status, answer))
    return rows, first


def wrong_row(way: str, shown: str, status: int, answer: Any) -> str:
    """One row. Raises ValueError when the value was no error at all."""
    if status < 400:
        raise ValueError(f"This value was expected to be refused when {way}: {shown}")
    error = answer["error"]
    hint = error["hint"] if status < 500 else ""  # that of a failed function is the same for all of them
    text = steady(f"{error['message']} {hint}".strip())
    return f"| {way} | {shown} | {status} | {escaped(text)} |"


def noted(given: Any, form: Any) -> str:
    """The wrong value as code; an upload by what is wrong with it."""
    notes = [upload.note for upload in uploads_in(given)]
    if isinstance(given, Upload):
        return given.note
    return cell(form(without_uploads(given))) + (f", {' and '.join(notes)}" if notes else "")


def uploads_in(given: Any) -> list[Upload]:
    if isinstance(given, Upload):
        return [given]
    parts = given.values() if isinstance(given, dict) else given if isinstance(given, (list, tuple)) else []
    return [upload for part in parts for upload in uploads_in(part)]


def without_uploads(given: Any) -> Any:
    return mapped(given, lambda upload: {"h": "HANDLE"})


def uploaded(given: Any, visit: Visit) -> Any:
    return mapped(given, lambda upload: visit.upload(upload.name, upload.data))


def mapped(given: Any, change: Callable[[Any], Any], of: type = Upload) -> Any:
    """The value with each part of type `of` replaced."""
    if isinstance(given, of):
        return change(given)
    if isinstance(given, dict):
        return {key: mapped(part, change, of) for key, part in given.items()}
    return type(given)(mapped(part, change, of) for part in given) if isinstance(given, (list, tuple)) else given


def sent_wrong(sample: Sample, given: Any) -> tuple[int, Any]:
    """The answer to a wrong wire value; an example's own inputs stand beside it."""
    if sample.place is not None and not sample.component.stateful:
        wires = [*sample.wires]
        wires[sample.place] = uploaded(given, sample.visit)
        return sample.visit.predict(wires)
    with visiting(interface(lambda value: None, [copy.copy(sample.component)], None)) as visit:
        return visit.predict([uploaded(given, visit)])


def returned_wrong(component: Component, value: Any) -> tuple[int, Any]:
    """The answer when a function returns a wrong value to a component like this one."""
    with visiting(interface(lambda: value, None, [copy.copy(component)])) as visit:
        return visit.predict([])


def interface(fn: Any, ins: Any, outs: Any) -> Interface:
    return Interface(fn, ins, outs, allow_flagging="never")


# ---------------------------------------------------------------------- the page


def page_text(kind: str) -> str:
    """The whole page of a component: the same text on every machine."""
    demo = load(kind)
    with elsewhere(), silent(), visiting(demo) as visit:
        return "\n\n".join(sections(kind, class_of(kind), Sample(kind, demo, visit))) + "\n"


@contextmanager
def elsewhere() -> Iterator[None]:
    """In a folder of its own, so that nothing lands in the project and paths in messages are the same everywhere."""
    here = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(here)


@contextmanager
def silent() -> Iterator[None]:
    """Wrong values on purpose are not logged."""
    log = logging.getLogger("quickdemo")
    level = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        log.setLevel(level)


def sections(kind: str, cls: type[Component], sample: Sample) -> list[str]:
    name = cls.__name__
    script = script_of(kind)
    parts = [
        f"# {name}",
        prose(inspect.cleandoc(cls.__doc__ or "")),
        f"![{name} in a wide window](../images/components/{kind}-light.png)",
        f"{shortcuts_of(cls)} [All components](../components.md)",
        "## Parameters",
        parameter_table(cls) if parameters_of(cls) else "",
        "It also takes [those of every component](../components.md#parameters-of-every-component).",
        "## Example",
        f"`quickdemo run {script.relative_to(ROOT)}`",
        f"```python\n{script.read_text().strip()}\n```",
        f"![{name} on a phone, dark](../images/components/{kind}-dark.png)",
        "## Values in and out",
        f"From Python:\n\n```python\n{in_python(sample)}\n```",
        f"Over HTTP:\n\n{over_http(sample)}",
        "## Examples and flags",
        "\n".join([f"| `{name}` | its value in this example |", "|---|---|", *stored(sample)]),
    ]
    rows, first = wrong_rows(sample, WRONG.get(kind, Wrong()))
    if rows:
        parts += ["## Wrong values", "\n".join(["| | value | status | a visitor reads |", "|---|---|---|---|", *rows])]
        parts.append(f"The whole answer to the first of them, over HTTP:\n\n```\n{json_text(first)}\n```")
    return [part for part in parts if part]


def main() -> None:
    """Write the pages of the kinds on the command line, or all."""
    named = [argument for argument in sys.argv[1:] if not argument.startswith("--")] or kinds()
    PAGES.mkdir(parents=True, exist_ok=True)
    for kind in named:
        (PAGES / f"{kind}.md").write_text(page_text(kind))
        print(f"component-pages: {kind}.md", flush=True)
    if "--texts" not in sys.argv:
        from tools.component_images import draw  # drives a browser

        draw(named, IMAGES)


if __name__ == "__main__":
    main()
