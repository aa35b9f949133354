"""JSON: a field for JSON text in, a tree out."""

from collections.abc import Iterator
from typing import Any

import quickdemo as gr


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Each value that holds no others, with the way to it."""
    if not isinstance(value, (dict, list)) or not value:
        yield path or ".", value
        return
    for key, part in value.items() if isinstance(value, dict) else enumerate(value):
        yield from leaves(part, f"{path}.{key}")


demo = gr.Interface(
    lambda value: dict(leaves(value)),
    gr.JSON(label="JSON"),
    gr.JSON(label="Its leaves"),
    examples=[[{"name": "Ada", "born": {"year": 1815, "city": "London"}, "fields": ["mathematics", "engines"]}]],
)

if __name__ == "__main__":
    demo.launch()
