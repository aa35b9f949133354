"""What changed between two wire values, as edits: ["append" | "add" | "replace" | "delete" | "splice", path, value].

`apply(old, diff(old, new)) == new`, always. A text that grew costs its new end, a list that grew its new items; values
that share little are replaced whole. Comparing costs about one walk over both values, texts one comparison of memory.
"""

from __future__ import annotations

from typing import Any

Path = list[Any]  # keys of objects and indices of lists, from the outside in
Edit = tuple[str, Path, Any]

#: more edits than this, items added at the end of lists apart, are a new value
MOST_EDITS = 50
#: characters that a splice must save
_WORTH_A_SPLICE = 24


def diff(old: Any, new: Any, *, splices: bool = True) -> list[Edit]:
    """The edits that make `new` of `old`, in order; none when they are equal. Arguments are JSON values.

    splices: also change texts in their middle, by ["splice", path, [start, count, text]], where text takes the place
    of count UTF-16 units from start on: HTML grows in front of its closing tags. Gradio's clients know the others only.
    """
    found = _Edits(splices)
    found.compare(old, new, [])
    return [("replace", [], new)] if found.too_many else found.edits


class _Edits:
    def __init__(self, splices: bool) -> None:
        self.edits: list[Edit] = []
        self._splices = splices
        self._added = 0

    @property
    def too_many(self) -> bool:
        return len(self.edits) - self._added > MOST_EDITS

    def compare(self, old: Any, new: Any, path: Path) -> None:
        if type(old) is not type(new):
            self.edits.append(("replace", path, new))
        elif isinstance(old, str):
            if old != new:
                self.edits.append(self._of_text(old, new, path))
        elif isinstance(old, list):
            self._of_lists(old, new, path)
        elif isinstance(old, dict):
            self._of_objects(old, new, path)
        elif old != new:
            self.edits.append(("replace", path, new))

    def _of_text(self, old: str, new: str, path: Path) -> Edit:
        if old and new.startswith(old):
            return "append", path, new[len(old) :]
        if self._splices and len(new) > _WORTH_A_SPLICE:
            start = _common_start(old, new)
            end = _common_end(old[start:], new[start:])
            if start + end > _WORTH_A_SPLICE:
                count = _units(old[start : len(old) - end])
                return "splice", path, [_units(old[:start]), count, new[start : len(new) - end]]
        return "replace", path, new

    def _of_lists(self, old: list[Any], new: list[Any], path: Path) -> None:
        for index, (before, after) in enumerate(zip(old, new, strict=False)):
            if not same(before, after):
                self.compare(before, after, [*path, index])
                if self.too_many:
                    return
        for index in range(len(old) - 1, len(new) - 1, -1):
            self.edits.append(("delete", [*path, index], None))
        for index in range(len(old), len(new)):
            self.edits.append(("add", [*path, index], new[index]))
            self._added += 1

    def _of_objects(self, old: dict[str, Any], new: dict[str, Any], path: Path) -> None:
        kept = [key for key in old if key in new]
        if kept + [key for key in new if key not in old] != list(new):  # edits could not bring the keys into this order
            self.edits.append(("replace", path, new))
            return
        self.edits += [("delete", [*path, key], None) for key in old if key not in new]
        for key, after in new.items():
            if key not in old:
                self.edits.append(("add", [*path, key], after))
            elif not same(old[key], after):
                self.compare(old[key], after, [*path, key])


def same(one: Any, other: Any) -> bool:
    """Equal as JSON, where true is not 1 and keys have an order. Most of the work is done in C."""
    if type(one) is not type(other) or one != other:
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and same(list(one.values()), list(other.values()))
    if not isinstance(one, list):
        return True
    kinds = list(map(type, one))
    if kinds != list(map(type, other)):
        return False
    if list not in kinds and dict not in kinds:
        return True
    return all(same(a, b) for a, b, kind in zip(one, other, kinds, strict=True) if kind in (list, dict))


def _common_start(one: str, other: str) -> int:
    """How many characters are the same at the start: by halves, each one comparison of memory."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _common_end(one: str, other: str) -> int:
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[len(one) - middle : len(one) - low] == other[len(other) - middle : len(other) - low]:
            low = middle
        else:
            high = middle - 1
    return low


def _units(text: str) -> int:
    """The length as a browser counts it."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def spliced(text: str, start: int, count: int, change: str) -> str:
    """`text` with `change` in place of `count` UTF-16 units from `start` on."""
    if text.isascii():
        return text[:start] + change + text[start + count :]
    units = text.encode("utf-16-le", "surrogatepass")
    head, tail = units[: 2 * start], units[2 * (start + count) :]
    return head.decode("utf-16-le", "surrogatepass") + change + tail.decode("utf-16-le", "surrogatepass")


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
            value = _edited(value, action, change)
            continue
        *outer, last = path
        place = value
        for key in outer:
            place = place[key]
        if action == "delete":
            del place[last]
        elif action == "add" and isinstance(place, list):
            place.insert(last, change)
        else:
            place[last] = _edited(None if action == "add" else place[last], action, change)
    return value


def _edited(value: Any, action: str, change: Any) -> Any:
    if action == "append":
        return value + change
    return spliced(value, *change) if action == "splice" else snapshot(change)
