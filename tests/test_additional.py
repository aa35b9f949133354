"""Additional inputs, texts of buttons, labels of examples: what today's Interface takes beyond that of 2022."""

from __future__ import annotations

import re
from typing import Any

import pytest

import quickdemo as gr
from quickdemo.runtime.errors import InvalidValueError
from tests.serving import PAGE, Serve


def join(first: str, second: str, third: str) -> str:
    """Three texts as one."""
    return "-".join((first, second, third))


def more(**options: Any) -> gr.Interface:
    given = {"additional_inputs": ["text", "text"], "allow_flagging": "never", **options}
    return gr.Interface(join, "text", "text", **given)


def test_additional_inputs_follow_the_others_in_the_argument_list_and_take_their_labels() -> None:
    demo = more()
    assert [c.label for c in demo.inputs] == ["first", "second", "third"]
    assert [c.label for c in demo.additional_inputs] == ["second", "third"]
    assert demo("a", "b", "c") == "a-b-c"


def test_one_additional_input_needs_no_list_and_may_be_the_state() -> None:
    def count(text: str, calls: int = 0) -> tuple[str, int]:
        return f"{text} {calls}", calls + 1

    demo = gr.Interface(count, "text", ["text", "state"], additional_inputs="state", allow_flagging="never")
    assert demo("a") == "a 0"
    assert demo.inputs[1].value == 0


def test_they_stand_in_closed_details_under_the_others(serve: Serve) -> None:
    page = serve(more()).client().get("/", headers=PAGE).text
    details = re.search(r"<details.*?</details>", page, re.DOTALL)
    assert details
    assert "<summary>Additional inputs</summary>" in details[0]
    assert re.findall(r"predict-i(\d)-field", details[0])[:2] == ["1", "2"]
    assert " open" not in details[0].split(">")[0]
    assert page.index("predict-i0-field") < page.index("<details")


@pytest.mark.parametrize(
    ("given", "label", "is_open"),
    [
        (None, "Additional inputs", False),
        ("Options", "Options", False),
        (True, "Additional inputs", True),
        ({"label": "More", "open": True}, "More", True),
        (gr.Accordion("Knobs"), "Knobs", True),
        (gr.Accordion("Knobs", open=False), "Knobs", False),
    ],
)
def test_their_line_is_a_label_a_flag_a_dict_or_an_accordion(given: Any, label: str, is_open: bool) -> None:
    accordion = more(additional_inputs_accordion=given).accordion
    assert (accordion.label, accordion.open) == (label, is_open)


def test_anything_else_as_their_line_is_refused() -> None:
    with pytest.raises(ValueError, match=r"additional_inputs_accordion takes a label.*it was 3"):
        more(additional_inputs_accordion=3)


def test_the_api_lists_them_and_a_flag_includes_them(serve: Serve) -> None:
    demo = more(examples=[["a", "b"], ["c", "d"]])
    served = serve(demo)
    body = served.client().get("/api/openapi.json").json()["paths"]["/api/predict"]["post"]
    items = body["requestBody"]["content"]["application/json"]["schema"]["properties"]["data"]["prefixItems"]
    assert [item["title"] for item in items] == ["first", "second", "third"]
    assert body["description"] == "Three texts as one."
    assert demo.flagged_components == [*demo.inputs, *demo.outputs]
    assert demo.examples and demo.examples.columns == [0, 1]


def test_same_components_on_both_sides_stay_one_column_with_additional_inputs() -> None:
    box = gr.Textbox(label="Text")
    demo = gr.Interface(lambda t, n: t * int(n), [box], [box], additional_inputs="number", allow_flagging="never")
    assert demo.kind == "unified"


def test_buttons_carry_the_texts_that_they_are_given(serve: Serve) -> None:
    demo = more(submit_btn="Ask", clear_btn="Forget", stop_btn="Enough")
    page = serve(demo).client().get("/", headers=PAGE).text
    assert "<span>Ask</span>" in page
    assert ">Forget</button>" in page
    assert "Ask to see the answer here." in page
    with pytest.raises(ValueError, match="clear_btn must be the text of a button"):
        more(clear_btn="  ")


def test_examples_may_have_labels_instead_of_values(serve: Serve) -> None:
    demo = more(examples=[["x1"], ["x2"]], example_labels=["The <first>", "The second"])
    page = serve(demo).client().get("/", headers=PAGE).text
    assert "The &lt;first&gt;</button>" in page
    with pytest.raises(ValueError, match="example_labels must have one text for each of the 2 examples"):
        more(examples=[["x1"], ["x2"]], example_labels=["one"])


def test_what_has_no_effect_here_says_why() -> None:
    with pytest.warns(UserWarning, match="'delete_cache' of Interface has no effect: uploads and results are deleted"):
        more(delete_cache=(60, 60))


@pytest.mark.parametrize("bad", [0, -1, "many", True])
def test_a_wrong_limit_of_calls_is_refused(bad: Any) -> None:
    with pytest.raises(ValueError, match="concurrency_limit must be a whole number"):
        more(concurrency_limit=bad)


def test_every_wrong_input_is_told_at_once(serve: Serve) -> None:
    demo = gr.Interface(max, [gr.Slider(0, 5, label="Low"), gr.Number(label="High")], "number", allow_flagging="never")
    answer = serve(demo).client().post("/api/predict", json={"data": [9, "x"]})
    error = answer.json()["error"]
    assert answer.status_code == 422
    assert [(f["field"], f["index"]) for f in error["fields"]] == [("Low", 0), ("High", 1)]
    assert (error["field"], error["index"]) == ("Low", 0)
    with pytest.raises(InvalidValueError, match=r"Low .* High "):
        demo.process([9, "x"])
