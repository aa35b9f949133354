"""Cases of the components whose values are plain JSON."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import strategies as st

from tests.contract.case import Case


def said(role: str, content: Any) -> dict[str, Any]:
    """A message."""
    return {"role": role, "content": content}


def by_confidence(confidences: dict[str, float]) -> dict[str, float]:
    """Highest first, as a Label shows them."""
    return dict(sorted(confidences.items(), key=lambda pair: -pair[1]))


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def is_no_json_text(value: object) -> bool:
    """A returned text that is JSON, such as "false", is read as what it describes: it does not come back as text."""
    try:
        json.loads(value) if isinstance(value, str) else None
    except ValueError:
        return True
    return not isinstance(value, str)


CATEGORIES = st.none() | st.text(min_size=1) | st.floats(-1, 1)
PARTS = st.lists(st.tuples(st.text(), CATEGORIES))
PAIRS = {"label": "cat", "confidences": [{"label": "cat", "confidence": 0.9}, {"label": "dog", "confidence": 0.1}]}
AB = {"choices": ["a", "b"]}
COLOURED = (
    '<span class="line"><span class="c-n">x</span> <span class="c-o">=</span> <span class="c-mi">1</span></span>\n'
    '<span class="line"><span class="c-o">&lt;</span><span class="c-n">b</span><span class="c-o">&gt;</span></span>'
)
PLAIN = '<span class="line">a&lt;b</span>\n<span class="line"></span>\n<span class="line"></span>'
NOON = "2022-07-01 12:30:00"
HI = {"text": "hi", "html": "<p>hi</p>\n"}

CASES = [
    Case("Textbox", {}, [("x", "x"), (None, None), (5, "5"), ("", "")], [True, [], {"a": 1}],
         [("x", "x", "x"), (None, None, None), ((1, 2, 3), "(1, 2, 3)", "(1, 2, 3)")], [("x", "x")],
         values=st.text()),
    Case("Textbox", {"max_length": 3}, [("äöü", "äöü"), (None, None)], ["four", 12, False], [("x", "x", "x")]),
    Case("Number", {}, [(5, 5.0), (5.5, 5.5), (None, None)], [True, "5", [1], {}],
         [(5, 5, 5), ("5.5", 5.5, 5.5), (np.float32(0.5), 0.5, 0.5), (None, None, None), (float("nan"), None, None)],
         [("5", 5), ("5.5", 5.5), ("", None)],
         values=st.none() | st.floats(allow_nan=False, allow_infinity=False)),
    Case("Number", {"precision": 0, "minimum": -2, "maximum": 9}, [(2.6, 3), (9, 9), (None, None)], [9.1, -3, "x"],
         [(2.6, 3, 3), (np.int64(4), 4, 4)]),
    Case("Slider", {"minimum": 1, "maximum": 2}, [(1.5, 1.5), (2, 2), (None, 1)], [0.99, 3, True, "1", []],
         [(1.5, 1.5, 1.5), (None, 1, 1), (np.float64(1.25), 1.25, 1.25)], [("1.5", 1.5), ("", None)],
         values=st.integers(100, 200).map(lambda n: n / 100)),
    Case("Checkbox", {}, [(True, True), (False, False), (None, False)], [1, "true", [], 0],
         [(np.bool_(True), True, True), (None, False, False)], [("True", True), ("False", False)],
         values=st.booleans()),
    Case("CheckboxGroup", AB, [(["b", "a"], ["b", "a"]), ([], []), (None, [])], ["a", ["c"], ["a", "a"], [1], {"a": 1}],
         [(["b"], ["b"], '["b"]'), (None, [], "[]"), (("a", "b"), ["a", "b"], '["a", "b"]')],
         [('["b"]', ["b"]), ("", [])],
         values=st.lists(st.sampled_from(["a", "b"]), unique=True)),
    Case("CheckboxGroup", {**AB, "type": "index"}, [(["b", "a"], [1, 0]), (None, [])], [["B"], [0]], []),
    Case("CheckboxGroup", {}, [([], []), (None, [])], [["a"]], []),
    Case("Radio", AB, [("a", "a"), (None, None)], ["c", "", 0, ["a"], True],
         [("b", "b", "b"), (None, None, None)], [("b", "b"), ("", None)],
         values=st.sampled_from(["a", "b", None])),
    Case("Radio", {"choices": [("one", 1), ("yes", True), ("half", 0.5)]}, [(1, 1), (True, True), (0.5, 0.5)],
         ["one", 0, False, "1"], [(np.int64(1), 1, 1)], [("1", 1), ("True", True), ("0.5", 0.5)]),
    Case("Radio", {**AB, "type": "index"}, [("b", 1), (None, None)], ["c", 1], []),
    Case("Radio", {}, [(None, None)], ["a"], [("free", "free", "free")]),
    Case("Dropdown", AB, [("a", "a"), (None, None)], ["c", 1], [("b", "b", "b")], [("b", "b")]),
    Case("Dropdown", {**AB, "multiselect": True}, [(["b"], ["b"]), (None, [])], ["b", ["c"], ["b", "b"]],
         [(["b"], ["b"], '["b"]'), (None, [], "[]")], [('["b"]', ["b"])]),
    Case("Dropdown", {**AB, "allow_custom_value": True}, [("a", "a"), ("else", "else"), (None, None)], [1, ["a"]],
         [("else", "else", "else")], [("else", "else")]),
    Case("ColorPicker", {}, [("#1f6feb", "#1f6feb"), ("#ABCDEF", "#abcdef"), (None, None)],
         ["red", "#12", "#00000g", 5, True, ["#000000"], {}],
         [("#abc", "#aabbcc", "#aabbcc"), ((1, 2, 255), "#0102ff", "#0102ff"), (None, None, None),
          (np.array([1, 2, 3]).tolist(), "#010203", "#010203")], [("#010203", "#010203"), ("", None)],
         values=st.from_regex("#[0-9a-f]{6}", fullmatch=True)),
    Case("Code", {"language": "python"},
         [("x = 1", "x = 1"), ({"text": "a\nb", "html": "?"}, "a\nb"), ("", ""), (None, None)],
         [1, True, ["x"], {"html": "x"}, {"text": 1}],
         [("x = 1\n<b>", {"text": "x = 1\n<b>", "html": COLOURED}, "x = 1\n<b>"), (None, None, None)],
         [("x = 1", "x = 1")],
         values=st.text(min_size=1)),
    Case("Code", {}, [], [],
         [("a<b\n\n", {"text": "a<b\n\n", "html": PLAIN}, "a<b\n\n"),
          (5, {"text": "5", "html": '<span class="line">5</span>'}, "5")]),
    Case("DateTime", {"type": "string"}, [(NOON, NOON), (None, None)],
         ["2022-07-01", "2022-7-1 1:1:1", "2022-07-01T12:30:00", "now", "", 5, True, []],
         [(dt.datetime(2022, 7, 1, 12, 30), NOON, NOON), ("2022-07-01T12:30", NOON, NOON), (None, None, None),
          (dt.date(622, 7, 1), "0622-07-01 00:00:00", "0622-07-01 00:00:00")], [(NOON, NOON), ("", None)]),
    Case("DateTime", {"type": "datetime", "timezone": "Europe/Berlin"},
         [(NOON, dt.datetime(2022, 7, 1, 12, 30, tzinfo=ZoneInfo("Europe/Berlin")))], ["12:30:00"],
         [(1656671400, NOON, NOON), (dt.datetime(2022, 7, 1, 10, 30, tzinfo=dt.timezone.utc), NOON, NOON),
          ("2022-07-01T10:30:00Z", NOON, NOON)]),
    Case("DateTime", {"include_time": False, "timezone": "UTC"}, [("2022-07-01", 1656633600.0), (None, None)],
         [NOON, 1656633600], [(1656633601.5, "2022-07-01", "2022-07-01"), (np.float64(0), "1970-01-01", "1970-01-01")]),
    Case("Label", {}, [(PAIRS, {"cat": 0.9, "dog": 0.1}), ({"label": "cat"}, "cat"), (None, None)],
         ["cat", {}, {"label": 1}, {"label": "a", "confidences": {}}, {"label": "a", "confidences": [{"label": "a"}]}],
         [({"dog": 0.1, "cat": 0.9}, PAIRS, '{"cat": 0.9, "dog": 0.1}'), ("cat", {"label": "cat"}, "cat"),
          (np.int64(3), {"label": "3"}, "3"), (7.5, {"label": "7.5"}, "7.5"), (None, None, None), ({}, None, None),
          ({"label": "cat"}, {"label": "cat"}, "cat")],
         [('{"cat": 0.9}', {"cat": 0.9}), ("cat", {"label": "cat"}), ("7", {"label": "7"}), ("", None)],
         values=st.dictionaries(st.text(min_size=1), st.floats(0, 1), min_size=1).map(by_confidence)),
    Case("Label", {"num_top_classes": 1}, [], [],
         [({"dog": np.float64(0.25), "cat": np.float64(0.75)},
           {"label": "cat", "confidences": [{"label": "cat", "confidence": 0.75}]}, '{"cat": 0.75}')]),
    Case("JSON", {},
         [({"a": [1]}, {"a": [1]}), (None, None), ("x", "x"),
          ({"application/json": '{"b": 1.0, "0": 1152921504606846977}'}, {"b": 1.0, "0": 2**60 + 1}),
          ({"application/json": 1}, {"application/json": 1})], [],
         [({"a": {1}}, {"a": [1]}, '{"a": [1]}'), ('{"a": 1}', {"a": 1}, '{"a": 1}'),
          ("no json", "no json", '"no json"'),
          (np.arange(2), [0, 1], "[0, 1]"), ([float("inf")], [None], "[null]"), (None, None, None),
          ({"application/json": "x"}, {"application/json": '{\n  "application/json": "x"\n}'},
           '{"application/json": "x"}')],
         [('{"a": 1}', {"a": 1}), ("", None)],
         values=JSON_VALUES.filter(is_no_json_text)),
    Case("HTML", {"value": "<b>x</b>"}, [("x", "x"), (None, None)], [1, [], True], [("<i>", "<i>", "<i>")],
         [("<i>", "<i>")]),
    Case("Markdown", {"value": "*x*"}, [("x", "x"), (None, None)], [1, []],
         [("*x* <b>", "<p><em>x</em> &lt;b&gt;</p>\n", "<p><em>x</em> &lt;b&gt;</p>\n"), (None, None, None)]),
    Case("HighlightedText", {},
         [([["a", "X"], ["b", 0.5], ["c", None]], [("a", "X"), ("b", 0.5), ("c", None)]), (None, None)],
         ["a", [["a"]], [[1, None]], [["a", True]], [["a", "b", "c"]], {}],
         [([("a", np.float64(-0.5)), ("b", None)], [["a", -0.5], ["b", None]], '[["a", -0.5], ["b", null]]'),
          ({"text": "in Rome.", "entities": [{"entity": "LOC", "start": 3, "end": 7}]},
           [["in ", None], ["Rome", "LOC"], [".", None]], '[["in ", null], ["Rome", "LOC"], [".", null]]')],
         [('[["a", 0.5]]', [("a", 0.5)]), ("", None)],
         values=PARTS),
    Case("HighlightedText", {"combine_adjacent": True, "adjacent_separator": " "}, [], [],
         [([("a", "X"), ("b", "X"), ("c", None), ("d", None)], [["a b", "X"], ["c", None], ["d", None]],
           '[["a b", "X"], ["c", null], ["d", null]]')]),
    Case("Chatbot", {}, [([["hi", None]], [["hi", None]]), ([[HI, HI]], [["hi", "hi"]]), (None, []), ([], []),
                         ([{"role": "user", "content": HI}], [{"role": "user", "content": "hi"}])],
         ["hi", [["hi"]], [[1, 2]], [[{"html": "x"}, None]], {}, [{"role": "user"}], [{"role": 1, "content": "x"}],
          [{"role": "user", "content": None}], [{"role": "user", "content": {"file": "x"}}]],
         [([("hi", None)], [[HI, None]], '[["hi", null]]'), (None, [], "[]"),
          ([said("user", "hi")], [said("user", HI)], '[{"role": "user", "content": "hi"}]')],
         [('[["hi", null]]', [["hi", None]]), ("", [])],
         values=st.lists(st.lists(st.none() | st.text(), min_size=2, max_size=2))),
    Case("Chatbot", {"type": "messages"}, [([["hi", None]], [{"role": "user", "content": "hi"}])], [],
         [([("hi", None)], [{"role": "user", "content": HI}], '[{"role": "user", "content": "hi"}]')],
         values=st.lists(st.builds(said, st.sampled_from(["user", "assistant"]), st.text()))),
    Case("State", {"value": {"n": 1}}, [(None, None)], [0, "", {}], [({"n": 2}, None, None)], [("", None)]),
]  # fmt: skip
