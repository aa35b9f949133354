"""Who follows a job comes to its end with the whole value, however many processes it took."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from tests.faults.clients import Caller, Notes, Reader, events
from tests.running import Project, project, until
from tests.test_jobs_outlive import ask, begun

__all__ = ["project"]

pytestmark = pytest.mark.slow

#: the second process says something before its values, so that its events have other numbers
APP = """
import os, time
import quickdemo as gr

def grow(text):
    with open("starts.txt", "a") as file:
        file.write(f"{text} {os.getpid()}\\n")
    run, said = len(open("starts.txt").readlines()), ""
    if run == 2:
        gr.Info("once more")
    for letter in text:
        said += letter
        yield said
        while run < 3 and said == "ab" or run == 3 and said == "abc" and not os.path.exists("go"):
            time.sleep(0.01)

gr.Interface(grow, "text", "text", allow_flagging="never").launch()
"""


def test_a_reader_who_comes_back_to_the_third_process_gets_the_whole_value(project: Project) -> None:
    project.write(APP)
    run = project.run("app.py")
    run.ready()
    brief = {"prefer": "respond-async, return=minimal"}  # as the page asks: `done` does not repeat the value
    job = str(ask(run, "POST", "/api/predict", {"data": ["abcdef"]}, brief)[1]["id"])
    caller = Caller("c", run.port, Notes(), "", threading.Event())
    reader = Reader(caller, {"call": "c", "job": job}, 1)

    def read(until_value: str) -> None:
        """Events to the one with this value, or to the end."""
        connection = run.connect()
        headers = {"last-event-id": str(reader.last), "prefer": "return=minimal"}
        connection.request("GET", f"/api/jobs/{job}/events", headers=headers)
        for number, name, told in events(connection.getresponse()):
            reader.tell(number, name, told)
            if reader.values == [until_value] and name == "partial" or reader.end:
                break
        connection.close()

    for starts in (1, 2):
        read("ab")
        assert len(begun(project)) == starts
        os.kill(int(begun(project)[-1].split()[1]), signal.SIGKILL)
        until(lambda starts=starts: len(begun(project)) == starts + 1)
    (project.folder / "go").touch()
    read("")
    numbers = [note.number for note in caller.notes.all if note.what == "event"]
    assert numbers == sorted(set(numbers))
    assert [note.value for note in caller.notes.all if note.what == "followed"] == ["abcdef"]
