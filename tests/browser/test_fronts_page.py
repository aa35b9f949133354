"""A page whose front goes away in the middle of a run: another one shows where the run is, and its result."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.wire import Wire
from tests.browser.working import READY, run, said, time_of
from tests.jobs.brokers import nats_server
from tests.jobs.cluster.hosts import Hosts

pytestmark = [pytest.mark.browser, pytest.mark.slow]

APP = """
import os, threading
import quickdemo as gr

def step(name):
    while not os.path.exists(os.path.join(os.environ["STEPS"], name)):
        threading.Event().wait(0.02)

def greet(name, progress=gr.Progress()):
    progress(0.25, desc="First part")
    step("one")
    progress(0.75, desc="Second part")
    step("two")
    return f"Hello {name}"

gr.Interface(greet, gr.Textbox(label="Name"), gr.Textbox(label="Greeting"), allow_flagging="never").launch()
"""


@pytest.fixture
def switch() -> Iterator[Wire]:
    """One address for all fronts, as a balancer has."""
    switch = Wire()
    yield switch
    switch.close()


def test_a_page_moves_to_another_front_in_the_middle_of_a_run(page: Page, switch: Wire, tmp_path: Path) -> None:
    (tmp_path / "broker").mkdir()
    (steps := tmp_path / "steps").mkdir()
    with nats_server(tmp_path / "broker") as broker, ExitStack() as stack:
        hosts = Hosts(tmp_path, broker, stack, APP)
        first, second = hosts.fronts(2, "--allow-host", switch.host)
        hosts.workers(1, env={"STEPS": str(steps)})
        switch.port = first.port
        page.goto(switch.url)
        run(page, "Ada")
        expect(page.get_by_text("First part", exact=True)).to_be_visible()

        switch.port = second.port
        first.process.kill()
        expect(time_of(page)).not_to_contain_text("Connection")
        (steps / "one").touch()
        expect(page.get_by_text("Second part", exact=True)).to_be_visible()

        page.reload()  # at the second front from the beginning
        expect(page.get_by_text("Second part", exact=True)).to_be_visible()
        (steps / "two").touch()
        expect(page.get_by_label("Greeting")).to_have_text("Hello Ada")
        expect(said(page)).to_have_text(READY)
