"""What a visitor is told while a model loads or a Space wakes, and of each kind of failure: a sentence, no trace."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tests.browser.hub_pages import hub, opened, served
from tests.fakehub.hub import GOOD_TOKEN, FakeHub
from tests.hub.spaces import demos
from tests.hub.spaces.demos import png
from tests.hub.spaces.emulator import Demo, Emulator

__all__ = ["hub"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]
A = "Model acme/fail-"
#: model -> options in the script, and what stands on the page
FAILURES: dict[str, tuple[str, str, str]] = {
    "fail-401": ("", "Hugging Face refused your token for model acme/fail-401.", "settings/tokens"),
    "fail-402": ("", "Your Hugging Face inference credits are used up.", "You have depleted your monthly"),
    "fail-403": ("", "Your token lacks the permission 'Make calls to Inference Providers'.", ""),
    "fail-403-gated": ("", f"{A}403-gated is gated and your account has no access yet.", "Ask for it on its page"),
    "fail-404": ("", "No inference provider serves model acme/fail-404 today.", "base_url="),
    "fail-429-later": ("", "Too many requests to model acme/fail-429-later.", "Try again in 300 s."),
    "fail-500": ("", f"{A}500 failed: CUDA out of memory", ""),
    "fail-502": ("", f"{A}502 failed: HTTP 502", ""),
    "fail-503-forever": ("wait=0.2", f"{A}503-forever is loading (about 60 s).", "Try again."),
    "fail-503-held": ("", "", ""),
    "fail-slow": ("timeout=0.3", f"{A}slow did not answer in time.", "pass a larger timeout="),
    "fail-no-json": ("", f"{A}no-json answered in a form that is not known here", ""),
    "away": (
        "base_url='https://nobody.example', task='translation'",
        "Model acme/away cannot be reached from this machine.",
        "Is there a network here",
    ),
}
SPACES = {
    "broken": ("The Space acme/broken raised an error: It broke.", ""),
    "full": ("The queue of the Space acme/full is full.", "Try again"),
    "paused": ("The Space acme/paused is paused by its author.", "local=True, trust=True"),
    "fallen": ("The Space acme/fallen does not run (RUNTIME_ERROR): Exit code: 1.", "local=True, trust=True"),
    "leads": ("The Space acme/leads sends us to another host (127.0.0.1:9), which is refused.", ""),
    "huge": ("The Space acme/huge sends more than the ", ""),
}
#: of which the same would come again
NOT_AGAIN = ["fail-401", "fail-403", "fail-403-gated", "fail-404", "leads", "huge"]
SCRIPT = """
import quickdemo as gr

loaded = {{
    {loads}
}}
gr.TabbedInterface(list(loaded.values()), list(loaded), title="Failures").launch()
"""
LOADS = "import quickdemo as gr\n\ngr.Interface.load({}).launch()\n"
AT_LOAD = {
    "no_provider": ("'models/acme/no-provider'", "No inference provider serves model acme/no-provider today."),
    "no_task": ("'models/acme/robot'", "Model acme/robot does 'robotics', which cannot be shown here."),
    "not_found": ("'models/acme/nothing-here'", "No model acme/nothing-here that you may see."),
    "not_gradio": ("'spaces/acme/static'", "The Space acme/static is a static Space"),
    "space_down": ("'spaces/acme/stopped'", "The Space acme/stopped is paused by its author."),
    "space_waking": ("'spaces/acme/asleep', wake=False", "The Space acme/asleep sleeps (SLEEPING)."),
    "login": ("'spaces/acme/closed'", "The Space acme/closed asks for a login."),
    "hostile": ("'spaces/acme/near'", "which is no address of Spaces."),
}


class Leads(Emulator):
    """Files of it are elsewhere."""

    async def _file(self, request: Request) -> Response:
        return RedirectResponse("http://127.0.0.1:9/")


class Huge(Emulator):
    """Files of it have no end."""

    async def _file(self, request: Request) -> Response:
        return Response(b"", headers={"content-length": "1000000000000"})


def broken(text: str) -> list[Any]:
    raise demos.Fault("It broke.")


PICTURE_OUT = Demo([("textbox", {"label": "Text"})], [("image", {})], lambda text: [png((0, 0, 0))])
BROKEN = Demo([("textbox", {"label": "Text"})], [("textbox", {})], broken)
KINDS: dict[str, tuple[type[Emulator], Demo]] = {
    "broken": (Emulator, BROKEN),
    "leads": (Leads, PICTURE_OUT),
    "huge": (Huge, PICTURE_OUT),
}


@pytest.fixture(scope="module")
def apps(hub: FakeHub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Emulator]]:
    """The Spaces, all of which are well at first."""
    made = {}
    for name in [*SPACES, "late"]:
        kind, demo = KINDS.get(name, (Emulator, demos.TEXT))
        made[name] = kind("4.44.1", demo, tmp_path_factory.mktemp(name))
        hub.add_space(f"acme/{name}", made[name].port)
    yield made
    for one in made.values():
        one.close()


@pytest.fixture(scope="module")
def page(
    browser: Browser, hub: FakeHub, apps: dict[str, Emulator], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Page]:
    """One demo with a tab for each; then the Spaces fall ill."""
    folder = tmp_path_factory.mktemp("failures")
    loads = [f"{name!r}: gr.Interface.load('models/acme/{name}', {given[0]})," for name, given in FAILURES.items()]
    loads += [f"{name!r}: gr.Interface.load('spaces/acme/{name}')," for name in apps]
    (folder / "app.py").write_text(SCRIPT.format(loads="\n    ".join(loads)))
    with served(folder, "app.py") as run, opened(browser, run) as page:
        apps["full"].is_full = True
        for name, stage in (("paused", "PAUSED"), ("fallen", "RUNTIME_ERROR")):
            apps[name].is_asleep = lambda: True
            hub.spaces[f"acme/{name}"].stage = stage
        yield page


def asked(page: Page, name: str) -> Locator:
    """The tab, after Submit."""
    page.get_by_role("tab", name=name, exact=True).click()
    tab = page.get_by_role("tabpanel")
    tab.locator("form").get_by_role("textbox").first.fill("good")
    tab.get_by_role("button", name="Submit").click()
    return tab


@pytest.mark.parametrize("name", [*(name for name in FAILURES if name != "fail-503-held"), *SPACES])
def test_a_failure_is_a_sentence_on_the_page(page: Page, name: str) -> None:
    message, hint = FAILURES[name][1:] if name in FAILURES else SPACES[name]
    tab = asked(page, name)
    fault = tab.get_by_role("alert")
    expect(fault).to_contain_text(message)
    expect(fault).to_contain_text(hint)
    expect(fault.get_by_role("button", name="Run again")).to_have_count(0 if name in NOT_AGAIN else 1)
    assert not re.search(r"Traceback|File \"|\.py|HubError", fault.inner_text())
    assert GOOD_TOKEN not in page.content()


def test_nothing_to_object_to_where_one_failed(page: Page, looks: Callable[[Page], None]) -> None:
    expect(asked(page, "fail-403-gated").get_by_role("alert")).to_be_visible()
    looks(page)


def test_a_visitor_sees_that_a_model_is_loading(page: Page, hub: FakeHub) -> None:
    hub.go_on.clear()
    try:
        tab = asked(page, "fail-503-held")
        waits(tab, "Model acme/fail-503-held is loading", "about [12] s left")
    finally:
        hub.go_on.set()
    expect(tab.locator(".top")).to_have_text("POSITIVE")
    expect(tab.get_by_role("progressbar")).to_have_count(0)


def test_a_visitor_sees_that_a_space_wakes(page: Page, hub: FakeHub, apps: dict[str, Emulator]) -> None:
    apps["late"].is_asleep = lambda: True
    hub.spaces["acme/late"].stage = "SLEEPING"
    tab = asked(page, "late")
    waits(tab, "The Space acme/late is waking up (SLEEPING)", r"about [56]\d s left")
    hub.spaces["acme/late"].stage = "APP_STARTING"
    waits(tab, "The Space acme/late is starting (APP_STARTING)", r"about [23]\d s left")
    apps["late"].is_asleep = lambda: False
    hub.spaces["acme/late"].stage = "RUNNING"
    expect(tab.locator(".outputs output")).to_have_text("GOOD")
    expect(tab.get_by_role("progressbar")).to_have_count(0)


def waits(tab: Locator, words: str, left: str) -> None:
    expect(tab.get_by_role("progressbar", name=words)).to_be_visible()
    expect(tab.locator(".progress")).to_have_text(re.compile(re.escape(words) + left), use_inner_text=False)


@pytest.fixture(scope="module")
def edited(browser: Browser, hub: FakeHub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Page, Path]]:
    """The page of a script that is served with --reload, and the script."""
    closed = Emulator("4.44.1", demos.LOGIN, tmp_path_factory.mktemp("closed"))
    hub.add_space("acme/closed", closed.port)
    hub.add_space("acme/static", sdk="static")
    hub.add_space("acme/stopped", stage="PAUSED")
    hub.add_space("acme/asleep", stage="SLEEPING")
    hub.add_space("acme/near", host="https://127.0.0.1:9")
    script = tmp_path_factory.mktemp("edited") / "app.py"
    script.write_text(LOADS.format("'models/acme/translation'"))
    with served(script.parent, "app.py", "--reload") as run, opened(browser, run) as page:
        yield page, script
    closed.close()


@pytest.mark.parametrize("kind", AT_LOAD)
def test_what_cannot_be_loaded_is_a_sentence_to_its_author(edited: tuple[Page, Path], kind: str) -> None:
    page, script = edited
    script.write_text(LOADS.format(AT_LOAD[kind][0]))
    note = page.get_by_role("dialog")
    expect(note.get_by_role("heading")).to_contain_text(AT_LOAD[kind][1])
    assert "Traceback" not in note.inner_text() and GOOD_TOKEN not in page.content()
    script.write_text(LOADS.format("'models/acme/translation'"))
    expect(note).to_have_count(0)
