"""Calls in worker processes: values both ways, what is told meanwhile, and every way in which a worker can end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from pathlib import Path

from tests.jobs.playing import environment, played, script
from tests.running import alive, until

# ---------------------------------------------------------------- values


def test_a_worker_shares_what_the_script_loaded_and_loads_nothing_again(tmp_path: Path) -> None:
    facts = played(
        tmp_path,
        """
import numpy as np

class Model:
    loads = 0
    def __init__(self):
        Model.loads += 1
        self.weights = np.ones(20_000_000)

MODEL = Model()

def private_mb():
    with open("/proc/self/smaps_rollup") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Private_Dirty")) / 1024

def where(x):
    assert MODEL.weights.sum() == 20_000_000
    return id(MODEL), Model.loads, os.getpid(), private_mb()

play = Play(where)

async def main():
    processes = play.of(where, count=2)
    processes.warm()
    told(here=[id(MODEL), 1, os.getpid()], there=await processes.run(["x"], LocalCall()))

asyncio.run(main())
""",
    )

    assert facts["there"][:2] == facts["here"][:2]
    assert facts["there"][2] != facts["here"][2]
    assert facts["there"][3] < 40  # MB of its own; the weights are 160 MB


def test_large_arrays_pictures_and_texts_come_back_as_they_were_and_not_through_the_socket(tmp_path: Path) -> None:
    facts = played(
        tmp_path,
        """
import numpy as np
from PIL import Image

from quickdemo.runtime.jobs.processes.wire import LARGE_BYTES, Packed

def same(x):
    if isinstance(x, np.ndarray):
        x += 1
    return x

def inline(value):
    packed = Packed(("job", value))
    packed.close()
    return len(packed.body)

play = Play(same)

async def main():
    processes = play.of(same)
    await processes.run([1], LocalCall())
    before = len(os.listdir("/proc/self/fd"))
    array = np.arange(1_500_000, dtype=np.float64).reshape(1000, 1500)
    back = await processes.run([array], LocalCall())
    sliced = np.asfortranarray(array)[::2, ::3]
    picture = Image.fromarray((np.arange(640 * 480 * 3) % 251).astype(np.uint8).reshape(480, 640, 3))
    text = "ü" * 1_000_000
    told(
        array=bool((back == array + 1).all()) and back.dtype == array.dtype and back.flags.writeable,
        untouched=bool(array[0, 1] == 1),
        sliced=bool(((await processes.run([sliced], LocalCall())) == sliced + 1).all()),
        picture=(await processes.run([picture], LocalCall())).tobytes() == picture.tobytes(),
        text=await processes.run([text], LocalCall()) == text,
        empty=(await processes.run([np.zeros((0, 3))], LocalCall())).shape == (0, 3),
        inline=max(map(inline, (array, picture, text))),
        large=LARGE_BYTES,
        left=len(os.listdir("/proc/self/fd")) - before,
    )

asyncio.run(main())
""",
    )

    assert all(facts[name] for name in ("array", "untouched", "sliced", "picture", "text", "empty"))
    assert facts["inline"] <= facts["large"]
    assert facts["left"] == 0  # of the descriptors that carried them


def test_what_cannot_travel_is_named_with_what_to_do(tmp_path: Path) -> None:
    facts = played(
        tmp_path,
        """
def lock(x):
    return {"kept": [1, threading.Lock()]}

def two(x, y):
    return "fine", open(os.devnull)

def same(x):
    return x

play = Play(lock, two, same)

async def main():
    for function, values in ((lock, ["x"]), (two, ["x", "y"]), (same, [lambda: 1])):
        error = await error_of(play.of(function).run(values, LocalCall()))
        told(**{function.__name__: [type(error).__name__, error.message, error.hint]})
    processes = play.of(lock)
    pids = set()
    for _ in range(2):
        await error_of(processes.run(["x"], LocalCall()))
        pids |= set(processes.pids)
    told(pids=len(pids))

asyncio.run(main())
""",
    )

    kind, text, hint = facts["lock"]
    assert kind == "UnsendableError"
    cannot = "cannot be sent between processes: it"
    assert text.startswith(f"What lock returned {cannot} has at ['kept'][1] <unlocked _thread")
    assert hint.endswith("or let the function run in threads: process=False.")
    assert facts["two"][1].startswith(f"Value 2 of 2 that two returned {cannot} is <_io.Text")
    assert facts["same"][1].startswith(f"The value of the textbox x {cannot} is <function")
    assert facts["pids"] == 1  # it costs no worker


def test_coroutines_generators_and_the_request_are_as_in_a_thread(tmp_path: Path) -> None:
    facts = played(
        tmp_path,
        """
import threading

async def later(x):
    await asyncio.sleep(0)
    return x + "!", id(asyncio.get_running_loop())

def count(n):
    for i in range(int(n)):
        yield i

async def count_later(n):
    for i in range(int(n)):
        await asyncio.sleep(0)
        yield i

def who(x, request: gr.Request):
    return request.headers["user-agent"], request.client.host, request.query_params["q"], request.username

play = Play(later, count, count_later, who)

class Asked(LocalCall):
    def __init__(self):
        super().__init__()
        from quickdemo.runtime.request import Client, Request
        self.request = Request("ada", {"user-agent": "test"}, {"q": "1"}, Client("10.0.0.1", 5), "s", "/api/who")

async def main():
    processes = play.of(later)
    one, two = await processes.run(["a"], LocalCall()), await processes.run(["b"], LocalCall())
    told(later=[one[0], two[0]], one_loop=one[1] == two[1])
    for function in (count, count_later):
        taken, threads = [], set()
        def put(value):
            taken.append(value)
            threads.add(threading.current_thread() is threading.main_thread())
        processes = play.of(function)
        last = await processes.run(["20"], LocalCall(), put)
        told(**{function.__name__: [taken, last, await processes.run(["20"], LocalCall()), list(threads)]})
    told(who=await play.of(who).run(["x"], Asked()), nobody=str(await error_of(play.of(who).run(["x"], LocalCall()))))

asyncio.run(main())
""",
    )

    assert facts["later"] == ["a!", "b!"] and facts["one_loop"]
    assert facts["count"] == facts["count_later"] == [list(range(20)), None, 19, [False]]
    assert facts["who"] == ["test", "10.0.0.1", "1", "ada"]
    assert facts["nobody"] == "'user-agent'"


def test_progress_and_messages_reach_the_call(tmp_path: Path) -> None:
    facts = played(
        tmp_path,
        """
import tqdm

def slow(x, progress=gr.Progress(track_tqdm=True)):
    progress(0.25, desc="first")
    gr.Info("begun", duration=3)
    for step in tqdm.tqdm(range(3), desc="own", file=open(os.devnull, "w")):
        pass
    progress((9, 10), unit="files")
    gr.Warning("late")
    return x

play = Play(slow)

async def main():
    call, seen = LocalCall(), []
    call.reports.sink = lambda kind, what: seen.append([kind, what() if kind == "progress" else what["log"]])
    told(back=await play.of(slow).run(["x"], call), seen=seen, messages=call.reports.messages)
    silent = LocalCall()
    await play.of(slow).run(["x"], silent)
    told(silent=[message["log"] for message in silent.reports.messages])

asyncio.run(main())
""",
    )

    bars = [what for kind, what in facts["seen"] if kind == "progress"]
    assert [what for kind, what in facts["seen"] if kind == "log"] == ["begun", "late"] == facts["silent"]
    assert facts["messages"][0]["duration"] == 3
    assert bars[-1][0]["index"] == 9 and bars[-1][0]["unit"] == "files"
    assert len(bars) <= 3  # several within a moment are told as the newest


def test_errors_come_with_the_workers_traceback(tmp_path: Path) -> None:
    facts = played(
        tmp_path,
        """
import traceback

class Odd(Exception):
    def __init__(self, code, where):
        super().__init__(f"code {code} at {where}")
        self.code = code

def fails(how):
    class Local(ValueError):
        pass
    errors = {
        "plain": lambda: ValueError("no", 3),
        "odd": lambda: Odd(7, "here"),
        "local": lambda: Local("only here"),
        "gr": lambda: gr.Error("No face.", "Look here.", title="Sorry", duration=4),
        "os": lambda: FileNotFoundError(2, "No such file", "x.txt"),
        "exit": lambda: SystemExit(3),
        "interrupt": lambda: KeyboardInterrupt(),
        "holds": lambda: ValueError(threading.Lock()),
    }
    raise errors[how]()

async def afails(how):
    raise SystemExit(4)

play = Play(fails, afails)

async def main():
    processes = play.of(fails)
    def perform(how):
        try:
            processes.perform([how], LocalCall())
        except BaseException as error:
            return error
    async def error(how):
        return await asyncio.to_thread(perform, how)
    plain, odd, local, author = await error("plain"), await error("odd"), await error("local"), await error("gr")
    text = "".join(traceback.format_exception(plain))
    told(
        plain=[type(plain) is ValueError, plain.args, 'raise errors[how]()' in text, "worker.py" in text],
        odd=[type(odd) is Odd, str(odd), odd.code],
        local=[type(local).__name__, str(local), isinstance(local, Exception)],
        gr=[type(author) is gr.Error, author.message, author.hint, author.title, author.duration],
        os=[(await error("os")).errno, (await error("os")).filename],
        exit=[type(await error("exit")).__name__, (await error("exit")).code],
        interrupt=type(await error("interrupt")).__name__,
        holds=[type(await error("holds")).__name__, "unlocked" in str(await error("holds"))],
    )
    ended = await error_of(processes.run(["exit"], LocalCall()))
    told(ended=[type(ended).__name__, type(ended.cause).__name__], workers=len(processes.pids))
    processes = play.of(afails)
    told(asynchronous=[str(await error_of(processes.run(["x"], LocalCall()))) for _ in range(2)])
    told(alive=len(processes.pids))

asyncio.run(main())
""",
    )

    assert facts["plain"] == [True, ["no", 3], True, False]
    assert facts["odd"] == [True, "code 7 at here", 7]
    assert facts["local"] == ["Local", "only here", True]
    assert facts["gr"] == [True, "No face.", "Look here.", "Sorry", 4]
    assert facts["os"] == [2, "x.txt"]
    assert facts["exit"] == ["SystemExit", 3] and facts["interrupt"] == "KeyboardInterrupt"
    assert facts["holds"] == ["ValueError", True]
    assert facts["ended"] == ["CallEnded", "SystemExit"] and facts["workers"] == 1
    assert facts["asynchronous"] == ["SystemExit(4)"] * 2 and facts["alive"] == 1
    assert "never retrieved" not in facts["stderr"]


def test_what_refuses_a_yielded_value_ends_the_generator(tmp_path: Path) -> None:
    facts = played(
        tmp_path,
        """
def count(path):
    try:
        for i in range(1_000_000):
            yield i
    finally:
        open(path, "w").close()

play = Play(count)

async def main():
    processes = play.of(count)
    def put(value):
        if value == 3:
            raise LookupError("not that")
    error = await error_of(processes.run([sys.argv[0] + ".closed"], LocalCall(), put))
    told(error=repr(error), closed=os.path.exists(sys.argv[0] + ".closed"), workers=len(processes.pids))

asyncio.run(main())
""",
    )

    assert facts["error"] == "LookupError('not that')" and facts["closed"] and facts["workers"] == 1


def test_invoke_gives_a_generator_that_ends_the_call_when_it_is_closed(tmp_path: Path) -> None:
    facts = played(
        tmp_path,
        """
from quickdemo.runtime.returned import UNCHANGED

def count(path):
    try:
        for i in range(1_000_000):
            yield i, UNCHANGED
    finally:
        open(path, "w").close()

def plain(x):
    return x

play = Play(count, plain)
path = sys.argv[0] + ".closed"
processes = play.of(count)
steps = processes.invoke([path], LocalCall())
first = next(steps), next(steps)
pids = processes.pids
steps.close()
told(first=[first[0][0], first[1][0]], unchanged=first[0][1] is UNCHANGED, closed=os.path.exists(path))
told(again=[value for value, _ in zip(processes.invoke([path], LocalCall()), range(2))][1][0])
told(same=processes.pids == pids, plain=play.of(plain).invoke([7], LocalCall()))

call = LocalCall()
waiting = processes.invoke([path], call)
next(waiting)
threading.Timer(0.2, processes.cancel, [call]).start()
try:
    for _ in waiting:
        pass
except BaseException as error:
    told(cancelled=type(error).__name__)
""",
    )

    assert facts["first"] == [0, 1] and facts["unchanged"] and facts["closed"]
    assert facts["again"] == 1 and facts["same"] and facts["plain"] == 7
    assert facts["cancelled"] == "CallCancelled"


# ---------------------------------------------------------------- ends


CRASHES = """
def crash(how):
    if how == "exit":
        os._exit(7)
    if how == "segfault":
        ctypes.string_at(0)
    if how == "sleep":
        time.sleep(0.5)
    return how

play = Play(crash)
"""


def test_a_crash_costs_its_own_call_alone_and_another_worker_takes_its_place(tmp_path: Path) -> None:
    facts = played(
        tmp_path,
        CRASHES
        + """
async def main():
    processes = play.of(crash, count=2)
    processes.warm()
    bystander = asyncio.create_task(processes.run(["sleep"], LocalCall()))
    for how in ("exit", "segfault"):
        error = await error_of(processes.run([how], LocalCall()))
        began = time.monotonic()
        told(**{how: [type(error).__name__, error.why, error.exit_code, error.signal, error.message]})
        told(**{how + "_next": [await processes.run(["fine"], LocalCall()), time.monotonic() - began]})
    told(bystander=await bystander)
    await until(lambda: len(processes.pids) == 2)
    idle = processes.pids[0]
    os.kill(idle, signal.SIGKILL)
    told(together=await asyncio.gather(*(processes.run(["fine"], LocalCall()) for _ in range(4))))
    await until(lambda: len(processes.pids) == 2 and idle not in processes.pids)

asyncio.run(main())
""",
    )

    assert facts["exit"][:4] == ["WorkerDiedError", "crashed", 7, None]
    assert facts["exit"][4] == "The process that ran crash has crashed: it ended with the code 7."
    assert facts["segfault"][:4] == ["WorkerDiedError", "crashed", None, signal.SIGSEGV]
    for name in ("exit_next", "segfault_next"):
        assert facts[name][0] == "fine" and facts[name][1] < 1
    assert facts["bystander"] == "sleep"
    assert facts["together"] == ["fine"] * 4


def test_cancelling_ends_a_call_where_it_stands_and_kills_one_that_does_not_listen(tmp_path: Path) -> None:
    facts = played(
        tmp_path,
        """
def endless(path):
    open(path, "w").close()
    try:
        while True:
            pass
    finally:
        open(path + ".tidied", "w").close()

def deaf(path):
    open(path, "w").close()
    while True:
        try:
            time.sleep(60)
        except BaseException:
            pass

async def waits(path):
    try:
        open(path, "w").close()
        await asyncio.sleep(60)
    finally:
        open(path + ".tidied", "w").close()

play = Play(endless, deaf, waits)

async def main():
    for function in (endless, deaf, waits):
        path = f"{sys.argv[0]}.{function.__name__}"
        processes = play.of(function, grace_s=0.3)
        task = asyncio.create_task(processes.run([path], LocalCall()))
        await until(lambda: os.path.exists(path))
        pid, began = processes.pids[0], time.monotonic()
        task.cancel()
        error = await error_of(task)
        took = time.monotonic() - began
        try:
            os.kill(pid, 0)
            spared = True
        except ProcessLookupError:
            spared = False
        told(**{function.__name__: [type(error).__name__, spared, os.path.exists(path + ".tidied"), took]})

asyncio.run(main())
""",
    )

    assert facts["endless"][:3] == facts["waits"][:3] == ["CancelledError", True, True]
    assert facts["deaf"][:3] == ["CancelledError", False, False]
    assert facts["deaf"][3] >= 0.3
    assert all(facts[name][3] < 2 for name in ("endless", "deaf", "waits"))


def test_a_call_that_waits_for_a_worker_can_be_cancelled_and_never_begins(tmp_path: Path) -> None:
    facts = played(
        tmp_path,
        """
def note(path, until=None):
    open(path, "w").close()
    while until and not os.path.exists(until):
        time.sleep(0.01)
    return path

play = Play(note)

async def main():
    processes = play.of(note)
    first = asyncio.create_task(processes.run([sys.argv[0] + ".1", sys.argv[0] + ".go"], LocalCall()))
    await until(lambda: os.path.exists(sys.argv[0] + ".1"))
    second = asyncio.create_task(processes.run([sys.argv[0] + ".2"], LocalCall()))
    await asyncio.sleep(0)
    second.cancel()
    error = await error_of(second)
    told(error=type(error).__name__, at_once=not first.done())
    open(sys.argv[0] + ".go", "w").close()
    await first
    await processes.run([sys.argv[0] + ".3"], LocalCall())
    told(begun=os.path.exists(sys.argv[0] + ".2"))

asyncio.run(main())
""",
    )

    assert facts["error"] == "CancelledError" and facts["at_once"] and not facts["begun"]


def test_what_a_function_started_ends_with_its_worker(tmp_path: Path) -> None:
    facts = played(
        tmp_path,
        """
import subprocess

def starts(path):
    child = subprocess.Popen(["sleep", "100"])
    with open(path + ".new", "w") as file:
        file.write(str(child.pid))
    os.rename(path + ".new", path)
    os._exit(1)

play = Play(starts)

async def main():
    path = sys.argv[0] + ".pid"
    await error_of(play.of(starts).run([path], LocalCall()))
    told(pid=int(open(path).read()))

asyncio.run(main())
""",
    )

    assert until(lambda: not alive(facts["pid"]), 5)


def test_limits_of_memory_and_time_end_the_call_and_say_which(tmp_path: Path) -> None:
    facts = played(
        tmp_path,
        """
import numpy as np

def eats(how):
    kept = []
    while how == "much":
        kept.append(np.ones(1_000_000))
    if how == "caught":
        try:
            np.ones(100_000_000)
        except MemoryError:
            return "went without"
    if how == "long":
        while True:
            pass
    return "fine"

play = Play(eats)

async def main():
    processes = play.of(eats, memory_bytes=200 << 20, time_s=20)
    pids = []
    for how in ("fine", "much", "fine", "caught"):
        result = await error_of(processes.run([how], LocalCall()))
        pids += processes.pids[-1:]
        told(**{how: [getattr(result, "why", result), str(result)]})
    processes = play.of(eats, time_s=0.2, grace_s=0.3)
    error = await error_of(processes.run(["long"], LocalCall()))
    told(long=[error.why, str(error)], pids=pids)

asyncio.run(main())
""",
    )

    assert facts["much"] == ["memory", "eats took more memory than the 200 MB that a call may take here."]
    assert "fine" in facts["fine"][0] and "went without" in facts["caught"][0]
    assert facts["pids"][0] != facts["pids"][-1]
    assert facts["long"] == ["time", "eats took longer than the 0.2 s that a call may take here."]


def test_a_stopped_or_hung_worker_is_found_and_one_that_was_idle_costs_nothing(tmp_path: Path) -> None:
    facts = played(
        tmp_path,
        """
from quickdemo.runtime.jobs.processes import hand

hand.SILENT_S, hand.STUCK_S = 0.4, 1.0

def stops(how):
    if how == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    if how == "hang":  # native code that keeps Python's lock
        ctypes.PyDLL(None).sleep(100)
    if how == "busy":  # so does this: no sign of life, but it computes
        sum(range(100_000_000))
    return how

play = Play(stops)

async def main():
    processes = play.of(stops)
    error = await error_of(processes.run(["stop"], LocalCall()))
    told(stop=[error.why, error.signal], busy=await processes.run(["busy"], LocalCall()))
    told(hang=(await error_of(processes.run(["hang"], LocalCall()))).why)
    await processes.run(["fine"], LocalCall())
    os.kill(processes.pids[0], signal.SIGSTOP)
    told(idle=await processes.run(["fine"], LocalCall()))

asyncio.run(main())
""",
    )

    assert facts["stop"] == ["stuck", signal.SIGKILL] and facts["hang"] == "stuck"
    assert facts["busy"] == "busy" and facts["idle"] == "fine"


def test_many_calls_share_two_workers_each_of_which_runs_one_at_a_time(tmp_path: Path) -> None:
    facts = played(
        tmp_path,
        """
import random

inside = 0

def one(x):
    global inside
    inside += 1
    assert inside == 1
    time.sleep(0.01)
    inside -= 1
    return x, os.getpid(), random.random()

play = Play(one)

async def main():
    processes = play.of(one, count=2)
    results = await asyncio.gather(*(processes.run([i], LocalCall()) for i in range(20)))
    order, pids, drawn = zip(*results)
    told(order=order, pids=len(set(pids)), drawn=len(set(drawn)))

asyncio.run(main())
""",
    )

    assert facts["order"] == list(range(20)) and facts["pids"] == 2 and facts["drawn"] == 20


def test_nothing_is_left_when_the_parent_is_killed_or_closes_and_idle_workers_rest(tmp_path: Path) -> None:
    text = """
import subprocess

def starts(x):
    child = subprocess.Popen(["sleep", "100"])
    return child.pid

play = Play(starts)

async def main():
    processes = play.of(starts, count=2)
    processes.warm()
    children = await asyncio.gather(processes.run(["x"], LocalCall()), processes.run(["x"], LocalCall()))
    await until(lambda: len(processes.pids) == 2)
    told(all=[play.spawner.pid, *processes.pids, *children])
    await asyncio.sleep(60)

asyncio.run(main())
"""
    with subprocess.Popen(script(tmp_path, text), env=environment(), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        pids = json.loads(process.stdout.readline())["all"]
        assert len(pids) == 5 and all(alive(pid) for pid in pids)
        settled = until(lambda: rests(pids), 10)
        os.kill(process.pid, signal.SIGKILL)
        until(lambda: not any(alive(pid) for pid in pids), 2)

    assert settled


def rests(pids: list[int]) -> bool:
    """Whether none of these processes computes for a while."""
    before = [ticks(pid) for pid in pids]
    threading.Event().wait(1.2)  # longer than the time between two signs of life
    return [ticks(pid) for pid in pids] == before


def ticks(pid: int) -> int:
    """Hundredths of a second that a process has computed."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
