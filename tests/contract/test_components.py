"""The contract of every component: what it accepts is what its schema says, and values come back as they went."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quickdemo.runtime.components.registry import CLASSES
from quickdemo.runtime.errors import InvalidValueError
from quickdemo.runtime.flagging.media import FlagMedia
from quickdemo.runtime.local_files import LocalFiles
from tests.contract import (
    cases_editor,
    cases_figures,
    cases_files,
    cases_galleries,
    cases_plain,
    cases_plots,
    cases_sound,
    cases_table,
    cases_today,
)
from tests.contract.case import Case, of

#: one module of cases for each family of components
CASES: list[Case] = [
    *cases_plain.CASES,
    *cases_files.CASES,
    *cases_figures.CASES,
    *cases_today.CASES,
    *cases_table.CASES,
    *cases_plots.CASES,
    *cases_galleries.CASES,
    *cases_editor.CASES,
    *cases_sound.CASES,
]

EACH = pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.name}-{sorted(case.args)}")
LAWS = pytest.mark.parametrize(
    "case", [case for case in CASES if case.values is not None], ids=lambda case: f"{case.name}-{sorted(case.args)}"
)


@pytest.fixture
def files() -> LocalFiles:
    """A folder of files, as one call has it."""
    return LocalFiles()


@pytest.fixture
def media(files: LocalFiles) -> Iterator[FlagMedia]:
    """A flagging folder that takes media of `files`."""
    with tempfile.TemporaryDirectory() as folder:
        yield FlagMedia(folder, files)


def sent_back(wire: Any) -> Any:
    """What the page sends of a wire value that it was given: of a file its handle."""
    if isinstance(wire, dict):
        return {"h": wire["h"]} if {"h", "url"} <= set(wire) else {key: sent_back(value) for key, value in wire.items()}
    return [sent_back(item) for item in wire] if isinstance(wire, list) else wire


def test_every_component_has_cases() -> None:
    assert {case.name for case in CASES} == set(CLASSES)


@EACH
def test_schema_and_check_agree_on_what_may_come_in(case: Case, files: LocalFiles) -> None:
    component = case.make()
    schema = jsonschema_rs.validator_for(component.schema())
    for wire, python in of(case.good, files):
        got = component.preprocess(wire, files)
        assert case.same(got, python), wire
        assert schema.is_valid(wire), wire
    for wire in of(case.bad, files):
        with pytest.raises(InvalidValueError) as refusal:
            component.preprocess(wire, files)
        assert refusal.value.field == "Thing"
        assert refusal.value.message.startswith("Thing ") and "it was " in refusal.value.message
        assert not schema.is_valid(wire), wire


@EACH
def test_what_is_returned_becomes_json_of_the_stated_schema_and_a_cell(
    case: Case, files: LocalFiles, media: FlagMedia
) -> None:
    component = case.make()
    schema = jsonschema_rs.validator_for(component.output_schema())
    for value, wire, cell in of(case.shown, files):
        got = component.postprocess(value, files)
        assert json.loads(json.dumps(got, allow_nan=False)) == got
        assert got == wire
        assert schema.is_valid(got), got
        assert component.flag_cell(got, media) == cell


@EACH
def test_cells_come_back_as_one_writes_examples(case: Case, files: LocalFiles, media: FlagMedia) -> None:
    component = case.make()
    for cell, value in of(case.back, files):
        got = component.from_flag_cell(cell, media.folder)
        assert case.same(got, value)
        json.dumps(component.example_wire(got, files), allow_nan=False)


@LAWS
@settings(max_examples=25)
@given(st.data())
def test_what_a_function_returns_comes_back_as_it_was_over_the_page_and_over_the_flag_log(
    case: Case, data: st.DataObject
) -> None:
    """Python -> wire -> page -> wire -> Python; and by way of the flag's cell, which becomes an example."""
    assert case.values is not None
    component, files, value = case.make(), LocalFiles(), data.draw(case.values)
    wire = component.postprocess(value, files)
    assert json.loads(json.dumps(wire, allow_nan=False)) == wire
    assert case.same(component.preprocess(sent_back(wire), files), value)
    with tempfile.TemporaryDirectory() as folder:
        cell = component.flag_cell(wire, FlagMedia(folder, files))
        example = component.from_flag_cell("" if cell is None else str(cell), folder)
        again = component.example_wire(example, files)
        assert case.same(component.preprocess(sent_back(again), files), value)


@EACH
def test_each_is_drawn_with_its_label_as_input_and_as_output(case: Case, files: LocalFiles) -> None:
    component = case.make()
    wire = component.initial(files)
    for role in ("input", "output"):
        html = str(component.html("predict-x0", role, wire))
        assert html.startswith(f"<qd-{component.kind} ") and html.endswith(f"</qd-{component.kind}>")
        assert 'id="predict-x0-field"' in html and "Thing" in html
        has_choices = not component.group or bool(getattr(component, "names", True))
        if component.kind != "state" and (role == "output" or has_choices):
            assert re.search(r'id="predict-x0"', html)
        assert len(re.findall(r' id="([^"]*)"', html)) == len(set(re.findall(r' id="([^"]*)"', html)))


@EACH
def test_labels_and_values_are_escaped(case: Case, files: LocalFiles) -> None:
    component = case.make()
    component.label = '<script>"x"</script>'
    assert "<script>" not in str(component.html("i", "input", component.initial(files)))
