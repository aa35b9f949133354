"""Small scripts over what the tests need anyway: after three edits each, a reload is what `python app.py` is.

A selection runs with all other tests; `make test-reload-libraries` has every case, also with --no-checkpoints.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.reload import cases_data, cases_lines, cases_modules, cases_places, cases_process, cases_state
from tests.reload.running_cases import MODES, Cases

pytestmark = pytest.mark.slow  # each starts processes of its own

MODULES = (cases_places, cases_lines, cases_modules, cases_data, cases_state, cases_process)
CASES = {case.name: case for module in MODULES for case in module.CASES}
OFTEN = {
    "an edit below, above and inside a costly statement",
    "names deleted and bound again",
    "what a module knows of itself",
    "future imports hold below the statement, too",
    "decorators and default values",
    "the body of if __name__ == '__main__'",
    "exit codes of sys.exit",
    "a syntax error, mended, and undone",
    "comments and layout above a costly statement",
    "an exception in a chain, after lines were moved",
    "an exception inside a project module, after its lines were moved",
    "inspect.getsource called above",
    "a script that reads itself",
    "warnings name the line that is in the file",
    "a project module edited",
    "a module of the standard library shadowed by a new file",
    "a package with submodules",
    "run as a module: -m package.app",
    "an import with a fall-back",
    "numpy.fromfile",
    "a picture read by PIL",
    "os.listdir",
    "Path.exists",
    "a file missing, then made",
    "a file kept open for reading: its place is each run's own",
    "a file kept open for writing",
    "tempfile.TemporaryDirectory is never shared",
    "a sqlite file kept open",
    "variables of an env file",
    "random, seeded",
    "random, not seeded",
    "numpy's generators, seeded",
    "caches that calls fill are empty after a reload",
    "os.chdir and os.umask",
    "logging with a handler to a file",
    "signal handlers",
    "atexit runs once for each run",
    "pickle of classes of __main__",
    "a thread that lives",
    "multiprocessing: spawn",
    "requests, with a session that is kept",
    "the number of the process, kept",
    "a copy that ends itself",
}
ALL = [
    pytest.param(name, mode, marks=() if name in OFTEN and mode == "checkpoints" else pytest.mark.libraries)
    for name in CASES
    for mode in MODES
]


@pytest.fixture(scope="module")
def cases(request: pytest.FixtureRequest) -> Iterator[Cases]:
    """All that were selected run a few at a time: much of their time they wait."""
    wanted: dict[str, list[str]] = {}
    for item in request.session.items:
        if isinstance(item, pytest.Function) and item.module is request.module and hasattr(item, "callspec"):
            wanted.setdefault(item.callspec.params["name"], []).append(item.callspec.params["mode"])
    running = Cases(3)
    for name, modes in wanted.items():
        running.start(CASES[name], tuple(modes))
    yield running
    running.close()


@pytest.mark.parametrize(("name", "mode"), ALL)
def test_a_reload_is_what_a_restart_is(cases: Cases, name: str, mode: str) -> None:
    found = cases.result(CASES[name], mode)
    assert not found, "\n".join(found)


def test_the_selection_names_cases() -> None:
    assert set(CASES) >= OFTEN
