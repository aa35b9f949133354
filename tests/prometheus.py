"""A strict reader of the Prometheus text format, version 0.0.4: what it takes, Prometheus takes as well."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"'
SAMPLE = re.compile(rf"({NAME})(?:\{{((?:{LABEL},?)*)\}})? (\S+)")
KINDS = ("counter", "gauge", "histogram")

Labels = frozenset[tuple[str, str]]


@dataclass
class Family:
    kind: str
    about: str
    samples: dict[tuple[str, Labels], float] = field(default_factory=dict)


def read(text: str) -> dict[str, Family]:
    """The families by name. Fails where something is not as the format wants it."""
    assert text.endswith("\n") and "\r" not in text
    families: dict[str, Family] = {}
    about: dict[str, str] = {}
    last = ""
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name, _, words = line[7:].partition(" ")
            assert re.fullmatch(NAME, name) and name not in about and words, line
            about[name] = words
        elif line.startswith("# TYPE "):
            last, kind = line[7:].split(" ")
            assert last in about and last not in families and kind in KINDS, line
            families[last] = Family(kind, about[last])
        else:
            _take(families[last], last, line)
    for name, family in families.items():
        assert family.samples, name
        assert (family.kind == "counter") == name.endswith("_total"), name
        if family.kind == "histogram":
            _check_histogram(name, family)
    return families


def _take(family: Family, name: str, line: str) -> None:
    match = SAMPLE.fullmatch(line)
    assert match, line
    full, labels, value = match[1], match[2] or "", float(match[5])
    ends = ("_bucket", "_sum", "_count") if family.kind == "histogram" else ("",)
    assert full in {name + end for end in ends}, line
    pairs = re.findall(LABEL, labels)
    assert len({key for key, _ in pairs}) == len(pairs), line
    key = full, frozenset((k, _plain(v)) for k, v in pairs)
    assert key not in family.samples, f"twice: {line}"
    assert family.kind == "gauge" or value >= 0, line
    family.samples[key] = value


def _plain(text: str) -> str:
    return re.sub(r'\\(["\\n])', lambda m: "\n" if m[1] == "n" else m[1], text)


def _check_histogram(name: str, family: Family) -> None:
    series: dict[Labels, list[tuple[float, float]]] = {}
    for (full, labels), value in family.samples.items():
        if full == f"{name}_bucket":
            bound = dict(labels)["le"]
            rest = frozenset(pair for pair in labels if pair[0] != "le")
            series.setdefault(rest, []).append((float(bound), value))
    counts = {labels: value for (full, labels), value in family.samples.items() if full == f"{name}_count"}
    assert series.keys() == counts.keys() == {ls for (f, ls) in family.samples if f == f"{name}_sum"}
    for labels, buckets in series.items():
        assert buckets == sorted(buckets) and [n for _, n in buckets] == sorted(n for _, n in buckets)
        assert buckets[-1] == (float("inf"), counts[labels])
