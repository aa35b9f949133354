"""`load`: a name, and what comes of it."""

from __future__ import annotations

from typing import Any

from quickdemo.hub.loaded import Loaded
from quickdemo.hub.reference import Reference
from quickdemo.hub.tokens import Token


def load(
    name: str,
    src: str | None = None,
    api_key: str | None = None,
    alias: str | None = None,
    *,
    token: str | None = None,
    **options: Any,
) -> Loaded:
    """`gr.Interface.load("spaces/owner/name", title="Mine")`: a model or Space as an Interface.

    name: "models/owner/name" or "huggingface/owner/name", "spaces/owner/name", each with "@revision" if wanted, or the
    address of a Gradio app. src: "models", "huggingface" or "spaces", where the name does not begin with it.
    token, api_key: of the Hub; else HF_TOKEN, else that of `hf auth login`. alias: the function's name.
    options: of an Interface, in place of what the model or Space says (`inputs=`, `outputs=`, `title=`, `examples=`
    ...), and those of `hub.models.load` and `hub.spaces.load`.

    Raises ValueError for a name that cannot be one, and HubError.
    """
    reference = Reference.of(name, src)
    known = Token.of(token or api_key)
    if reference.kind == "model":
        from quickdemo.hub.models import load as load_model

        return load_model(reference, known, alias, **options)
    from quickdemo.hub.spaces import load as load_space

    return load_space(reference, known, alias, **options)


def from_pipeline(pipeline: Any, **options: Any) -> Loaded:
    """`gr.Interface.from_pipeline(pipeline)`: a pipeline of transformers as an Interface."""
    from quickdemo.hub.models.here import from_pipeline as made

    return made(pipeline, **options)
