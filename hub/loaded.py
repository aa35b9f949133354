"""An Interface whose function is a model or a Space elsewhere; called from Python, it is a plain function."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from quickdemo.hub.html_text import without_tags
from quickdemo.hub.recorded import recorded
from quickdemo.hub.reference import Reference
from quickdemo.runtime.call import LocalCall
from quickdemo.runtime.interface import Interface

MOST_AT_ONCE = 8


class Remote(Protocol):
    """What answers: a model's or a Space's endpoint."""

    @property
    def reference(self) -> Reference: ...
    @property
    def streams(self) -> bool:
        """Whether its answer grows."""
        ...

    @property
    def asks(self) -> str:
        """What its answer follows from besides the inputs: the same in another process."""
        ...

    def facts(self) -> dict[str, Any]:
        """What else there is to say of it, as JSON values: {"kind", ...}; "endpoints" are a Space's."""
        ...

    def answer(self, *values: Any) -> Any:
        """The answer to what the input components gave, as the output components take it. Raises HubError."""
        ...

    def answers(self, *values: Any) -> Iterator[Any]:
        """The same of one that streams: the whole so far, each time. Raises HubError."""
        ...


class Loaded(Interface):
    """`io = gr.Interface.load("huggingface/gpt2"); io("Once upon a time")`.

    remote: what answers. Calls cost somebody's time or money: an explanation asks for a limit
    (`interpretation_budget`), and a Series passes it last values only.
    """

    def __init__(self, remote: Remote, name: str, inputs: Any, outputs: Any, **options: Any) -> None:
        self.remote = remote = recorded(remote)
        if (
            options.get("interpretation")
            and not options.get("interpretation_budget")
            and getattr(remote, "costs", True)
        ):
            raise ValueError(
                f"An explanation of {name} makes many calls, which cost time or money: say how many it may make with "
                "interpretation_budget=."
            )
        options.setdefault("retry", False)
        options.setdefault("process", False)
        fn = _function(remote, name, remote.streams)
        super().__init__(fn, inputs, outputs, **options)
        self.__signature__ = self._signature()
        about = without_tags(options.get("description") or "") or f"{remote.reference}, as a function."
        self.__doc__ = f"{name}{self.__signature__}\n\n{about}"  # `help` shows this, and no signature of an object

    async def acall(self, *args: Any) -> Any:
        """`io(...)` for async code: other tasks go on meanwhile."""
        return await asyncio.to_thread(self, *args)

    def stream(self, *args: Any) -> Iterator[Any]:
        """The answer as it grows; one value where it does not. Values as of `io(...)`."""
        call = LocalCall()
        values = self.accepted(args, call)
        made = self.function.invoke(values, call)
        for prediction in made if self.is_generator else [made]:
            given = zip(self.outputs, self.per_output(prediction), strict=True)
            found = [c.present(value, call.files) for c, value in given if not c.stateful]
            yield found[0] if len(found) == 1 else found

    def map(self, rows: Iterable[Any], *, at_once: int = MOST_AT_ONCE) -> list[Any]:
        """The answers to many inputs, in their order, `at_once` of them at a time.

        A row is a value, or a tuple of one for each input. Raises what the first that fails raises.
        """
        several = len([c for c in self.inputs if not c.stateful]) != 1
        with ThreadPoolExecutor(max_workers=at_once) as pool:
            return list(pool.map(lambda row: self(*row) if several or isinstance(row, tuple) else self(row), rows))

    def _signature(self) -> inspect.Signature:
        visible = [c for c in self.inputs if not c.stateful]
        names = _names([c.label or c.kind for c in visible])
        parameters = [
            inspect.Parameter(name, inspect.Parameter.POSITIONAL_ONLY, annotation=_type_of(c))
            for name, c in zip(names, visible, strict=True)
        ]
        shown = [c for c in self.outputs if not c.stateful]
        returned = _type_of(shown[0]) if len(shown) == 1 else list
        return inspect.Signature(parameters, return_annotation=returned)


def _function(remote: Remote, name: str, streams: bool) -> Callable[..., Any]:
    def answers(*values: Any) -> Iterator[Any]:
        yield from remote.answers(*values)

    def answer(*values: Any) -> Any:
        return remote.answer(*values)

    fn = answers if streams else answer
    fn.__name__ = fn.__qualname__ = name
    fn.__doc__ = None
    return fn


def _names(labels: list[str]) -> list[str]:
    """Labels as names of parameters, no two the same."""
    found: list[str] = []
    for place, label in enumerate(labels):
        name = "_".join("".join(c if c.isalnum() else " " for c in label.lower()).split()) or f"input_{place}"
        name = name if name.isidentifier() else f"input_{place}"
        found.append(name if name not in found else f"{name}_{place}")
    return found


_TYPES: dict[str, Any] = {
    "textbox": str,
    "markdown": str,
    "html": str,
    "number": float,
    "slider": float,
    "checkbox": bool,
    "radio": str,
    "dropdown": str,
    "checkboxgroup": list,
    "gallery": list,
    "label": dict,
    "json": Any,
    "image": "PIL.Image.Image",
    "audio": "path",
    "video": "path",
    "file": "path",
    "dataframe": list,
}


def _type_of(component: Any) -> Any:
    return list if getattr(component, "multiselect", False) else _TYPES.get(component.kind, Any)
