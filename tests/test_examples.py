"""Each example is served from a copy of the folder and called with the real input it ships."""

from __future__ import annotations

import base64
import io
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import ROOT
from tests.running import Project, Run
from tests.test_guide import log_in, post, predict

pytestmark = pytest.mark.slow  # each test starts a server

EXAMPLES = ROOT / "examples"
Serve = Callable[[str], Run]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Serves an example from a copy, so that flags and state do not end up in the project."""
    shutil.copytree(EXAMPLES, tmp_path / "examples", ignore=shutil.ignore_patterns(".quickdemo", "flagged"))
    project = Project(tmp_path / "examples")

    def start(name: str) -> Run:
        run = project.run(name)
        run.ready()
        return run

    yield start
    for run in project.runs:
        run.kill()


def data_url(path: Path, mime: str) -> str:
    return f"data:{mime};base64," + base64.b64encode(path.read_bytes()).decode()


def picture(run: Run, wire: dict[str, str]) -> Image.Image:
    connection = run.connect()
    connection.request("GET", "/" + wire["url"])
    opened = Image.open(io.BytesIO(connection.getresponse().read()))
    connection.close()
    return opened.convert("RGB")


def test_every_example_is_described_and_tested() -> None:
    names = {path.name for path in EXAMPLES.glob("*.py")}

    assert len(names) == 13
    assert all(f"`{name}`" in (EXAMPLES / "README.md").read_text() for name in names)
    assert all(f'"{name}"' in Path(__file__).read_text() for name in names)


def test_digits_reads_pictures_it_never_saw(serve: Serve) -> None:
    run = serve("digits.py")
    folder = EXAMPLES / "data" / "digits"
    answers = [predict(run, data_url(folder / f"{d}.png", "image/png"))["data"][0]["label"] for d in range(10)]

    assert sum(answer == str(digit) for digit, answer in enumerate(answers)) >= 9


def test_digits_says_what_to_do_without_a_drawing(serve: Serve) -> None:
    status, answer = post(serve("digits.py"), "/api/predict", {"data": [None]})

    assert status >= 400
    assert "draw a digit" in answer["error"]["message"]


def test_sentiment_tells_praise_from_complaint(serve: Serve) -> None:
    run = serve("sentiment.py")
    label, words = predict(run, "I love this, it is wonderful!")["data"]

    assert label["label"] == "positive"
    assert "love" in str(words)
    assert predict(run, "This is horrible and I hate it.")["data"][0]["label"] == "negative"


def test_interpretation_says_which_words_raise_the_mood(serve: Serve) -> None:
    run = serve("interpretation.py")
    asked = {"data": ["Lovely, but the soup was not good"], "endpoint": "predict"}
    status, answer = post(run, "/api/interpret", asked)

    one = answer["inputs"][0]
    scores = dict(zip(one["labels"], one["scores"], strict=True))
    assert status == 200 and answer["final"] and answer["target"]["class"] == "glad"
    assert scores["Lovely,"] > 0 > scores["not"] and scores["soup"] == 0


def test_calculator_refuses_a_division_by_zero_in_words(serve: Serve) -> None:
    run = serve("calculator.py")
    status, answer = post(run, "/api/predict", {"data": [1, "divide", 0]})

    assert predict(run, 7, "multiply", 3)["data"] == [21]
    assert status >= 400 and "divided by zero" in answer["error"]["message"]


def test_chatbot_turns_the_phrase_round_and_remembers(serve: Serve) -> None:
    run = serve("chatbot.py")
    first = predict(run, "I feel afraid of my exam.", None)
    second = predict(run, "Because it is hard.", None, session=first["session"])

    assert first["data"][0][0][1]["text"] == "How long have you been afraid of your exam?"
    assert len(second["data"][0]) == 2


def test_sepia_browns_a_photo_of_the_same_size(serve: Serve) -> None:
    run, photo = serve("sepia.py"), EXAMPLES / "data" / "photos" / "flower.jpg"
    toned = picture(run, predict(run, data_url(photo, "image/jpeg"))["data"][0])

    assert toned.size == (480, 320)
    red, green, blue = toned.resize((1, 1)).getpixel((0, 0))
    assert red > green > blue


def test_login_lets_only_invited_people_in(serve: Serve) -> None:
    run = serve("login.py")

    assert post(run, "/api/predict", {"data": ["Charles", True]})[0] == 401
    cookie = log_in(run, "ada", "engine")
    assert post(run, "/api/predict", {"data": ["Charles", True]}, cookie)[1]["data"] == ["Hello, Charles!"]


def test_slider_plot_draws_a_curve(serve: Serve) -> None:
    run = serve("slider_plot.py")
    drawn = picture(run, predict(run, 1.5, 0.5, 0)["data"][0])

    assert drawn.size == (640, 320)
    assert (28, 124, 84) in {colour for _, colour in drawn.getcolors(1 << 20) or []}


def test_generator_ends_at_one(serve: Serve) -> None:
    numbers, steps = predict(serve("generator.py"), 6, 200)["data"]

    assert numbers == "6 → 3 → 10 → 5 → 16 → 8 → 4 → 2 → 1"
    assert steps == 8


def test_file_stats_counts_an_uploaded_text(serve: Serve) -> None:
    run = serve("file_stats.py")
    connection = run.connect()
    text = (EXAMPLES / "data" / "pride.txt").read_bytes()
    connection.request("POST", "/api/files", text, {"X-File-Name": "pride.txt", "Content-Type": "text/plain"})
    answer = connection.getresponse()
    body, cookie = answer.read(), (answer.headers.get("Set-Cookie") or "").split(";")[0]
    connection.close()
    assert answer.status == 200, body

    status, result = post(run, "/api/predict", {"data": [{"h": json.loads(body)["h"]}]}, cookie)
    assert status == 200, result
    counts, frequent = result["data"]
    assert counts["bytes"] == len(text) and counts["lines"] == len(text.decode().splitlines())
    assert frequent["label"] in {"bennet", "that", "have"}


def test_several_functions_answer_one_text(serve: Serve) -> None:
    run = serve("compare.py")
    _, both = post(run, "/api/predict", {"data": ["Ada wrote. Then she slept."]})
    assert both["data"][0] == "Ada wrote." and "wrote" in both["data"][1]
    assert [one["state"] for one in both["members"]] == ["done", "done"]
    _, steps = post(run, "/api/predict_1", {"data": ["Ada wrote. Then she slept."]})
    assert steps["data"] == ["Ada wrote.", "wrote, Ada"]


def test_tabs_have_an_endpoint_each(serve: Serve) -> None:
    run = serve("tabs.py")
    page = run.get("/")

    assert all(name in page for name in ("Temperature", "Distance", "Cipher"))
    assert predict(run, 100)["data"] == [212]


def test_the_kitchen_sink_sorts_chosen_words(serve: Serve) -> None:
    run = serve("kitchen_sink.py")
    status, answer = post(run, "/api/predict_1", {"data": ["red", ["green"], [], True, 0, None]})

    assert status == 200, answer
    assert answer["data"][0]["label"] == "red" and answer["data"][1].endswith("call 1")
