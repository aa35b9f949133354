"""Opening the developer's editor from the overlay: the right command, for nobody else, and for no other file."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from quickdemo.runtime.server import dev, editor
from tests.running import until
from tests.serving import OURS, Serve, Served

ASKED = "/api/dev/open"


def program(folder: Path, name: str, does: str = "") -> Path:
    """An executable that writes its arguments beside itself, whole or not at all."""
    path = folder / name
    path.write_text(
        f"#!{sys.executable}\nimport json, os, sys\n{does}\n"
        f"open({str(path)!r} + '.new', 'w').write(json.dumps(sys.argv[1:]))\n"
        f"os.rename({str(path)!r} + '.new', {str(path)!r} + '.json')\n"
    )
    path.chmod(0o755)
    return path


def given(path: Path) -> list[str]:
    """The arguments that a `program` got, once it has run."""
    written = path.with_name(path.name + ".json")
    until(written.exists)
    arguments: list[str] = json.loads(written.read_text())
    return arguments


def fault(*paths: Path, own: bool = True) -> dict[str, Any]:
    frames = [{"file": path.name, "path": str(path), "line": 3, "own": own} for path in paths]
    return {"report": {"type": "ZeroDivisionError", "message": "division by zero", "frames": frames}}


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """QUICKDEMO_EDITOR is a program that records its arguments."""
    path = program(tmp_path, "my-editor")
    monkeypatch.setenv("QUICKDEMO_EDITOR", f"{path} {{file}}:{{line}}")
    return path


@pytest.fixture
def faulty(serve: Serve, tmp_path: Path, mine: Path) -> Served:
    """A served demo whose last save failed in app.py."""
    (tmp_path / "app.py").write_text("\n\n1 / 0\n")
    (tmp_path / "other.py").write_text("")
    served = serve()
    served.context.events.publish("fault", fault(tmp_path / "app.py"))
    return served


def opens(served: Served, file: Any = "app.py", line: Any = 3, **headers: str) -> int:
    return served.client().post(ASKED, json={"file": file, "line": line}, headers=headers or OURS).status_code


def never_started(mine: Path) -> bool:
    """Asked after the answer: a refused request starts nothing, so there is nothing to wait for."""
    return not mine.with_name(mine.name + ".json").exists()


# ---------------------------------------------------------------------- the answer


def test_a_line_of_the_fault_is_opened(faulty: Served, mine: Path, tmp_path: Path) -> None:
    answer = faulty.client().post(ASKED, json={"file": "app.py", "line": 3}, headers=OURS)
    assert (answer.status_code, answer.json()) == (200, {"editor": "my-editor"})
    assert given(mine) == [f"{tmp_path / 'app.py'}:3"]


def test_no_name_of_a_file_is_ever_a_command(serve: Serve, tmp_path: Path, mine: Path) -> None:
    name = "a b; $(touch made) `touch made` 'q' \"r\" {line}.py"
    (tmp_path / name).write_text("")
    served = serve()
    served.context.events.publish("fault", fault(tmp_path / name))
    assert opens(served, name) == 200
    assert given(mine) == [f"{tmp_path}/{name}:3"]
    assert not list(tmp_path.glob("**/made"))


@pytest.mark.parametrize("file", ["other.py", "../other.py", "/etc/passwd", "app.py\0", "", ".", "app.py/../other.py"])
def test_only_a_file_of_the_fault_is_opened(faulty: Served, mine: Path, tmp_path: Path, file: str) -> None:
    assert opens(faulty, file) == 403
    assert opens(faulty, str(tmp_path / "other.py")) == 403
    assert never_started(mine)


def test_files_of_others_and_of_faults_that_are_mended_are_not(faulty: Served, mine: Path, tmp_path: Path) -> None:
    faulty.context.events.publish("fault", fault(tmp_path / "other.py", own=False))
    assert opens(faulty) == opens(faulty, "other.py") == 403
    for over in ("mended", "reload"):
        faulty.context.events.publish("fault", fault(tmp_path / "app.py"))
        faulty.context.events.publish(over, {})
        assert opens(faulty) == 403
    assert never_started(mine)


@pytest.mark.parametrize("line", [0, -1, True, 2.5, "3", "3; touch made", None, [3], 10**9])
def test_a_line_is_a_number(faulty: Served, mine: Path, line: Any) -> None:
    assert opens(faulty, line=line) == 422
    assert never_started(mine)


def test_other_bodies_are_refused(faulty: Served, mine: Path) -> None:
    client = faulty.client()
    assert client.post(ASKED, json=["app.py", 3], headers=OURS).status_code == 422
    assert client.post(ASKED, json={"file": "app.py", "line": 3, "editor": "sh"}, headers=OURS).status_code == 422
    assert client.post(ASKED, json={"file": ["app.py"], "line": 3}, headers=OURS).status_code == 403
    assert client.post(ASKED, data={"file": "app.py"}, headers=OURS).status_code == 415
    assert never_started(mine)


def test_a_file_that_is_gone_and_an_editor_that_cannot_start(
    faulty: Served, mine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine.write_bytes(b"\x7fELF no program")
    answer = faulty.client().post(ASKED, json={"file": "app.py", "line": 3}, headers=OURS)
    assert answer.status_code == 409 and "my-editor did not start" in answer.text
    monkeypatch.setenv("QUICKDEMO_EDITOR", "no-such-editor")
    answer = faulty.client().post(ASKED, json={"file": "app.py", "line": 3}, headers=OURS)
    assert answer.status_code == 409 and "was not found" in answer.text
    (tmp_path / "app.py").unlink()
    assert "no longer there" in faulty.client().post(ASKED, json={"file": "app.py", "line": 3}, headers=OURS).text


def test_editors_are_not_started_by_the_dozen(faulty: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev, "_BETWEEN_EDITORS_S", 60.0)
    assert [opens(faulty) for _ in range(3)] == [200, 429, 429]


# ---------------------------------------------------------------------- for nobody else


@pytest.mark.parametrize(
    "settings, client",
    [({"dev": False}, "127.0.0.1"), ({"host": "0.0.0.0"}, "127.0.0.1"), ({"dev": True}, "192.0.2.1")],
)
def test_there_is_nothing_for_anybody_but_the_developer(
    serve: Serve, mine: Path, tmp_path: Path, settings: dict[str, Any], client: str
) -> None:
    (tmp_path / "app.py").write_text("")
    served = serve(settings=settings)
    served.context.events.publish("fault", fault(tmp_path / "app.py"))
    answer = served.client(client).post(ASKED, json={"file": "app.py", "line": 3}, headers=OURS)
    assert answer.status_code == 404 and never_started(mine)


@pytest.mark.parametrize("header", ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"])
def test_who_comes_by_a_proxy_is_not_the_developer(faulty: Served, mine: Path, header: str) -> None:
    assert opens(faulty, **OURS, **{header: "192.0.2.1"}) == 404
    assert faulty.client().get("/api/events", headers={header: "192.0.2.1"}).status_code == 404
    assert never_started(mine)


def test_another_name_of_this_machine_is_not_asked_for(serve: Serve, mine: Path, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("")
    served = serve(settings={"allowed_hosts": ("dev.example",)})
    served.context.events.publish("fault", fault(tmp_path / "app.py"))
    client = served.client(url="http://dev.example:7860")
    ours = {"origin": "http://dev.example:7860"}
    assert client.post(ASKED, json={"file": "app.py", "line": 3}, headers=ours).status_code == 404
    assert client.post("/api/predict", json={"data": ["a"]}, headers=ours).status_code == 200  # the name itself is fine
    assert never_started(mine)


@pytest.mark.parametrize(
    "headers, status",
    [
        ({"host": "evil.example"}, 421),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://127.0.0.1:7861"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
    ],
)
def test_other_sites_cannot_ask(faulty: Served, mine: Path, headers: dict[str, str], status: int) -> None:
    assert opens(faulty, **headers) == status
    assert never_started(mine)


def test_it_is_no_link_and_needs_the_login(serve: Serve, mine: Path, tmp_path: Path) -> None:
    served = serve(auth=("ada", "correct horse"))
    (tmp_path / "app.py").write_text("")
    served.context.events.publish("fault", fault(tmp_path / "app.py"))
    assert opens(served) == 401
    assert serve().client().get(ASKED).status_code == 404
    assert never_started(mine)


# ---------------------------------------------------------------------- which editor


def found(folder: Path, **environment: str) -> editor.Editor:
    return editor.find({"PATH": str(folder), **environment})


@pytest.mark.parametrize(
    "name, arguments",
    [
        ("code", ["-g", "/a/app.py:7"]),
        ("cursor", ["-g", "/a/app.py:7"]),
        ("zed", ["/a/app.py:7"]),
        ("subl", ["/a/app.py:7"]),
        ("idea", ["--line", "7", "/a/app.py"]),
    ],
)
def test_an_editor_that_is_installed_is_found_and_told_the_line(
    tmp_path: Path, name: str, arguments: list[str]
) -> None:
    path = program(tmp_path, name)
    assert found(tmp_path).arguments("/a/app.py", 7) == [str(path), *arguments]


@pytest.mark.parametrize(
    "text, arguments",
    [
        ("code --reuse-window", ["--reuse-window", "-g", "/a/app.py:7"]),
        ("emacsclient", ["-n", "+7", "/a/app.py"]),
        ("mine --at {line} {file}", ["--at", "7", "/a/app.py"]),
        ("mine", ["/a/app.py"]),
    ],
)
def test_the_variable_may_hold_options_and_places(tmp_path: Path, text: str, arguments: list[str]) -> None:
    path = program(tmp_path, text.split()[0])
    assert found(tmp_path, QUICKDEMO_EDITOR=text).arguments("/a/app.py", 7) == [str(path), *arguments]


def test_the_first_variable_decides(tmp_path: Path) -> None:
    for name in ("vim", "code", "zed", "subl"):
        program(tmp_path, name)
    variables = {"QUICKDEMO_EDITOR": "zed", "VISUAL": "subl", "EDITOR": "vim"}
    assert found(tmp_path, **variables).name == "zed"
    assert found(tmp_path, VISUAL="subl", EDITOR="vim").name == "subl"
    assert found(tmp_path, EDITOR="vim").name == "vim"
    assert found(tmp_path).name == "code"


@pytest.mark.parametrize(
    "variable, text",
    [
        ("EDITOR", "vim"),
        ("EDITOR", "nano -w"),
        ("VISUAL", "emacs -nw"),
        ("VISUAL", "unknown"),
        ("QUICKDEMO_EDITOR", "nvim"),
        ("QUICKDEMO_EDITOR", "emacsclient -t"),
    ],
)
def test_an_editor_of_the_terminal_is_not_started(tmp_path: Path, variable: str, text: str) -> None:
    program(tmp_path, text.split()[0])
    got = found(tmp_path, **{variable: text})
    assert got.command == () and "runs in a terminal" in got.why and "QUICKDEMO_EDITOR" in got.why


def test_what_cannot_be_started_says_why(tmp_path: Path) -> None:
    assert "No editor was found" in found(tmp_path).why
    assert "was not found" in found(tmp_path, EDITOR="code").why
    assert "cannot be read" in found(tmp_path, EDITOR="code 'x").why
    program(tmp_path, "code.cmd")
    assert "batch file" in found(tmp_path, QUICKDEMO_EDITOR="code.cmd").why
