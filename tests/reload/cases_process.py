"""Threads, pools, processes, sockets, timers; and copies that know that they are copies."""

from __future__ import annotations

from tests.reload.case import Case, app, edit, sub, text

BELOW = sub('print("below"', 'print("below", 2')
BELOW_AGAIN = sub('print("below", 2', 'print("below", 3')


def _process(
    name: str, body: str, why: str = "", asks: tuple[str, ...] = ("a",), change: tuple[str, str] = ("", "")
) -> Case:
    """A script that starts something above a costly statement. why: the reason when nothing may be copied past it."""
    last = (
        edit("above", sub(*change), outcome="") if change[0] else edit("a third time", sub('"below", 3', '"below", 4'))
    )
    return Case(
        name,
        {"app.py": app(body)},
        (edit("below", BELOW), edit("below again", BELOW_AGAIN), last),
        about="time.sleep(0.25)",
        outcome="refused" if why else "copied",
        why=why,
        asks=asks,
    )


def _hostile(name: str, statement: str) -> Case:
    """A script that behaves badly in any process but the first one, which the system did not tell it by getpid()."""
    body = f"""
        import ctypes, os, signal, sys, time
        first = open("/proc/self/stat").read().split()[0]
        time.sleep(0.25)
        print("below")
        if open("/proc/self/stat").read().split()[0] != first:
            {statement}
        def answer(text):
            return {{"text": text}}
        """
    return Case(
        name,
        {"app.py": app(body)},
        (edit("below", BELOW), edit("below again", BELOW_AGAIN), edit("a third time", sub('"below", 3', '"below", 4'))),
        about="time.sleep(0.25)",
        outcome="refused",
    )


_SPAWN = text(
    """
    import json, multiprocessing, time
    import quickdemo as gr
    def double(value):
        return value * 2
    def answer(text):
        with context.Pool(1) as pool:
            return json.dumps({"doubled": doubled, "now": pool.map(double, [text])})
    if __name__ == "__main__":
        context = multiprocessing.get_context("spawn")
        with context.Pool(1) as pool:
            doubled = pool.map(double, [1, 2])
        del pool
        time.sleep(0.25)
        print("below", doubled)
        gr.Interface(answer, "text", "text").launch()
    """
)

CASES = [
    _process(
        "a thread that lives",
        """
        import queue, threading, time
        work, done = queue.Queue(), queue.Queue()
        def serve():
            while True:
                done.put(work.get() * 2)
        thread = threading.Thread(target=serve, daemon=True, name="worker")
        thread.start()
        time.sleep(0.25)
        print("below")
        def answer(text):
            work.put(text)
            return {"alive": thread.is_alive(), "done": done.get(timeout=10)}
        """,
        why="thread",
    ),
    _process(
        "a thread that has ended",
        """
        import threading, time
        found = []
        thread = threading.Thread(target=found.append, args=(1,))
        thread.start()
        thread.join()
        time.sleep(0.25)
        print("below")
        def answer(text):
            return {"alive": thread.is_alive(), "found": found, "main": threading.main_thread().name}
        """,
        change=("args=(1,)", "args=(2,)"),
    ),
    _process(
        "a pool of threads, closed",
        """
        import time
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor(3) as pool:
            squares = list(pool.map(lambda n: n * n, range(5)))
        time.sleep(0.25)
        print("below")
        def answer(text):
            with ThreadPoolExecutor(2) as pool:
                return {"squares": squares, "now": list(pool.map(str.upper, [text, "b"]))}
        """,
        change=("n * n", "n + n"),
    ),
    _process(
        "a pool of threads, open",
        """
        import time
        from concurrent.futures import ThreadPoolExecutor
        pool = ThreadPoolExecutor(3)
        squares = list(pool.map(lambda n: n * n, range(5)))
        time.sleep(0.25)
        print("below")
        def answer(text):
            return {"squares": squares, "now": pool.submit(str.upper, text).result(10)}
        """,
        why="thread",
    ),
    _process(
        "locks, events, thread-local values",
        """
        import threading, time
        lock, again, event, local = threading.Lock(), threading.RLock(), threading.Event(), threading.local()
        lock.acquire()
        again.acquire()
        event.set()
        local.value = 1
        time.sleep(0.25)
        print("below")
        again.release()
        main = local.value
        def answer(text):
            return {"locked": lock.locked(), "set": event.is_set(), "main": main, "here": hasattr(local, "value"),
                    "free": again.acquire(blocking=False)}
        """,
        change=("event.set()\n", ""),
    ),
    Case(
        "multiprocessing: spawn",
        {"app.py": _SPAWN},
        (
            edit("below", BELOW),
            edit("below again", BELOW_AGAIN),
            edit("above", sub("value * 2", "value * 3"), outcome=""),
        ),
        about="time.sleep(0.25)",
        outcome="refused",
        why="child",  # the library's tracker of resources lives as long as the script
    ),
    _process(
        "multiprocessing: fork",
        """
        import multiprocessing, time
        context = multiprocessing.get_context("fork")
        queue = context.SimpleQueue()
        worker = context.Process(target=queue.put, args=("from a child",))
        worker.start()
        said = queue.get()
        worker.join()
        code = worker.exitcode
        worker.close()
        queue.close()
        del queue
        time.sleep(0.25)
        print("below", said)
        def answer(text):
            with context.Pool(1) as pool:
                return {"said": said, "code": code, "now": pool.map(len, [text])}
        """,
        change=("from a child", "from another child"),
    ),
    _process(
        "multiprocessing: a pool that stays open",
        """
        import multiprocessing, time
        pool = multiprocessing.get_context("fork").Pool(1)
        lengths = pool.map(len, ["a", "bc"])
        time.sleep(0.25)
        print("below")
        def answer(text):
            return {"lengths": lengths, "now": pool.map(len, [text])}
        """,
        why="thread|child",
    ),
    _process(
        "multiprocessing.Value",
        """
        import multiprocessing, time
        value = multiprocessing.Value("i", 5)
        value.value += 1
        time.sleep(0.25)
        print("below", value.value)
        value.value += 10
        def answer(text):
            value.value += 1
            return {"value": value.value}
        """,
        why="writing|deleted",
        asks=("a", "b"),
    ),
    _process(
        "shared memory without a name",
        """
        import mmap, time
        memory = mmap.mmap(-1, 4096)
        memory[:5] = b"above"
        time.sleep(0.25)
        print("below", memory[0])
        memory[5:10] = b"below"
        def answer(text):
            memory[0] += 1
            return {"memory": memory[:10].decode()}
        """,
        asks=("a", "b"),
    ),
    _process(
        "shared memory with a name",
        """
        import time
        from multiprocessing import shared_memory
        memory = shared_memory.SharedMemory(create=True, size=64)
        memory.buf[0] = 1
        time.sleep(0.25)
        print("below", memory.buf[0])
        def answer(text):
            memory.buf[0] += 1
            return {"value": memory.buf[0]}
        import atexit
        atexit.register(memory.unlink)
        atexit.register(memory.close)
        """,
        why="shared memory|child|socket|pipe|descriptor",
        asks=("a", "b"),
    ),
    _process(
        "subprocess.run",
        """
        import subprocess, sys, time
        said = subprocess.run([sys.executable, "-c", "print(6 * 7)"], capture_output=True, text=True).stdout
        time.sleep(0.25)
        print("below", said.strip())
        def answer(text):
            return {"said": said, "now": subprocess.check_output(["echo", text], text=True)}
        """,
        change=("6 * 7", "6 * 8"),
    ),
    _process(
        "a subprocess that lives",
        """
        import atexit, subprocess, time
        child = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        atexit.register(child.kill)
        time.sleep(0.25)
        print("below")
        def answer(text):
            child.stdin.write(text + "\\n")
            child.stdin.flush()
            return {"echo": child.stdout.readline(), "alive": child.poll() is None}
        """,
        why="child|pipe",
        asks=("a", "b"),
    ),
    _process(
        "os.fork and os.waitpid",
        """
        import os, time
        child = os.fork()
        if child == 0:
            os._exit(7)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        time.sleep(0.25)
        print("below", code)
        def answer(text):
            return {"code": code}
        """,
        change=("os._exit(7)", "os._exit(8)"),
    ),
    _process(
        "an event loop that is kept",
        """
        import asyncio, time
        loop = asyncio.new_event_loop()
        async def double(value):
            await asyncio.sleep(0.001)
            return value * 2
        doubled = loop.run_until_complete(double(2))
        time.sleep(0.25)
        print("below", doubled)
        def answer(text):
            return {"doubled": doubled, "now": loop.run_until_complete(double(text))}
        """,
        why="epoll|socket|descriptor",
    ),
    _process(
        "a pipe and a socket pair",
        """
        import os, socket, time
        read, write = os.pipe()
        left, right = socket.socketpair()
        os.write(write, b"above")
        left.send(b"above")
        time.sleep(0.25)
        print("below")
        def answer(text):
            os.write(write, text.encode())
            left.send(text.encode())
            return {"pipe": os.read(read, 99).decode(), "socket": right.recv(99).decode()}
        """,
        why="pipe|socket|descriptor",
        asks=("a", "b"),
    ),
    _process(
        "a server of the script's own",
        """
        import http.server, threading, time, urllib.request
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(self.path.encode())
            def log_message(self, *args): ...
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        time.sleep(0.25)
        print("below")
        def answer(text):
            url = f"http://127.0.0.1:{server.server_port}/{text}"
            return {"said": urllib.request.urlopen(url).read().decode()}
        """,
        why="thread|socket",
    ),
    _process(
        "requests, with a session that is kept",
        """
        import os, requests, time
        url = os.environ["RELOAD_TEST_URL"]
        session = requests.Session()
        session.headers["X-Who"] = "ada"
        first = session.get(url + "/first").json()
        time.sleep(0.25)
        print("below", first["path"])
        def answer(text):
            return {"first": first, "now": session.get(url + "/" + text).json(), "plain": requests.get(url).json()}
        """,
        change=('"ada"', '"bob"'),
    ),
    _process(
        "a timer that runs",
        """
        import signal, time
        signal.signal(signal.SIGALRM, lambda *_: None)
        signal.setitimer(signal.ITIMER_REAL, 600)
        time.sleep(0.25)
        print("below")
        def answer(text):
            return {"left": signal.getitimer(signal.ITIMER_REAL)[0] > 500}
        """,
        why="timer",
    ),
    _process(
        "the number of the process, kept",
        """
        import os, time
        above = os.getpid()
        time.sleep(0.25)
        print("below")
        def answer(text):
            return {"same": above == os.getpid(), "parent": os.getppid() != above}
        """,
        why="number of its process",
    ),
    _hostile("a copy that ends itself", "os._exit(3)"),
    _hostile("a copy that crashes", "os.kill(os.getpid(), signal.SIGSEGV)"),
    _hostile("a copy that hangs", "time.sleep(600)"),
    _hostile("a copy that raises", "raise RuntimeError('not in a copy')"),
    _hostile("a copy that exits", "sys.exit('not in a copy')"),
]
