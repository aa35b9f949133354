"""The blocks of the guide of mid-2022 run with only the import line changed; each is built, served and called."""

from __future__ import annotations

import base64
import csv
import http.client
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from PIL import Image

from tests.conftest import ROOT
from tests.running import Project, Run

pytestmark = pytest.mark.slow  # each starts processes of its own

GUIDE = ROOT / "tests" / "guide"
Serve = Callable[[str], Run]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Serves a copy of a block of the guide from an empty folder."""
    project = Project(tmp_path)

    def start(name: str) -> Run:
        project.write((GUIDE / name).read_text(), name)
        run = project.run(name)
        run.ready()
        return run

    yield start
    for run in project.runs:
        run.kill()


def post(run: Run, path: str, body: object, cookie: str = "") -> tuple[int, Any]:
    """Status and JSON answer of one call."""
    connection = http.client.HTTPConnection("127.0.0.1", run.port, timeout=30)
    headers = {"Content-Type": "application/json", **({"Cookie": cookie} if cookie else {})}
    connection.request("POST", path, json.dumps(body), headers)
    answer = connection.getresponse()
    status, text = answer.status, answer.read()
    connection.close()
    return status, json.loads(text)


def predict(run: Run, *values: object, **more: object) -> dict[str, Any]:
    """A successful answer of api/predict."""
    status, answer = post(run, "/api/predict", {"data": list(values), **more})
    assert status == 200, answer
    return answer


def log_in(run: Run, username: str, password: str) -> str:
    """The cookie of a login; "" when it was refused."""
    connection = http.client.HTTPConnection("127.0.0.1", run.port, timeout=30)
    form = urlencode({"username": username, "password": password})
    connection.request("POST", "/login", form, {"Content-Type": "application/x-www-form-urlencoded"})
    answer = connection.getresponse()
    answer.read()
    cookie = (answer.headers.get("Set-Cookie") or "").split(";")[0]
    connection.close()
    return cookie if answer.status < 400 else ""


def test_every_block_imports_quickdemo_as_gr() -> None:
    blocks = list(GUIDE.glob("*.py"))

    assert len(blocks) >= 15
    assert all("import quickdemo as gr\n" in block.read_text() for block in blocks)


@pytest.mark.parametrize("name", ["hello_world.py", "hello_world_2.py"])
def test_hello_world_greets(serve: Serve, name: str) -> None:
    run = serve(name)

    assert predict(run, "World")["data"] == ["Hello World!"]
    assert "<qd-textbox" in run.get("/")


def test_hello_world_with_three_inputs_and_two_outputs(serve: Serve) -> None:
    answer = predict(serve("hello_world_3.py"), "Ada", True, 50)

    assert answer["data"] == ["Good morning Ada. It is 50 degrees today", 10]
    assert answer["duration"] >= 0


def test_components_of_the_old_inputs_and_outputs_modules(serve: Serve) -> None:
    run = serve("inputs_outputs.py")

    assert predict(run, "Ada", False, 50)["data"] == ["Good evening Ada. It is 50 degrees today", "10.0"]
    page = run.get("/")
    assert "Name Here..." in page and "celsius" in page and "\nAda</textarea>" in page


@pytest.mark.parametrize("name", ["auth_tuple.py", "auth_list.py"])
def test_auth_lets_the_right_password_in_and_nobody_else(serve: Serve, name: str) -> None:
    run = serve(name)

    assert post(run, "/api/predict", {"data": ["World"]})[0] == 401
    assert log_in(run, "admin", "wrong") == ""
    cookie = log_in(run, "admin", "pass1234")
    assert post(run, "/api/predict", {"data": ["World"]}, cookie)[1]["data"] == ["Hello World!"]


def test_auth_by_a_function_shows_its_message(serve: Serve) -> None:
    run = serve("auth_function.py")

    assert "username and password must be the same" in run.get("/login")
    assert log_in(run, "ada", "eve") == ""
    cookie = log_in(run, "ada", "ada")
    assert post(run, "/api/predict", {"data": ["World"]}, cookie)[1]["data"] == ["Hello World!"]


def test_css_as_text_is_in_the_page(serve: Serve) -> None:
    run = serve("css_text.py")

    assert "body {background-color: red}" in run.get("/")
    assert predict(run, "World")["data"] == ["Hello World!"]


def test_css_of_a_file_is_in_the_page(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "style.css").write_text("body { background-color: rebeccapurple }")

    assert "rebeccapurple" in serve("css_file.py").get("/")


def test_flagging_options_are_buttons_whose_value_is_stored(serve: Serve, tmp_path: Path) -> None:
    run = serve("calculator_flag_options.py")
    page = run.get("/")
    assert all(option in page for option in ("correct", "wrong sign", "off by one", "other"))

    sample = {"inputs": [5, "add", 7], "outputs": predict(run, 5, "add", 7)["data"], "option": "off by one"}
    assert post(run, "/api/flag/predict", sample) == (200, {"count": 1})
    rows = list(csv.DictReader(io.StringIO((tmp_path / "flagged" / "log.csv").read_text(), newline="")))
    assert [(row["num1"], row["operation"], row["output"], row["flag"]) for row in rows] == [
        ("5", "add", "12.0", "off by one")
    ]


def test_the_calculator_has_title_description_and_examples(serve: Serve) -> None:
    run = serve("calculator.py")
    page = run.get("/")

    assert "Toy Calculator" in page and "Enjoy!" in page and "divide" in page
    assert predict(run, -4, "multiply", 2.5)["data"] == [-10]
    status, answer = post(run, "/api/predict", {"data": [1, "divide", 0]})
    assert status == 500 and "Cannot divide by zero!" in answer["error"]["message"]


def test_live_has_no_submit_button(serve: Serve) -> None:
    run = serve("calculator_live.py")

    assert re.search(r">\s*Submit\s*<", run.get("/")) is None
    assert predict(run, 3, "subtract", 1)["data"] == [2]


def test_the_chatbot_remembers_its_session_alone(serve: Serve) -> None:
    run = serve("chatbot.py")
    first = predict(run, "Hello there", None)
    second = predict(run, "How are you", None, session=first["session"])

    assert [[said["text"] for said in pair] for pair in first["data"][0]] == [["hello there", "I don't know"]]
    assert [pair[0]["text"] for pair in second["data"][0]] == ["hello there", "how are you"]
    assert len(predict(run, "how many", None)["data"][0]) == 1


def test_state_given_as_component_starts_from_its_value(serve: Serve) -> None:
    run = serve("store_message.py")
    first = predict(run, "one", None)
    second = predict(run, "two", None, session=first["session"])

    assert first["data"][0] == {"Current messages": "one", "Previous messages": []}
    assert second["data"][0] == {"Current messages": "two", "Previous messages": ["one"]}


def test_state_starts_from_the_default_of_its_parameter(serve: Serve) -> None:
    run = serve("state_variable.py")
    first = predict(run, 2, None)

    assert first["data"][0] == 2
    assert predict(run, 5, None, session=first["session"])["data"][0] == 7
    assert predict(run, 5, None)["data"][0] == 5


def test_globals_of_the_script_are_shared_by_all(serve: Serve) -> None:
    run = serve("score_tracker.py")

    assert [predict(run, score)["data"][0] for score in (3, 9, 1, 5)][-1] == [9, 5, 3]


def test_the_sepia_filter_takes_and_gives_a_picture(serve: Serve) -> None:
    run, data = serve("sepia_filter.py"), io.BytesIO()
    Image.new("RGB", (300, 200), (0, 0, 255)).save(data, "PNG")

    answer = predict(run, "data:image/png;base64," + base64.b64encode(data.getvalue()).decode())["data"][0]
    connection = run.connect()
    connection.request("GET", "/" + answer["url"])
    picture = Image.open(io.BytesIO(connection.getresponse().read()))
    connection.close()
    assert picture.size == (200, 200)
    red, green, blue = picture.convert("RGB").getpixel((100, 100))
    assert red > green > blue
