"""Models of the Hub: what the Hub says of one, its task, who serves it, and how it is asked."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from quickdemo.hub.errors import HubError
from quickdemo.hub.loaded import Loaded
from quickdemo.hub.models.clients import HF, Clients
from quickdemo.hub.models.facts import Facts, Provider, look_up
from quickdemo.hub.models.failures import LOG_IN, no_provider
from quickdemo.hub.models.here import LocalModel, interface, local_task, pipeline_of
from quickdemo.hub.models.remote import RemoteModel
from quickdemo.hub.models.task import Task
from quickdemo.hub.models.tasks import BEYOND_HF, FAMILY, NAMES, known, task_of
from quickdemo.hub.reference import Reference
from quickdemo.hub.tokens import Token
from quickdemo.hub.waiting import Told

log = logging.getLogger("quickdemo.hub")

WAIT_S, TIMEOUT_S = 90.0, 120.0
_CHATS = ("text-generation", "image-text-to-text")  #: that a chat can do


def load(
    reference: Reference,
    token: Token,
    alias: str | None,
    *,
    task: str | None = None,
    provider: str | None = None,
    base_url: str | None = None,
    local: bool = False,
    parameters: Mapping[str, Any] | None = None,
    wait: float = WAIT_S,
    timeout: float = TIMEOUT_S,
    stream: bool = True,
    cache: bool = False,
    told: Told | None = None,
    **options: Any,
) -> Loaded:
    """A model as an Interface.

    task: what it does, where the Hub does not say, or says something else.
    provider: who is to serve it; without it the first of those that do, in the Hub's order.
    base_url: of an own endpoint in their place: an Inference Endpoint, TGI, vLLM, llama.cpp.
    local: run it in this process, with transformers.
    parameters: more arguments of the task's method of `huggingface_hub.InferenceClient`, such as
        {"max_new_tokens": 50}; with `local`, of the pipeline.
    wait: seconds for which a model that is loading is waited for. timeout: seconds without a byte of an answer.
    stream: False gives a text as a whole, also where it could come in pieces.
    cache: keep the last answers in memory, for the same inputs.
    told: called with what is waited for, and about how many seconds more, where no page shows that.

    Raises ValueError, and HubError (not_found, gated, no_task, no_provider, extra ...).
    """
    task = None if task is None else _checked(known(task))
    facts = Facts(reference.id) if task and (base_url or local) else look_up(reference, _for_hub(token))
    what = f"model {facts.id}"
    name = alias or reference.id
    task, picks = _chosen(facts, task, provider, base_url, elsewhere=local)
    if local:
        spec = local_task(task, what)
        one = LocalModel(reference, spec, pipeline_of(reference, task, token), parameters or {})
        return _interface(one, spec, facts, name, options)
    picks = _served(reference, facts, task, picks, provider, base_url)
    if not token and base_url is None:
        log.warning("Predictions of %s need a Hugging Face token. %s", what, LOG_IN)
    spec = task_of(task)
    one_remote = RemoteModel(
        reference,
        spec,
        Clients(facts.id, task, token, picks, base_url, timeout),
        labels=[c.label or c.kind for c in spec.inputs(facts)],
        parameters=parameters or {},
        wait_s=wait,
        streams=stream,
        keeps=cache,
        told=told,
    )
    return _interface(one_remote, spec, facts, name, options)


def _served(
    reference: Reference,
    facts: Facts,
    task: str,
    picks: tuple[Provider, ...],
    provider: str | None,
    base_url: str | None,
) -> tuple[Provider, ...]:
    """Those that can be asked. Raises what is wrong with all of them."""
    if reference.revision not in ("", "main"):
        raise ValueError(f"{reference}: providers serve the newest revision only; local=True takes any.")
    if task in BEYOND_HF:
        if base_url is not None:
            what = f"{task} cannot be asked of an own endpoint through huggingface_hub."
            raise HubError("no_provider", what, "Leave base_url= out, or pass another task=.")
        picks = tuple(pick for pick in picks if pick.name != HF)
    if not picks and base_url is None:
        raise no_provider(f"model {facts.id}", provider)
    return picks


def _for_hub(token: Token) -> Token:
    """A key that was given for a provider or an endpoint is none of the Hub's business."""
    return Token.of(None) if token.explicit and not token.text.startswith("hf_") else token


def _checked(task: str) -> str:
    if task not in FAMILY:
        raise ValueError(f"task={task!r} is none that is known here. There are {', '.join(NAMES)}.")
    return task


def _chosen(
    facts: Facts, given: str | None, provider: str | None, base_url: str | None, *, elsewhere: bool
) -> tuple[str, tuple[Provider, ...]]:
    """The task, and who serves the model for it. Raises HubError (no_task)."""
    picks = tuple(pick for pick in facts.providers if provider in (None, "auto", pick.name))
    tag = given or facts.tag or (picks[0].task if picks else None)
    if tag is None:
        what = f"Model {facts.id} does not say what it does."
        raise HubError("no_task", what, "Pass task=, such as task='text-classification'.")
    task = known(tag)
    if task not in FAMILY:
        what = f"Model {facts.id} does {tag!r}, which cannot be shown here."
        raise HubError("no_task", what, f"Pass task= with one of {', '.join(NAMES)}.")
    if elsewhere:
        return task, ()
    if base_url is not None:
        is_openai = "v1" in urlsplit(base_url).path.split("/")
        return ("conversational" if task == "text-generation" and is_openai else task), ()
    picks = tuple(pick for pick in picks if _serves(pick, task))
    if picks and picks[0].task == "conversational" and task == "text-generation":
        task = "conversational"
    return task, tuple(pick for pick in picks if _serves(pick, task) and pick.task == picks[0].task)


def _serves(pick: Provider, task: str) -> bool:
    """Whether a provider of a model does a task: hf-inference does those that are near to the one it names."""
    asked = "text-generation" if task == "text2text-generation" else task
    return pick.name == HF or pick.task == asked or (pick.task == "conversational" and task in (*_CHATS, pick.task))


def _interface(remote: Any, task: Task, facts: Facts, name: str, options: dict[str, Any]) -> Loaded:
    """With the examples of the model's card, where its inputs are the task's own."""
    if "inputs" not in options and "examples" not in options:
        rows = [list(row) for card in facts.widget if task.row is not None and (row := task.row(card)) is not None]
        if rows:
            options["examples"] = rows
    return interface(remote, task, facts, name, options)
