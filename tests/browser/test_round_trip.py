"""A value that goes to the page and is sent again is the value: Python -> wire -> page -> wire -> Python."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

import quickdemo as gr
from tests.contract.case import Case, through_a_page
from tests.contract.test_components import CASES

#: as JSON, as it travels: a driver of the browser loses keys such as "__proto__" of objects
SET_AND_GET = """async (field, wire) => {
  field.value = JSON.parse(wire);
  await field.settled();
  return JSON.stringify(field.value ?? null);
}"""
pytestmark = pytest.mark.browser

LAWS = [case for case in CASES if case.values is not None and case.name != "State"]


@pytest.mark.parametrize("role", ["input", "output"])
@pytest.mark.parametrize("case", LAWS, ids=lambda case: f"{case.name}-{sorted(case.args)}")
def test_the_page_sends_what_it_was_given(page: Page, serve: Any, case: Case, role: str) -> None:
    component = case.make()
    sides = (component, "text") if role == "input" else ("text", component)
    demo = gr.Interface(lambda given: None, *sides, allow_flagging="never")
    component = (demo.inputs if role == "input" else demo.outputs)[0]
    page.goto(serve(demo))
    files = serve.context.files.public()
    field = page.locator(f"#predict-{role[0]}0-field")
    assert case.values is not None

    @settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow], database=None)
    @given(st.data())
    def law(data: st.DataObject) -> None:
        value = data.draw(case.values)  # type: ignore[arg-type]
        wire = component.postprocess(value, files)
        sent = json.loads(field.evaluate(SET_AND_GET, json.dumps(wire)))
        got = component.preprocess(sent, files)
        assert case.same(through_a_page(got), through_a_page(value)), (value, wire, sent)

    law()
    page.goto("about:blank")  # media may still be on their way: none must be when the server ends
