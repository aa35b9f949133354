"""Bad input through the public face: one clear sentence with the value and what to do, and nothing half-written.

What `quickdemo run` says to a script without an Interface, with two, with a syntax error, importing a missing package,
and to a busy port is in test_run.py (`test_a_script_that_cannot_be_served_ends_with_one_sentence` and what follows it);
this module adds that no traceback is shown and no file is left. Bodies: test_body.py; damaged pictures: test_image.py.
"""

from __future__ import annotations

import base64
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest

import quickdemo as gr
from tests.running import Project, project
from tests.serving import Serve

pytestmark = pytest.mark.slow  # most start processes of their own

__all__ = ["project"]

GOOD: list[Any] = ["a", 1, "cat", None, None]


def png(width: int, height: int) -> bytes:
    """A few bytes that claim to be a picture of that size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def everything(text: str, size: float, pick: str, picture: Any, file: Any) -> str:
    return text


@pytest.fixture
def client(serve: Serve, tmp_path: Path) -> Any:
    inputs: list[Any] = ["text", gr.Slider(0, 10), gr.Radio(["cat", "dog"]), "image", "file"]
    return serve(gr.Interface(everything, inputs, "text", flagging_dir=str(tmp_path / "flagged"))).client()


def refused(answer: Any, status: int, message: str, hint: str) -> None:
    """The answer is this one sentence, this hint, and nothing else."""
    error = answer.json()["error"]
    assert (answer.status_code, error["message"]) == (status, message)
    assert hint in error["hint"]
    assert "Traceback" not in answer.text and "\n" not in error["message"]


def predict(client: Any, **changes: Any) -> Any:
    values = dict(zip(("text", "size", "pick", "picture", "file"), GOOD, strict=True)) | changes
    return client.post("/api/predict", json={"data": list(values.values())})


# ---------------------------------------------------------------------- scripts


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("x = 1", "Add for example: demo = gr.Interface("),
        (
            "import quickdemo as gr\na = gr.Interface(str, 'text', 'text')\nb = gr.Interface(str, 'text', 'text')",
            "Say which one to serve: quickdemo run app.py:a",
        ),
        ("import quickdemo\ndef f(:", "app.py:2 SyntaxError: "),
        ("import surely_not_installed", "app.py:1 ModuleNotFoundError: No module named 'surely_not_installed'"),
    ],
)
def test_a_script_that_cannot_be_served_shows_no_traceback_and_leaves_nothing(
    project: Project, script: str, said: str
) -> None:
    project.write(script)
    code, output = project.run("--check").ends()
    assert code == 1 and said in output
    assert "Traceback" not in output
    assert [path.name for path in project.folder.iterdir() if path.name != ".quickdemo"] == ["app.py"]


@pytest.mark.parametrize("content", [b"x = '\xe9'\n", b"\xff\xfe\x00x = 1\n"])
def test_a_script_that_is_no_text_is_refused(project: Project, content: bytes) -> None:
    (project.folder / "app.py").write_bytes(content)
    code, output = project.run("app.py").ends()
    assert code == 1 and "app.py" in output and "SyntaxError: " in output
    assert "Traceback" not in output


def test_a_folder_in_place_of_the_script_says_what_to_name(project: Project) -> None:
    (project.folder / "app.py").mkdir()
    code, output = project.run("app.py").ends()
    assert code == 3
    assert "There is no app.py, demo.py or main.py in app.py. Name the file: " in output


@pytest.mark.parametrize("option", ["--env-file", "--auth-file"])
@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_an_option_names_and_that_cannot_be_read_is_named(
    project: Project, option: str, content: bytes | None
) -> None:
    project.version("one")
    if content is None:
        (project.folder / "given").mkdir()
    else:
        (project.folder / "given").write_bytes(content)
    code, output = project.run(option, "given").ends()
    assert code in (1, 2) and "given" in output
    assert "Traceback" not in output and output.count("\n") <= 5


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("auth=('ada',)", "app.py:2 auth must be a (name, password) pair, a list of such pairs, or a function.  For "),
        ("ssl_certfile='no.pem'", "app.py:2 ssl_certfile 'no.pem' cannot be used: No such file or directory.  Give "),
    ],
)
def test_an_argument_of_launch_that_cannot_be_used_is_told_with_the_line_of_the_call(
    project: Project, options: str, said: str
) -> None:
    project.write(f"import quickdemo as gr\ngr.Interface(str.upper, 'text', 'text').launch({options})")
    code, output = project.run("app.py").ends()
    assert code == 1 and said in output
    assert "Traceback" not in output


# ---------------------------------------------------------------------- pictures


@pytest.mark.parametrize(
    ("data", "message", "hint"),
    [
        (png(10_000, 10_000), "has 100 megapixels (10000 x 10000); at most 24 are allowed.", "Make it smaller"),
        (png(3, 3)[:40], "is a broken or incomplete PNG file.", "Use a PNG, JPEG, WebP or GIF picture."),
        (b"hello", "is not a PNG, JPEG, WebP or GIF picture.", "Use a PNG, JPEG, WebP or GIF picture."),
        (b"", "is not a PNG, JPEG, WebP or GIF picture.", "Use a PNG, JPEG, WebP or GIF picture."),
    ],
)
def test_a_picture_that_cannot_be_used_is_refused(client: Any, data: bytes, message: str, hint: str) -> None:
    handle = client.post("/api/files", content=data, headers={"x-file-name": "x.png"}).json()["h"]
    inline = "data:image/png;base64," + base64.b64encode(data).decode()
    for wire in ({"h": handle}, inline):
        refused(predict(client, picture=wire), 422, f"picture: the picture {message}", hint)


@pytest.mark.parametrize("field", ["picture", "file"])
def test_a_path_is_no_upload(client: Any, field: str) -> None:
    answer = predict(client, **{field: "/etc/passwd"})
    message = f"{field} must be null, {{\"h\": handle}} or a data: URL; it was '/etc/passwd'."
    refused(answer, 422, message, "Upload the file with POST /api/files")


def test_a_handle_that_was_never_given_is_named(client: Any) -> None:
    refused(predict(client, file={"h": "a" * 22}), 422, f"There is no file '{'a' * 22}'.", "Upload it again.")


def test_an_example_that_is_not_there_is_left_out_and_told_when_the_server_starts(
    serve: Serve, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a.txt").write_text("a")
    paths = [str(tmp_path / "none.txt"), str(tmp_path / "a.txt")]
    client = serve(gr.Interface(lambda f: "", "file", "text", examples=paths)).client()
    assert "Example 0 is left out: f: the file" in caplog.text and "none.txt is not there." in caplog.text
    page = client.get("/", headers={"accept": "text/html"})
    assert page.status_code == 200 and "a.txt" in page.text and "none.txt" not in page.text


# ---------------------------------------------------------------------- values


@pytest.mark.parametrize("count", [0, 1, 6])
def test_a_wrong_number_of_values_names_the_inputs(client: Any, count: int) -> None:
    answer = client.post("/api/predict", json={"data": ["a"] * count})
    message = f"everything takes 5 values (text, size, pick, picture, file); it got {count}."
    refused(answer, 422, message, "Send one value for each")


@pytest.mark.parametrize("value", ["x", True, [], {"a": 1}])
def test_a_value_of_the_wrong_type_is_named_with_its_field_and_place(client: Any, value: Any) -> None:
    answer = predict(client, size=value)
    refused(answer, 422, f"size must be a number; it was {value!r}.", "")
    assert (answer.json()["error"]["field"], answer.json()["error"]["index"]) == ("size", 1)


@pytest.mark.parametrize("value", [-1, 11, 1e300])
def test_a_value_out_of_range_is_named_with_the_range(client: Any, value: float) -> None:
    refused(predict(client, size=value), 422, f"size must be between 0 and 10; it was {value!r}.", "")


def test_a_bound_is_written_out_in_full(serve: Serve) -> None:
    client = serve(gr.Interface(lambda n: n, gr.Slider(0, 1_234_567), "number")).client()
    answer = client.post("/api/predict", json={"data": [1_234_568]})
    refused(answer, 422, "n must be between 0 and 1234567; it was 1234568.", "")


@pytest.mark.parametrize(
    ("value", "hint"), [("cow", "Send one of the offered values"), ("catt", "Did you mean 'cat'?")]
)
def test_a_choice_that_is_not_offered_is_named_with_those_that_are(client: Any, value: str, hint: str) -> None:
    refused(predict(client, pick=value), 422, f"pick must be one of 'cat', 'dog'; it was {value!r}.", hint)


# ---------------------------------------------------------------------- requests


@pytest.mark.parametrize("body", ["", "{'data': 1}", '{"data": [', "data=1"])
def test_a_body_that_is_no_json_is_refused_with_the_place(client: Any, body: str) -> None:
    answer = client.post("/api/predict", content=body, headers={"content-type": "application/json"})
    error = answer.json()["error"]
    assert answer.status_code == 400 and error["code"] == "bad_json"
    assert error["message"].startswith("The body is no JSON: ") and "at character" in error["message"]
    assert error["hint"] == 'Send for example {"data": ["text"]}.'


@pytest.mark.parametrize("body", [[], 5, {}, {"data": 5}])
def test_a_body_without_data_is_quoted(client: Any, body: Any) -> None:
    message = f'The body must be {{"data": [...]}} with one value per input; it was {body!r}.'
    refused(client.post("/api/predict", json=body), 422, message, "api/docs")


def test_an_unknown_endpoint_is_named_with_those_there_are(client: Any) -> None:
    answer = client.post("/api/predikt", json={"data": GOOD})
    refused(answer, 404, "There is no endpoint 'predikt'.", "There is api/predict.")


def test_nothing_of_what_was_refused_is_kept(client: Any, tmp_path: Path) -> None:
    flag = {"inputs": ["a", 1, "cow", None, None], "outputs": ["a"], "option": ""}
    before = sorted(path.name for path in tmp_path.rglob("*"))
    for path, body in (("/api/flag/predict", flag), ("/api/predict", {"data": flag["inputs"]})):
        refused(client.post(path, json=body), 422, "pick must be one of 'cat', 'dog'; it was 'cow'.", "")
    assert client.post("/api/flag/nope", json=flag).status_code == 404
    assert sorted(path.name for path in tmp_path.rglob("*")) == before
    assert predict(client).status_code == 200


def test_an_exception_without_a_readable_text_is_still_the_functions_error(serve: Serve) -> None:
    class Odd(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    def fail(text: str) -> str:
        raise Odd

    answer = serve(gr.Interface(fail, "text", "text")).client().post("/api/predict", json={"data": ["a"]})
    refused(answer, 500, "Odd: (its text cannot be shown: RuntimeError)", "Your inputs are still here.")
