"""Spaces that mean harm, on a real page: nothing of them runs, loads or changes how the page looks, and the token is
nowhere to be found."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Dialog, Page, Request, expect

from tests.browser.conftest import LIMIT_MS, watch
from tests.browser.harm import COUNT_HARM, FOUND, HARM
from tests.browser.hub_pages import hub, opened, served
from tests.fakehub.hub import GOOD_TOKEN, FakeHub
from tests.hub.spaces.emulator import Demo, Emulator, Fault
from tests.processes import descendants
from tests.running import Run

__all__ = ["hub"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ERAS = {"two": "2.9.4", "three": "3.50.2", "four": "4.44.1", "six": "6.31.0"}
CSS = "* { background: rgb(255, 0, 0) !important; display: none !important } body::before { content: 'evil-css' }"
SCRIPT = """
import quickdemo as gr

NAMES = {names!r}
spaces = [gr.Interface.load(f"spaces/acme/{{name}}", flagging_dir="flagged") for name in NAMES]
gr.TabbedInterface(spaces, NAMES, title="Harm").launch()
"""
ROUTES = ["/", "/api/docs", "/api/openapi.json", "/api/jobs", "/livez", "/readyz", "/metrics", "/config", "/info"]


def harm(canary: str) -> str:
    """All that we know of, and an address of our network."""
    near = f"<link rel=stylesheet href='{canary}/x.css'><script src='{canary}/x.js'></script>"
    return f"<style>{CSS}</style>{near}" + "\n\n".join(HARM)


def demo(evil: str, canary: str) -> Demo:
    """Whatever may carry words carries harm."""
    js = "() => { harm(); alert('evil') }"
    about = {"elem_id": "evil-id", "elem_classes": ["evil-class"], "css": CSS, "js": js, "head": evil}
    props = {"label": f"Say {evil}"[:1900], "placeholder": evil[:1900], "info": evil[:1900], **about}

    def answers(text: str) -> list[Any]:
        if text == "fail":
            raise Fault(evil)
        if text == "picture":
            return ["", f"<img src='{canary}/x.png'>", "", None]
        return [evil, evil, evil, {evil: evil}]

    return Demo(
        [("textbox", {**props, "value": evil})],
        [
            ("textbox", {"label": "Words", **about}),
            ("html", {"label": "Web", "value": evil, **about}),
            ("markdown", {"label": "Marks", "value": evil, **about}),
            ("json", {"label": "Data", **about}),
        ],
        answers,
        texts=[f"<h1>Title {HARM[0]}</h1>", evil],
        title=f"Title {HARM[0]}",
        examples=[[HARM[1]]],
        more=[{"targets": [], "inputs": [], "outputs": [], "backend_fn": False, "js": js, "queue": False}],
    )


@dataclass
class Stage:
    """A run of the script, its page, and what the page asked for."""

    run: Run
    page: Page
    folder: Path
    canary: socket.socket
    address: str
    apps: list[Emulator]
    asked: list[Request] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def stage(browser: Browser, hub: FakeHub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The page of hostile Spaces, one of each era, with the browser's own protection switched off."""
    canary = socket.create_server(("127.0.0.1", 0))
    canary.setblocking(False)
    address = f"http://127.0.0.1:{canary.getsockname()[1]}"
    evil = harm(address)
    more = {"css": CSS, "js": "() => harm()", "head": evil, "root": address, "theme": "evil", "body_css": CSS}
    apps: list[Emulator] = []
    for name, version in ERAS.items():
        apps.append(Emulator(version, demo(evil, address), tmp_path_factory.mktemp(name), **more))
        hub.add_space(f"acme/{name}", apps[-1].port, private=True)
    folder = tmp_path_factory.mktemp("harm")
    (folder / "app.py").write_text(SCRIPT.format(names=list(ERAS)))
    with served(folder, "app.py") as run:
        context = browser.new_context(viewport={"width": 1280, "height": 900}, bypass_csp=True)
        context.set_default_timeout(LIMIT_MS)
        stage = Stage(run, context.new_page(), folder, canary, address, apps)
        stage.page.add_init_script(COUNT_HARM)
        watch(stage.page, stage.faults)
        stage.page.on("dialog", lambda dialog: _note_dialog(dialog, stage.faults))
        stage.page.on("requestfinished", lambda request: stage.asked.append(request))
        stage.page.goto(f"http://127.0.0.1:{run.port}/")
        yield stage
        context.close()
    for one in apps:
        one.close()
    canary.close()


def _note_dialog(dialog: Dialog, faults: list[str]) -> None:
    faults.append(f"a dialog: {dialog.message}")
    dialog.dismiss()


def is_unharmed(stage: Stage) -> None:
    page = stage.page
    assert page.evaluate("window.harmed") == 0
    assert stage.faults == []
    for box in page.locator(".prose, .description, .shown, output").all():
        assert box.evaluate(FOUND) == []
    assert page.locator("#evil-id, .evil-class").count() == 0
    expect(page.locator("body")).not_to_have_css("background-color", "rgb(255, 0, 0)")
    expect(page.get_by_role("heading", name="Harm")).to_be_visible()
    assert "evil-css" not in page.evaluate("getComputedStyle(document.body, '::before').content")
    with pytest.raises(BlockingIOError):  # nobody came
        stage.canary.accept()


@pytest.mark.parametrize("name", ERAS)
def test_nothing_of_a_space_runs_loads_or_changes_the_page(stage: Stage, name: str) -> None:
    page = stage.page
    page.get_by_role("tab", name=name, exact=True).click()
    tab = page.get_by_role("tabpanel")
    expect(tab.get_by_role("heading").first).to_contain_text("Title")
    is_unharmed(stage)
    tab.locator("button.example").first.click()
    tab.get_by_role("button", name="Submit").click()
    expect(tab.locator(".said-status")).to_have_text(re.compile("^Result ready"))
    expect(tab.get_by_role("group", name="Web")).to_contain_text("words")
    is_unharmed(stage)
    tab.locator("form").get_by_role("textbox").fill("fail")
    tab.get_by_role("button", name="Submit").click()
    expect(tab.locator("qd-interface")).to_have_attribute("data-state", "failed")
    expect(tab.get_by_role("alert").first).to_contain_text(f"The Space acme/{name} raised an error")
    is_unharmed(stage)


def test_pictures_of_a_space_are_not_fetched(stage: Stage, browser: Browser) -> None:
    """The page's policy is what keeps them away, so here it is left on."""
    with opened(browser, stage.run, kept_away=f"{stage.address}/x.png") as page:
        page.get_by_role("tab", name="six", exact=True).click()
        tab = page.get_by_role("tabpanel")
        tab.locator("form").get_by_role("textbox").fill("picture")
        tab.get_by_role("button", name="Submit").click()
        expect(tab.locator("img")).to_have_count(1)
    with pytest.raises(BlockingIOError):  # nobody came
        stage.canary.accept()


def test_the_token_is_nowhere(stage: Stage) -> None:
    """Not in an answer, the page, what the command says, its folder (flags, journal), or a command line."""
    page, run = stage.page, stage.run
    page.get_by_role("tab", name="six", exact=True).click()
    tab = page.get_by_role("tabpanel")
    tab.locator("form").get_by_role("textbox").fill("something")
    tab.get_by_role("button", name="Submit").click()
    tab.get_by_role("button", name="Flag").click()
    expect(page.locator(".toast").last).to_contain_text("Flagged")

    answers = [answer.body() for request in stage.asked if (answer := request.response()) and answer.status < 300]
    routes = [asked_plainly(run, path) for path in ROUTES]
    said = [json.dumps(run.wait_for_last("ready")), json.dumps(run.events), *run.said]
    files = [path.read_bytes() for path in stage.folder.rglob("*") if path.is_file()]
    lines = [Path(f"/proc/{one}/cmdline").read_bytes() for one in [run.process.pid, *processes_of(run)]]

    assert any(headers.get("x-hf-authorization") for app in stage.apps for _, _, headers in app.asked)  # it was given
    assert (stage.folder / "flagged" / "log.csv").read_text().count("something") == 1
    assert {"/", "/api/predict_3", "/api/flag/predict_3"} <= {urlsplit(request.url).path for request in stage.asked}
    assert len(files) > 3 and len(lines) > 1
    for found in (*answers, *files, *lines, *routes, page.content().encode(), *(text.encode() for text in said)):
        assert GOOD_TOKEN.encode() not in found


def asked_plainly(run: Run, path: str) -> bytes:
    """What a program is told there, headers and all."""
    connection = run.connect()
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return str(answer.headers).encode() + body


def processes_of(run: Run) -> list[int]:
    return [one.pid for one in descendants(run.process.pid) if one.state != "Z"]
