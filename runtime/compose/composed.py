"""What Parallel and Series have in common: an Interface whose function runs the functions of others."""

from __future__ import annotations

import copy
import functools
import inspect
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from quickdemo.runtime import direct
from quickdemo.runtime.caching.keys import parameters_of
from quickdemo.runtime.call import Call
from quickdemo.runtime.components.base import Component, Files, Wire
from quickdemo.runtime.compose.fitting import misfit, passed, same_settings
from quickdemo.runtime.compose.member import Member, MemberCall
from quickdemo.runtime.errors import counted
from quickdemo.runtime.function import Caller, Flavour, Function, Parameter
from quickdemo.runtime.interface import Interface, postprocessed
from quickdemo.runtime.jobs.user_loop import UserLoop
from quickdemo.runtime.local_files import LocalFiles


class Given(list[Any]):
    """The arguments of the whole. to: makes those of one member from what the visitor sent, or the caller gave."""

    def __init__(self, values: Sequence[Any], to: Callable[[Interface, Call], list[Any]] | None = None) -> None:
        super().__init__(values)
        self.to = to

    def __reduce__(self) -> tuple[Any, ...]:
        return Given, (list(self),)  # a worker process gets the values only


class Gathered(list[Any]):
    """One value for each output. wires: their wire values, where they are made already."""

    wires: list[Wire] | None = None


@dataclass(frozen=True)
class MembersFunction(Function):
    """The function of a composed Interface: `run` gives one Gathered after the other."""

    run: Callable[[Sequence[Any], Caller], Iterator[Gathered]] = lambda values, call: iter(())

    def invoke(self, values: Sequence[Any], call: Caller) -> Iterator[Gathered]:
        return self.run(values, call)


class Composed(Interface):
    """An Interface made of others, which keep their own settings and may be used elsewhere too.

    fn, inputs, outputs among the options take the place of what the members give.
    """

    joint: str  #: stands between the members' names

    def __init__(self, interfaces: Sequence[Any], options: dict[str, Any], outputs_of: Sequence[int]) -> None:
        """outputs_of: the members whose outputs are those of the whole."""
        self.loop = UserLoop()
        self.members = self._members(interfaces)
        shown = [(place, output) for place in outputs_of for output in self.members[place].outputs]
        self.shown_by = [place for place, _ in shown]
        if options.get("process"):
            raise ValueError(f"{type(self).__name__} runs its members: give process=True to those that need it.")
        options["process"] = False
        fn = options.pop("fn", None)
        inputs = options.pop("inputs", None)
        outputs = options.pop("outputs", None)
        options.setdefault("api_description", f"{type(self).__name__} of {', '.join(m.name for m in self.members)}.")
        super().__init__(
            fn or self._function().call,
            list(self.members[0].inputs) if inputs is None else inputs,
            self._labelled(shown) if outputs is None else outputs,
            **options,
        )
        maker = sys._getframe(2)
        self.made_at = maker.f_code.co_filename, maker.f_lineno
        if fn is None:
            self.function = self._function()
            self._check_ends([output for _, output in shown])
        else:
            self.members = []  # which nobody calls

    # ------------------------------------------------------------------ the declaration

    def _members(self, interfaces: Sequence[Any]) -> list[Member]:
        kind = type(self).__name__
        if not interfaces:
            raise ValueError(f"{kind} needs at least one Interface.")
        members: list[Member] = []
        named = Counter[str]()
        slot = 0
        for interface in interfaces:
            if not isinstance(interface, Interface):
                raise TypeError(f"{kind} is made of Interfaces; it was given {interface!r:.80}.")
            name = interface.title if isinstance(interface.title, str) and interface.title else interface.name
            named[name] += 1
            name = name if named[name] == 1 else f"{name} {named[name]}"
            members.append(Member(interface, self.loop, slot, name))
            slot += sum(component.stateful for component in interface.inputs)
        return members

    def _function(self) -> MembersFunction:
        name = self.joint.join(member.interface.name for member in self.members)
        parameters = tuple(
            Parameter(component.label or component.kind, inspect.Parameter.empty)
            for component in self.members[0].inputs
        )
        flavour: Flavour = "generator"

        def call(*values: Any) -> Any:
            """Its answer to the arguments of the first member's function."""
            found = direct.run(self.function, list(values))
            return found[0] if len(found) == 1 else list(found)

        return MembersFunction(call, name, parameters, flavour, parameters, self.run)

    def _labelled(self, shown: Sequence[tuple[int, Component]]) -> list[Component]:
        """The outputs, whose labels say where they come from where they come from several."""
        if len({place for place, _ in shown}) < 2:
            return [output for _, output in shown]
        made = []
        for place, output in shown:
            member = self.members[place]
            made.append(copy.copy(output))
            plain = len(member.outputs) == 1 and (not output.label or re.fullmatch(r"output( \d+)?", output.label))
            made[-1].label = member.name if plain else f"{member.name} · {output.label}"
        return made

    def _check_ends(self, outputs: Sequence[Component]) -> None:
        """The inputs and outputs of the whole, where they were given, are as many as those of the members."""
        if len(self.inputs) != len(self.members[0].inputs):
            raise ValueError(
                f"{self.name} takes {counted(len(self.members[0].inputs), 'input')}; inputs= has {len(self.inputs)}."
            )
        if len(self.outputs) != len(outputs):
            raise ValueError(f"{self.name} gives {counted(len(outputs), 'output')}; outputs= has {len(self.outputs)}.")

    def _check_inputs(self, member: Member) -> None:
        """The inputs of the whole fit a member. Raises ValueError that names what does not."""
        if len(member.inputs) != len(self.inputs):
            raise ValueError(
                f"{member.name} takes {counted(len(member.inputs), 'input')} and {self.members[0].name} "
                f"{len(self.inputs)}: all of them get the same."
            )
        for mine, its in zip(self.inputs, member.inputs, strict=True):
            if problem := misfit(mine, its, mine.schema()):
                raise ValueError(f"{member.name} does not fit: {problem}.")

    # ------------------------------------------------------------------ facts

    @property
    def stateful(self) -> bool:
        return super().stateful or any(member.interface.stateful for member in self.members)

    @property
    def has_session(self) -> bool:
        return super().has_session or any(member.interface.has_session for member in self.members)

    @property
    def depends_on(self) -> Callable[..., Any]:
        if not self.members:
            return super().depends_on
        return functools.partial(cast(Any, type(self)), *(_settings(member.interface) for member in self.members))

    def outputs_of(self, place: int) -> list[int]:
        """Which of the outputs are those of this member."""
        return [index for index, shown_by in enumerate(self.shown_by) if shown_by == place]

    def wires_of(self, place: int, values: Sequence[Any], files: Files) -> list[Wire]:
        """The wire values of what a member's outputs have."""
        outputs = [self.outputs[index] for index in self.outputs_of(place)]
        return [postprocessed(component, value, files) for component, value in zip(outputs, values, strict=True)]

    # ------------------------------------------------------------------ values

    def run(self, values: Sequence[Any], call: Caller) -> Iterator[Gathered]:
        """What the outputs show, each time that something of it is new."""
        raise NotImplementedError

    def arguments(self, wires: Sequence[Wire], call: Call) -> list[Any]:
        values = super().arguments(wires, call)
        if isinstance(values, Given):
            return values
        return Given(values, lambda member, its_call: member.checked_arguments(wires, its_call))

    def accepted(self, given: Sequence[Any], call: Call) -> list[Any]:
        values = super().accepted(given, call)
        return Given(values, lambda member, its_call: member.accepted(given, its_call))

    def per_output(self, prediction: Any) -> list[Any]:
        return list(prediction) if isinstance(prediction, Gathered) else super().per_output(prediction)

    def results(self, prediction: Any, call: Call) -> list[Wire]:
        if isinstance(prediction, Gathered) and prediction.wires is not None:
            return list(prediction.wires)
        return super().results(prediction, call)

    def calls_of(self, call: Caller) -> list[MemberCall]:
        """One for each member."""
        files = getattr(call, "files", None) or LocalFiles()
        call.reports.parts.clear()  # of a run for what there was before: the bars are those of this one
        return [MemberCall(cast(Call, call), files, member.first_slot) for member in self.members]

    def given_to(self, member: Member, values: Sequence[Any], call: MemberCall) -> list[Any]:
        """A member's arguments of those of the whole. Raises InvalidValueError."""
        if isinstance(values, Given) and values.to is not None:
            return values.to(member.interface, call)
        fitting = zip(values, self.inputs, member.inputs, strict=True)
        given = (
            _own(value) if same_settings(mine, its) else passed(value, mine, its, call.files)
            for value, mine, its in fitting
        )
        return member.checked(given, call)


def _settings(interface: Interface) -> Callable[..., Any]:
    """All that its answers depend on."""
    components = (*interface.inputs, *interface.outputs)
    settings = [(type(component), parameters_of(component)) for component in components]
    return functools.partial(interface.depends_on, interface.batch, settings)


def _own(value: Any) -> Any:
    """A copy that one member may change."""
    try:
        return copy.deepcopy(value)
    except Exception:  # an open file, for one
        return value
