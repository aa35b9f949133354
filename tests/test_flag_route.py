"""Flags over HTTP, through the whole server."""

import csv
import resource
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

import quickdemo as gr
from quickdemo.runtime.flagging.callbacks import FlaggingCallback
from tests.serving import ORIGIN, OURS, PAGE, USER, Served


def serve(tmp_path: Path, function: Any = None, inputs: Any = "text", outputs: Any = "text", **options: Any) -> Served:
    """A served demo whose flags go to tmp_path/flagged."""
    launch = {name: options.pop(name) for name in ("auth", "show_error") if name in options}
    folder = str(tmp_path / "flagged")
    demo = gr.Interface(function or str.upper, inputs, outputs, flagging_dir=folder, **options)
    return Served(tmp_path, demo, **launch)


def log(tmp_path: Path) -> list[dict[str, str]]:
    """The rows of the log; none while there is no log."""
    path = tmp_path / "flagged" / "log.csv"
    if not path.exists():
        return []
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, strict=True))


def sample(inputs: list[Any], outputs: list[Any], **more: Any) -> dict[str, Any]:
    """The JSON of a flag."""
    return {"inputs": inputs, "outputs": outputs, **more}


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """No file can grow beyond `size` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_each_flag_is_counted_and_stored(tmp_path: Path) -> None:
    client = serve(tmp_path).client()
    for number, path in enumerate(["/api/flag/predict", "/api/flag", "/api/flag/predict"], 1):
        answer = client.post(path, json=sample([f"a{number}"], ["B"]), headers=OURS)
        assert (answer.status_code, answer.json()) == (200, {"count": number})
    rows = log(tmp_path)
    assert [list(row.values())[0] for row in rows] == ["a1", "a2", "a3"]
    assert {(row["output"], row["flag"], row["username"]) for row in rows} == {("B", "", "")}


def test_the_option_that_was_chosen_is_stored(tmp_path: Path) -> None:
    served = serve(tmp_path, flagging_options=["incorrect", ("Too slow!", "slow")])
    client = served.client()
    for option in ("incorrect", "slow"):
        assert client.post("/api/flag/predict", json=sample(["a"], ["A"], option=option)).status_code == 200
    assert [row["flag"] for row in log(tmp_path)] == ["incorrect", "slow"]


@pytest.mark.parametrize("option", ["Too slow!", "", "other", 3, None, ["slow"]])
def test_an_option_that_is_not_offered_is_refused(tmp_path: Path, option: Any) -> None:
    client = serve(tmp_path, flagging_options=["incorrect", ("Too slow!", "slow")]).client()
    answer = client.post("/api/flag/predict", json=sample(["a"], ["A"], option=option))
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "invalid_value"
    assert "'incorrect', 'slow'" in answer.json()["error"]["hint"]
    assert log(tmp_path) == []


@pytest.mark.parametrize(
    "body",
    [[], "text", {"inputs": 3}, sample([], ["A"]), sample(["a", "b"], ["A"]), sample([{"x": 1}], ["A"])],
)
def test_a_sample_that_does_not_fit_is_refused(tmp_path: Path, body: Any) -> None:
    answer = serve(tmp_path).client().post("/api/flag/predict", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_value")
    assert log(tmp_path) == []


def test_a_value_out_of_range_names_its_input(tmp_path: Path) -> None:
    served = serve(tmp_path, lambda a, b: a, ["text", gr.Slider(0, 10, label="how much")])
    answer = served.client().post("/api/flag/predict", json=sample(["a", 11], ["A"]))
    assert (answer.status_code, answer.json()["error"]["index"]) == (422, 1)


def test_an_endpoint_that_takes_no_flags_says_so(tmp_path: Path) -> None:
    for mode in ("never", "auto"):
        client = serve(tmp_path, allow_flagging=mode).client()
        answer = client.post("/api/flag/predict", json=sample(["a"], ["A"]))
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "no_flagging")
        assert client.post("/api/flag/other", json=sample(["a"], ["A"])).status_code == 404
    assert not (tmp_path / "flagged").exists()


def test_who_is_logged_in_is_stored(tmp_path: Path) -> None:
    client = serve(tmp_path, auth=("ada", USER["password"])).client()
    assert client.post("/api/flag/predict", json=sample(["a"], ["A"]), headers=OURS).status_code == 401
    assert log(tmp_path) == []
    assert client.post("/login", data=USER, headers={**PAGE, **OURS}).status_code == 303
    assert client.post("/api/flag/predict", json=sample(["a"], ["A"]), headers=OURS).status_code == 200
    assert [row["username"] for row in log(tmp_path)] == ["ada"]


def test_state_is_stored_as_an_empty_cell(tmp_path: Path) -> None:
    served = serve(tmp_path, lambda a, s: (a, s), ["text", gr.State()], ["text", gr.State()])
    client = served.client()
    for values in (sample(["a"], ["b"]), sample(["a", None], ["b", None]), sample(["a", "forged"], ["b", [1]])):
        assert client.post("/api/flag/predict", json=values).status_code == 200
    assert {tuple(row.values())[:4] for row in log(tmp_path)} == {("a", "", "b", "")}


def png(tmp_path: Path) -> bytes:
    """A small picture."""
    Image.new("RGB", (2, 3), "red").save(tmp_path / "red.png")
    return (tmp_path / "red.png").read_bytes()


def test_pictures_are_kept_beside_the_log(tmp_path: Path) -> None:
    served = serve(tmp_path, lambda image: image, gr.Image(label="in"), gr.Image(label="out"))
    client = served.client()
    client.get("/", headers=PAGE)
    uploaded = client.post("/api/files", content=png(tmp_path), headers={"x-file-name": "red.png", **OURS}).json()
    given = {"h": uploaded["h"]}
    made = client.post("/api/predict", json={"data": [given]}, headers=OURS).json()["data"][0]
    answer = client.post("/api/flag/predict", json=sample([given], [made]), headers=OURS)
    assert answer.json() == {"count": 1}
    (row,) = log(tmp_path)
    for name in ("in", "out"):
        assert row[name] == f"{name}/0.png"
        with Image.open(tmp_path / "flagged" / row[name]) as image:
            assert (image.size, image.convert("RGB").getpixel((0, 0))) == ((2, 3), (255, 0, 0))


@pytest.mark.parametrize("handle", ["x" * 22, "../../etc/passwd", "/etc/passwd", 3, None])
def test_only_files_that_the_server_knows_can_be_flagged(tmp_path: Path, handle: Any) -> None:
    served = serve(tmp_path, lambda image: image, gr.Image(label="in"), gr.Image(label="out"))
    for values in ([{"h": handle}], None), (None, [{"path": "/etc/passwd", "h": handle}]):
        answer = served.client().post("/api/flag/predict", json=sample(values[0] or [None], values[1] or [None]))
        assert 400 <= answer.status_code < 500, answer.text
    assert log(tmp_path) == []
    assert not list((tmp_path / "flagged").rglob("*.png"))


def test_nobody_flags_the_upload_of_another(tmp_path: Path) -> None:
    served = serve(tmp_path, lambda image: image, gr.Image(label="in"), "text")
    ada, bob = served.client(), served.client()
    for client in (ada, bob):
        client.get("/", headers=PAGE)
    upload = ada.post("/api/files", content=png(tmp_path), headers={"x-file-name": "red.png", **OURS}).json()
    values = sample([{"h": upload["h"]}], ["b"])
    assert bob.post("/api/flag/predict", json=values, headers=OURS).status_code in (404, 422)
    assert ada.post("/api/flag/predict", json=values, headers=OURS).status_code == 200


def test_a_full_disk_is_said_and_the_next_flag_works(tmp_path: Path) -> None:
    client = serve(tmp_path).client()
    long = "x" * 3000
    assert client.post("/api/flag/predict", json=sample([long], ["first"])).status_code == 200
    with full_disk(5000):
        answer = client.post("/api/flag/predict", json=sample([long], ["refused"]))
    assert (answer.status_code, answer.json()["error"]["code"]) == (507, "disk_full")
    assert "full" in answer.json()["error"]["message"]
    assert client.post("/api/flag/predict", json=sample([long], ["next"])).json() == {"count": 2}
    assert [row["output"] for row in log(tmp_path)] == ["first", "next"]


def test_auto_flags_each_success_and_no_failure(tmp_path: Path) -> None:
    def divide(a: float) -> float:
        return 1 / a

    client = serve(tmp_path, divide, "number", "number", allow_flagging="auto").client()
    statuses = [client.post("/api/predict", json={"data": [a]}).status_code for a in (2, 0, 4, "no number")]
    assert statuses == [200, 500, 200, 422]
    assert [(row["a"], row["output"]) for row in log(tmp_path)] == [("2", "0.5"), ("4", "0.25")]


def test_auto_costs_no_answer_when_the_disk_is_full(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    client = serve(tmp_path, allow_flagging="auto").client()
    with full_disk(1000):
        answer = client.post("/api/predict", json={"data": ["a" * 3000]})
    assert (answer.status_code, answer.json()["data"]) == (200, ["A" * 3000])
    assert log(tmp_path) == []
    assert "could not be stored" in caplog.text


def test_auto_flags_a_stream_once_with_its_last_value(tmp_path: Path) -> None:
    def count(text: str) -> Iterator[str]:
        yield text
        yield text * 2

    client = serve(tmp_path, count, allow_flagging="auto").client()
    assert client.post("/api/predict", json={"data": ["a"]}, headers={"accept": "text/event-stream"}).status_code == 200
    assert client.post("/api/predict", json={"data": ["b"]}).status_code == 200
    assert [(row["text"], row["output"]) for row in log(tmp_path)] == [("a", "aa"), ("b", "bb")]


class Own(FlaggingCallback):
    """A callback as an author writes it."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error
        self.threads: list[threading.Thread] = []

    def setup(self, components: Sequence[Any], flagging_dir: str) -> None:
        self.place = flagging_dir

    def flag(self, flag_data: Sequence[Any], flag_option: str | None = None, username: str | None = None) -> int:  # type: ignore[override]
        self.threads.append(threading.current_thread())
        if self.error:
            raise self.error
        return 41 + len(self.threads)


def test_a_callback_of_ones_own_counts(tmp_path: Path) -> None:
    client = serve(tmp_path, flagging_callback=Own()).client()
    assert client.post("/api/flag/predict", json=sample(["a"], ["A"])).json() == {"count": 42}


@pytest.mark.parametrize("error", [RuntimeError("secret path"), SystemExit(3), KeyboardInterrupt(), OSError(5, "I/O")])
def test_a_callback_that_fails_is_a_line_in_the_log(
    tmp_path: Path, error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    client = serve(tmp_path, flagging_callback=Own(error)).client()
    for _ in range(2):
        answer = client.post("/api/flag/predict", json=sample(["a"], ["A"]))
        assert (answer.status_code, answer.json()["error"]["code"]) == (500, "flag_failed")
        assert "secret path" not in answer.text
    assert "upper" in caplog.text


def test_the_authors_own_words_reach_the_visitor(tmp_path: Path) -> None:
    client = serve(tmp_path, flagging_callback=Own(gr.Error("Come back tomorrow."))).client()
    answer = client.post("/api/flag/predict", json=sample(["a"], ["A"]))
    assert answer.json()["error"]["message"] == "Come back tomorrow."


def test_auto_never_waits_for_the_disk_on_the_loop(tmp_path: Path) -> None:
    loops: list[threading.Thread] = []

    async def slow(text: str) -> str:
        loops.append(threading.current_thread())
        return text

    callback = Own()
    served = serve(tmp_path, slow, allow_flagging="auto", flagging_callback=callback)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        loops.append(threading.current_thread())
        await served.app(scope, receive, send)

    client = TestClient(app, base_url=ORIGIN)
    client.portal = served.portal
    assert client.post("/api/predict", json={"data": ["a"]}).json()["data"] == ["a"]
    assert len(callback.threads) == 1
    assert callback.threads[0] not in loops


def test_forty_visitors_at_once_lose_no_flag(tmp_path: Path) -> None:
    served = serve(tmp_path)
    counts: list[int] = []

    def visit(number: int) -> None:
        answer = served.client().post("/api/flag/predict", json=sample([str(number)], ["A"]))
        counts.append(answer.json()["count"])

    threads = [threading.Thread(target=visit, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counts) == list(range(1, 41))
    assert len(log(tmp_path)) == 40


def test_a_picture_that_does_not_fit_the_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    served = serve(tmp_path, lambda image: "a", gr.Image(label="in"), "text")
    client = served.client()
    client.get("/", headers=PAGE)
    Image.effect_noise((200, 200), 50).save(tmp_path / "noise.png")
    noise = (tmp_path / "noise.png").read_bytes()
    upload = client.post("/api/files", content=noise, headers={"x-file-name": "noise.png", **OURS}).json()
    values = sample([{"h": upload["h"]}], ["a"])
    with full_disk(len(noise) // 2):
        answer = client.post("/api/flag/predict", json=values, headers=OURS)
    assert (answer.status_code, answer.json()["error"]["code"]) == (507, "disk_full")
    assert not list((tmp_path / "flagged").rglob("*.png"))
    assert log(tmp_path) == []
    assert client.post("/api/flag/predict", json=values, headers=OURS).json() == {"count": 1}
    (row,) = log(tmp_path)
    assert (tmp_path / "flagged" / row["in"]).read_bytes() == noise


def test_flags_leave_room_on_the_disk_for_everything_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served = serve(tmp_path, lambda image: "a", gr.Image(label="in"), "text")
    client = served.client()
    client.get("/", headers=PAGE)
    upload = client.post("/api/files", content=png(tmp_path), headers={"x-file-name": "red.png", **OURS}).json()
    values = sample([{"h": upload["h"]}], ["a"])
    monkeypatch.setattr("quickdemo.runtime.flagging.media.MIN_FREE_BYTES", shutil.disk_usage(tmp_path).total)
    answer = client.post("/api/flag/predict", json=values, headers=OURS)
    assert (answer.status_code, answer.json()["error"]["code"]) == (507, "disk_full")
    assert not list((tmp_path / "flagged").rglob("*.png")) and log(tmp_path) == []
    monkeypatch.undo()
    assert client.post("/api/flag/predict", json=values, headers=OURS).json() == {"count": 1}


def test_of_a_flag_that_cannot_be_stored_no_explanation_stays(tmp_path: Path) -> None:
    served = serve(tmp_path, lambda text: {"a": 1.0}, "text", "label", interpretation="default")
    client = served.client()
    client.get("/", headers=PAGE)
    key = client.post("/api/interpret", json={"data": ["one"]}).json()["key"]
    (tmp_path / "flagged").mkdir()
    (tmp_path / "flagged" / "log.csv").mkdir()
    answer = client.post("/api/flag/predict", json=sample(["one"], [None], explanation=key))
    assert answer.status_code == 500
    assert list((tmp_path / "flagged" / "explanations").iterdir()) == []
