"""`quickdemo explain`: a real command and its child."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from quickdemo import Explanation
from quickdemo.cli.explain import chart
from tests.running import run_command

APP = """
import quickdemo as gr

print("the script's own words")

def score(text, age, image, ok):
    if text == "bad":
        raise ValueError("no bad words")
    bright = 0 if image is None else image.mean() / 1000
    return {"good": 0.4 + 0.3 * ("good" in text) - 0.2 * ("not" in text) + age / 1000 + bright + 0.1 * ok, "bad": 0.1}

gr.Interface(
    score, ["text", gr.Number(value=10, label="Age"), "image", gr.Checkbox(label="OK?")], "label"
).launch()
"""

TABS = """
import quickdemo as gr

demo = gr.TabbedInterface([gr.Interface(len, "text", "number"), gr.Interface(len, "text", "number")])
other = gr.Interface(len, "text", "number")
"""

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def command(tmp_path: Path) -> Command:
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "tabs.py").write_text(TABS)
    (tmp_path / "review.txt").write_text("a good film")
    Image.new("RGB", (32, 32), "white").save(tmp_path / "white.png")

    return partial(run_command, tmp_path, "explain")


def test_the_chart_is_on_stdout_and_all_else_is_not(command: Command) -> None:
    done = command("app.py", "text=not a good film", "age=20", "ok?=yes")

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("good  0.4") and "the script's own words" not in done.stdout
    assert "  good                           +0.3000" in done.stdout and "\nimage is empty." in done.stdout


def test_the_whole_explanation_is_json(command: Command) -> None:
    done = command(
        "app.py",
        "text=@review.txt",
        "image=white.png",
        "--json",
        "--method",
        "shap",
        "--budget",
        "10n",
        "--target",
        "bad",
    )
    made = json.loads(done.stdout)

    assert done.returncode == 0
    assert made["target"]["class"] == "bad" and made["method"] == "shap"
    assert made["inputs"][0]["labels"] == ["a", "good", "film"] and made["inputs"][2]["kind"] == "picture"


def test_what_is_typed_wrongly_or_fails_is_said_with_its_exit_code(command: Command) -> None:
    cases = [
        (("app.py", "colour=red"), 2, 'inputs are text, Age, image, OK?. Write for example text="..."'),
        (("app.py", "age=x"), 2, "'x' is no value for Age"),
        (("app.py", "text=a", "--budget", "many"), 2, "--budget is a number of calls; it was 'many'"),
        (("app.py", "text=bad"), 1, "score failed: ValueError: no bad words"),
        (("nowhere.py",), 3, "nowhere.py does not exist. Did you mean: quickdemo explain app.py"),
        (("tabs.py:demo",), 3, "This is predict, the first tab; --endpoint takes predict_1."),
        (("tabs.py",), 1, "Say which one to explain: quickdemo explain tabs.py:demo   quickdemo explain tabs.py:other"),
    ]
    for arguments, code, said in cases:
        done = command(*arguments)
        assert (done.returncode, done.stdout) == (code, ""), done.stderr
        assert said in done.stderr.replace("\n", " ")


def test_a_chart_fits_its_width_and_names_what_it_leaves_out() -> None:
    one = {"index": 0, "label": "text", "kind": "text", "total": 1.0, "labels": ["a" * 99, "b\x1b[2J", "c"]}
    explanation = {"target": None, "base": None, "full": None, "calls": 0, "estimator": "custom", "seconds": 0.1}
    lines = chart({**explanation, "inputs": [{**one, "scores": [1.0, -0.5, 0.1]}]}, most=2, width=60).split("\n")

    assert max(map(len, lines)) <= 60 and "\x1b" not in "".join(lines)
    assert "▒" in lines[4] and "█" in lines[3] and lines[-1] == "  and 1 weaker parts; --top 3 shows them"


@pytest.mark.parametrize(
    ("strongest", "written"), [(0.44, "+0.4400"), (1.5e-6, "+0.000001500"), (5.69e7, "+56900000"), (0.0, "+0.0000")]
)
def test_the_strongest_score_has_four_digits(strongest: float, written: str) -> None:
    one = {"index": 0, "label": "text", "kind": "text", "total": strongest, "labels": ["a"], "scores": [strongest]}
    explanation = {"target": None, "base": None, "full": None, "calls": 0, "estimator": "custom", "seconds": 0.1}
    line = chart({**explanation, "inputs": [one]}, most=2, width=80).split("\n")[-1]

    assert line.split()[1] == written and len(line) <= 80
    assert f"(custom)\n  {written}  " in repr(Explanation([[strongest]]))
