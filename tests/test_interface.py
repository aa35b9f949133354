"""The declaration: parameters, labels, state, examples, calls from Python."""

import functools
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

import quickdemo as gr
from quickdemo.runtime.errors import InvalidValueError


def interface(fn: Any, inputs: Any = "text", outputs: Any = "text", **options: Any) -> gr.Interface:
    return gr.Interface(fn, inputs, outputs, **{"allow_flagging": "never", **options})


def greet(name: str, loud: bool = False) -> str:
    return name.upper() if loud else name


def test_inputs_are_labelled_with_the_parameters_and_outputs_are_numbered() -> None:
    demo = interface(greet, ["text", "checkbox"], ["text", "text"])
    assert [c.label for c in demo.inputs] == ["name", "loud"]
    assert [c.label for c in demo.outputs] == ["output 0", "output 1"]
    assert interface(greet, ["text", "checkbox"]).outputs[0].label == "output"


def test_a_component_used_in_two_interfaces_is_labelled_by_each() -> None:
    shared = gr.Textbox()
    first, second = interface(lambda a: a, shared), interface(lambda b: b, shared)
    assert (first.inputs[0].label, second.inputs[0].label) == ("a", "b")


@pytest.mark.parametrize(
    ("inputs", "outputs", "kind"),
    [
        ("text", "text", "standard"),
        ("text", None, "input_only"),
        (None, "text", "output_only"),
        ([], "text", "output_only"),
    ],
)
def test_the_kind_follows_from_what_is_given(inputs: Any, outputs: Any, kind: str) -> None:
    assert interface(greet, inputs, outputs).kind == kind


def test_the_same_instances_on_both_sides_make_it_unified() -> None:
    box = gr.Textbox()
    demo = interface(greet, [box], [box])
    assert demo.kind == "unified"
    assert demo.inputs[0] is demo.outputs[0]


def test_neither_inputs_nor_outputs_is_refused() -> None:
    with pytest.raises(ValueError, match="Must provide at least one of `inputs` or `outputs`"):
        gr.Interface(greet)


def test_a_list_of_functions_names_parallel() -> None:
    with pytest.raises(DeprecationWarning, match="Parallel"):
        gr.Interface([greet], "text", "text")  # type: ignore[arg-type]


def test_an_unknown_shortcut_is_refused_with_the_nearest_ones() -> None:
    with pytest.raises(ValueError, match=r"No such component: 'textbx'. Did you mean 'textbox'"):
        interface(greet, "textbx")


@pytest.mark.parametrize(
    ("form", "kind"), [("check_box_group", "checkboxgroup"), ({"name": "text", "lines": 3}, "textbox")]
)
def test_inputs_may_be_shortcuts_with_underscores_or_dicts(form: Any, kind: str) -> None:
    assert interface(greet, form).inputs[0].kind == kind


def test_calling_an_interface_takes_and_returns_python_values() -> None:
    assert interface(greet, ["text", "checkbox"])("ada", True) == "ADA"
    assert interface(lambda a: (a, a * 2), "number", ["number", "number"])(2) == [2, 4]


def test_a_call_with_the_wrong_number_of_values_names_the_inputs() -> None:
    with pytest.raises(TypeError, match=r"greet takes 2 values \(name, loud\); 1 were given"):
        interface(greet, ["text", "checkbox"])("ada")


def test_a_refused_value_names_the_field_and_its_place() -> None:
    demo = interface(lambda text, size: text, ["text", gr.Slider(0, 10)])
    with pytest.raises(InvalidValueError, match="size must be between 0 and 10; it was 11") as caught:
        demo.process(["x", 11])
    assert (caught.value.index, caught.value.field) == (1, "size")


async def slowly(x: str) -> str:
    return x + "!"


def words(x: str) -> Iterator[str]:
    for end in range(1, len(x) + 1):
        yield x[:end]


async def async_words(x: str) -> AsyncIterator[str]:
    for end in range(1, len(x) + 1):
        yield x[:end]


@pytest.mark.parametrize(
    ("fn", "answer"),
    [
        (slowly, "abc!"),
        (words, "abc"),
        (async_words, "abc"),
        (functools.partial(lambda suffix, x: x + suffix, "?"), "abc?"),
        (type("Shout", (), {"__call__": lambda self, x: x.upper()})(), "ABC"),
    ],
)
def test_every_kind_of_function_can_be_called(fn: Any, answer: str) -> None:
    assert interface(fn)("abc") == answer


def test_none_stands_for_none_in_every_output() -> None:
    assert interface(lambda x: None, "text", ["text", "text"]).process(["a"]) == [None, None]


def test_too_few_results_are_an_error_that_names_the_outputs() -> None:
    with pytest.raises(ValueError, match=r"must return 2 values \(output 0, output 1\); it returned 1 values"):
        interface(lambda x: [x], "text", ["text", "text"]).process(["a"])


def test_state_starts_with_the_parameters_default_and_never_travels() -> None:
    def count(x: str, seen: list[str] = ["first"]) -> tuple[str, list[str]]:  # noqa: B006  # the guide's own form
        seen.append(x)
        return ",".join(seen), seen

    demo = interface(count, ["text", "state"], ["text", "state"])
    assert demo("a") == "first,a"
    assert demo("b") == "first,b", "the default is copied for each session"
    assert demo.process(["a", None]) == ["first,a", None]
    assert demo.process(["a"]) == ["first,a", None], "state may be left out"


def test_state_on_one_side_only_is_refused() -> None:
    with pytest.raises(ValueError, match="exactly one state input and one state output"):
        interface(greet, ["text", "state"], "text")


@pytest.mark.parametrize(("value", "mode"), [(True, "manual"), (False, "never")])
def test_a_boolean_for_flagging_warns_and_is_understood(value: bool, mode: str, tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match=f"allow_flagging='{mode}'"):
        demo = interface(greet, allow_flagging=value, flagging_dir=str(tmp_path / "flagged"))
    assert demo.allow_flagging == mode


def test_an_unknown_flagging_mode_is_refused_with_its_value() -> None:
    with pytest.raises(ValueError, match="it was 'sometimes'"):
        interface(greet, allow_flagging="sometimes")


def test_flagging_options_become_buttons() -> None:
    assert interface(greet, flagging_options=["wrong", ("Rude!", "rude")]).flagging_options == [
        ("Flag as wrong", "wrong"),
        ("Rude!", "rude"),
    ]
    assert interface(greet).flagging_options == [("Flag", "")]
    assert interface(greet, flagging_options=[]).flagging_options == []


def test_two_interfaces_never_share_a_default_logger(tmp_path: Path) -> None:
    demos = [interface(greet, allow_flagging="manual", flagging_dir=str(tmp_path / name)) for name in "ab"]
    assert demos[0].flagging_callback is not demos[1].flagging_callback


def test_parameters_that_belong_elsewhere_warn() -> None:
    for name, text in [("capture_session", "no effect"), ("server_port", "within launch"), ("colour", "unused kwarg")]:
        with pytest.warns(UserWarning, match=text):
            interface(greet, **{name: 1})


def test_css_may_be_a_text_or_a_file(tmp_path: Path) -> None:
    sheet = tmp_path / "style.css"
    sheet.write_text("h1 { color: teal }")
    assert interface(greet, css=str(sheet)).css == "h1 { color: teal }"
    assert interface(greet, css=str(sheet)).css_path == str(sheet)
    assert interface(greet, css="body {}").css_path is None


def test_a_style_sheet_that_is_not_there_or_no_text_is_named(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="There is no style sheet 'none.css'") as caught:
        interface(greet, css="none.css")
    assert caught[0].filename == __file__
    (tmp_path / "x.css").write_bytes(b"\xff")
    with pytest.raises(ValueError, match=r"x\.css' is no UTF-8 text \(byte 0\): save it as UTF-8"):
        interface(greet, css=str(tmp_path / "x.css"))
    assert interface(greet, css=str(tmp_path)).css_path is None


def test_a_flat_list_of_examples_serves_a_single_input() -> None:
    examples = interface(greet, examples=["a", "b"]).examples
    assert examples is not None
    assert examples.samples == [["a"], ["b"]]


def test_an_input_without_any_example_is_no_column() -> None:
    examples = interface(greet, ["text", "checkbox"], examples=[["a"], ["b", None]]).examples
    assert examples is not None
    assert (examples.samples, examples.columns) == ([["a"], ["b"]], [0])


def test_a_missing_folder_of_examples_is_named() -> None:
    with pytest.raises(FileNotFoundError, match="no folder 'nowhere'"):
        interface(greet, examples="nowhere")


def test_repr_is_the_one_of_the_guide() -> None:
    assert repr(interface(greet)).splitlines() == [
        "Gradio Interface for: greet",
        "---------------------------",
        "inputs:",
        "|-textbox",
        "outputs:",
        "|-textbox",
    ]


@pytest.mark.parametrize("value", [5, "default", ["default", None, "shap"]])
def test_interpretation_takes_a_name_a_function_or_one_entry_per_input(value: Any) -> None:
    if value == "default":
        assert interface(greet, interpretation=value).interpretation == ["default"]
        return
    with pytest.raises(ValueError, match="Invalid value for parameter: interpretation"):
        interface(greet, interpretation=value)


def test_the_old_inputs_and_outputs_warn_and_build_todays_components() -> None:
    with pytest.warns(UserWarning, match="Usage of gradio.inputs is deprecated"):
        box = gr.inputs.Textbox(2, "say", "hello")
    assert (box.lines, box.placeholder, box.value) == (2, "say", "hello")
    with pytest.warns(UserWarning, match="Usage of gradio.inputs"):
        slider = gr.inputs.Slider(2, 20, 0.5, 4, "size")
    assert (slider.minimum, slider.maximum, slider.step, slider.value, slider.label) == (2, 20, 0.5, 4, "size")
    with pytest.warns(UserWarning, match="Usage of gradio.outputs"):
        assert gr.outputs.Textbox(label="said").label == "said"


def test_tabs_are_named_from_zero_and_must_match_in_number() -> None:
    demos = [interface(greet), interface(greet)]
    assert gr.TabbedInterface(demos).tab_names == ["Tab 0", "Tab 1"]
    with pytest.raises(ValueError, match="2 interfaces and 1 tab names"):
        gr.TabbedInterface(demos, ["one"])
    with pytest.warns(UserWarning, match="TabbedInterface has no parameter js"):
        gr.TabbedInterface(demos, js="x")


def test_a_test_launch_says_whether_it_passed(capsys: pytest.CaptureFixture[str]) -> None:
    interface(greet, gr.Textbox("a")).test_launch()
    interface(greet, gr.Textbox(None)).test_launch()
    assert capsys.readouterr().out == "Test launch: greet()... PASSED\nTest launch: greet()... SKIPPED\n"


def test_an_interface_that_is_quite_right_warns_of_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        interface(greet, ["text", "checkbox"], "text", title="T", description="D", live=True)


def test_a_component_that_is_returned_for_an_output_gives_its_value(caplog: pytest.LogCaptureFixture) -> None:
    def answer() -> Any:
        return gr.Textbox("hello", label="New"), {"now": 1}

    demo = interface(answer, None, [gr.Textbox(label="Text"), gr.JSON()])
    assert demo() == ["hello", {"now": 1}] and demo.process([])[0] == "hello"
    assert "answer returned Textbox(label='New') for the output Text: its value is shown" in caplog.text


def test_what_a_function_must_not_return_is_its_own_fault_and_not_the_visitor_s(serve: Any) -> None:
    demo = interface(lambda: ("missing.py",), None, gr.Code())
    answer = serve(demo, show_error=False).client().post("/api/predict", json={"data": []})

    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "function_failed"
    assert "missing.py" not in answer.text
    with pytest.raises(ValueError, match="missing.py is not there. Check the path"):
        demo.process([])
