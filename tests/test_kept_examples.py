"""cache_examples: an answer is kept once, found as long as nothing it depends on changed, and never shown stale."""

from __future__ import annotations

import asyncio
import html
import json
import logging
import os
import re
import stat
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import quickdemo as gr
from quickdemo.runtime.caching.entries import Entries, EntryName
from quickdemo.runtime.caching.keys import inputs_key
from quickdemo.runtime.local_files import LocalFiles
from tests.serving import PAGE, Serve, Served

SCALE = 3


def times(x: float, y: float = 1) -> float:
    count(x)
    return x * SCALE * y


def count(x: Any) -> None:
    globals()["CALLS"].append(x)


CALLS: list[Any] = []


@pytest.fixture(autouse=True)
def _fresh() -> None:
    CALLS.clear()


def kept(fn: Any = times, inputs: Any = "number", outputs: Any = "number", **options: Any) -> gr.Interface:
    given = {"examples": [[2], [5]], "cache_examples": True, "allow_flagging": "never", **options}
    return gr.Interface(fn, inputs, outputs, **given)


def rows(served: Served) -> list[dict[str, Any]]:
    """What the page knows of each example that it shows."""
    page = served.client().get("/", headers=PAGE).text
    return [json.loads(html.unescape(text)) for text in re.findall(r'data-example="(.*?)"', page)]


def choose(served: Served, place: int, data: Any = (0,), **headers: str) -> Any:
    body = {"data": list(data), "example": rows(served)[place]}
    return served.client().post("/api/predict", json=body, headers=headers)


def test_the_first_choice_computes_and_the_second_finds(serve: Serve) -> None:
    served = serve(kept())
    first, second = choose(served, 1), choose(served, 1)
    assert (first.json()["data"], "cached" in first.json()) == ([15], False)
    assert (second.json()["data"], second.json()["cached"]) == ([15], True)
    assert CALLS == [5]


def test_another_process_finds_it_and_another_code_does_not(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(serve(kept()), 0)
    assert choose(serve(kept()), 0).json().get("cached") is True
    monkeypatch.setitem(globals(), "SCALE", 4)
    changed = serve(kept())
    assert states(changed) == ["stale", "missing"]
    answer = choose(changed, 0).json()
    assert (answer["data"], answer.get("cached")) == ([8], None)
    assert states(changed) == ["cached", "missing"]
    monkeypatch.setitem(globals(), "SCALE", 3)
    assert states(serve(kept())) == ["stale", "missing"]  # the older answer of the same example was dropped


def states(served: Served) -> list[str]:
    return [served.context.kept.state(chosen) for chosen in served.context.kept.all("predict")]


@pytest.mark.parametrize(
    "change",
    [
        {"inputs": gr.Number(precision=0)},
        {"outputs": gr.Number(precision=1)},
        {"outputs": "text"},
        {"fn": lambda x: x},
        {"inputs": ["number", gr.Number(2)]},
    ],
    ids=",".join,
)
def test_what_an_answer_depends_on(serve: Serve, change: dict[str, Any]) -> None:
    choose(serve(kept()), 0)
    assert states(serve(kept())) == ["cached", "missing"]
    assert states(serve(kept(**change)))[0] != "cached"


def test_how_a_component_looks_does_not_count(serve: Serve) -> None:
    choose(serve(kept()), 0)
    looks = {"inputs": gr.Number(label="Other", info="More.")}
    assert states(serve(kept(**looks, examples=[[5], [2], [7]]))) == ["missing", "cached", "missing"]


def test_the_data_that_a_caller_sends_are_not_what_is_kept(serve: Serve) -> None:
    served = serve(kept())
    assert choose(served, 0, [666]).json()["data"] == [6]
    assert choose(served, 0).json()["data"] == [6]


@pytest.mark.parametrize(
    "example",
    [
        None,
        3,
        {},
        {"place": -1},
        {"place": 9},
        {"place": "0"},
        {"place": True},
        {"place": 0, "mark": "else"},
        {"place": 0},
    ],
    ids=str,
)
def test_an_example_that_is_not_there_is_an_ordinary_call(serve: Serve, example: Any) -> None:
    served = serve(kept())
    answer = served.client().post("/api/predict", json={"data": [7], "example": example})
    assert answer.json()["data"] == [21]
    assert states(served) == ["missing", "missing"]


def test_without_the_parameter_nothing_is_kept(serve: Serve, tmp_path: Path) -> None:
    served = serve(kept(cache_examples=False))
    assert rows(served) == []
    served.client().post("/api/predict", json={"data": [7], "example": {"place": 0, "mark": ""}})
    assert not (tmp_path / "store" / "examples").exists()


def test_the_folder_is_for_its_owner_only(serve: Serve, tmp_path: Path) -> None:
    choose(serve(kept()), 0)
    folders = [tmp_path / "store" / "examples", *(tmp_path / "store" / "examples").rglob("*")]
    assert {stat.S_IMODE(f.stat().st_mode) for f in folders if f.is_dir()} == {0o700}


def stream(served: Served, place: int) -> str:
    return choose(served, place, accept="text/event-stream").text


def growing(x: float) -> Iterator[str]:
    for n in range(int(x)):
        count(n)
        yield f"at {n}"


async def growing_async(x: float) -> AsyncIterator[str]:
    for value in growing(x):
        yield value


@pytest.mark.parametrize("fn", [growing, growing_async])
def test_of_a_generator_the_last_value_is_kept(serve: Serve, fn: Any) -> None:
    served = serve(kept(fn, outputs="text"))
    assert stream(served, 1).count("event: partial") == 5
    again = stream(served, 1)
    assert "event: partial" not in again
    assert json.loads(again.partition("data: ")[2])["data"] == ["at 4"]
    assert len(CALLS) == 5


def test_an_answer_that_a_time_limit_cut_off_is_not_kept(serve: Serve) -> None:
    def slow(x: float) -> Iterator[str]:
        yield "begun"
        time.sleep(5)
        yield "done"

    served = serve(kept(slow, outputs="text", time_limit=0.2))
    assert "begun" in stream(served, 0)
    assert states(served) == ["missing", "missing"]


def test_an_error_is_not_kept(serve: Serve) -> None:
    def picky(x: float) -> float:
        if x == 2 and not CALLS:
            count(x)
            raise gr.Error("Not yet.")
        return x

    served = serve(kept(picky))
    assert choose(served, 0).json()["error"]["message"] == "Not yet."
    assert choose(served, 0).json()["data"] == [2]


def test_pictures_are_found_by_content_and_shown_to_every_visitor(serve: Serve, tmp_path: Path) -> None:
    def turned(picture: Image.Image) -> Image.Image:
        count(picture.size)
        return picture.rotate(90, expand=True)

    def demo(name: str) -> gr.Interface:
        return kept(turned, gr.Image(type="pil"), gr.Image(type="pil"), examples=[str(tmp_path / name)])

    for name in ("a.png", "b.png"):
        Image.new("RGB", (60, 40), "#395").save(tmp_path / name)
    first = choose(serve(demo("a.png")), 0).json()["data"][0]
    other = serve(demo("b.png"))  # another name, the same content
    found = choose(other, 0).json()
    assert found["cached"] is True
    assert (found["data"][0]["type"], found["data"][0]["size"]) == (first["type"], first["size"])
    visitor = other.client()
    assert visitor.get("/" + found["data"][0]["url"]).status_code == 200
    assert CALLS == [(60, 40)]
    Image.new("RGB", (60, 40), "#359").save(tmp_path / "b.png")
    assert states(serve(demo("b.png"))) == ["missing"]


def test_a_damaged_answer_is_made_anew(serve: Serve, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    choose(serve(kept()), 0)
    (file,) = (tmp_path / "store" / "examples").rglob("values.json")
    file.write_text('{"values": [1')
    assert choose(serve(kept()), 0).json()["data"] == [6]
    assert "cannot be read" in caplog.text
    assert choose(serve(kept()), 0).json()["cached"] is True


def test_eager_ones_are_computed_after_the_start_and_one_error_does_not_stop_them(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    def picky(x: float) -> float:
        if x == 2:
            raise ValueError("no two")
        return x

    caplog.set_level(logging.INFO, "quickdemo.examples")
    served = serve(kept(picky, examples=[[1], [2], [3]], cache_mode="eager"))

    async def main() -> None:
        served.context.kept.start(asyncio.get_running_loop())
        while "are kept" not in caplog.text:
            await asyncio.sleep(0.005)

    asyncio.run(asyncio.wait_for(main(), 20))
    assert states(served) == ["cached", "missing", "cached"]
    assert "computing 3 answers in the background" in caplog.text
    assert "example 1 of predict failed: ValueError: no two" in caplog.text
    assert "2 answers are kept, 1 failed" in caplog.text


def test_lazy_ones_are_not_computed_after_the_start(serve: Serve) -> None:
    served = serve(kept())
    assert served.context.endpoints["predict"].cache_mode == "lazy"

    async def main() -> None:
        served.context.kept.start(asyncio.get_running_loop())
        await asyncio.sleep(0)

    asyncio.run(main())
    assert states(served) == ["missing", "missing"]


@pytest.mark.parametrize(
    ("variables", "given", "expected"),
    [
        ({}, {}, (False, "lazy")),
        ({"QUICKDEMO_CACHE_EXAMPLES": "1"}, {}, (True, "lazy")),
        ({"GRADIO_CACHE_EXAMPLES": "lazy", "GRADIO_CACHE_MODE": "eager"}, {}, (True, "lazy")),
        ({"GRADIO_CACHE_EXAMPLES": "true", "GRADIO_CACHE_MODE": "eager"}, {}, (True, "eager")),
        ({"GRADIO_CACHE_EXAMPLES": "true"}, {"cache_examples": False}, (False, "lazy")),
        ({"SYSTEM": "spaces"}, {}, (True, "lazy")),
        ({}, {"cache_examples": "lazy"}, (True, "lazy")),
        ({}, {"cache_examples": True, "cache_mode": "eager"}, (True, "eager")),
    ],
    ids=str,
)
def test_where_the_setting_comes_from(
    variables: dict[str, str], given: dict[str, Any], expected: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    demo = gr.Interface(times, "number", "number", allow_flagging="never", examples=[[1]], **given)
    assert (demo.cache_examples, demo.cache_mode) == expected


def asks(x: float, request: gr.Request) -> float:
    return x


@pytest.mark.parametrize(
    ("fn", "sides", "why"),
    [(lambda x, s: (x, s), ["number", "state"], "it has state"), (asks, "number", "asks asks who calls")],
)
def test_what_differs_from_caller_to_caller_is_never_kept(fn: Any, sides: Any, why: str) -> None:
    with pytest.warns(UserWarning, match=why):
        demo = gr.Interface(fn, sides, sides, cache_examples=True, allow_flagging="never")
    assert demo.cache_examples is False


def test_a_wrong_mode_is_refused() -> None:
    with pytest.raises(ValueError, match="cache_mode must be 'eager' or 'lazy'; it was 'often'"):
        kept(cache_mode="often")


def test_a_function_that_cannot_be_looked_into_is_not_kept_and_the_log_says_so(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    served = serve(kept(lambda x, deep=deep: x))
    assert rows(served)
    assert choose(served, 0, [2]).json()["data"] == [2]
    assert "answers of examples of predict are not kept" in caplog.text


def test_the_folder_has_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quickdemo.runtime.caching.entries.MOST_BYTES", 1000)
    entries, files = Entries(str(tmp_path), "app.py"), LocalFiles()
    names = [EntryName("predict", f"{n:064x}"[::-1], "k" * 64) for n in range(1, 6)]
    for age, name in enumerate(names):
        assert entries.save(name, ["x" * 300], files, 1)
        old = time.time() - 1000 + age
        os.utime(tmp_path / "examples" / "app.py-predict" / name.folder, (old, old))
    assert [entries.state(name) for name in names] == ["missing", "missing", "missing", "cached", "cached"]
    assert entries.clear("predict") == 2


def test_two_processes_may_keep_the_same_answer(tmp_path: Path) -> None:
    files = LocalFiles()
    wire = files.put_bytes(b"data", "a.bin", "application/x-thing")
    name = EntryName("predict", "a" * 64, "b" * 64)
    first, second = Entries(str(tmp_path), "app.py"), Entries(str(tmp_path), "app.py")
    assert first.save(name, [{"media": [wire]}], files, 1)
    assert not second.save(name, [None], files, 1)
    loaded = second.load(name, LocalFiles())
    assert loaded
    assert loaded[0]["media"][0]["name"] == "a.bin"
    assert loaded[0]["media"][0]["h"] != wire["h"]
    assert not [f for f in (tmp_path / "examples" / "app.py-predict").iterdir() if f.name.startswith(".")]


def test_a_value_that_only_looks_like_a_file_is_kept_as_it_is(tmp_path: Path) -> None:
    files = LocalFiles()
    values = [{"h": "hello"}, {"at": 1, "file": "0.png"}]
    name = EntryName("predict", inputs_key(values, files), "b" * 64)
    assert Entries(str(tmp_path), "app.py").save(name, values, files, 1)
    assert Entries(str(tmp_path), "app.py").load(name, files) == values
