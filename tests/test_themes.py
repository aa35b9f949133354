"""`gr.themes`: what becomes of the page's style sheet, and that its contrast stays."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import quickdemo as gr
from quickdemo.runtime.themes import theme_of
from tests.serving import PAGE, Serve

NAMED = "Base Default Soft Monochrome Glass Origin Citrus Ocean".split()


@pytest.mark.parametrize("name", NAMED)
def test_a_theme_by_name_is_that_theme(name: str) -> None:
    theme = getattr(gr.themes, name)()
    assert theme_of(name.lower()) == theme_of(theme) == (name.lower(), theme.css)


def test_a_strange_name_warns_and_is_the_page_as_it_is() -> None:
    with pytest.warns(UserWarning, match="only the 'default' theme is supported"):
        assert theme_of("huggingface") == ("huggingface", "")


@pytest.mark.parametrize("hue", ["emerald", "red", "yellow"])
def test_only_the_hue_of_the_colour_changes(hue: str) -> None:
    css, green = (gr.themes.Base(primary_hue=name).css for name in (hue, "green"))
    lights = [re.findall(r"oklch\((\S+) ", text) for text in (css, green)]
    assert lights[0] == lights[1] and len(lights[0]) == 8
    assert "--accent:" in css and "--on-accent:" in css


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_any_colour_can_be_one(colour: tuple[int, int, int]) -> None:
    css = gr.themes.Base(primary_hue=gr.themes.Color(c500="#" + bytes(colour).hex())).css
    chroma, hue = re.findall(r"--accent: light-dark\(oklch\(0.455 (\S+) ([^)]+)\)", css)[0]
    assert 0 <= float(chroma) <= 0.2 and 0 <= float(hue) < 360


def test_sizes_and_fonts() -> None:
    css = gr.themes.Soft(
        text_size=gr.themes.sizes.text_lg, radius_size="none", font=[gr.themes.GoogleFont("Inter"), "ui-sans-serif"]
    ).css
    assert "--text: 1.0625rem" in css and "--round: 0rem" in css
    assert '--sans: "Inter", ui-sans-serif, sans-serif' in css
    assert "http" not in css


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"primary_hue": "mauve"}, "No such colour: 'mauve'"),
        ({"primary_hue": "red; } body { display: none"}, "No such colour"),
        ({"radius_size": "huge"}, "radius_size must be one of none, sm, md, lg, xxl"),
        ({"font": "a; } * { color: red"}, "A font has a name of letters"),
    ],
)
def test_what_is_none_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        gr.themes.Base(**given)
    with pytest.raises(ValueError, match="must be as '#0ea5e9'"):
        gr.themes.Color("blue")


def test_variables_of_gradio_warn() -> None:
    with pytest.warns(UserWarning, match=r"button_primary_background_fill.*use css="):
        theme = gr.themes.Default().set(button_primary_background_fill="red")
    assert theme.css == ""


def test_the_page_has_the_themes_of_its_interface_and_of_launch(serve: Serve) -> None:
    def text(served: Any) -> str:
        return str(served.client().get("/", headers=PAGE).text)

    soft = gr.Interface(str, "text", "text", theme=gr.themes.Soft(), css="h1 { color: teal }")
    page = text(serve(soft))
    assert gr.themes.Soft().css in page and "h1 { color: teal }" in page
    page = text(serve(theme="ocean", css="p { margin: 0 }"))
    assert gr.themes.Ocean().css in page and "p { margin: 0 }" in page
    page = text(serve(gr.TabbedInterface([soft, gr.Interface(str, "text", "text")])))
    assert page.count(gr.themes.Soft().css) == 1
