"""A Space's own code, run here: only after the word for it, apart from us, and not for longer than us."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from quickdemo.hub.errors import HubError
from quickdemo.hub.loading import load
from quickdemo.hub.spaces import environments
from tests.conftest import ROOT
from tests.fakehub.hub import GOOD_TOKEN, FakeHub
from tests.running import until

CARD = "---\ntitle: Cats\nsdk: gradio\nsdk_version: 3.0.26\napp_file: app.py\npython_version: '3.10'\n---\nHi"
#: an app of Gradio 3.0 that answers with its process and its environment, and has a child that would outlive it
APP = """
import http.server, json, os, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
parts = [{"id": n, "type": "textbox", "props": {}} for n in (0, 1)]
call = {"inputs": [0], "outputs": [1], "backend_fn": True, "api_name": "predict"}
config = {"version": "3.0.26", "components": parts, "dependencies": [call]}
class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self):
        self.answer(config)
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        facts = {"env": dict(os.environ), "pids": [os.getpid(), child.pid], "here": os.getcwd()}
        self.answer({"data": [json.dumps(facts)]})
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["GRADIO_SERVER_PORT"])), Handler).serve_forever()
"""
#: the same where it asks for a login
LOGIN_GET = """        if "in=1" in self.headers.get("cookie", ""):
            return self.answer(config)
        self.send_response(401)
        self.send_header("content-length", "0")
        self.end_headers()"""
LOGIN_POST = """        if self.path == "/login":
            assert self.rfile.read(int(self.headers["content-length"])) == b"username=ada&password=secret"
            self.send_response(200)
            self.send_header("set-cookie", "in=1")
            self.send_header("content-length", "0")
            return self.end_headers()
        self.rfile.read"""
#: in place of uv: writes down what it was asked, and makes an "environment" of this Python
UV = f"""#!{sys.executable}
import os, sys, time
def log(text):
    with open(os.environ["UV_TEST_LOG"], "a") as file:
        file.write(text + "\\n")
log(" ".join(sys.argv[1:]))
if sys.argv[1] == "venv":
    os.makedirs(os.path.join(sys.argv[-1], "bin"))
    os.symlink({sys.executable!r}, os.path.join(sys.argv[-1], "bin", "python"))
elif "UV_TEST_HELD" in os.environ:
    while os.path.exists(os.environ["UV_TEST_HELD"]):
        time.sleep(0.02)
    late = os.path.join(sys.argv[4].partition("/venv/")[0], "late")
    os.makedirs(os.path.dirname(late), exist_ok=True)
    open(late, "w").close()
    log("written late")
"""


@pytest.fixture
def uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for uv on the path; gives what it was asked."""
    bin = tmp_path / "bin"
    bin.mkdir()
    (bin / "uv").write_text(UV)
    (bin / "uv").chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", f"{bin}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("UV_TEST_LOG", str(tmp_path / "uv.log"))
    return tmp_path / "uv.log"


@pytest.fixture
def cats(hub: FakeHub) -> Any:
    files = {"README.md": CARD.encode(), "app.py": APP.encode(), "requirements.txt": b"numpy\n", "lib/x.py": b""}
    return hub.add_space("acme/cats", stage="PAUSED", files=files, last_modified="2022-08-01T10:00:00.000Z")


def alive(pid: int) -> bool:
    """Whether it runs; one that has ended and waits to be asked for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def gone(pids: list[int]) -> bool:
    end = time.monotonic() + 20
    while any(map(alive, pids)) and time.monotonic() < end:
        time.sleep(0.02)
    return not any(map(alive, pids))


def test_without_the_word_for_it_nothing_is_done_and_all_is_said(cats: Any, hub: FakeHub, uv: Path) -> None:
    with pytest.raises(HubError) as caught:
        load("spaces/acme/cats", local=True)

    told = caught.value.message
    assert caught.value.kind == "forbidden" and "trust=True" in caught.value.hint
    for part in (
        cats.sha[:12],
        "4 files",
        f"https://huggingface.co/spaces/acme/cats/tree/{cats.sha}",
        "uv pip install",
    ):
        assert part in told
    assert "--exclude-newer 2022-08-02T00:00:00Z" in told and "gradio==3.0.26" in told
    assert not uv.exists()
    assert [one.path for one in hub.asked(path="/spaces/")] == [f"/spaces/acme/cats/resolve/{cats.sha}/README.md"]


def test_its_code_runs_in_an_environment_of_its_own_without_our_secrets(
    cats: Any, hub: FakeHub, uv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET", "mine")
    io = load("spaces/acme/cats", local=True, trust=True, title="Mine")
    try:
        facts = json.loads(io("x"))
    finally:
        io.remote.stop()

    asked = uv.read_text().splitlines()
    assert io.title == "Mine"
    assert asked[0].startswith("venv --python 3.10") and asked[1].startswith("pip install --python")
    assert "--exclude-newer 2022-08-02T00:00:00Z setuptools gradio==3.0.26 -r " in asked[1]
    assert GOOD_TOKEN not in str(facts) and "mine" not in facts["env"].values()
    assert facts["env"]["HF_HUB_DISABLE_IMPLICIT_TOKEN"] == "1" and facts["env"]["HOME"].startswith(
        os.environ["QUICKDEMO_HUB_CACHE"]
    )
    assert facts["here"].startswith(os.environ["QUICKDEMO_HUB_CACHE"])
    assert gone(facts["pids"])


def test_large_files_come_from_where_the_hub_keeps_them_and_hears_no_token_there(hub: FakeHub, uv: Path) -> None:
    weights = os.urandom(3_000_000)
    files = {"README.md": CARD.encode(), "app.py": APP.encode(), "model/weights.bin": weights}
    hub.add_space("acme/large", files=files, private=True)

    io = load("spaces/acme/large", local=True, trust=True)
    try:
        here = Path(json.loads(io("x"))["here"])
    finally:
        io.remote.stop()

    assert (here / "model" / "weights.bin").read_bytes() == weights
    (asked,) = hub.asked("cas-bridge.xethub.hf.co")
    assert "authorization" not in asked.headers and GOOD_TOKEN not in str(asked.headers)


def test_a_second_time_nothing_is_installed(cats: Any, uv: Path) -> None:
    load("spaces/acme/cats", local=True, trust=True).remote.stop()
    asked = uv.read_text()

    load("spaces/acme/cats", local=True, trust=True).remote.stop()

    assert uv.read_text() == asked


def test_those_that_load_it_at_the_same_time_install_it_once(cats: Any, uv: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        loaded = list(pool.map(lambda _: load("spaces/acme/cats", local=True, trust=True), range(4)))
    try:
        assert len({json.loads(io("x"))["pids"][0] for io in loaded}) == 4
    finally:
        for io in loaded:
            io.remote.stop()

    assert [line.split()[0] for line in uv.read_text().splitlines()] == ["venv", "pip"]


def test_an_installation_that_was_killed_is_begun_again_elsewhere(
    cats: Any, uv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = tmp_path / "held"
    held.touch()
    monkeypatch.setenv("UV_TEST_HELD", str(held))
    code = "from quickdemo.hub.loading import load; load('spaces/acme/cats', local=True, trust=True)"
    with subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(ROOT)}) as first:
        until(lambda: uv.exists() and "pip install" in uv.read_text())
        first.kill()
    monkeypatch.delenv("UV_TEST_HELD")

    io = load("spaces/acme/cats", local=True, trust=True)
    try:
        held.unlink()  # what the killed one had started goes on
        until(lambda: "written late" in uv.read_text())
        here = Path(json.loads(io("x"))["here"])
    finally:
        io.remote.stop()

    assert here.is_dir() and not (here.parent / "late").exists()


def test_the_environments_that_were_used_last_are_kept_and_those_that_run(
    hub: FakeHub, uv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environments, "MOST_KEPT", 1)
    for name in ("one", "two", "three"):
        hub.add_space(f"acme/{name}", files={"README.md": CARD.encode(), "app.py": APP.encode()})
    kept = Path(os.environ["QUICKDEMO_HUB_CACHE"], "spaces")

    runs = load("spaces/acme/one", local=True, trust=True)
    for name in ("two", "three"):
        load(f"spaces/acme/{name}", local=True, trust=True).remote.stop()
    at_first = [one for one in kept.iterdir() if one.is_dir()]
    runs.remote.stop()
    load("spaces/acme/three", local=True, trust=True).remote.stop()

    assert len(at_first) == 2  # the one that runs, and the one that was used last
    assert len([one for one in kept.iterdir() if one.is_dir()]) == 1
    assert len(list(kept.iterdir())) == 2  # with its lock


def test_what_it_says_does_not_fill_the_disk(hub: FakeHub, uv: Path) -> None:
    says = "import sys\nfor n in range(60000): print('said', n, 'x' * 50)\nsys.exit('and the last')"
    hub.add_space("acme/says", files={"README.md": CARD.encode(), "app.py": says.encode()})

    with pytest.raises(HubError, match="ended as it started: .*and the last"):
        load("spaces/acme/says", local=True, trust=True)

    (log,) = Path(os.environ["QUICKDEMO_HUB_CACHE"], "spaces").rglob("log.txt")
    assert log.stat().st_size <= 1_000_000 and "and the last" in log.read_text()


@pytest.mark.parametrize("how", ["end", signal.SIGTERM, signal.SIGKILL])
def test_it_ends_with_us_however_we_end(how: Any, cats: Any, uv: Path) -> None:
    code = (
        "import json, sys, time; from quickdemo.hub.loading import load; "
        "io = load('spaces/acme/cats', local=True, trust=True); print(io('x'), flush=True); "
        "sys.stdin.readline()"
    )
    root = str(Path(__file__).resolve().parents[3])
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": root},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None and process.stdin is not None
        pids = json.loads(process.stdout.readline())["pids"]
        assert all(map(alive, pids))
        if how == "end":
            process.stdin.write("\n")
            process.stdin.close()
        else:
            process.send_signal(how)

    assert gone(pids)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"README.md": b"no card", "app.py": b""}, "does not say which version of Gradio"),
        ({"README.md": CARD.replace("3.0.26", "3; rm -rf /").encode(), "app.py": b""}, "does not say which version"),
        ({"README.md": CARD.replace("app.py", "../app.py").encode(), "../app.py": b""}, "has no file '../app.py'"),
        ({"README.md": CARD.replace("app.py", "-c").encode(), "-c": b""}, "has no file '-c'"),
        ({"README.md": CARD.replace("'3.10'", "/bin/sh").encode(), "app.py": b""}, "asks for a Python that is none"),
        ({"README.md": CARD.encode(), "app.py": b"", "../../x": b""}, "more files than are taken here, or odd ones"),
    ],
)
def test_a_card_that_would_lead_elsewhere_is_refused(
    files: dict[str, bytes], message: str, hub: FakeHub, uv: Path
) -> None:
    hub.add_space("acme/odd", files=files)

    with pytest.raises(HubError, match=message):
        load("spaces/acme/odd", local=True, trust=True)
    assert not uv.exists()


def test_one_that_asks_for_a_login_gets_it(hub: FakeHub, uv: Path) -> None:
    app = APP.replace("        self.answer(config)", LOGIN_GET).replace("        self.rfile.read", LOGIN_POST)
    hub.add_space("acme/login", files={"README.md": CARD.encode(), "app.py": app.encode()})

    with pytest.raises(HubError, match="asks for a login"):
        load("spaces/acme/login", local=True, trust=True)
    io = load("spaces/acme/login", local=True, trust=True, auth=("ada", "secret"))
    try:
        assert json.loads(io("x"))["here"]
    finally:
        io.remote.stop()


def test_a_revision_with_slashes_is_one_part_of_its_address(cats: Any, hub: FakeHub) -> None:
    with pytest.raises(HubError, match="Nothing was done"):
        load("spaces/acme/cats@refs/pr/1", local=True)


def test_one_that_ends_as_it_starts_says_its_last_words(hub: FakeHub, uv: Path) -> None:
    files = {"README.md": CARD.encode(), "app.py": b"raise SystemExit('no model here')"}
    hub.add_space("acme/broken", files=files)

    with pytest.raises(HubError, match="ended as it started: .*no model here"):
        load("spaces/acme/broken", local=True, trust=True)
