"""The same over libraries that are heavy to install; `make test-reload-libraries` has an environment for them.

One case at a time, for inference is timed.
"""

from __future__ import annotations

import functools
import importlib.util

import pytest

from tests.reload import cases_arrays, cases_models
from tests.reload.running_cases import MODES, run

pytestmark = pytest.mark.libraries

CASES = {case.name: case for module in (cases_arrays, cases_models) for case in module.CASES}


@functools.cache
def seen(name: str) -> dict[str, list[str]]:
    """The differences by mode."""
    return run(CASES[name], MODES)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("mode", MODES)
def test_a_reload_is_what_a_restart_is_over_libraries(name: str, mode: str) -> None:
    missing = [need for need in CASES[name].needs if importlib.util.find_spec(need) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} is not installed; requirements/libraries.txt has it where it is offered")
    found = seen(name)[mode]
    assert not found, "\n".join(found)
