"""GET /: what the server draws, before any script has run."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import quickdemo as gr
from quickdemo.runtime.server.page import author_html, icon, script_json
from tests.serving import PAGE, Serve

CONFIG = re.compile(r'<script type="application/json" id="config">(.*?)</script>', re.DOTALL)


def shout(text: str, loud: bool = True) -> str:
    """Capitals."""
    return text.upper() if loud else text


def body(serve: Serve, demo: Any, path: str = "/", **options: Any) -> str:
    answer = serve(demo, **options).client().get(path, headers=PAGE)
    assert answer.status_code == 200
    return answer.text


def config(text: str) -> Any:
    found = CONFIG.search(text)
    assert found
    return json.loads(found[1])


def test_the_page_can_be_filled_in_before_its_script_has_run(serve: Serve) -> None:
    demo = gr.Interface(shout, [gr.Textbox("now", label="Say"), gr.Checkbox(label="Loud")], "text", title="Shouter")
    text = body(serve, demo)
    assert "<title>Shouter</title>" in text and "<h1>Shouter</h1>" in text
    assert re.search(r'<label for="predict-i0">\s*Say', text)
    assert re.search(r'<textarea[^>]*id="predict-i0"[^>]*>\s*now</textarea>', text)
    assert 'type="checkbox"' in text and '<button class="primary" type="submit"' in text


def test_a_page_is_three_requests_all_of_them_relative(serve: Serve) -> None:
    text = body(serve, gr.Interface(shout, ["text", "checkbox"], "text"))
    loaded = re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="([^"]+)"', text)
    files = [url for url in loaded if not url.startswith("data:")]
    assert len(files) == 2 and all(re.fullmatch(r"static/page-[0-9a-f]{12}\.(js|css)", url) for url in files)
    assert "http://" not in text and "https://" not in text


def test_assets_are_cached_for_ever_and_pages_never(serve: Serve) -> None:
    client = serve(gr.Interface(shout, ["text", "checkbox"], "text")).client()
    page = client.get("/", headers=PAGE)
    assert page.headers["cache-control"] == "no-store"
    name = re.search(r"static/page-\w+\.js", page.text)
    assert name
    script = client.get(f"/{name[0]}")
    assert "immutable" in script.headers["cache-control"]
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"


def test_a_page_is_compressed_for_those_who_take_it(serve: Serve) -> None:
    client = serve(gr.Interface(shout, ["text", "checkbox"], "text")).client()
    with client.stream("GET", "/", headers={**PAGE, "accept-encoding": "gzip"}) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        assert b"<h1>" in gzip.decompress(b"".join(answer.iter_raw()))
    assert "content-encoding" not in client.get("/", headers={**PAGE, "accept-encoding": "identity"}).headers


def test_a_page_sets_one_cookie_and_keeps_its_value(serve: Serve) -> None:
    client = serve(gr.Interface(shout, ["text", "checkbox"], "text")).client()
    first, second = (client.get("/", headers=PAGE).headers.get_list("set-cookie") for _ in range(2))
    assert len(first) == 1 and second == first


def test_every_page_load_has_a_session_of_its_own(serve: Serve) -> None:
    client = serve(gr.Interface(shout, ["text", "checkbox"], "text")).client()
    one, two = (config(client.get("/", headers=PAGE).text)["session"] for _ in range(2))
    assert one and two and one != two


@pytest.mark.parametrize(
    ("demo", "kind", "submit"),
    [
        (lambda: gr.Interface(shout, "text", "text"), "standard", "Submit"),
        (lambda: gr.Interface(lambda: "x", None, "text"), "output_only", "Generate"),
        (lambda: gr.Interface(shout, "text", None), "input_only", "Submit"),
        (lambda: gr.Interface(shout, same := gr.Textbox(), same), "unified", "Submit"),
    ],
)
def test_each_kind_of_interface_has_its_button(
    serve: Serve, demo: Callable[[], gr.Interface], kind: str, submit: str
) -> None:
    text = body(serve, demo())
    assert f'data-kind="{kind}"' in text and config(text)["endpoints"]["predict"]["kind"] == kind
    assert f"<span>{submit}</span>" in text
    assert ('class="outputs"' in text) is (kind in ("standard", "output_only"))


def test_a_live_interface_has_no_submit_and_only_a_generator_shows_stop_at_first(serve: Serve) -> None:
    live = body(serve, gr.Interface(shout, "text", "text", live=True))
    assert 'type="submit"' not in live and 'data-do="stop" disabled hidden' in live

    def count() -> Any:
        yield "1"

    assert 'data-do="stop"' in body(serve, gr.Interface(count, None, "text"))


def test_the_author_s_texts_are_shown_as_written_and_what_visitors_may_send_is_escaped(serve: Serve) -> None:
    demo = gr.Interface(
        shout,
        gr.Textbox("</textarea><script>1</script>", label="<b>Say</b>"),
        "text",
        title="A & <B>",
        description="**bold** <em>em</em>",
        article="| a |\n|---|\n| 1 |",
        examples=["<img src=x>"],
    )
    text = body(serve, demo)
    assert "<strong>bold</strong> <em>em</em>" in text and "<td>1</td>" in text
    assert "<h1>A &amp; &lt;B&gt;</h1>" in text and "<script>1" not in text
    assert "<img src=x>" not in text and "&lt;b&gt;Say" in text


def test_config_cannot_end_its_element() -> None:
    assert script_json({"a": "</script>&"}) == '{"a":"\\u003c/script\\u003e\\u0026"}'


def test_styles_of_the_author_cannot_end_theirs(serve: Serve) -> None:
    text = body(serve, gr.Interface(shout, "text", "text", css="a::after { content: '</style><i>' }"))
    style = re.search(r'<style id="author-css">(.*?)</style>', text, re.DOTALL)
    assert style and "<i>" in style[1]


def test_examples_have_pages_and_a_number_that_is_none_gives_the_nearest(serve: Serve) -> None:
    demo = gr.Interface(shout, "text", "text", examples=[str(n) for n in range(25)], examples_per_page=10)
    client = serve(demo).client()
    counts = {}
    for asked in ("", "2", "3", "99", "-1", "x", "0", "٣"):
        text = client.get("/", params={"examples-predict": asked}, headers=PAGE).text
        counts[asked] = (text.count("<tr data-wires="), re.findall(r"<span>(\d of \d)</span>", text))
    first, last = (10, ["1 of 3"]), (5, ["3 of 3"])
    assert counts == {
        "": first,
        "2": (10, ["2 of 3"]),
        "3": last,
        "99": last,
        "-1": first,
        "x": first,
        "0": first,
        "٣": first,
    }


def test_hidden_inputs_have_no_column(serve: Serve) -> None:
    demo = gr.Interface(
        shout, [gr.Textbox(label="Say"), gr.Checkbox(label="Loud", visible=False)], "text", [["a", True]]
    )
    text = body(serve, demo)
    assert re.search(r"<qd-checkbox[^>]* hidden>", text)


def test_flag_buttons_only_when_a_visitor_may_flag(serve: Serve) -> None:
    assert 'data-do="flag"' not in body(serve, gr.Interface(shout, "text", "text", allow_flagging="never"))
    assert 'data-do="flag"' not in body(serve, gr.Interface(shout, "text", "text", allow_flagging="auto"))
    text = body(serve, gr.Interface(shout, "text", "text", flagging_options=[("Too loud", "loud")]))
    assert re.search(r'data-option="loud"[^>]*>Too loud<', text)


def test_tabs_have_an_endpoint_each(serve: Serve) -> None:
    demo = gr.TabbedInterface(
        [gr.Interface(shout, "text", "text"), gr.Interface(shout, "text", "text")], ["One", "Two"]
    )
    text = body(serve, demo)
    names = list(config(text)["endpoints"])
    assert len(names) == 2 and text.count('role="tabpanel"') == 2
    assert all(f'<qd-interface data-endpoint="{name}"' in text for name in names)
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("query", "theme"), [("__theme=dark", "dark"), ("__theme=light", "light"), ("__theme=x", None)]
)
def test_the_theme_may_be_asked_for(serve: Serve, query: str, theme: str | None) -> None:
    text = body(serve, gr.Interface(shout, "text", "text"), f"/?{query}")
    assert (f'data-theme="{theme}"' in text) if theme else ("data-theme" not in text)


def test_an_icon_of_the_author_costs_no_request(tmp_path: Path) -> None:
    path = tmp_path / "icon.png"
    path.write_bytes(b"\x89PNG")
    assert icon(str(path)) == "data:image/png;base64,iVBORw=="
    assert icon(None).startswith("data:image/svg+xml;base64,")
    with pytest.raises(OSError):
        icon(str(tmp_path / "none.png"))


def test_an_example_that_cannot_be_shown_is_left_out_and_logged(
    serve: Serve, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "broken.png").write_bytes(b"no picture")
    demo = gr.Interface(lambda p: "", "image", "text", [str(tmp_path / "broken.png")])
    text = body(serve, demo)
    assert "data-wires" not in text and "Example 0 is left out" in caplog.text


def test_an_address_that_does_not_exist_leads_back(serve: Serve) -> None:
    answer = serve().client().get("/deep/er/nowhere", headers=PAGE)
    assert answer.status_code == 404
    assert '<a class="button" href="../../">' in answer.text


def test_no_text_no_markup() -> None:
    assert author_html(None) == author_html("") == ""
