"""Models that run in this process, with transformers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from quickdemo.hub.errors import HubError
from quickdemo.hub.loaded import Loaded
from quickdemo.hub.models.facts import Facts
from quickdemo.hub.models.task import Task
from quickdemo.hub.models.tasks import FAMILY, known, task_of
from quickdemo.hub.offline import is_offline
from quickdemo.hub.reference import Reference
from quickdemo.hub.tokens import Token
from quickdemo.runtime.errors import first_lines


class LocalModel:
    """A pipeline of transformers, as what answers a Loaded Interface."""

    streams = False
    costs = False  #: an explanation may call it as often as it likes

    def __init__(self, reference: Reference, task: Task, pipeline: Any, parameters: Mapping[str, Any]) -> None:
        self.reference, self.task, self.pipeline = reference, task, pipeline
        self._parameters = dict(parameters)

    @property
    def asks(self) -> str:
        return repr([getattr(self.pipeline, "task", ""), sorted(self._parameters.items())])

    def facts(self) -> dict[str, Any]:
        return {"kind": "model", "task": str(getattr(self.pipeline, "task", "")), "served_by": ["this machine"]}

    def answer(self, *values: Any) -> Any:
        assert self.task.run is not None
        return self.task.run(self.pipeline, self._parameters, *values)

    def answers(self, *values: Any) -> Iterator[Any]:
        yield self.answer(*values)


def pipeline_of(reference: Reference, name: str, token: Token) -> Any:
    """A pipeline for a task, with the model's weights.

    Raises HubError: extra without transformers, no_task where this release of it has no such pipeline, not_found or
    offline where the files cannot be had.
    """
    for package in ("transformers", "torch"):
        if find_spec(package) is None:
            raise HubError("extra", f"local=True needs the package {package}.", "pip install transformers torch")
    task = "text-generation" if name == "conversational" else name
    transformers = import_module("transformers")
    try:
        return transformers.pipeline(
            task, model=reference.id, revision=reference.revision or None, token=token.text or None
        )
    except KeyError as error:
        what = f"transformers {transformers.__version__} has no pipeline for {task}."
        raise HubError("no_task", what, "Pass another task=; releases before 5 have more of them.") from error
    except OSError as error:  # whatever kept it from the files
        what = f"The files of model {reference.id} could not be loaded: {first_lines(error)}."
        raise HubError("offline" if is_offline() else "not_found", what) from error


def local_task(name: str, what: str) -> Task:
    """Raises HubError (no_task) for one that no pipeline does."""
    task = task_of(name) if name in FAMILY else None
    if task is None or task.run is None:
        raise HubError("no_task", f"{what} does {name!r}, which cannot be run here.", "Pass task= with another one.")
    return task


def from_pipeline(pipeline: Any, **options: Any) -> Loaded:
    """A pipeline of transformers as an Interface; options: of an Interface, in place of what follows from its task.

    Raises ValueError for what is no pipeline, and HubError (no_task).
    """
    if not any(
        c.__name__ == "Pipeline" and c.__module__.partition(".")[0] == "transformers" for c in type(pipeline).__mro__
    ):
        raise ValueError("pipeline must be a transformers.Pipeline")
    model = pipeline.model
    named = getattr(getattr(model, "config", None), "name_or_path", "") or type(model).__name__
    task = local_task(known(pipeline.task), f"The pipeline of {named}")
    reference = Reference("model", named)
    parameters = options.pop("parameters", None) or {}
    return interface(LocalModel(reference, task, pipeline, parameters), task, Facts(named), named, options)


def interface(remote: Any, task: Task, facts: Facts, name: str, options: dict[str, Any]) -> Loaded:
    """A model's Interface. name: of its function."""
    options.setdefault("title", name)
    inputs = options.pop("inputs", None) or task.inputs(facts)
    outputs = options.pop("outputs", None) or task.outputs()
    if isinstance(remote, LocalModel):
        options.setdefault("concurrency_limit", 1)  # pipelines are not made for several threads
    return Loaded(remote, name, inputs, outputs, **options)
