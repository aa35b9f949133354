"""What changed between two wire values, as the edits that gradio's clients know: ["append", path, text] and others.

`apply(old, diff(old, new)) == new`, always. A text that grew costs its new end, a list that grew its new items; values
that share little are replaced whole. Comparing costs no more than walking both values once.
"""

from __future__ import annotations

from typing import Any

Path = list[Any]  # keys of objects and indices of lists, from the outside in
Edit = tuple[str, Path, Any]

#: more edits than this are a new value
MOST_EDITS = 50


def diff(old: Any, new: Any) -> list[Edit]:
    """The edits that make `new` of `old`, in order; none when they are equal. Arguments are JSON values."""
    edits: list[Edit] = []
    _compare(old, new, [], edits)
    return edits if len(edits) <= MOST_EDITS else [("replace", [], new)]


def _compare(old: Any, new: Any, path: Path, edits: list[Edit]) -> None:
    if len(edits) > MOST_EDITS:
        return
    if isinstance(old, str) and isinstance(new, str):
        if old and len(new) > len(old) and new.startswith(old):
            edits.append(("append", path, new[len(old) :]))
        elif old != new:
            edits.append(("replace", path, new))
    elif isinstance(old, list) and isinstance(new, list):
        _compare_lists(old, new, path, edits)
    elif isinstance(old, dict) and isinstance(new, dict):
        _compare_objects(old, new, path, edits)
    elif type(old) is not type(new) or old != new:
        edits.append(("replace", path, new))


def _compare_lists(old: list[Any], new: list[Any], path: Path, edits: list[Edit]) -> None:
    for index, (before, after) in enumerate(zip(old, new, strict=False)):
        _compare(before, after, [*path, index], edits)
        if len(edits) > MOST_EDITS:
            return
    for index in range(len(old) - 1, len(new) - 1, -1):
        edits.append(("delete", [*path, index], None))
    for index in range(len(old), len(new)):
        edits.append(("add", [*path, index], new[index]))


def _compare_objects(old: dict[str, Any], new: dict[str, Any], path: Path, edits: list[Edit]) -> None:
    kept = [key for key in old if key in new]
    if kept + [key for key in new if key not in old] != list(new):  # edits could not bring the keys into this order
        edits.append(("replace", path, new))
        return
    for key in old:
        if key not in new:
            edits.append(("delete", [*path, key], None))
    for key, after in new.items():
        if key not in old:
            edits.append(("add", [*path, key], after))
        else:
            _compare(old[key], after, [*path, key], edits)


def snapshot(value: Any) -> Any:
    """A copy that stays as it is when the function goes on to change its lists and dicts in place."""
    if isinstance(value, list):
        return [snapshot(item) for item in value]
    if isinstance(value, dict):
        return {key: snapshot(item) for key, item in value.items()}
    return value


def apply(value: Any, edits: list[Edit]) -> Any:
    """The value after the edits; the given one stays as it is."""
    value = snapshot(value)
    for action, path, change in edits:
        if not path:
            value = value + change if action == "append" else change
            continue
        *outer, last = path
        place = value
        for key in outer:
            place = place[key]
        if action == "append":
            place[last] += change
        elif action == "delete":
            del place[last]
        elif action == "add" and isinstance(place, list):
            place.insert(last, change)
        else:
            place[last] = change
    return value
