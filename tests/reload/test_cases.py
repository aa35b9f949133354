"""Small scripts over what the tests need anyway: after three edits each, a reload is what `python app.py` is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.reload import cases_data, cases_lines, cases_modules, cases_places, cases_process, cases_state
from tests.reload.running_cases import MODES, Cases

pytestmark = pytest.mark.slow  # each starts processes of its own

CASES = {
    case.name: case
    for module in (cases_places, cases_lines, cases_modules, cases_data, cases_state, cases_process)
    for case in module.CASES
}


@pytest.fixture(scope="module")
def cases(request: pytest.FixtureRequest) -> Iterator[Cases]:
    """All that were selected run at once, as many as there are processors, and wait for much else than these."""
    wanted: dict[str, list[str]] = {}
    for item in request.session.items:
        if isinstance(item, pytest.Function) and item.module is request.module:
            wanted.setdefault(item.callspec.params["name"], []).append(item.callspec.params["mode"])
    running = Cases(4)
    for name, modes in wanted.items():
        running.start(CASES[name], tuple(modes))
    yield running
    running.close()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", CASES)
def test_a_reload_is_what_a_restart_is(cases: Cases, name: str, mode: str) -> None:
    found = cases.result(CASES[name], mode)
    assert not found, "\n".join(found)
