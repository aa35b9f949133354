"""Data files that a checkpoint's past has read, written again: with other content, and with the old one."""

from __future__ import annotations

import pytest

from tests.running import Project, Run, project

pytestmark = pytest.mark.slow  # each starts processes of its own

__all__ = ["project"]

APP = """
import time
import quickdemo as gr
DATA = open("data.txt").read()
time.sleep(0.6 if DATA == "three" else 0.4)
gr.Interface(lambda text: DATA, "text", "text").launch()
"""


def start(project: Project) -> Run:
    project.write("one", "data.txt")
    project.write(APP)
    run = project.run("--reload")
    run.ready()
    return run


def test_old_content_written_anew_is_resumed_once_and_comes_to_rest(project: Project) -> None:
    run = start(project)
    project.write("two", "data.txt")
    run.wait_for("reload_ok")
    project.write("one", "data.txt")
    assert run.wait_for("resume")["statement"] == "app.py:5"
    run.wait_for("reload_ok")
    assert run.predict() == "one"
    project.write(APP + "# an end\n")
    assert run.wait_for("resume")["generation"] == 4, "nothing but the save has started a generation"
    run.wait_for("reload_ok")
    assert run.predict() == "one"


def test_a_copy_of_a_failed_run_is_not_taken_for_one_that_has_read_the_present_file(project: Project) -> None:
    run = start(project)
    project.write(APP.replace("gr.Interface", "1 / 0\ngr.Interface"))
    run.wait_for("reload_failed")
    for data in ("three", "four"):
        project.write(data, "data.txt")
        run.wait_for("reload_failed")
    project.write(APP)
    run.wait_for("reload_ok")
    assert run.predict() == "four"
    project.write(APP + "# an end\n")
    run.wait_for("reload_ok")
    assert run.predict() == "four"
