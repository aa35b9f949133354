"""JSON on the page: nothing of a value changes on its way, and a large tree is searched, copied from and opened."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

import quickdemo as gr
from tests.browser.test_long_page import copied

pytestmark = pytest.mark.browser
Serve = Callable[..., str]

ODD = {"b": 1.0, "": None, "10": 2**60 + 1, "2": [-0.0, 1e-7, 1e300], 'a "key"': "line\nbreak \u2028 é"}
ROWS = [{"name": f"row {n}", "of": {"n": n, "text": "x" * 20}} for n in range(50_000)]


def test_order_large_integers_and_digits_stay_from_the_page_and_to_it(page: Page, serve: Serve, axe: Any) -> None:
    inputs = gr.JSON(ODD, label="Given")
    outputs = [gr.Textbox(label="Got"), gr.JSON(label="Shown")]
    page.goto(serve(gr.Interface(lambda value: (repr(value), value), inputs, outputs, examples=[[ODD], [[3.0]]])))
    for filled in (None, json.dumps({"z": 2**70, "1": 1.0})):
        value = ODD if filled is None else json.loads(filled)
        if filled:
            page.get_by_role("textbox", name="Given").fill(filled)
        page.get_by_role("button", name="Submit").click()
        expect(page.get_by_label("Got")).to_have_text(repr(value))
        assert repr(json.loads(copied(page, page.locator(".json-tools button").last))) == repr(value)
        expect(page.locator(".key-name").first).to_have_text(f'"{next(iter(value))}": ')
    page.get_by_role("row", name="3.0").click()
    expect(page.get_by_role("textbox", name="Given")).to_have_value("[\n  3.0\n]")
    page.get_by_role("textbox", name="Given").fill("[NaN]")
    page.get_by_role("button", name="Submit").click()
    expect(page.locator(".hint")).to_contain_text("Given must be JSON")
    axe(page)


def test_a_link_holds_the_text(open_page: Callable[..., Page], serve: Serve) -> None:
    page = open_page()
    address = serve(gr.Interface(repr, gr.JSON(label="Given"), gr.Textbox(label="Got")))
    page.goto(address)
    page.get_by_role("textbox", name="Given").fill('{"1": 9007199254740993}')
    other = open_page()
    other.goto(copied(page, page.locator("#share")))
    expect(other.get_by_role("textbox", name="Given")).to_have_value('{"1": 9007199254740993}')
    other.get_by_role("button", name="Submit").click()
    expect(other.get_by_label("Got")).to_have_text("{'1': 9007199254740993}")


def test_a_large_tree_is_drawn_in_parts_searched_and_copied_from(page: Page, serve: Serve, axe: Any) -> None:
    page.goto(serve(gr.Interface(lambda: ROWS, None, gr.JSON(label="Rows"))))
    page.get_by_role("button", name="Generate").click()
    tree = page.locator(".code-tree")
    expect(tree.get_by_text("0 to 39,999", exact=True)).to_be_visible()
    expect(tree.get_by_text("[ ] 50,000 entries")).to_be_visible()
    assert tree.locator("*").count() < 5_000

    search = page.get_by_role("searchbox", name="Search in Rows")
    search.fill("ROW 43210")
    search.press("Enter")
    expect(page.locator(".json-tools [role=status]").first).to_have_text("1 of 1")
    expect(tree.locator(".chosen")).to_have_text('"name": "row 43210"')
    expect(tree.locator(".chosen")).to_be_in_viewport()
    expect(page.locator(".json-place code")).to_have_text('[43210]["name"]')
    copies = page.locator(".json-place button")
    assert copied(page, copies.nth(0)) == '[43210]["name"]'
    search.fill("no such thing")
    search.press("Enter")
    expect(page.locator(".json-tools [role=status]").first).to_have_text("Nothing found")

    tree.locator(".chosen").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".json-place code")).to_have_text("[43210]")
    assert json.loads(copied(page, copies.nth(1))) == ROWS[43210]
    page.get_by_role("button", name="Expand all").press("Enter")
    expect(page.get_by_text("Much is open, not all")).to_be_attached()
    assert tree.locator("*").count() < 50_000
    page.get_by_role("button", name="Collapse all").press("Enter")
    assert tree.locator("details[open]").count() == 1
    axe(page)


def test_a_long_text_and_deep_values_inside(page: Page, serve: Serve) -> None:
    deep: Any = "end"
    for _ in range(50):
        deep = [deep]
    page.goto(serve(gr.Interface(lambda: {"text": "ab" * 100_000, "deep": deep}, None, gr.JSON(label="Shown"))))
    page.get_by_role("button", name="Generate").click()
    leaf = page.locator(".leaf").first
    for shown in (2_000, 20_000, 200_000):
        assert len(leaf.locator(".is-string").inner_text()) == shown + 1
        leaf.get_by_role("button", name="Show more of 200,002 characters").click()
    expect(leaf.get_by_role("button")).to_be_hidden()
    page.get_by_role("button", name="Expand all").click()
    expect(page.locator(".code-tree").get_by_text('"end"')).to_be_visible()
