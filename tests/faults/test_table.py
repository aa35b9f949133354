"""The table of faults names tests that exist, and every fault that is promised."""

from __future__ import annotations

import re
from pathlib import Path

from tests.running import ROOT

TABLE = (Path(__file__).parent / "README.md").read_text()
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", TABLE)))
PROMISED = [*range(1, 9), *range(14, 24)]


def test_every_test_in_the_table_exists() -> None:
    assert len(NAMED) > 30
    for file, test in NAMED:
        text = (ROOT / file).read_text()
        assert re.search(rf"^def {test or 'test_'}", text, re.MULTILINE), (file, test)


def test_every_fault_is_in_the_table() -> None:
    rows = re.findall(r"^\| (F\d\d[^|]*)\|[^|]*\|([^|]*)\|$", TABLE, re.MULTILINE)
    for number in PROMISED:
        assert any(f"F{number:02}" in fault and "tests/" in tests for fault, tests in rows), number
