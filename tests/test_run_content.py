"""`quickdemo run --reload`: texts and examples that the page only shows change without a new generation."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.running import Project, Run, project, until

pytestmark = pytest.mark.slow  # each starts processes of its own

__all__ = ["project"]

HEAD = "import functools, pathlib, subprocess, sys, time\nimport quickdemo as gr\n\n"
SHOWN = 'gr.Interface(lambda text: "one", "text", "text", article=open("article.md").read()).launch()'
ANSWERS = ("content", "content_refused", "reload_ok", "reload_failed", "mended")


class App:
    """A project that is served with --reload, and its page."""

    def __init__(self, project: Project, *arguments: str) -> None:
        self.project = project
        self.run: Run = project.run("--reload", *arguments)
        self.pid = self.run.ready()["pid"]

    def save(self, text: str, name: str = "article.md") -> Any:
        """Save a file in one step; the event that says what came of it."""
        self.project.write(text, f"{name}.new").rename(self.project.folder / name)
        return self.run.wait_for(*ANSWERS)

    def shows(self, *words: str) -> bool:
        """Whether the page has all of these words."""
        page = self.run.get()
        return all(word in page for word in words)

    @property
    def names(self) -> list[str]:
        """What has happened, by name."""
        self.run.wait_for_last("ready")
        return [event["event"] for event in self.run.events]

    def config(self) -> Any:
        found = re.search(r'id="config">(.*?)</script>', self.run.get())
        assert found is not None
        return json.loads(found[1])


@pytest.fixture
def serving(project: Project) -> Callable[..., App]:
    """Serves a script beside an article.md."""

    def serving(text: str, *arguments: str, article: str = "first\n") -> App:
        if not (project.folder / "article.md").exists():
            project.write(article, "article.md")
        project.write(HEAD + text)
        return App(project, *arguments)

    return serving


# ---------------------------------------------------------------------- shown without a new generation


@pytest.mark.parametrize("arguments", [(), ("--no-checkpoints",), ("--poll", "20")], ids=str)
def test_a_saved_article_is_shown_by_the_generation_that_runs(
    serving: Callable[..., App], arguments: tuple[str, ...]
) -> None:
    app = serving(SHOWN, *arguments)
    before = app.config()
    for number, word in enumerate(("second", "third", "first"), 1):
        assert app.save(f"# {word}\n\nof *all*\n")["event"] == "content"
        assert app.shows(f"<h1>{word}</h1>", "<em>all</em>")
        assert (app.config()["generation"], app.config()["edition"]) == (before["generation"], number)
    assert not {"reload_start", "reload_ok", "content_refused"} & set(app.names)
    assert app.save(HEAD + SHOWN.replace("one", "two"), "app.py")["event"] == "reload_ok"
    assert app.shows("<h1>first</h1>")
    assert app.run.predict() == "two"
    assert app.save("fourth")["event"] == "content"
    assert app.shows("fourth")


@pytest.mark.parametrize(
    "text",
    [
        SHOWN.replace("article=", "description="),
        SHOWN.replace('"article.md"', '"article.md", "r", encoding="utf-8"'),
        SHOWN.replace('open("article.md").read()', 'pathlib.Path("article.md").read_text("utf-8")'),
        SHOWN.replace('open("article.md").read()', '(pathlib.Path(__file__).parent / "article.md").read_text()'),
        f"def main():\n    {SHOWN}\n\nif __name__ == '__main__':\n    main()\n",
        SHOWN.replace("article=", "\n    article=\n        ").replace("gr.Interface", "demo = gr.Interface"),
        "from quickdemo import Interface as I\n" + SHOWN.replace("gr.Interface", "I"),
    ],
    ids=range(7),
)
def test_every_way_to_give_a_whole_file_to_an_interface_is_known(serving: Callable[..., App], text: str) -> None:
    app = serving(text)
    assert app.save("second")["event"] == "content"
    assert app.shows("second")


@pytest.mark.parametrize(
    ("options", "encoding", "ends"),
    [
        ("", "utf-8", "\r\n"),
        (', encoding="utf-8-sig"', "utf-8-sig", "\n"),
        (', encoding="latin-1"', "latin-1", "\n"),
        (', newline=""', "utf-8", "\r\n"),
    ],
)
def test_a_file_is_decoded_as_the_script_does_it(
    serving: Callable[..., App], project: Project, options: str, encoding: str, ends: str
) -> None:
    path = project.folder / "article.md"
    path.write_bytes(f"ä{ends}one".encode(encoding))
    app = serving(SHOWN.replace('"article.md"', f'"article.md"{options}'))
    path.write_bytes(f"ö{ends}{ends}two".encode(encoding))
    assert app.run.wait_for(*ANSWERS)["event"] == "content"
    assert app.shows("<p>ö</p>", "<p>two</p>")


def test_each_tab_follows_its_own_file(serving: Callable[..., App], project: Project) -> None:
    project.write("other first", "other.md")
    app = serving(
        "def tab(name):\n"
        "    return name\n"
        "gr.TabbedInterface([\n"
        "    gr.Interface(tab, 'text', 'text', article=open('article.md').read()),\n"
        "    gr.Interface(tab, 'text', 'text', article=open('other.md').read(),\n"
        "                 description=open('article.md').read()),\n"
        "    gr.Interface(tab, 'text', 'text', article='first\\n'),\n"
        "]).launch()"
    )
    assert app.save("second\n")["event"] == "content"
    page = app.run.get()
    assert [page.count(f"<p>{text}</p>") for text in ("first", "second", "other first")] == [1, 2, 1]
    assert app.save("other second", "other.md")["event"] == "content"
    assert app.shows("<p>other second</p>", "<p>second</p>")


def test_a_request_sees_the_old_or_the_new_page_and_no_mixture(serving: Callable[..., App]) -> None:
    shown = "gr.Interface(lambda t: t, 'text', 'text', article=open('article.md').read())"
    app = serving(f"gr.TabbedInterface([\n    {shown},\n    {shown},\n]).launch()", article="version 0.")
    stop, mixed, seen = threading.Event(), [], set()

    def ask() -> None:
        while not stop.is_set():
            versions = re.findall(r"version (\d+)\.", app.run.get())
            edition = app.config()["edition"]
            seen.add(versions[0])
            if len(set(versions)) != 1 or int(versions[0]) > edition:
                mixed.append((versions, edition))

    readers = [threading.Thread(target=ask, daemon=True) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(1, 21):
        assert app.save(f"version {number}.")["event"] == "content"
    until(lambda: len(seen) > 5)
    stop.set()
    for reader in readers:
        reader.join(30)
    assert mixed == []


def test_a_resumed_generation_shows_its_texts_too(serving: Callable[..., App]) -> None:
    text = "time.sleep(0.5)\n" + SHOWN
    app = serving(text)
    app.save(HEAD + text.replace("one", "two"), "app.py")
    assert app.run.wait_for_last("resume")["statement"] == "app.py:4"
    assert app.save("second")["event"] == "content"
    assert app.shows("second")


def test_what_stands_above_a_checkpoint_is_not_forgotten(serving: Callable[..., App]) -> None:
    text = f"demo = {SHOWN.replace('.launch()', '')}\ntime.sleep(0.5)\nWORD = 'one'\ndemo.launch()\n"
    app = serving(text)
    assert app.save("second")["event"] == "content"
    assert app.save(HEAD + text.replace("WORD = 'one'", "WORD = 'two'"), "app.py")["event"] == "reload_ok"
    assert "article.md changed" in str(app.run.wait_for_last("clean"))
    assert app.shows("second")
    assert app.save("first\n")["event"] == "content"  # the undone text: the first checkpoint fits again
    assert app.save(HEAD + text.replace("WORD = 'one'", "WORD = 'six'"), "app.py")["event"] == "reload_ok"
    assert app.shows("first")
    assert (said := app.save("third"))["event"] == "content", said
    assert app.shows("third")
    app.save("first\n")
    moved = HEAD + "# a comment\n" + text.replace("WORD = 'one'", "WORD = 'six'")
    assert app.save(moved, "app.py")["event"] == "reload_ok"
    assert app.run.wait_for_last("resume")["saved_s"] > 0.4
    assert "for more than the page" in app.save("fourth")["why"], "nobody knows the line any more"
    app.run.wait_for("reload_ok")
    assert app.shows("fourth")


def test_the_last_of_many_saves_is_shown(serving: Callable[..., App], project: Project) -> None:
    app = serving(SHOWN)
    for number in range(30):
        project.write(f"number {number}.", "article.new").rename(project.folder / "article.md")
    until(lambda: app.shows("number 29."))
    assert "reload_start" not in app.names


def test_a_style_sheet_stays_when_an_article_is_saved(serving: Callable[..., App], project: Project) -> None:
    project.write("a { color: red }", "style.css")
    app = serving(SHOWN.replace("article=", "css='style.css', article="))
    project.write("a { color: green }", "style.css")
    app.run.wait_for("css")
    until(lambda: app.shows("a { color: green }"))
    assert app.save("second")["event"] == "content"
    assert app.shows("a { color: green }", "second")


# ---------------------------------------------------------------------- not the page alone: a new generation

KEPT = {
    "in a global": (
        'TEXT = open("article.md").read()\ngr.Interface(lambda t: TEXT, "text", "text", article=TEXT).launch()'
    ),
    "in a with block": (
        'with open("article.md") as file:\n    text = file.read()\n'
        'gr.Interface(lambda t: text, "text", "text", article=text).launch()'
    ),
    "counted": (
        'SIZE = len(open("article.md").read())\n'
        'gr.Interface(lambda t: str(SIZE), "text", "text", article=open("article.md").read()).launch()'
    ),
    "counted by another name": (
        'SIZE = len(open("article" + ".md").read())\n'
        'gr.Interface(lambda t: str(SIZE), "text", "text", article=open("article.md").read()).launch()'
    ),
    "by a helper": (
        "def read(name):\n    global SIZE\n    text = open(name).read()\n    SIZE = len(text)\n    return text\n"
        'gr.Interface(lambda t: str(SIZE), "text", "text", article=read("article.md")).launch()'
    ),
    "by a path of its own": (
        "class Own(type(pathlib.Path())):\n    def read_text(self):\n        global SIZE\n"
        "        text = super().read_text()\n        SIZE = len(text)\n        return text\n"
        'gr.Interface(lambda t: str(SIZE), "text", "text", article=Own("article.md").read_text()).launch()'
    ),
    "by a class of its own": (
        "class Own(gr.Interface):\n    def __init__(self, *args, article):\n        self.size = len(article)\n"
        "        super().__init__(*args, article=article)\n"
        'demo = Own(lambda t: str(demo.size), "text", "text", article=open("article.md").read())\ndemo.launch()'
    ),
    "by a function in its place": (
        "def Interface(*args, article):\n    global SIZE\n    SIZE = len(article)\n"
        "    return made(*args, article=article)\n"
        "made, gr.Interface = gr.Interface, Interface\n"
        'gr.Interface(lambda t: str(SIZE), "text", "text", article=open("article.md").read()).launch()'
    ),
    "asked of the Interface": (
        'demo = gr.Interface(lambda t: SIZE, "text", "text", article=open("article.md").read())\n'
        "SIZE = str(len(demo.article))\ndemo.launch()"
    ),
    "taken from the Interface": (
        'demo = gr.Interface(lambda t: TEXT, "text", "text", article=open("article.md").read())\n'
        'TEXT = [t for t in vars(demo).values() if isinstance(t, str) and t.endswith("\\n")][0]\ndemo.launch()'
    ),
    "in part": 'gr.Interface(lambda t: t, "text", "text", article=open("article.md").read().upper()).launch()',
    "named once more": (
        'NAME = "article.md"\ngr.Interface(lambda t: t, "text", "text", article=open("article.md").read()).launch()'
    ),
    "seen by a program": (
        'SIZE = subprocess.run(["wc", "-c", "article" + ".md"], capture_output=True, text=True).stdout\n'
        'gr.Interface(lambda t: SIZE, "text", "text", article=open("article.md").read()).launch()'
    ),
    "kept by a cache": (
        '@functools.cache\ndef text():\n    return open("article" + ".md").read()\n'
        'gr.Interface(lambda t: text(), "text", "text", article=open("article.md").read()).launch()'
    ),
}


@pytest.mark.parametrize("how", KEPT)
def test_a_text_that_anything_else_may_use_makes_a_new_generation(serving: Callable[..., App], how: str) -> None:
    app = serving(KEPT[how])
    app.run.predict()
    changed = app.save("a second text\n")
    assert changed["event"] == "content_refused", changed
    app.run.wait_for("reload_ok")
    page, answer = app.run.get(), app.run.predict()
    fresh = serving(KEPT[how])
    assert ("a second text" in page.lower()) == ("a second text" in fresh.run.get().lower()) is True
    assert answer == fresh.run.predict()


@pytest.mark.parametrize("text", ["", "https://example.invalid/article.md", "x" * 9_000_000])
def test_what_is_no_text_to_show_makes_a_new_generation(serving: Callable[..., App], text: str) -> None:
    app = serving(SHOWN)
    assert app.save(text)["event"] == "content_refused"
    app.run.wait_for("reload_ok")
    assert not app.shows("first")


def test_nothing_is_shown_beside_a_script_that_fails(serving: Callable[..., App], project: Project) -> None:
    app = serving(SHOWN)
    assert app.save("def broken(", "app.py")["event"] == "reload_failed"
    project.write("second", "article.md")
    assert app.run.wait_for("reload_failed")
    assert app.shows("first")
    assert app.save(HEAD + SHOWN, "app.py")["event"] == "reload_ok"
    assert app.shows("second")


def test_an_article_that_is_gone_is_a_fault_and_is_mended(serving: Callable[..., App], project: Project) -> None:
    app = serving(SHOWN)
    (project.folder / "article.md").unlink()
    assert "article.md" in app.run.wait_for("reload_failed")["report"]["message"]
    assert app.shows("first")
    assert app.save("first\n")["event"] == "mended"
    (project.folder / "article.md").unlink()
    app.run.wait_for("reload_failed")
    assert app.save("second")["event"] == "content"
    assert app.shows("second")
    stream = app.run.connect()
    stream.request("GET", "/api/events")
    answer = stream.getresponse()
    hello = [answer.readline() for _ in range(4)]
    assert json.loads(hello[2].partition(b"data: ")[2])["edition"] == 1, "and no fault is told after it"
    stream.close()


def test_an_article_and_a_script_saved_together_are_one_new_generation(
    serving: Callable[..., App], project: Project
) -> None:
    app = serving(SHOWN)
    project.write("second", "article.md")
    app.save(HEAD + SHOWN.replace('"one"', '"two"'), "app.py")
    until(lambda: app.run.predict() == "two" and app.shows("second"))


def test_an_app_that_does_not_answer_is_replaced(serving: Callable[..., App], project: Project) -> None:
    busy = "(pathlib.Path('busy').touch(), ctypes.PyDLL(None).sleep(5))"  # it lets no other thread run meanwhile
    app = serving("import ctypes\n" + SHOWN.replace('lambda text: "one"', f"lambda text: str({busy})"))
    caller = threading.Thread(target=app.run.predict, daemon=True)
    caller.start()
    until((project.folder / "busy").exists)
    project.write("second", "article.md")
    assert "in time" in app.run.wait_for("content_refused")["why"]
    app.run.wait_for("ready")
    assert app.shows("second")
    caller.join(30)


# ---------------------------------------------------------------------- examples

FOLDER = 'gr.Interface(lambda a, b: a, ["text", "number"], "text", examples="samples").launch()'
PICTURES = (
    'gr.Interface(lambda a, b: b, [gr.File(label="a"), gr.Textbox(label="b")], "text", examples="samples").launch()'
)


def log(folder: Path, text: str) -> str:
    """Save the log in one step."""
    (folder / "samples").mkdir(exist_ok=True)
    (folder / "log.new").write_text(text)
    (folder / "log.new").rename(folder / "samples" / "log.csv")
    return text


def test_saved_examples_are_shown(serving: Callable[..., App], project: Project) -> None:
    log(project.folder, '"a","b","timestamp"\n"ada",1,""\n')
    app = serving(FOLDER)
    assert app.shows("ada")
    log(project.folder, '"a","b","timestamp"\n"grace",1,""\n"emmy",2,""\n')
    assert app.run.wait_for(*ANSWERS)["event"] == "content"
    assert app.shows("grace", "emmy")
    assert not app.shows("ada")
    assert "reload_start" not in app.names


def test_a_broken_log_keeps_the_old_examples_until_it_is_mended(serving: Callable[..., App], project: Project) -> None:
    good = log(project.folder, '"a","b","timestamp"\n"ada",1,""\n')
    app = serving(FOLDER)
    for mended in (good, '"a","b","timestamp"\n"grace",1,""\n'):
        log(project.folder, '"a')
        assert "log.csv" in app.run.wait_for("reload_failed")["report"]["message"]
        assert app.shows("ada")
        log(project.folder, mended)
        assert app.run.wait_for(*ANSWERS)["event"] == ("mended" if mended is good else "content")
    assert app.shows("grace")


def test_the_files_of_examples_are_followed_also_those_to_come(serving: Callable[..., App], project: Project) -> None:
    log(project.folder, '"a","b","timestamp"\n"one.txt","first row",""\n"two.txt","second row",""\n')
    project.write("1", "samples/one.txt")
    app = serving(PICTURES)
    assert app.shows("one.txt", "first row")
    assert not app.shows("second row")
    before = app.run.get()
    project.write("22", "samples/two.txt")
    assert app.run.wait_for(*ANSWERS)["event"] == "content"
    assert app.shows("first row", "second row")
    project.write("4444", "samples/one.txt")
    assert app.run.wait_for(*ANSWERS)["event"] == "content"
    handle = re.compile(r"&#34;h&#34;: ?&#34;(.*?)&#34;")
    assert set(handle.findall(before)).isdisjoint(handle.findall(app.run.get()))
    log(project.folder, '"a","b","timestamp"\n"three.txt","third row",""\n')
    assert app.run.wait_for(*ANSWERS)["event"] == "content"
    assert not app.shows("third row")
    project.write("3", "samples/three.txt")
    assert app.run.wait_for(*ANSWERS)["event"] == "content"
    assert app.shows("third row")
    assert "reload_start" not in app.names


@pytest.mark.parametrize(
    "other",
    [
        'ROWS = len(open("samples/log.csv").readlines())\n',
        'ROWS = len(open("samples" + "/log.csv").readlines())\n',
        'ROWS = sum(len(p.read_text()) for p in pathlib.Path("samples").glob("*.csv"))\n',
    ],
    ids=range(3),
)
def test_examples_that_the_script_reads_itself_make_a_new_generation(
    serving: Callable[..., App], project: Project, other: str
) -> None:
    log(project.folder, '"a","b","timestamp"\n"ada",1,""\n')
    app = serving(other + FOLDER.replace("lambda a, b: a", "lambda a, b: str(ROWS)"))
    log(project.folder, '"a","b","timestamp"\n"grace",1,""\n"emmy",2,""\n')
    assert app.run.wait_for(*ANSWERS)["event"] == "content_refused"
    app.run.wait_for("reload_ok")
    assert app.shows("grace")
