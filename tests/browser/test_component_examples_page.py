"""What was found while the examples of the components were looked at in a browser."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

import quickdemo as gr
from tools.component_serving import load

pytestmark = pytest.mark.browser
Serve = Any


def test_the_columns_of_a_gallery_are_those_that_its_author_asked_for(page: Page, serve: Serve) -> None:
    page.goto(serve(load("gallery")))
    page.locator(".examples .example").click()
    page.get_by_role("button", name="Submit").click()
    expect(page.locator(".results .pictures li")).to_have_count(6)

    lefts = page.locator(".results .pictures li").evaluate_all("all => all.map(one => one.offsetLeft)")
    thumb = page.locator(".examples .thumb").first.bounding_box()

    assert len(set(lefts)) == 3
    assert thumb and thumb["height"] < 100


def test_the_axes_of_a_plot_are_named(page: Page, serve: Serve) -> None:
    page.goto(serve(load("barplot")))
    page.get_by_role("button", name="Submit").click()

    expect(page.locator(".axis")).to_have_text(["words ↑", "letters →"])


def test_an_example_s_dict_keeps_its_order(page: Page, serve: Serve) -> None:
    keys = ["zebra", "ant", "monkey"]
    demo = gr.Interface(list, gr.JSON(label="Dict"), "json", examples=[[dict.fromkeys(keys, 1)]])
    page.goto(serve(demo))
    page.locator(".examples .example").click()

    assert list(json.loads(page.get_by_label("Dict").input_value())) == keys
