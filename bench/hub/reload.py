"""A save under `quickdemo run --reload`: of a script with three loads, and of one with three plain Interfaces."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from bench.results import Result
from tests.fakehub.hub import GOOD_TOKEN, FakeHub
from tests.running import Project

SCRIPT = """import quickdemo as gr
ABOVE = {above}
NAMES = "gpt2", "EleutherAI/gpt-neo-2.7B", "EleutherAI/gpt-j-6B"
members = [{make} for name in NAMES]
BELOW = {below}
demo = gr.Interface(lambda text: f"{{ABOVE}} {{BELOW}}", "text", "text")
demo.launch()
"""
MAKES = {
    "three loads": "gr.Interface.load('huggingface/' + name)",
    "three Interfaces": 'gr.Interface(str, "text", "text")',
}
MOST_MS = 5.0
PAUSE_S = 1.5  #: between saves, as a person makes them: what a reload prepares for the next one is ready
NOTE = """Milliseconds from the save that was seen to the new version that serves, as `--json` tells them. The Hub is
the stand-in of the tests, behind a proxy that sees each request; what was asked was kept on disk by the first run.
Saves of the two scripts by turns, 1.5 s apart. A save above the loads runs them again, one below resumes behind them.
The first save of each kind is not counted: what it finds to be dear is kept for the others."""


class Script:
    """One of the two, served with --reload."""

    def __init__(self, name: str, folder: Path, environment: dict[str, str]) -> None:
        folder.mkdir()
        self._make, self._values = MAKES[name], {"above": 0, "below": 0}
        self._project = Project(folder)
        self._write()
        self._run = self._project.run("--reload", env=environment)
        self._run.ready()

    def save_ms(self, where: str, value: int) -> float:
        """Save a new value; what the reload took. The next save is a while away."""
        time.sleep(PAUSE_S)
        self._values[where] = value
        self._write()
        return float(self._run.wait_for("reload_ok")["ms"])

    def _write(self) -> None:
        self._project.write(SCRIPT.format(make=self._make, **self._values))

    def end(self) -> None:
        self._run.kill()


def measured(folder: Path, saves: int) -> Result:
    """Both scripts, by turns."""
    found = Result("A reload", NOTE, (*MAKES, "more"))
    (folder / "hub").mkdir()
    hub = FakeHub(folder / "hub")
    own = {"HF_HOME": str(folder / "hf"), "QUICKDEMO_HUB_CACHE": str(folder / "hub-cache"), "HF_TOKEN": GOOD_TOKEN}
    scripts: dict[str, Script] = {}
    try:
        for name in MAKES:
            scripts[name] = Script(name, folder / name.replace(" ", "-"), {**hub.environment, **own})
        asked = len(hub.log)
        for where in ("above", "below"):
            took: dict[str, list[float]] = {name: [] for name in scripts}
            for number in range(saves + 1):
                for name, script in scripts.items():
                    took[name].append(script.save_ms(where, number + 1))
            _tell(found, where, {name: times[1:] for name, times in took.items()})  # the first one prepares the others
        more = len(hub.log) - asked
        found.holds("a reload with three loads asks the Hub nothing", more == 0, f"{more} requests")
    finally:
        for script in scripts.values():
            script.end()
        hub.close()
    return found


def _tell(found: Result, where: str, took: dict[str, list[float]]) -> None:
    more = statistics.median(a - b for a, b in zip(*took.values(), strict=True))
    medians = [f"{statistics.median(times):.0f} ms" for times in took.values()]
    found.row(f"a save {where} the members", *medians, f"{more:.1f} ms")
    found.at_most(f"a save {where} three loads takes at most {MOST_MS:g} ms more", MOST_MS, more, "{:.1f} ms")
