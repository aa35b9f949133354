"""The guide's blocks that load models, with only the import line changed: unpatched processes with the Hub's own
addresses, behind a proxy that lets nothing else through."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.fakehub.hub import HUB, ROUTER, FakeHub
from tests.running import Project, Run

pytestmark = pytest.mark.slow  # each starts processes of its own

GUIDE = ROOT / "tests" / "guide"
PROMPT = "It was the best of times"


@pytest.fixture
def serve(hub: FakeHub, tmp_path: Path) -> Iterator[Callable[..., Run]]:
    project = Project(tmp_path)

    def start(name: str, *arguments: str) -> Run:
        shutil.copy(GUIDE / name, tmp_path / name)
        run = project.run(name, *arguments)
        run.ready()
        return run

    yield start
    for run in project.runs:
        run.kill()


def only_the_hub_was_asked(hub: FakeHub) -> None:
    assert hub.proxy.refused == []
    assert {one.host for one in hub.log} == {HUB, ROUTER}


def test_a_model_with_an_input_of_ones_own(hub: FakeHub, serve: Any) -> None:
    run = serve("load_model.py")

    assert run.predict(PROMPT) == f"{PROMPT} and so on"
    assert "Input Text" in run.get("/")
    only_the_hub_was_asked(hub)


def test_gpt2_is_found_by_its_old_name(hub: FakeHub, serve: Any) -> None:
    assert serve("load_gpt2.py").predict(PROMPT) == f"{PROMPT} and so on"
    only_the_hub_was_asked(hub)


def test_a_loaded_model_is_called_as_a_function(hub: FakeHub, apart: Any) -> None:
    block = (GUIDE / "load_function.py").read_text().replace("io(", "print(io(").replace('times")', 'times"))')

    done = apart(block)

    assert done.stdout == f"{PROMPT} and so on\n", done.stderr
    only_the_hub_was_asked(hub)


def test_three_models_in_parallel(hub: FakeHub, serve: Any) -> None:
    run = serve("load_parallel.py")

    assert run.predict(PROMPT) == f"{PROMPT} and so on"
    assert len(hub.asked(ROUTER)) == 3
    only_the_hub_was_asked(hub)


def test_a_translation_of_what_was_generated(hub: FakeHub, serve: Any) -> None:
    assert serve("load_series.py").predict(PROMPT) == f"{PROMPT} and so on"[::-1]
    only_the_hub_was_asked(hub)


def test_a_reload_asks_the_hub_nothing(hub: FakeHub, serve: Any, tmp_path: Path) -> None:
    run = serve("load_parallel.py", "--reload")
    asked = len(hub.log)
    script = tmp_path / "load_parallel.py"

    script.write_text(script.read_text().replace("gr.Parallel(", "gr.Parallel(  # saved\n    ", 1))
    run.wait_for("reload_ok")
    script.write_text("import math\n" + script.read_text())
    run.wait_for("reload_ok")

    assert run.predict(PROMPT) == f"{PROMPT} and so on"
    assert len(hub.log) - asked == 3
    assert hub.asked(HUB) and len(hub.asked(HUB)) == 4  # as before the saves: one for each, and gpt2's new name
