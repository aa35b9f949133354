"""A process counts as alive while it lives, and not a moment longer."""

import contextlib
import fcntl
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from quickdemo.runtime.jobs.holders import Holder
from tests.conftest import ROOT
from tests.running import alive as process_alive
from tests.running import until

HOLD = """
import sys
from quickdemo.runtime.jobs.holders import Holder
holder = Holder(sys.argv[1])
print(holder.id, flush=True)
sys.stdin.read()
"""

HOLD_AND_FORK = """
import os, signal, sys
from quickdemo.runtime.jobs.holders import Holder
holder = Holder(sys.argv[1])
child = os.fork()
if child == 0:
    os.write(1, f"forked {holder.alive(holder.id)}\\n".encode())
    sys.stdin.read()
    os._exit(0)
os.write(1, f"{holder.id} {child}\\n".encode())
sys.stdin.read()
"""


@contextlib.contextmanager
def started(code: str, folder: Path) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-W", "error", "-c", code, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process  # it ends with its stdin


def line(process: "subprocess.Popen[str]") -> list[str]:
    assert process.stdout is not None
    return process.stdout.readline().split()


def test_this_process_is_alive_until_it_gives_up(tmp_path: Path) -> None:
    one, two = Holder(str(tmp_path)), Holder(str(tmp_path))
    folder = tmp_path / "holders"
    assert one.id != two.id
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {one.id: 0o600, two.id: 0o600}
    assert [h.alive(i.id) for h in (one, two) for i in (one, two)] == [True] * 4

    one.close()
    one.close()
    assert not one.alive(one.id) and not two.alive(one.id) and one.alive(two.id)
    assert os.listdir(folder) == [two.id]
    two.close()


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM])
def test_another_process_is_alive_until_it_dies(tmp_path: Path, sign: signal.Signals) -> None:
    with started(HOLD, tmp_path) as process:
        (id,) = line(process)
        mine = Holder(str(tmp_path))
        assert mine.alive(id)

        process.send_signal(sign)
        process.wait(20)
        assert not mine.alive(id)
        assert os.listdir(tmp_path / "holders") == [mine.id]
        mine.close()


def test_a_process_that_stands_still_is_alive(tmp_path: Path) -> None:
    with started(HOLD, tmp_path) as process:
        (id,) = line(process)
        mine = Holder(str(tmp_path))
        process.send_signal(signal.SIGSTOP)
        assert mine.alive(id)
        process.send_signal(signal.SIGCONT)
        mine.close()


def test_a_forked_child_does_not_keep_its_dead_parent_alive(tmp_path: Path) -> None:
    with started(HOLD_AND_FORK, tmp_path) as process:
        lines = {words[0]: words[1] for words in (line(process), line(process))}
        assert lines.pop("forked") == "True"  # the fork took nothing from its parent
        ((id, child),) = lines.items()
        mine = Holder(str(tmp_path))
        assert mine.alive(id)

        process.kill()
        process.wait(20)
        assert process_alive(int(child))
        assert not mine.alive(id)
        mine.close()
    until(lambda: not process_alive(int(child)))


def test_the_files_of_the_dead_are_removed_at_the_next_start(tmp_path: Path) -> None:
    folder = tmp_path / "holders"
    folder.mkdir(mode=0o700)
    (folder / "longdead").write_text("1\n")
    (folder / ".new-fresh").write_text("")
    (folder / ".new-old").write_text("")
    os.utime(folder / ".new-old", (1, 1))
    holder = Holder(str(tmp_path))
    assert set(os.listdir(folder)) == {holder.id, ".new-fresh"}
    holder.close()


def test_two_that_ask_at_once_do_not_take_each_other_for_the_holder(tmp_path: Path) -> None:
    holder = Holder(str(tmp_path))
    path = tmp_path / "holders" / "dead"
    path.write_text("")
    with path.open("r+") as other:
        fcntl.flock(other, fcntl.LOCK_SH)  # another process that asks
        assert not holder.alive("dead")
    holder.close()


@pytest.mark.parametrize("id", ["", "..", "../jobs.db", "a/b", "a\0b", "x" * 65, "é"])
def test_what_is_no_id_is_not_alive_and_touches_nothing(tmp_path: Path, id: str) -> None:
    (tmp_path / "jobs.db").write_text("")
    holder = Holder(str(tmp_path))
    assert not holder.alive(id)
    assert (tmp_path / "jobs.db").exists()
    holder.close()


def test_a_link_in_place_of_a_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("text")
    holder = Holder(str(tmp_path))
    (tmp_path / "holders" / "link").symlink_to(tmp_path / "precious")
    holder.alive("link")
    assert (tmp_path / "precious").read_text() == "text"
    holder.close()


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "holders").write_text("")
    with pytest.raises(OSError):
        Holder(str(tmp_path))
