"""Are two series of runs the same to whoever looks? Every difference is told, none is forgiven."""

from __future__ import annotations

import ast
import re
from collections import Counter
from typing import Any

from tests.reload.case import COPIED, REFUSED, Case, Edit
from tests.reload.plain import How, Seen

_FRAME = re.compile(r'^  File "(.+)", line (\d+), in (.+)$', re.MULTILINE)
OUTCOME = "outcome"  # differences of this kind begin so
EXIT = "[exit]"  # lines that start so are printed when a run ends, at whatever moment that is


def differences(case: Case, truth: list[Seen], ours: list[Seen]) -> list[str]:
    """Everything that is not as in plain Python; empty when all is."""
    found: list[str] = []
    for number, (true, seen) in enumerate(zip(truth, ours, strict=True)):
        where = f"after edit {number} ({case.edits[number - 1].name})" if number else "at first"
        if number and true.failed != case.edits[number - 1].fails:
            found.append(f"{where}: the case is wrong, python ended with {true.code}: {true.said}")
        if true.failed != seen.failed:
            found.append(f"{where}: python {_end(true)}, reload {_end(seen)}; {seen.report} {true.said[-500:]}")
            continue
        found += [f"{where}: {d}" for d in _one(true, seen)]
    return found + [f"fresh values: {d}" for d in _stale(truth) + _stale(ours)]


def outcome_differences(case: Case, ours: list[Seen]) -> list[str]:
    """Whether the runs came about as the case says: copied past its statement, or not."""
    if not case.about:
        return []
    found = []
    for change, seen in zip(case.edits, ours[1:], strict=True):
        wanted = case.outcome if change.outcome is None else change.outcome
        if wanted and (said := _not_as_wanted(case, change, wanted, seen.how)):
            found.append(f"{OUTCOME} after {change.name!r}: {said}: {seen.how}")
    return found


def _not_as_wanted(case: Case, change: Edit, wanted: str, how: How) -> str:
    if wanted == COPIED and not how.past:
        return f"not resumed below {case.about!r}"
    if wanted == REFUSED and how.past:
        return f"resumed below {case.about!r}"
    if wanted == REFUSED and case.why and not any(re.search(case.why, r) for r in [how.why, *how.refused]):
        return f"no reason like {case.why!r} was given"
    return ""


def exit_differences(truth: list[str], everything: str) -> list[str]:
    """What the runs print when they end: as often as there were runs."""
    wanted = Counter(line for text in truth for line in text.splitlines() if line.startswith(EXIT))
    got = Counter(line for line in everything.splitlines() if line.startswith(EXIT))
    return [] if wanted == got else [f"at exit python printed {dict(wanted)}, reload {dict(got)}"]


def _end(seen: Seen) -> str:
    return f"failed ({seen.code})" if seen.failed else "served"


def _one(true: Seen, seen: Seen) -> list[str]:
    found = []
    said = true.said
    if true.failed:
        said, failures = _failure(true, seen)
        found += failures
    if seen.how.kind != "mended":
        found += _printed(_lines(said), _lines(seen.said), seen)
    answers, wanted = _steady(seen.answers), _steady(true.answers)
    if answers != wanted:
        found.append(f"python answers {wanted}, reload {answers}")
    if _lines(true.heard) != _lines(seen.heard):
        found.append(f"while answering python printed {true.heard!r}, reload {seen.heard!r}")
    return found


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith(EXIT)]


def _printed(wanted: list[str], got: list[str], seen: Seen) -> list[str]:
    """All that python printed, or when the run was resumed the end of it, beginning in front of `below` at the latest.

    A superseded run of the same edit may have printed something before.
    """
    if seen.how.kind != "resume" and (got == wanted or (seen.starts > 1 and got[len(got) - len(wanted) :] == wanted)):
        return []
    below = next((n for n, line in enumerate(wanted) if line.startswith("below")), len(wanted))
    shortest, longest = len(wanted) - below, len(wanted)
    if seen.how.kind == "resume":
        if seen.how.past:  # then it goes on behind the costly statement, and `above` is printed before that
            longest = len(wanted) - 1 - max((n for n, w in enumerate(wanted) if w.startswith("above")), default=-1)
        lengths = [len(got)] if seen.starts <= 1 else range(min(len(got), longest) + 1)
        if any(shortest <= n <= longest and got[len(got) - n :] == wanted[len(wanted) - n :] for n in lengths):
            return []
    return [f"python printed {wanted}, reload {got} ({seen.how})"]


def _failure(true: Seen, seen: Seen) -> tuple[str, list[str]]:
    """(what python printed before the traceback, differences between the traceback and the report)."""
    report = seen.report
    kind, message, text = report["type"], report["message"], report["text"]
    said = true.said.rstrip("\n")
    if kind == "SystemExit":
        found = re.search(r"sys\.exit\((.*)\) before", message, re.DOTALL)
        code = ast.literal_eval(found[1]) if found else message
        if isinstance(code, str):
            return said.removesuffix(code), [] if said.endswith(code) and true.code == 1 else [f"sys.exit({code!r})"]
        return true.said, [] if true.code == code else [f"python exits with {true.code}, reload says {message}"]
    start = max(said.rfind("Traceback (most recent call last)"), 0)
    if kind == "SyntaxError":
        place = f'File "{report["file"]}", line {report["line"]}\n'
        good = place in said and said.endswith(f"{kind}: {message}")
        before = said[: start or said.find("  File ")]
        return before, [] if good else [f"python says {said!r}, the report {report}"]
    frames = sorted((file, int(line), name) for file, line, name in _FRAME.findall(said[start:]))
    told = sorted((f["file"], f["line"], f["function"]) for f in report["frames"] if f["file"] != "<string>")
    found_differences = [] if frames == told else [f"python's frames {frames}, reload's {told}"]
    if not said.endswith(f"{kind}: {message}".rstrip(": ")):
        found_differences.append(f"python ends with {said[-300:]!r}, reload with {kind}: {message}")
    if text and not said.endswith(text):
        found_differences.append(f"python's traceback {said!r}, reload's {text!r}")
    return said[: len(said) - len(text)] if text else said[:start], found_differences


def _steady(answers: list[Any]) -> list[Any]:
    """Answers without what changes from run to run."""
    return [
        {k: v for k, v in a.items() if k != "ms" and not k.startswith("fresh")} if isinstance(a, dict) else a
        for a in answers
    ]


def _stale(runs: list[Seen]) -> list[str]:
    """Values that should be new in each run, and are not."""
    drawn: Counter[str] = Counter()
    for seen in runs:
        if not seen.failed and seen.how.kind != "mended":
            drawn.update(
                {f"{k}={v}" for a in seen.answers if isinstance(a, dict) for k, v in a.items() if k.startswith("fresh")}
            )
    return [f"{value} in {times} runs" for value, times in drawn.items() if times > 1]
