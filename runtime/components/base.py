"""What every component is: how its value travels, what the function gets, how it is stored, how it is drawn.

Words: a *wire value* is the JSON value that travels between page and server; a *Python value* is what the
user's function gets or returns. A component is immutable once the Interface has been built, but for its label.
"""

from __future__ import annotations

import functools
import inspect
import json
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from markupsafe import Markup, escape

from quickdemo.runtime.errors import InvalidValueError, shown

if TYPE_CHECKING:
    from typing_extensions import Self  # typing has it from Python 3.11 on

    from quickdemo.interpret.parts.base import Parts

Wire = Any  # a JSON value
Schema = dict[str, Any]  # a JSON schema


class StoredFile(Protocol):
    """A file that the server holds under a handle."""

    @property
    def path(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def type(self) -> str: ...


class Files(Protocol):
    """Where media of one call are found and kept: uploads in, results out. Implemented by the server."""

    @property
    def brief(self) -> bool:
        """Whether the caller follows handles, as the page does: then a large value may travel as a file."""
        ...

    @property
    def takes_json_text(self) -> bool:
        """Whether a large result may be JSON text already (`JsonText`): it is sent, and not looked into."""
        ...

    def get(self, handle: str) -> StoredFile:
        """The file behind a handle that this visitor may use. Raises InvalidValueError when there is none."""
        ...

    def put_bytes(self, data: bytes, name: str, type: str) -> Wire:
        """Keep `data`; returns the wire value {"h", "url", "name", "size", "type"}."""
        ...

    def put_parts(self, parts: Iterable[bytes], name: str, type: str) -> Wire:
        """The same of data that comes in parts, which are never in memory all at once."""
        ...

    def put_path(self, path: str, name: str | None = None) -> Wire:
        """Keep a copy of a regular file that the author's code returned. Raises OSError."""
        ...


class MediaFolder(Protocol):
    """The folder beside a flag log that takes the media of one sample."""

    def keep(self, label: str, source: str, suffix: str) -> str:
        """Copy the file `source` to LABEL/<n><suffix>; returns that path relative to the flagging folder."""
        ...

    def get(self, handle: str) -> StoredFile: ...


class Made(type):
    """Makes components. A function given as `value` gives the value at each page load: the constructors, which check
    the value, never see it; it becomes the component's `loader`."""

    def __call__(cls, *args: Any, **named: Any) -> Any:
        loader = None
        if not getattr(cls, "stateful", False):
            args, named, loader = _without_loader(cls, args, named)
        component = super().__call__(*args, **named)
        if loader is not None:
            component.loader = loader
        elif component.every is not None:
            warnings.warn(f"every= of {cls.__name__} has no effect: its value is no function.", stacklevel=2)
        return component


def _without_loader(
    cls: Any, args: tuple[Any, ...], named: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any], Callable[[], Any] | None]:
    """The arguments of a constructor without a function as `value`, and that function."""
    if _is_loader(named.get("value")):
        return args, {name: given for name, given in named.items() if name != "value"}, named["value"]
    if not any(map(_is_loader, args)):
        return args, named, None
    parameters = list(inspect.signature(cls.__init__).parameters.values())[1:]
    place = next((n for n, parameter in enumerate(parameters) if parameter.name == "value"), len(args))
    if place >= len(args) or not _is_loader(args[place]):
        return args, named, None
    default = parameters[place].default
    default = None if default is inspect.Parameter.empty else default
    return (*args[:place], default, *args[place + 1 :]), named, args[place]


def _is_loader(value: Any) -> bool:
    """Whether it is a function of any kind: also an object of a class that is made to be called."""
    if inspect.isroutine(value) or isinstance(value, functools.partial) or hasattr(value, "__wrapped__"):
        return True
    return not isinstance(value, type) and "__call__" in vars(type(value))


class Component(metaclass=Made):
    """Base of all components. `kind` names the module, the page module and the element `<qd-KIND>`."""

    kind: ClassVar[str]
    #: its wire value is small, and checked in no time
    is_plain: ClassVar[bool] = False
    #: several native inputs under one legend, instead of one control under one label
    group: ClassVar[bool] = False
    #: its value stays on the server, one for each session
    stateful: ClassVar[bool] = False
    #: draws in a frame that this server sends (server/plots.py); a page without one may hold no frames at all
    frames: ClassVar[bool] = False
    #: of a stream each value counts, such as a piece of sound: none may be left out for a slow reader
    cumulative: bool = False
    #: as an output it has something to show before anything has run, even when it is empty
    greets: bool = False
    #: its values may have components in them
    holds_components: bool = False
    #: whether it is a column of the flag log
    logged: bool = True
    #: the function that was given as `value`: it gives the value at each page load
    loader: Callable[[], Any] | None = None
    #: its entry in the first of the Interface's examples: what an explanation compares with where there is no `value`
    first_example: Any = None
    #: what `set_interpret_parameters` was given
    interpreted: Mapping[str, Any] = MappingProxyType({})

    def __init__(
        self,
        value: Any = None,
        *,
        label: str | None = None,
        info: str | None = None,
        show_label: bool = True,
        interactive: bool | None = None,
        visible: bool = True,
        elem_id: str | None = None,
        elem_classes: str | Sequence[str] | None = None,
        key: str | None = None,
        every: float | None = None,
        scale: float | None = None,
        min_width: float | None = None,
        container: bool = True,
        **unused: Any,
    ) -> None:
        """
        label: shown above the value; None takes the function's parameter name or "output".
        info: one quiet line beside the label.
        interactive: None means editable as an input, read-only as an output.
        elem_id: the id of what surrounds the label and the value, for the author's CSS.
        elem_classes: its classes, as a list or as one text.
        key: identity over reloads when the label changes.
        every: seconds after which the page asks a function given as `value` again.
        scale, min_width, container: taken from other versions; each component is as wide as its column, without a box.

        Raises ValueError for an id or class that no page can have.
        """
        if every is not None and not every > 0:
            raise ValueError(f"every= is a number of seconds above 0; it was {every!r}.")
        if unused:
            names = ", ".join(sorted(unused))
            warnings.warn(
                f"{type(self).__name__} has no parameter {names}; it is ignored. Please remove it.", stacklevel=3
            )
        self.value = value
        self.label = label
        self.info = info
        self.show_label = show_label
        self.interactive = interactive
        self.visible = visible
        self.elem_id = None if elem_id is None else _checked_name("elem_id", elem_id)
        self.elem_classes = _classes(elem_classes)
        self.key = key
        self.every = every
        del scale, min_width, container

    def __repr__(self) -> str:
        return f"{type(self).__name__}(label={self.label!r})"

    def style(self, **ignored: Any) -> Self:
        """Kept so that scripts with `component.style(...)` run: it changes nothing, says so, and returns itself."""
        warnings.warn(
            f"{type(self).__name__}.style() changes nothing; please remove it. Interface(css=...) styles the page.",
            stacklevel=2,
        )
        return self

    # ------------------------------------------------------------------ values

    def preprocess(self, wire: Wire, files: Files) -> Any:
        """The Python value that the function gets. Raises InvalidValueError (see `refuse`)."""
        return wire

    def postprocess(self, value: Any, files: Files) -> Wire:
        """The wire value of what the function returned. Raises ValueError when the type does not fit."""
        return value

    def accept(self, value: Any, files: Files) -> Any:
        """What the function gets when the Interface is called from Python with `value`."""
        return self.preprocess(value, files)

    def present(self, value: Any, files: Files) -> Any:
        """What the caller of the Interface gets when the function returned `value`."""
        return value

    def initial(self, files: Files) -> Wire:
        """The wire value that the page starts with, and that Clear restores."""
        return None if self.value is None else self.postprocess(self.value, files)

    def refuse(self, problem: str, value: Any, hint: str = "") -> InvalidValueError:
        """The error for a wire value: `raise self.refuse("must be at most 10", 11)`."""
        name = self.label or self.kind
        return InvalidValueError(f"{name} {problem}; it was {shown(value)}.", hint, field=name)

    def schema(self) -> Schema:
        """JSON schema of the wire value that comes in; `preprocess` accepts exactly what it describes."""
        return {}

    def output_schema(self) -> Schema:
        """JSON schema of the wire value that goes out."""
        return self.schema()

    # ------------------------------------------------------------------ explanations

    def parts(self, value: Any, files: Files) -> Parts | None:
        """The parts of what `preprocess` gave, for an explanation; None when it has none and is passed on as it is."""
        return None

    def baseline(self, files: Files, otherwise: Any = None) -> Any:
        """What the function gets in place of the value in an explanation: what was set as such, else `value`, else the
        first example's; those that a visitor could not send are passed over.

        Raises InvalidValueError or ValueError when that is so of what was set.
        """
        chosen = self.interpreted.get("baseline")
        for given in (chosen, self.value, self.first_example):
            try:
                if given is not None:
                    return self.preprocess(self.example_wire(given, files), files)
            except (InvalidValueError, ValueError):
                if given is chosen:
                    raise
        return otherwise

    def set_interpret_parameters(self, *given: Any, **named: Any) -> Self:
        """How an explanation takes the value apart; returns the component. Raises ValueError: this one has no parts."""
        what = ", ".join([*map(repr, given), *named]) or "nothing"
        raise ValueError(
            f"{type(self).__name__} has no parts that an explanation could leave out, so set_interpret_parameters "
            f"has nothing to set; it was given {what}. Please remove the call."
        )

    # ------------------------------------------------------------------ flags and examples

    def flag_cell(self, wire: Wire, media: MediaFolder) -> Any:
        """The CSV cell (str, int, float, bool or None) of a wire value; media are copied beside the log."""
        return wire

    def from_flag_cell(self, cell: str, folder: str) -> Any:
        """The Python value, as one would write it in `examples=`, of a CSV cell. `folder` holds the media."""
        return cell

    def example_wire(self, value: Any, files: Files) -> Wire:
        """The wire value of an entry of `examples=`."""
        return None if value is None else self.postprocess(value, files)

    def example_html(self, wire: Wire) -> Markup:
        """How an example's wire value stands in a table cell."""
        text = wire if isinstance(wire, str) else json.dumps(wire, ensure_ascii=False)
        return escape("" if wire is None else text if len(text) <= 120 else text[:119] + "…")

    # ------------------------------------------------------------------ page

    def options(self) -> dict[str, Any]:
        """What the page's module must know beyond the markup (JSON)."""
        return {}

    def control(self, id: str, wire: Wire) -> Markup:
        """Native controls, filled with `wire`. The main control has `id=id`; help text is at `{id}-info`."""
        raise NotImplementedError(f"{type(self).__name__} cannot be an input")

    def view(self, id: str, wire: Wire) -> Markup:
        """The read-only form. Empty by default: the page's module draws the value."""
        return Markup("")

    def html(self, id: str, role: str, wire: Wire) -> Markup:
        """The whole element: wrapper, label, control or view. `role` is "input" or "output"."""
        editable = role == "input" if self.interactive is None else self.interactive
        body = self.control(id, wire) if editable else self.view(id, wire)
        return Markup(
            '<qd-{kind} class="field" id="{id}-field" data-role="{role}" data-editable="{editable}" '
            'data-label="{label}" data-key="{key}" data-initial="{initial}" data-options="{options}"{every}{hidden}>'
            "{body}</qd-{kind}>"
        ).format(
            kind=self.kind,
            id=id,
            role=role,
            editable="true" if editable else "false",
            label=self.label or "",
            key=self.key or "",
            initial=json.dumps(wire),
            options=json.dumps(self.options()),
            every=attributes(data_every=self.every if self.loader else None),
            hidden=Markup("" if self.visible else " hidden"),
            body=self._named(self.labelled(id, body, editable)),
        )

    def _named(self, body: Markup) -> Markup:
        """The body in an element of the author's id and classes. The outer one's id leads from endpoints to components,
        and changes when a reload brings another order."""
        if self.elem_id is None and not self.elem_classes:
            return body
        names = attributes(id=self.elem_id, class_=" ".join(["field", *self.elem_classes]))
        return Markup("<div{}>{}</div>").format(names, body)

    def labelled(self, id: str, body: Markup, editable: bool) -> Markup:
        """The body under its label: a fieldset's legend, a label bound to the control, or a plain name."""
        note = Markup(' <small id="{}-info">{}</small>').format(id, self.info) if self.info else Markup("")
        shown = Markup("") if self.show_label else Markup(' class="visually-hidden"')
        if self.group and editable:
            return Markup('<fieldset class="field"><legend{}>{}{}</legend>{}</fieldset>').format(
                shown, self.label, note, body
            )
        if editable:
            return Markup('<label for="{}"{}>{}{}</label>{}').format(id, shown, self.label, note, body)
        name = Markup("name") if self.show_label else Markup("name visually-hidden")
        return Markup('<span class="{}" id="{}-name">{}{}</span>{}').format(name, id, self.label, note, body)


def _classes(given: str | Sequence[str] | None) -> list[str]:
    names = given.split() if isinstance(given, str) else list(given or ())
    return [_checked_name("elem_classes", name) for name in names]


def _checked_name(parameter: str, name: Any) -> str:
    """A name as HTML allows it. Raises ValueError."""
    if not isinstance(name, str) or not name or not name.isprintable() or " " in name:
        what = "an id is one word" if parameter == "elem_id" else "a class is one word"
        raise ValueError(f"{parameter}: {what} of visible characters; it was {shown(name)}.")
    return name


def attributes(**values: Any) -> Markup:
    """HTML attributes from keywords: True is a bare name, None and False are left out, `_` becomes `-`."""
    parts = []
    for name, value in values.items():
        if value is None or value is False:
            continue
        name = name.rstrip("_").replace("_", "-")
        parts.append(Markup(" {}").format(name) if value is True else Markup(' {}="{}"').format(name, value))
    return Markup("").join(parts)
