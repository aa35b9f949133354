"""What the constructor of Interface accepts and checks: components, labels, state, flagging, interpretation, css."""

from __future__ import annotations

import copy
import inspect
import os
import re
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from quickdemo.interpret.methods import canonical
from quickdemo.runtime.components.base import Component
from quickdemo.runtime.components.registry import get_component
from quickdemo.runtime.function import Function
from quickdemo.runtime.settings import on_spaces, setting

_NO_EFFECT = {
    "optional", "keep_filename", "numeric", "verbose", "allow_screenshot", "layout", "show_input", "show_output",
    "capture_session", "api_mode",
}  # fmt: skip
_BELONGS_TO_LAUNCH = {"show_tips", "encrypt", "enable_queue", "server_name", "server_port", "width", "height"}
_NOW_COMPONENTS = {"plot", "type"}
#: parameters of later Gradios: why they have no effect
_TODAY = {
    "delete_cache": "uploads and results are deleted an hour after they were last used",
    "preload_example": "give the components a value= instead",
    "deep_link": "every page has a Share button",
    "fill_width": "style the page with css=",
    "allow_duplication": "there are no Spaces to copy here",
    "api_visibility": "every endpoint is public",
}

Items = Component | str | dict[str, Any] | Sequence[Component | str | dict[str, Any]] | None


#: ids that the page has whatever the demo is (templates/page.html, core/overlay.js)
_PAGE_IDS = ("page-css", "author-css", "config", "page", "share", "toasts", "crash", "crash-title")


def components_of(items: Items) -> list[Component]:
    """The list of components that `inputs=` or `outputs=` stand for; each instance is copied, so it can be reused."""
    if items is None:
        return []
    if isinstance(items, (str, dict, Component)):
        items = [items]
    return [get_component(item) for item in items]


def joined(inputs: Items, additional: Items) -> tuple[Items, int | None]:
    """(all inputs, how many of them come before the additional ones; None when there are no additional ones)."""
    if additional is None or additional == []:
        return inputs, None
    first, second = ([x] if isinstance(x, (str, dict, Component)) else list(x or []) for x in (inputs, additional))
    return [*first, *second], len(first)


def button_text(name: str, given: Any, default: str) -> str:
    """A button's text, of a text or of a component with a `value`. Raises ValueError for an empty one."""
    text = default if given is None else given if isinstance(given, str) else getattr(given, "value", None)
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"{name} must be the text of a button; it was {given!r}.")
    return text.strip()


def description_of(given: str | bool | None, fn: Any) -> str:
    """What the endpoint does: the text given, else the function's docstring; nothing for False."""
    if isinstance(given, str):
        return given.strip()
    doc = getattr(fn, "__doc__", None) if given is None and inspect.isroutine(fn) else None
    return inspect.cleandoc(doc) if doc else ""


def limit_of(given: int | str | None) -> int | None:
    """How many calls may run at once; None leaves that to `launch`. Raises ValueError."""
    if given is None or given == "default":
        return None
    if isinstance(given, bool) or not isinstance(given, int) or given < 1:
        raise ValueError(f"concurrency_limit must be a whole number from 1, None or 'default'; it was {given!r}.")
    return given


def group_of(given: str | None) -> str:
    """The name of the group that shares a limit; "" for none. Raises ValueError."""
    if given is None:
        return ""
    if not isinstance(given, str) or not given.strip() or "," in given:
        raise ValueError(f"concurrency_id must be a name without commas, or None; it was {given!r}.")
    return given.strip()


def caching_of(given: bool | str | None, mode: str | None, function: Function, stateful: bool) -> tuple[bool, str]:
    """(whether answers of examples are kept, "lazy" or "eager"). None asks the environment, then Spaces.

    Raises ValueError. What depends on who calls, or on the session, is never kept; asked for by name, that warns.
    """
    asked = given is not None
    if given is None:
        text = (setting("CACHE_EXAMPLES") or "").strip().lower()
        given = "lazy" if text == "lazy" else text in ("1", "true", "yes", "on") if text else on_spaces()
    if given not in (True, False, "lazy"):
        raise ValueError(f"cache_examples must be True, False or 'lazy'; it was {given!r}.")
    mode = mode or ("lazy" if given == "lazy" else (setting("CACHE_MODE") or "lazy").strip().lower())
    one_of("cache_mode", mode, ("eager", "lazy"))
    who = any(parameter.gives == "request" for parameter in function.all_parameters)
    if given and (stateful or who):
        why = "it has state" if stateful else f"{function.name} asks who calls"
        if asked:
            warnings.warn(
                f"cache_examples=True has no effect: {why}, so one answer is not right for all.", stacklevel=4
            )
        return False, mode
    return bool(given), mode


def seconds_of(every: float | None, inputs: Sequence[Component]) -> float | None:
    """Raises ValueError for what is no number of seconds, or where a visitor gives inputs."""
    if every is None:
        return None
    if isinstance(every, bool) or not isinstance(every, (int, float)) or not every > 0:
        raise ValueError(f"every= is a number of seconds above 0; it was {every!r}.")
    if any(not component.stateful for component in inputs):
        raise ValueError("every= is for an Interface without inputs; live=True runs at every change of them.")
    return float(every)


def one_of(name: str, given: str, offered: Sequence[str]) -> str:
    """The value, when it is offered. Raises ValueError."""
    if given not in offered:
        raise ValueError(f"{name} must be {', '.join(map(repr, offered[:-1]))} or {offered[-1]!r}; it was {given!r}.")
    return given


def own_copies(inputs: list[Component], outputs: list[Component]) -> tuple[list[Component], list[Component]]:
    """Copies that this Interface may label, with the identity of components shared by both sides kept."""
    copies = {id(c): copy.copy(c) for c in (*inputs, *outputs)}
    return [copies[id(c)] for c in inputs], [copies[id(c)] for c in outputs]


def with_state(inputs: Items, outputs: Items, function: Function) -> tuple[Items, Items]:
    """Replace the string "state" on both sides by one State whose value is the function's default at that place."""
    sides = [[x] if isinstance(x, (str, dict, Component)) else list(x or []) for x in (inputs, outputs)]
    places = [[i for i, item in enumerate(side) if item == "state"] for side in sides]
    if not places[0] and not places[1]:
        return inputs, outputs
    if len(places[0]) != 1 or len(places[1]) != 1:
        raise ValueError("If using 'state', there must be exactly one state input and one state output.")
    index = places[0][0]
    default = function.parameters[index].default if index < len(function.parameters) else inspect.Parameter.empty
    state = get_component({"name": "state", "value": None if default is inspect.Parameter.empty else default})
    for side, place in zip(sides, places, strict=True):
        side[place[0]] = state
    return sides[0], sides[1]


def set_labels(inputs: list[Component], outputs: list[Component], function: Function) -> None:
    """Inputs take the parameter's name, outputs "output" or "output 0", "output 1", ... where no label was given."""
    for index, component in enumerate(inputs):
        if component.label is None:
            known = index < len(function.parameters)
            component.label = function.parameters[index].name if known else f"input {index}"
    for index, component in enumerate(outputs):
        if component.label is None:
            component.label = "output" if len(outputs) == 1 else f"output {index}"


def keep_ids_apart(components: Sequence[Component], endpoints: Sequence[str]) -> None:
    """Of components with the same `elem_id` the first keeps it, and none has an id of the page itself."""
    own = re.compile(rf"({'|'.join(map(re.escape, endpoints))})(_\d+)?-.*|(tab|panel)-\d+|{'|'.join(_PAGE_IDS)}")
    taken = set[str]()
    for component in components:
        name = component.elem_id
        if name is None:
            continue
        problem = "is of the page itself" if own.fullmatch(name) else "names two components" if name in taken else ""
        if problem:
            advice = "Use another one, or elem_classes=, which several may share."
            warnings.warn(f"elem_id={name!r} {problem}; {component.label} goes without. {advice}", stacklevel=3)
            component.elem_id = None
        taken.add(name)


def kind_of(inputs: list[Component], outputs: list[Component]) -> str:
    """ "standard", "input_only", "output_only", or "unified" when both sides are the same instances."""
    if not inputs and not outputs:
        raise ValueError("Must provide at least one of `inputs` or `outputs`")
    if not outputs:
        return "input_only"
    if not inputs:
        return "output_only"
    same = len(inputs) == len(outputs) and all(a is b for a, b in zip(inputs, outputs, strict=True))
    return "unified" if same else "standard"


def flagging_mode(value: str | bool | None) -> str:
    """ "never", "manual" or "auto"; None asks QUICKDEMO_ALLOW_FLAGGING, True and False warn."""
    if value is None:
        value = setting("ALLOW_FLAGGING") or setting("FLAGGING_MODE") or "manual"
    if isinstance(value, bool):
        mode = "manual" if value else "never"
        warnings.warn(f"allow_flagging={value} is the old form; write allow_flagging={mode!r}.", stacklevel=4)
        return mode
    if value not in ("never", "manual", "auto"):
        raise ValueError(f"allow_flagging must be 'never', 'manual' or 'auto'; it was {value!r}.")
    return value


def flagging_choices(options: Sequence[str | tuple[str, str]] | None) -> list[tuple[str, str]]:
    """(button text, stored value) pairs: one "Flag" button by default, else "Flag as X" for each option."""
    if options is None:
        return [("Flag", "")]
    if isinstance(options, str) or not all(
        isinstance(o, str) or (isinstance(o, tuple) and len(o) == 2) for o in options
    ):
        raise ValueError(f"flagging_options must be a list of texts; it was {options!r}.")
    return [(f"Flag as {o}", o) if isinstance(o, str) else o for o in options]


def interpretation_of(value: Any, inputs: list[Component]) -> list[Any] | Callable[..., Any] | None:
    """One method per input, or the author's function. Raises ValueError for any other type, and for unknown names."""
    if value is None or callable(value):
        return value  # type: ignore[no-any-return]
    if isinstance(value, str):
        return [canonical(value)] * len(inputs)
    if isinstance(value, (list, tuple)) and len(value) == len(inputs):
        if all(one is None or isinstance(one, str) for one in value):
            return [None if one is None else canonical(one) for one in value]
    raise ValueError(
        "Invalid value for parameter: interpretation. It takes 'default', 'shap', a function, or a list with one "
        f"entry for each of the {len(inputs)} inputs; it was {value!r}."
    )


def css_of(css: str | None) -> tuple[str | None, str | None]:
    """(the style sheet's text, the file it was read from). A text that is an existing file's path is read.

    Raises ValueError for a file that is no UTF-8 text. A text that looks like a path to nowhere warns.
    """
    if css is None or "{" in css or len(css) > 4096 or not os.path.isfile(css):
        if css is not None and css.strip().endswith(".css"):
            warnings.warn(f"There is no style sheet {css!r}; its path starts at the working directory.", stacklevel=5)
        return css, None
    try:
        with open(css, encoding="utf-8") as file:
            return file.read(), os.path.abspath(css)
    except UnicodeDecodeError as error:
        raise ValueError(f"The style sheet {css!r} is no UTF-8 text (byte {error.start}): save it as UTF-8.") from None


def article_of(article: str | None) -> str | None:
    """The article's text. An URL is fetched, as its author asks for by giving one; if that fails it is shown."""
    if article is None or not re.fullmatch(r"https?://\S+", article.strip()):
        return article
    import urllib.request  # slow to import, and rarely needed

    try:
        with urllib.request.urlopen(article.strip(), timeout=3) as answer:
            return str(answer.read(1_000_000).decode("utf-8", "replace"))
    except (OSError, ValueError) as error:
        warnings.warn(
            f"The article {article.strip()} could not be fetched ({error}); its address is shown.", stacklevel=3
        )
        return article


def warn_of_unused(unused: dict[str, Any]) -> None:
    """Never an error: a script of 2022 goes on, and is told what has no effect."""
    rest = {}
    for name, value in unused.items():
        if name in _NO_EFFECT:
            warnings.warn(f"The parameter {name!r} of Interface has no effect; please remove it.", stacklevel=3)
        elif name in _BELONGS_TO_LAUNCH:
            warnings.warn(f"The parameter {name!r} belongs to launch(); use it within launch().", stacklevel=3)
        elif name in _NOW_COMPONENTS:
            warnings.warn(f"The parameter {name!r} of Interface is gone; use the component of that kind.", stacklevel=3)
        elif name in _TODAY:
            warnings.warn(f"The parameter {name!r} of Interface has no effect: {_TODAY[name]}.", stacklevel=3)
        else:
            rest[name] = value
    if rest:
        warnings.warn(f"You have unused kwarg parameters in Interface, please remove them: {rest}", stacklevel=3)
