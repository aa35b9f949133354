"""Random edits of random projects: what `run --reload` shows is what `python app.py` shows, after every save.

100 edits, always the same, with all other tests; `make test-reload-random` makes 2,000 new ones
(QUICKDEMO_RANDOM_EDITS says how many).
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.reload_random import model
from tests.reload_random.sides import Followed, Plain

pytestmark = [
    pytest.mark.slow,  # a process for each edit
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux has checkpoints"),
]
EDITS = int(os.environ.get("QUICKDEMO_RANDOM_EDITS", "100"))
PER_PROJECT = 20
LEAST_RESUMED = 0.4  # of the reloads: clean restarts alone would prove nothing


def history(first: model.State, saves: list[model.Save]) -> list[model.State]:
    """The versions of a project, one after the other."""
    states = [first]
    for save in saves:
        before = states[max(len(states) - 1 - save.undo, 0)]
        states.append(model.apply(before, save))
    return states


def compare(states: list[model.State], how: Counter[str]) -> None:
    """Fails where a version is shown otherwise than by plain Python."""
    folder = Path(tempfile.mkdtemp(prefix="quickdemo-random-"))
    plain, ours = Plain(folder / "plain"), Followed(folder / "ours")
    try:
        plain.save(states[0].texts(0))
        if plain.shown().answer is None:
            return  # nothing is served at first
        ours.save(states[0].texts(0))
        ours.start()
        assert ours.run is not None
        for token, state in enumerate(states[1:], 1):
            texts = state.texts(token)
            plain.save(texts)
            wanted = plain.shown()
            began = len(ours.run.events)
            seen = ours.follow(texts, wanted)
            steps = [e for e in ours.run.events[began:] if e["event"] in ("resume", "clean")]
            how.update([e["event"] for e in steps])
            assert seen == wanted, f"version {token} in {folder}, {steps[-1:]}:\n{differing(wanted, seen)}"
        shutil.rmtree(folder)
    finally:
        ours.close()


def differing(wanted: Any, seen: Any, path: str = "") -> str:
    """The first values that differ."""
    if isinstance(wanted, dict) and isinstance(seen, dict):
        for key in [*wanted, *seen]:
            if wanted.get(key) != seen.get(key):
                return differing(wanted.get(key), seen.get(key), f"{path}/{key}")
    if isinstance(wanted, list | tuple) and isinstance(seen, list | tuple) and len(wanted) == len(seen):
        for number, (a, b) in enumerate(zip(wanted, seen, strict=True)):
            if a != b:
                return differing(a, b, f"{path}/{number}")
    return f"{path}: python shows {wanted!r}, the reload {seen!r}"


def test_random_edits_show_what_a_restart_shows() -> None:
    how: Counter[str] = Counter()

    @settings(
        max_examples=max(EDITS // PER_PROJECT, 1),
        derandomize="QUICKDEMO_RANDOM_EDITS" not in os.environ,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    @given(model.projects(), st.lists(model.saves(), min_size=PER_PROJECT, max_size=PER_PROJECT))
    def edited(first: model.State, saves: list[model.Save]) -> None:
        compare(history(first, saves), how)

    edited()
    print(f"{how.total()} reloads, {how['resume']} of them resumed")
    assert how["resume"] >= LEAST_RESUMED * how.total(), how
