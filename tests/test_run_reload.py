"""`quickdemo run --reload`: every save is served, and nobody who uses the demo notices."""

from __future__ import annotations

import http.client
import json
import os
import threading
import time
from typing import Any

import pytest

from tests.running import APP, Project, Run, project, until

pytestmark = pytest.mark.slow  # each starts processes of its own

__all__ = ["project"]


def serving(project: Project, *arguments: str) -> Run:
    run = project.run("--reload", *arguments)
    run.ready()
    return run


def test_a_save_is_served_after_reload_ok_also_to_an_open_connection(project: Project) -> None:
    project.version("one")
    run = serving(project)
    connection = run.connect()
    assert run.predict("a", connection) == "a one"
    port = connection.sock.getsockname()
    project.version("two")
    run.wait_for("reload_ok")
    assert run.predict("a", connection) == "a two"
    assert connection.sock.getsockname() == port, "it is still the same connection"
    connection.close()


@pytest.mark.parametrize("poll", [(), ("--poll", "50")])
def test_every_way_of_saving_is_seen(project: Project, poll: tuple[str, ...]) -> None:
    app = project.version("one")
    run = serving(project, *poll)
    first = app.stat()
    os.utime(project.version("two"), ns=(first.st_atime_ns, first.st_mtime_ns))
    run.wait_for("reload_ok")
    os.utime(project.version("six"), (1, 1))
    run.wait_for("reload_ok")
    os.replace(project.write(APP.replace("{version}", "new"), "app.py.tmp"), app)
    run.wait_for("reload_ok")
    app.rename(project.folder / "app.py~")
    project.version("end")
    run.wait_for("reload_ok")
    assert run.predict("a") == "a end"


def test_a_save_without_a_change_does_nothing(project: Project) -> None:
    project.version("one")
    run = serving(project)
    project.version("one")
    project.version("two")
    assert run.wait_for("reload_ok")["generation"] == 2


def test_helper_modules_data_files_and_watched_globs_are_followed(project: Project) -> None:
    project.write("WORD = 'one'", "helper.py")
    project.write("1", "data.txt")
    project.write("x", "more.cfg")
    project.write(
        "import quickdemo as gr, helper\nnumber = open('data.txt').read()\n"
        "gr.Interface(lambda t: helper.WORD + number, 'text', 'text').launch()"
    )
    run = serving(project, "--watch", "*.cfg")
    project.write("WORD = 'two'", "helper.py")
    run.wait_for("reload_ok")
    project.write("2", "data.txt")
    run.wait_for("reload_ok")
    assert run.predict() == "two2"
    project.write("y", "more.cfg")
    run.wait_for("reload_ok")


@pytest.mark.parametrize("broken", ["def f(:", "import sys\nsys.exit()", "import os\nos._exit(1)", "x = 1", "1/0"])
def test_a_broken_save_leaves_the_old_version_serving(project: Project, broken: str) -> None:
    good = project.version("one").read_text()
    run = serving(project)
    project.write(broken)
    assert run.wait_for("reload_failed")["report"]["message"]
    assert run.predict("a") == "a one"
    project.write(good)
    run.wait_for("mended")
    project.version("two")
    run.wait_for("reload_ok")
    assert run.predict("a") == "a two"


def test_an_app_that_fails_at_first_is_served_when_it_is_mended(project: Project) -> None:
    project.write("import helper_to_come")
    run = project.run("--reload")
    run.wait_for("fault")
    project.write("", "helper_to_come.py")
    run.wait_for("fault")
    project.version("one")
    run.ready()
    assert run.predict("a") == "a one"


def test_a_save_during_a_reload_supersedes_it(project: Project) -> None:
    project.version("one")
    run = serving(project)
    project.write("import pathlib, time\npathlib.Path('started').touch()\ntime.sleep(600)")
    until((project.folder / "started").exists)
    project.version("two")
    assert run.wait_for("reload_ok", limit_s=20)["generation"] == 3
    assert run.predict("a") == "a two"


BUSY = """
import ctypes, os, time
import quickdemo as gr

def answer(text):
    if text == "hold":
        ctypes.PyDLL(None).usleep(700_000)  # with the interpreter's lock: nothing else of this process runs
    while text == "wait" and not os.path.exists("go"):
        time.sleep(0.001)
    return text + " {version}"

gr.Interface(answer, "text", "text").launch()
"""


def test_nobody_is_answered_by_a_new_version_while_the_old_one_may_still_answer(project: Project) -> None:
    """A call of the first version ends while the second one is too busy to stop, and the third one is ready."""
    project.write(BUSY.replace("{version}", "1"))
    run = serving(project)
    first, second, third = (run.connect() for _ in range(3))
    answers: dict[str, str] = {}

    def call(text: str, connection: http.client.HTTPConnection) -> threading.Thread:
        caller = threading.Thread(target=lambda: answers.update({text: run.predict(text, connection)}))
        caller.start()
        return caller

    waits = call("wait", first)
    until(lambda: run.predict("a", second) == "a 1")
    project.write(BUSY.replace("{version}", "2"))
    run.wait_for("reload_ok")
    assert run.predict("a", second) == run.predict("a", third) == "a 2"
    holds = call("hold", third)
    project.write(BUSY.replace("{version}", "3"))
    run.wait_for("ready")
    (project.folder / "go").touch()
    waits.join()
    assert run.predict("b", first) == "b 3"
    assert run.predict("c", second) == "c 3", "asked after somebody had an answer of the third version"
    holds.join()
    assert answers == {"wait": "wait 1", "hold": "hold 2"}
    for connection in (first, second, third):
        connection.close()


def test_a_style_sheet_reaches_the_pages_without_a_new_generation(project: Project) -> None:
    project.write("a { color: red }", "style.css")
    project.write(
        "import quickdemo as gr\n"
        "gr.Interface(lambda t: t, 'text', 'text', css='style.css').launch(prevent_thread_lock=True)"
    )
    run = serving(project)
    project.write("a { color: green }", "style.css")
    run.wait_for("css")
    project.write("import quickdemo as gr\ngr.Interface(lambda t: t, 'text', 'text').launch()")
    assert run.wait_for("reload_ok")["generation"] == 2


class Client(threading.Thread):
    """Predicts on one keep-alive connection until told to stop; `failures` stays empty."""

    def __init__(self, run: Run, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.run_, self.stop = run, stop
        self.failures: list[Any] = []
        self.count = 0

    def run(self) -> None:
        connection = self.run_.connect()
        while not self.stop.wait(0.005):
            try:
                assert self.run_.predict("a", connection).startswith("a v")
                self.count += 1
            except (OSError, AssertionError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
                connection.close()
                connection = self.run_.connect()
        connection.close()


class OpenPage(threading.Thread):
    """Follows the event stream as an open page does: when a stream ends, it asks the next generation."""

    def __init__(self, run: Run, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.run_, self.stop = run, stop
        self.failures: list[str] = []
        self.generations: list[int] = []

    def run(self) -> None:
        while not self.stop.is_set():
            connection = self.run_.connect()
            try:
                connection.request("GET", "/api/events")
                answer = connection.getresponse()
                if answer.status != 200:
                    self.failures.append(f"status {answer.status}")
                self._read(answer)
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
            finally:
                connection.close()

    def _read(self, answer: http.client.HTTPResponse) -> None:
        event = ""
        while line := answer.readline().decode().strip() or (not answer.isclosed() and " "):
            if line.startswith("event: "):
                event = line[7:]
            elif line.startswith("data: ") and event in ("hello", "reload"):
                self.generations.append(json.loads(line[6:])["generation"])
            if self.stop.is_set():
                return


def test_fifty_saves_while_twenty_clients_predict_and_a_page_listens(project: Project) -> None:
    project.version("v0")
    run = serving(project)
    stop = threading.Event()
    clients = [Client(run, stop) for _ in range(20)]
    page = OpenPage(run, stop)
    for thread in (*clients, page):
        thread.start()
    for number in range(1, 51):
        if number % 10 == 4:
            project.write("def broken(:")
        elif number % 10 == 7:
            project.write("import sys\nsys.exit(1)")
        else:
            project.version(f"v{number}")
        stop.wait(0.1)
    end = time.monotonic() + 60
    while run.predict("a") != "a v50" and time.monotonic() < end:
        stop.wait(0.05)
    assert run.predict("a") == "a v50"
    newest = run.wait_for_last("ready")["generation"]
    until(lambda: run.wait_for_last("reload_ok")["generation"] == page.generations[-1] == newest)
    stop.set()
    for client in clients:
        client.join(30)
    assert [f for c in clients for f in c.failures] == []
    assert all(c.count > 5 for c in clients)
    assert page.failures == []
    assert page.generations == sorted(page.generations), "a page never goes back"


SLOW_TO_START = """
import time
import quickdemo as gr
time.sleep(0.3)
time.sleep({seconds})
gr.Interface(lambda text: text + " {version}", "text", "text", allow_flagging="never").launch()
"""


def test_whoever_comes_in_a_burst_of_saves_is_answered_before_its_end(project: Project) -> None:
    """Each save replaces the run that new connections wait for; they do not wait anew for each."""
    project.write(SLOW_TO_START.format(seconds=0, version=0))
    run = project.run("app.py", "--reload")
    run.ready()
    until(lambda: run.predict("a") == "a 0")
    answers: list[str] = []
    caller = threading.Thread(target=lambda: answers.append(run.predict("a")), daemon=True)
    for number in range(1, 41):
        project.write(SLOW_TO_START.format(seconds=1 + number / 1000, version=number))
        threading.Event().wait(0.1)
        if number == 3:
            caller.start()
        if answers:
            break
    assert answers, "it waited for forty saves"
    caller.join(20)


@pytest.mark.parametrize("poll", [(), ("--poll", "20")])
def test_a_new_file_that_shadows_a_module_is_seen(project: Project, poll: tuple[str, ...]) -> None:
    project.write(
        "import quickdemo as gr\nimport colorsys\ngr.Interface(lambda t: colorsys.__file__, 'text', 'text').launch()"
    )
    run = project.run("--reload", *poll)
    run.ready()
    assert str(project.folder) not in run.predict()
    project.write("", "unrelated.py")
    project.write("", "colorsys.py")
    run.wait_for("reload_ok")
    assert run.predict() == str(project.folder / "colorsys.py")
    (project.folder / "colorsys.py").unlink()
    run.wait_for("reload_ok")
    assert str(project.folder) not in run.predict()
    (project.folder / "colorsys").mkdir()
    (project.folder / "colorsys" / "__init__.py").touch()
    until(lambda: run.predict() == str(project.folder / "colorsys" / "__init__.py"))


def test_a_new_module_that_is_broken_is_tried_once(project: Project) -> None:
    project.write("import quickdemo as gr\nimport colorsys\ngr.Interface(lambda t: t, 'text', 'text').launch()")
    run = project.run("--reload")
    run.ready()
    project.write("1 / 0", "colorsys.py")
    run.wait_for("reload_failed")
    project.version("1")
    run.wait_for("reload_ok")
    assert len([event for event in run.events if event["event"] == "failed"]) == 1
    assert run.predict("a") == "a 1"
