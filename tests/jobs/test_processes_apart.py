"""Where the process cannot be forked: workers that run the script again, or none."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

from tests.jobs.playing import environment, played, script
from tests.running import alive, until

#: the script has a thread, so that a copy of it would not be whole
THREAD = """
import threading, time
THREAD = threading.Thread(target=time.sleep, args=(1000,), daemon=True, name="of the script")
THREAD.start()
"""
#: the served demo of such a script, and what only the server does
SERVED = """
from quickdemo.runtime import launch

class Thing:
    def __init__(self, what):
        self.what = what

def use(thing):
    if thing.what == "exit":
        os._exit(3)
    return Thing([thing.what, THREAD.is_alive(), os.getpid(), sys.argv[1:], __name__])

demo = interface_of(use)
print(json.dumps({"runs": os.getpid()}), file=sys.stderr, flush=True)
if launch.host is not None:
    START
else:
    spawner = spawner_for({"predict": demo})
    processes = Processes(demo, spawner, count=1)
"""


def test_a_worker_runs_the_script_again_where_a_copy_would_not_be_whole(tmp_path: Path) -> None:
    for start in ("demo.launch()", "pass"):  # the script may leave it to `quickdemo run` to find the demo
        facts = played(
            tmp_path,
            SERVED.replace("START", start)
            + """
async def main():
    first = (await processes.run([Thing("a")], LocalCall())).what
    again = (await processes.run([Thing("b")], LocalCall())).what
    error = await error_of(processes.run([Thing("exit")], LocalCall()))
    third = (await processes.run([Thing("c")], LocalCall())).what
    told(first=first, again=again, third=third, here=os.getpid(), why=[error.why, error.exit_code])
    pid = processes.pids[0]
    processes.close()
    await until(lambda: not processes.pids)
    told(closed=str(await error_of(processes.run([Thing("d")], LocalCall()))))

if launch.host is None:
    asyncio.run(main())
""",
            before=THREAD,
        )

        assert facts["first"][:2] == ["a", True] and facts["first"][3:] == [[], "__main__"]
        assert facts["again"][2] == facts["first"][2] != facts["here"]
        assert facts["third"][0] == "c" and facts["third"][2] != facts["first"][2]
        assert facts["why"] == ["crashed", 3]
        assert facts["closed"] == "use cannot run any more: it stops."
        assert "the script has started the thread 'of the script', which a copy would not have" in facts["stderr"]
        assert facts["stderr"].count('{"runs"') == 3


def test_a_script_that_fails_when_it_is_run_again_is_told_and_not_run_for_ever(tmp_path: Path) -> None:
    facts = played(
        tmp_path,
        SERVED.replace("START", "raise LookupError('not here')")
        + """
async def main():
    told(error=str(await error_of(processes.run([Thing("a")], LocalCall()))))

if launch.host is None:
    asyncio.run(main())
""",
        before=THREAD,
    )

    assert facts["error"] == "use could not run: its worker processes end before they begin."
    assert "LookupError: not here" in facts["stderr"]
    assert facts["stderr"].count('{"runs"') == 4


def test_such_a_worker_ends_with_its_parent_also_while_the_script_runs(tmp_path: Path) -> None:
    text = (
        SERVED.replace("START", "time.sleep(100)")
        + """
if launch.host is None:
    processes.warm()
    print(json.dumps(processes.pids), flush=True)
    time.sleep(100)
"""
    )
    command = script(tmp_path, text, before=THREAD)
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        pids = json.loads(process.stdout.readline())
        assert len(pids) == 1 and alive(pids[0])
        os.kill(process.pid, signal.SIGKILL)
        until(lambda: not alive(pids[0]), 5)


def test_without_a_script_functions_stay_in_threads_and_a_warning_says_why(tmp_path: Path) -> None:
    (tmp_path / "play.py").write_text("")
    command = script(tmp_path, 'told(spawner=str(spawner_for({"predict": interface_of(lambda x: x)})))', before=THREAD)
    command[-1:] = ["-c", Path(command[-1]).read_text()]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=60, check=True)

    assert json.loads(done.stdout) == {"spawner": "None"}
    assert "there is no script to run again; functions run in threads" in done.stderr


def test_workers_do_the_same_where_the_system_tells_less(tmp_path: Path) -> None:
    """As on macOS: no memory without a name, no limit that the system holds, no /proc."""
    facts = played(
        tmp_path,
        """
import numpy as np

from quickdemo.runtime.jobs.processes import hand, limits

hand.SILENT_S = 0.5
limits.LINUX = False
del os.memfd_create

def does(what):
    kept = []
    while isinstance(what, str) and what == "eat":
        kept.append(np.ones(1_000_000))
        time.sleep(0.005)  # the system would refuse at once; here it is seen a moment later
    if isinstance(what, str) and what == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    return what

play = Play(does)

async def main():
    processes = play.of(does, memory_bytes=200 << 20)
    array = np.arange(1_000_000)
    told(same=bool((await processes.run([array], LocalCall()) == array).all()))
    told(why=[(await error_of(processes.run([what], LocalCall()))).why for what in ("eat", "stop")])

asyncio.run(main())
""",
    )

    assert facts == {"stderr": "", "same": True, "why": ["memory", "stuck"]}


def test_workers_end_with_the_socket_where_no_signal_tells_of_the_parents_end(tmp_path: Path) -> None:
    text = """
from quickdemo.runtime.jobs.processes import limits

limits.LINUX = False

def waits(x):
    time.sleep(100)

play = Play(waits)
processes = play.of(waits, count=2)
processes.warm()
while len(processes.pids) < 2:
    time.sleep(0.01)
print(json.dumps([play.spawner.pid, *processes.pids]), flush=True)
processes.perform(["x"], LocalCall())
"""
    with subprocess.Popen(script(tmp_path, text), env=environment(), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        pids = json.loads(process.stdout.readline())
        os.kill(process.pid, signal.SIGKILL)
        until(lambda: not any(alive(pid) for pid in pids), 5)


def test_without_its_fork_server_a_call_ends_with_an_error_that_says_so(tmp_path: Path) -> None:
    facts = played(
        tmp_path,
        """
def waits(x):
    time.sleep(float(x))
    return x

play = Play(waits)

async def main():
    processes = play.of(waits)
    await processes.run(["0"], LocalCall())
    running = asyncio.create_task(processes.run(["100"], LocalCall()))
    await until(lambda: processes._running)
    os.kill(play.spawner.pid, signal.SIGKILL)
    told(running=str(await error_of(running)), later=str(await error_of(processes.run(["0"], LocalCall()))))

asyncio.run(main())
""",
    )

    assert facts["running"] == facts["later"] == "waits could not run: the process that makes the workers has ended."
    assert "start the demo anew" in facts["stderr"]
