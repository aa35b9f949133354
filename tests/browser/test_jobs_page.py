"""A run on its page: its place and time; nothing is lost when the page, the network or the server goes away."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

import quickdemo as gr
from tests.browser.conftest import CHROMIUM, FLAGS, LIMIT_MS, Serving
from tests.browser.wire import Wire
from tests.browser.working import READY, Work, recent, run, said, submit, time_of, wire, work
from tests.conftest import ROOT
from tests.processes import descendants
from tests.running import Project, until

__all__ = ["wire", "work"]

pytestmark = pytest.mark.browser
Check = Callable[[Page], None]


# ---------------------------------------------------------------------- place, time, cancel


def test_place_and_time_are_told_as_ranges(page: Page) -> None:
    source = (ROOT / "templates/static/core/line.js").read_text().replace("export ", "")
    script = """([source]) => {
      const Line = new Function(source + "; return Line")();
      const line = new Line(0), told = [];
      const share = (now) => (line.share(now) === null ? null : Math.round(100 * line.share(now)));
      const tell = (now) => told.push([line.text(now), line.words(now), share(now)]);
      tell(100);
      tell(1000);
      line.queued({ position: 22, remaining: null }, 1000);
      tell(1000);
      line.queued({ position: 22, remaining: null, about: true }, 1000);
      tell(1000);
      line.queued({ position: 3, remaining: null, about: true, workers: 0 }, 1000);
      tell(1000);
      line.queued({ position: 2, remaining: [10, 25] }, 2000);
      tell(2000);
      tell(7000);
      line.queued({ position: 1, remaining: [0.2, 8] }, 10000);
      tell(10000);
      line.starts({ attempt: 1, remaining: [3.2, 7] }, 12000);
      tell(13000);
      tell(20000);
      line.starts({ attempt: 2, remaining: [200, 400] }, 21000);
      tell(21000);
      const quick = new Line(0);
      quick.starts({ attempt: 1, remaining: [0.1, 0.4] }, 0);
      told.push([quick.text(400), quick.words(400), quick.share(400)]);
      return told;
    }"""
    assert page.evaluate(script, [source]) == [
        ["0.1 s", "", None],
        ["1.0 s", "", None],
        ["22nd in line · 1.0 s", "22nd in line", None],
        ["About 22nd in line · 1.0 s", "About 22nd in line", None],
        ["About 3rd in line · waits until a worker is there", "About 3rd in line, waits until a worker is there", None],
        ["2nd in line · about 10–25 s", "2nd in line, about 10 to 25 s", 10],
        ["2nd in line · about 5–20 s", "2nd in line, about 5 to 20 s", 36],
        ["Next in line · up to 8 s", "Next in line, up to 8 s", 71],
        ["13.0 s of about 15–19 s", "Running, about 2 to 6 s", 76],
        ["20.0 s · longer than usual", "Running, a moment", 96],
        ["21.0 s of about 3–8 min · try 2", "Running, about 3 to 7 min", 96],
        ["0.4 s", "", None],
    ]


def test_a_waiting_run_has_a_place_and_can_be_cancelled(
    open_page: Callable[..., Page], serve: Serving, work: Work
) -> None:
    url = serve(work.demo())
    first, second, third = open_page(), open_page(), open_page()
    for page in (first, second, third):
        page.goto(url)
    run(first, "Ada")
    until(lambda: work.calls == ["Ada"])
    run(second, "Ben")
    expect(time_of(second)).to_contain_text("Next in line")
    run(third, "Cem")
    expect(time_of(third)).to_contain_text("2nd in line")
    expect(said(third)).to_contain_text("2nd in line")
    second.get_by_role("button", name="Stop").click()
    expect(said(second)).to_contain_text("Cancelled")
    expect(time_of(third)).to_contain_text("Next in line")
    work.go_on.release(2)
    expect(first.get_by_label("Greeting")).to_have_text("Hello Ada")
    expect(third.get_by_label("Greeting")).to_have_text("Hello Cem")
    assert work.calls == ["Ada", "Cem"]
    expect(recent(second)).to_have_count(1)
    expect(recent(second)).to_contain_text("cancelled")


def test_a_running_one_is_cancelled_on_the_server(page: Page, serve: Serving) -> None:
    ended = threading.Event()

    def count(name: str) -> Iterator[str]:
        try:
            for number in range(10**6):
                yield str(number)
                ended.wait(0.01)
        finally:
            ended.set()

    page.goto(serve(gr.Interface(count, gr.Textbox(label="Name"), gr.Textbox(label="Greeting"))))
    run(page, "Ada")
    expect(page.get_by_label("Greeting")).to_have_text(re.compile(r"\d"))
    with page.expect_request(lambda request: request.method == "DELETE"):
        page.get_by_role("button", name="Stop").click()
    expect(said(page)).to_contain_text("Stopped")
    assert ended.wait(20)
    expect(recent(page)).to_contain_text("cancelled")


def test_one_is_cancelled_that_the_server_has_not_promised_yet(page: Page, serve: Serving, work: Work) -> None:
    page.goto(serve(work.demo()))
    page.get_by_label("Name").fill("Ada")
    with page.expect_request(lambda request: request.method == "DELETE"):
        page.evaluate(
            "() => { const one = document.querySelector('qd-interface'); one.ask(); setTimeout(() => one.stop(), 20) }"
        )
    expect(said(page)).to_contain_text("Stopped")
    expect(recent(page)).to_contain_text("cancelled")
    page.reload()
    expect(recent(page)).to_contain_text("cancelled")
    expect(page.locator("qd-interface")).to_have_attribute("data-state", "idle")


def test_a_quick_call_flashes_nothing_and_is_not_asked_about_again(page: Page, serve: Serving) -> None:
    page.goto(serve(gr.Interface(lambda name: f"Hello {name}", gr.Textbox(label="Name"), gr.Textbox(label="Greeting"))))
    page.evaluate(
        "() => { window.seen = []; new MutationObserver(() => seen.push(document.querySelector('.time').textContent))"
        ".observe(document.querySelector('.time'), { childList: true, characterData: true, subtree: true }) }"
    )
    submit(page, "Ada")
    expect(said(page)).to_have_text(READY)
    assert all(re.fullmatch(r"[\d.]+ s", text) for text in page.evaluate("seen"))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    expect(page.get_by_role("button", name="Submit")).to_be_enabled()
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "/api/" in url]


# ---------------------------------------------------------------------- going away, coming back


def test_a_refresh_in_mid_run_comes_back_to_it(page: Page, serve: Serving, work: Work) -> None:
    page.goto(serve(work.demo()))
    run(page, "Ada")
    page.reload()
    expect(page.locator("qd-interface")).to_have_attribute("data-state", "running")
    expect(page.get_by_label("Name")).to_have_value("Ada")
    work.go_on.release()
    expect(page.get_by_label("Greeting")).to_have_text("Hello Ada")
    expect(said(page)).to_have_text(READY)
    page.reload()
    expect(page.get_by_label("Greeting")).to_be_hidden()
    assert work.calls == ["Ada"]


@pytest.mark.parametrize("ends", ["meanwhile", "later"])
def test_a_tab_that_is_closed_and_opened_again_shows_it(
    page: Page, serve: Serving, work: Work, ends: str, open_page: Callable[..., Page]
) -> None:
    url = serve(work.demo())
    page.goto(url)
    run(page, "Ada")
    context = page.context
    page.close()
    if ends == "meanwhile":
        work.go_on.release()
        until(lambda: work.ended)
    again = context.new_page()
    again.goto(url)
    expect(again.get_by_label("Name")).to_have_value("Ada")
    work.go_on.release()
    expect(again.get_by_label("Greeting")).to_have_text("Hello Ada")
    stranger = open_page()
    stranger.goto(url)
    expect(stranger.get_by_role("button", name="Submit")).to_be_enabled()
    expect(stranger.get_by_label("Name")).to_have_value("")
    assert work.calls == ["Ada"]


def test_text_that_had_come_is_there_again(page: Page, serve: Serving) -> None:
    step = threading.Semaphore(0)

    def talk(name: str) -> Iterator[str]:
        for end in range(1, 5):
            yield "abcd"[:end]
            step.acquire(timeout=30)

    page.goto(serve(gr.Interface(talk, gr.Textbox(label="Name"), gr.Textbox(label="Greeting"))))
    run(page, "Ada")
    step.release()
    expect(page.get_by_label("Greeting")).to_have_text("ab")
    page.reload()
    expect(page.get_by_label("Greeting")).to_have_text("ab")
    step.release()
    expect(page.get_by_label("Greeting")).to_have_text("abc")
    step.release(2)
    expect(said(page)).to_have_text(READY)
    expect(page.get_by_label("Greeting")).to_have_text("abcd")


def test_a_conversation_goes_on_after_a_refresh(page: Page, serve: Serving) -> None:
    step = threading.Semaphore(0)

    def answer(message: str, history: list[dict[str, str]]) -> Iterator[str]:
        before = len(history)
        for words in ("One moment", f"{message} after {before} messages"):
            yield words
            step.acquire(timeout=30)

    page.goto(serve(gr.ChatInterface(answer)))
    box, messages = page.get_by_role("textbox"), page.get_by_role("log").locator(".message")
    for n, words in enumerate(("first", "second")):
        box.fill(words)
        box.press("Enter")
        expect(messages).to_have_count(2 * n + 2)
        expect(messages.last).to_contain_text("One moment")
        if words == "second":
            page.wait_for_function("() => Object.keys(sessionStorage).some((key) => key.startsWith('quickdemo runs'))")
            page.reload()
            expect(messages).to_have_count(4)
        step.release(2)
        expect(messages.last).to_contain_text(f"{words} after {2 * n} messages")
        expect(said(page)).to_have_text(READY)
    box.fill("third")
    box.press("Enter")
    step.release(2)
    expect(messages.last).to_contain_text("third after 4 messages")


@pytest.mark.parametrize(("ends", "cut_s"), [("meanwhile", 0), ("later", 20)])
def test_a_network_that_is_cut_for_a_while(
    page: Page, wire: Callable[..., Wire], work: Work, ends: str, cut_s: float
) -> None:
    cable = wire(work.demo())
    page.goto(cable.url)
    run(page, "Ada")
    cable.become("cut")
    whole_again = time.monotonic() + cut_s
    expect(time_of(page)).to_have_text("Connection lost · trying again")
    expect(said(page)).to_have_text("Connection lost, trying again")
    until(lambda: cable.asked >= 3 and time.monotonic() >= whole_again)
    if ends == "meanwhile":
        work.go_on.release()
        until(lambda: work.ended)
    cable.become("whole")
    if ends == "later":
        expect(said(page)).to_have_text("Connected again")
        expect(time_of(page)).not_to_contain_text("Connection")
        work.go_on.release()
    expect(page.get_by_label("Greeting")).to_have_text("Hello Ada")
    assert work.calls == ["Ada"]


def test_an_answer_that_breaks_off_at_once_is_asked_for_with_the_same_key(
    page: Page, wire: Callable[..., Wire], work: Work
) -> None:
    cable = wire(work.demo())
    page.goto(cable.url)
    cable.become("deaf")
    submit(page, "Ada")
    until(lambda: cable.asked >= 2)
    cable.become("whole")
    work.go_on.release(2)
    expect(page.get_by_label("Greeting")).to_have_text("Hello Ada")
    assert work.calls == ["Ada"]


def test_a_connection_that_died_silently_is_given_up(page: Page, wire: Callable[..., Wire], work: Work) -> None:
    cable = wire(work.demo())
    page.clock.install()
    page.goto(cable.url)
    run(page, "Ada")
    cable.become("dead")
    work.go_on.release()
    until(lambda: work.ended)
    cable.become("whole")  # for what comes from here on
    page.clock.fast_forward(46_000)
    expect(page.get_by_label("Greeting")).to_have_text("Hello Ada")


def test_a_server_that_is_away_for_good_is_told(
    page: Page, wire: Callable[..., Wire], work: Work, looks: Check
) -> None:
    cable = wire(work.demo())
    page.goto(cable.url)
    cable.become("cut")
    page.clock.install()
    submit(page, "Ada")
    fault = page.get_by_role("alert")
    until(lambda: page.clock.run_for(1000) or fault.is_visible())
    expect(fault).to_contain_text("The server cannot be reached.")
    page.clock.resume()
    cable.become("whole")
    looks(page)
    work.go_on.release()
    fault.get_by_role("button", name="Run again").click()
    expect(page.get_by_label("Greeting")).to_have_text("Hello Ada")
    expect(page.get_by_role("button", name="Submit")).to_be_focused()


def test_a_laptop_that_sleeps(browser: Browser, serve: Serving, work: Work) -> None:
    before = {process.pid for process in descendants(os.getpid())}
    sleeper = browser.browser_type.launch(executable_path=CHROMIUM, args=FLAGS)
    page = sleeper.new_page()
    page.set_default_timeout(LIMIT_MS)
    page.goto(serve(work.demo()))
    run(page, "Ada")
    pids = [process.pid for process in descendants(os.getpid()) if process.pid not in before]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        work.go_on.release()
        until(lambda: work.ended)
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    expect(page.get_by_label("Greeting")).to_have_text("Hello Ada")
    assert work.calls == ["Ada"]
    sleeper.close()


def test_two_tabs_have_each_their_own(page: Page, serve: Serving, work: Work) -> None:
    url = serve(work.demo())
    page.goto(url)
    run(page, "Ada")
    until(lambda: work.calls)
    other = page.context.new_page()
    other.goto(url)
    other.wait_for_load_state("networkidle")
    expect(other.locator("qd-interface")).to_have_attribute("data-state", "idle")
    expect(other.get_by_label("Name")).to_have_value("")
    run(other, "Ben")
    for one in (page, other):
        one.reload()
    expect(page.get_by_label("Name")).to_have_value("Ada")
    expect(other.get_by_label("Name")).to_have_value("Ben")
    work.go_on.release(2)
    expect(page.get_by_label("Greeting")).to_have_text("Hello Ada")
    expect(other.get_by_label("Greeting")).to_have_text("Hello Ben")
    expect(recent(page)).to_contain_text([re.compile("Ben.*Hello Ben"), re.compile("Ada.*Hello Ada")])
    assert work.calls == ["Ada", "Ben"]


SLOW = """
import pathlib, threading
import quickdemo as gr

def greet(name):
    with open("calls", "a") as calls:
        calls.write(name)
    while not pathlib.Path("go").exists():
        threading.Event().wait(0.02)
    return f"Hello {name}"

fields = gr.Textbox(label="Name"), gr.Textbox(label="Greeting")
gr.Interface(greet, *fields, allow_flagging="never", concurrency_limit=1).launch()
"""


@pytest.mark.parametrize("killed", ["running", "in line"])
def test_a_server_that_is_killed_goes_on_where_it_was(
    open_page: Callable[..., Page], project: Project, killed: str
) -> None:
    project.write(SLOW)
    served = project.run()
    pid = served.ready()["pid"]
    calls = project.folder / "calls"
    page = open_page()
    page.goto(f"http://127.0.0.1:{served.port}/")
    run(page, "Ada")
    until(calls.exists)
    if killed == "in line":
        first, page = page, open_page()
        page.goto(f"http://127.0.0.1:{served.port}/")
        run(page, "Ben")
        expect(time_of(page)).to_contain_text("Next in line")
        first.context.close()
    os.kill(pid, signal.SIGKILL)
    served.wait_for("ready")
    (project.folder / "go").touch()
    expect(page.get_by_label("Greeting")).to_have_text("Hello Ada" if killed == "running" else "Hello Ben")
    expect(said(page)).to_have_text(READY)
    assert calls.read_text() == ("AdaAda" if killed == "running" else "AdaAdaBen")


IN_A_PROCESS = """
import threading
import quickdemo as gr

def work(name):
    threading.Event().wait(60)

demo = gr.Interface(work, gr.Textbox(label="Name"), gr.Textbox(label="Greeting"), allow_flagging="never", process=True)
demo.launch()
"""


def test_what_runs_in_a_process_of_its_own_is_said_to_be_stopped(
    open_page: Callable[..., Page], project: Project
) -> None:
    project.write(IN_A_PROCESS)
    served = project.run()
    served.ready()
    page = open_page()
    page.goto(f"http://127.0.0.1:{served.port}/")
    run(page, "Ada")
    page.get_by_role("button", name="Stop").click()
    expect(time_of(page)).to_have_text(re.compile(r"^stopped after \d+\.\d\d s$"))
    expect(page.locator(".toast")).to_have_count(0)
