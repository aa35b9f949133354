"""The documentation names everything there is, and only that."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from dataclasses import fields

import pytest

import quickdemo
from quickdemo.cli import exit_codes
from quickdemo.runtime import ffmpeg, media, picture_parts, scratch, sound, video_file
from quickdemo.runtime.components import coloured, gallery, markup, table_values
from quickdemo.runtime.components.registry import CLASSES, TEMPLATES, component_class
from quickdemo.runtime.flagging import media as flagged_media
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.jobs import embedded, event_log, explanations, journal, keeper, kept_games, limits
from quickdemo.runtime.launch import LaunchOptions
from quickdemo.runtime.server import body, explain_asked, files, long_texts, protocol, sessions
from tests.conftest import ROOT

DOCS = ROOT / "docs"


def helped(*command: str) -> str:
    run = [sys.executable, "-m", "quickdemo", *command, "--help"]
    environment = {**os.environ, "COLUMNS": "200"}
    return subprocess.run(run, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout


def options_of(text: str) -> set[str]:
    """Long options that a help text or a page names."""
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))


COMMANDS = [
    "run",
    "worker",
    "examples",
    "explain",
    "load",
    "flag-export",
    *(f"jobs {what}" for what in ("ls", "show", "cancel", "retry")),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_of_every_command_is_documented(command: str) -> None:
    page = (DOCS / "run.md").read_text()
    listed = {o for line in helped(*command.split()).splitlines() if line.startswith("  -") for o in options_of(line)}

    assert f"`quickdemo {command} " in page
    assert listed - options_of(page) == set()


def test_the_documentation_names_no_option_that_does_not_exist() -> None:
    known = options_of(helped() + "".join(helped(*command.split()) for command in COMMANDS))
    pages = "".join(page.read_text() for page in [*DOCS.glob("*.md"), ROOT / "README.md"])

    assert options_of(pages) - known == set()


def test_every_command_is_documented() -> None:
    commands = re.findall(r"^  ([a-z-]+)  ", helped().split("Commands:")[1], re.MULTILINE)

    assert set(commands) >= {"run", "worker", "examples", "explain", "flag-export", "jobs"}
    assert all(f"quickdemo {command}" in (DOCS / "run.md").read_text() for command in commands)


def test_exit_codes_are_those_of_the_code() -> None:
    page = set(re.findall(r"^\| (\d+) \|", (DOCS / "run.md").read_text(), re.MULTILINE))

    assert page == {str(value) for name, value in vars(exit_codes).items() if name.isupper() and isinstance(value, int)}


def test_every_parameter_of_interface_and_launch_is_documented() -> None:
    page = (DOCS / "interface.md").read_text()
    given = inspect.signature(Interface.__init__).parameters
    names = [name for name in given if name not in {"self", "unused", "flagging_mode"}]

    assert [name for name in names if f"`{name}`" not in page] == []
    assert [field.name for field in fields(LaunchOptions) if f"`{field.name}`" not in page] == []


def test_every_component_and_its_parameters_are_documented() -> None:
    page = (DOCS / "components.md").read_text()
    for name in CLASSES:
        row = next(line for line in page.splitlines() if re.match(rf"\| \[`{name}`\]", line))
        parameters = inspect.signature(component_class(name).__init__).parameters
        own = [n for n, p in parameters.items() if n != "self" and p.kind is not inspect.Parameter.VAR_KEYWORD]
        assert sorted(re.findall(r"\w+", row.split("|")[4])) == sorted(own), name
    assert [shortcut for shortcut in TEMPLATES if f"`{shortcut}`" not in page] == []


def test_commands_of_the_readme_exist() -> None:
    readme = (ROOT / "README.md").read_text()
    targets = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert {"demo", "test"} <= set(re.findall(r"(?:`|^)make ([a-z]+)", readme, re.MULTILINE)) <= targets
    assert set(re.findall(r"^quickdemo ([a-z-]+)", readme, re.MULTILINE)) == {"run", "flag-export"}


def test_the_example_of_the_readme_runs() -> None:
    code = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)[0]
    names: dict[str, object] = {}
    exec(
        code.replace("demo.launch()", "").replace("flagging_options=[", 'allow_flagging="never", flagging_options=['),
        names,
    )
    demo = names["demo"]

    assert isinstance(demo, Interface)
    assert demo("Ada", True) == "Hello, Ada!"


def test_links_lead_somewhere() -> None:
    for page in [*DOCS.rglob("*.md"), *ROOT.glob("*.md"), *(ROOT / "examples").glob("*.md")]:
        prose = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
        for target, heading in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", prose):
            goal = page.parent / target if target else page
            assert goal.exists(), f"{page.name}: {target}"
            assert not heading or heading in headings(goal.read_text()), f"{page.name}: {target}#{heading}"


def headings(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_the_newest_version_of_the_changelog_is_that_of_the_package() -> None:
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    packaged = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)

    assert newest and packaged
    assert newest[1] == packaged[1] == quickdemo.__version__


def test_the_bounds_in_security_md_are_those_of_the_code() -> None:
    page = (DOCS / "security.md").read_text()
    mega, giga = 2**20, 2**30
    for row in (
        f"| {body.MAX_JSON_BYTES // 10**6} MB of JSON, {body.MAX_DEPTH} levels, {body.MAX_KEYS:,} keys |",
        f"| {long_texts.MOST_TEXT_BYTES // 10**6} MB each, {long_texts.MOST_CALL_BYTES // 10**6} MB and "
        f"{long_texts.MOST_TEXTS} of a call; {long_texts.MOST_WAITING_BYTES // 10**6} MB of all calls",
        f"| an upload | {files.MAX_FILE_BYTES // mega} MB |",
        f"| {files.MAX_SESSION_BYTES // mega} MB and {files.MAX_SESSION_FILES:,} files in an hour |",
        f"| {files.MAX_TOTAL_BYTES // giga} GB and {files.MAX_TOTAL_FILES:,} files;",
        f"| private copies of running calls | {scratch.MAX_BYTES // giga} GB;",
        f"| {sessions.MAX_STATE_BYTES // 10**6} MB of a session, {sessions.MAX_TOTAL_BYTES // giga} GB of all;",
        f"| {media.DEFAULT_MAX_PIXELS // 10**6} million pixels (`QUICKDEMO_MAX_PIXELS`), "
        f"{picture_parts.MOST_PARTS:,} parts, {picture_parts.MOST_SCANS} scans; a gallery {gallery.MOST_BUDGETS} times",
        f"| {sound.DEFAULT_MAX_SAMPLES // 10**6} million samples",
        f"| a converted film | {video_file.MOST_BYTES // giga} GB |",
        f"| {table_values.MAX_CELLS // 10**6} million cells, {table_values.MAX_COLUMNS:,} columns |",
        f"| {markup.MOST_RENDERED:,} characters and {markup.LIMIT_S:g} s,",
        f"| {coloured.MOST_COLOURED:,} characters, {coloured.MOST_FENCED:,} of a fenced block, lines of "
        f"{coloured.LONGEST_LINE:,}, {coloured.LIMIT_S:g} s |",
        f"holds {event_log.MOST_UNREAD} values or {event_log.MOST_UNREAD_BYTES >> 10} kB |",
        f"| calls that wait for a function | {limits.MOST_WAITING:,}, or `queue(max_size=)`; "
        f"{embedded.MOST_BYTES // 10**9} GB of their inputs;",
        f"| finished runs | an hour, with an `Idempotency-Key` a day; {journal.MOST_ROWS:,} and "
        f"{journal.MOST_BYTES // giga} GB in the journal, the oldest go; "
        f"{keeper.MOST_REMEMBERED:,} and {keeper.REMEMBERED_BYTES // 10**6} MB in memory |",
        f"| {explanations.AT_ONCE} at a time, {explanations.AT_ONCE_EACH} of one visitor; {explanations.WAITING} wait, "
        f"{explanations.WAITING_EACH} of one; {explain_asked.MOST_CALLS:,} calls each,",
        f"| {kept_games.MOST_KEPT} for {kept_games.KEPT_S / 60:g} minutes, {kept_games.MOST_EACH} of one visitor; "
        f"{kept_games.KEPT_BYTES >> 20} MB beside the newest, "
        f"{kept_games.ANSWERS_BYTES >> 20} MB of the answers of one |",
        f"| {protocol.MOST_PER_ADDRESS}, this machine excepted |",
        f"| what leaves {flagged_media.MIN_FREE_BYTES // mega} MB free on the disk |",
    ):
        assert row in page, row
    assert f"ends after {ffmpeg.LIMIT_S / 60:g} minutes" in page
