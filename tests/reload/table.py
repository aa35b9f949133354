"""Write docs/reload-libraries.md from what the last run of the cases saw: python -m tests.reload.table"""

from __future__ import annotations

import json
import re
from collections import Counter
from types import ModuleType
from typing import Any

from tests.reload import (
    cases_arrays,
    cases_data,
    cases_lines,
    cases_models,
    cases_modules,
    cases_places,
    cases_process,
    cases_state,
)
from tests.reload.running_cases import RESULTS, file_of
from tests.running import ROOT

PAGE = ROOT / "docs" / "reload-libraries.md"
LIBRARIES = (cases_arrays, cases_models)
BEHAVIOURS = (cases_places, cases_lines, cases_modules, cases_data, cases_state, cases_process)

HEAD = """# What a reload keeps, library by library

Each row is a small script that does something costly. It was saved three times under `quickdemo run --reload`, and
after each save compared with `python app.py` on the same files: the same answers, output, warnings and tracebacks, and
inference as fast. `make test-reload-libraries` does it again and writes this page; {count} scripts, last with {about}.

- **kept**: the run went on below the costly statement; nothing above it ran again.
- **from above**: it went on, but from a statement above the costly one, since something there had changed or may not
  be copied.
- **clean**: the script ran from its beginning.
"""
_WORD = {True: "**kept**", False: "from above"}


def page() -> str:
    """The whole text."""
    parts = []
    records: list[dict[str, Any]] = []
    for title, modules in (("Libraries", LIBRARIES), ("Behaviours", BEHAVIOURS)):
        parts.append(f"\n## {title}\n")
        for module in modules:
            rows, seen = _rows(module)
            records += seen
            parts.append(f"{(module.__doc__ or '').strip()}\n\n" + "\n".join(rows) + "\n")
    kinds = Counter(_kind(edit) for record in records for edit in record["edits"] if not edit["failed"])
    about = ", ".join(f"{count} saves {kind.strip('*')}" for kind, count in sorted(kinds.items()))
    return HEAD.format(count=len(records), about=about) + "\n".join(parts)


def _rows(module: ModuleType) -> tuple[list[str], list[dict[str, Any]]]:
    rows = [
        "| script | its three saves | nothing is kept below, because | inference, clean run = 1 |",
        "|---|---|---|---|",
    ]
    records = []
    for case in module.CASES:
        path = RESULTS / f"{file_of(case.name)}.checkpoints.json"
        if not path.exists():
            continue
        record = json.loads(path.read_text())
        records.append(record)
        saves = "; ".join(f"{edit['name']}: {_kind(edit)}" for edit in record["edits"])
        ratio = f"{record['ratio']:.2f}" if record["ratio"] else ""
        why = _why(record) if record["outcome"] != "copied" else ""
        rows.append(f"| {_cell(case.name)} | {_cell(saves)} | {_cell(why)} | {ratio} |")
    return rows, records


def _kind(edit: dict[str, Any]) -> str:
    if edit["failed"]:
        return "told to be broken"
    if edit["kind"] == "mended":
        return "as it was"
    return _WORD[edit["past"]] if edit["kind"] == "resume" else "clean"


def _why(record: dict[str, Any]) -> str:
    """The reason that the log gave for the first save."""
    for reason in (r for edit in record["edits"] for r in [*edit["refused"], edit["why"]] if r):
        said = reason.partition(": ")[2] or reason
        return re.sub(r"\d{3,}|/(?:tmp|root|home)/\S+|/dev/shm/\S+", "…", said)
    return ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
