"""The door to the Hub: `Interface.load(...)`. It is opened when someone calls it, not at import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from quickdemo.runtime.interface import Interface


class FromHub:
    """What an Interface can be made from instead of a function."""

    @classmethod
    def load(cls, name: str, src: str | None = None, api_key: str | None = None, **options: Any) -> Interface:
        """A model or Space of the Hugging Face Hub, as an Interface: `gr.Interface.load("huggingface/gpt2")`.

        `quickdemo.hub.loading` has the parameters. Raises ValueError for a name that cannot be one, and HubError (a
        `gr.Error` with a `kind`).
        """
        from quickdemo.hub.loading import load  # the Hub is slow to import, and only needed here

        return load(name, src, api_key, **options)

    @classmethod
    def from_pipeline(cls, pipeline: Any, **options: Any) -> Interface:
        """A pipeline of transformers, as an Interface: `gr.Interface.from_pipeline(pipeline("summarization"))`.

        options: of an Interface, in place of what follows from the pipeline's task. Raises ValueError for what is no
        pipeline, and HubError (no_task) for a task that has no page.
        """
        from quickdemo.hub.loading import from_pipeline

        return from_pipeline(pipeline, **options)


def load(name: str, src: str | None = None, api_key: str | None = None, **options: Any) -> Interface:
    """`Interface.load`, as later Gradios call it."""
    return FromHub.load(name, src, api_key, **options)
