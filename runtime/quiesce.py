"""End, before a fork, the idle threads and connections that their libraries make anew when they need them."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import sys
import threading
import time
from typing import Any, NamedTuple

from quickdemo.runtime.own_process import descriptors, memory_maps

# jemalloc's (pyarrow starts one when it is imported) returns unused memory, and its own at-fork handlers switch it off.
_DISPENSABLE = {"jemalloc_bg_thd"}
_OMP_PAUSE_HARD = 2  # OpenMP 5.0, section 3.2.44
_WAIT_S = 0.0005
LEAST_PATIENCE_S, MOST_PATIENCE_S = 0.005, 0.1


class Pool(NamedTuple):
    """An OpenMP pool that was ended. library: its file. threads: how many it had."""

    library: str
    threads: int


def quiesce(patience_s: float) -> list[Pool]:
    """What `revive` must be given, in this process and in every copy.

    patience_s: how long threads that were told to end may take, within LEAST_PATIENCE_S and MOST_PATIENCE_S.
    """
    for step in (_stop_tqdm_monitor, _rest_opencv, _drop_hub_sessions, _close_idle_connections):
        with contextlib.suppress(Exception):  # then its threads or sockets are still there, and are a reason to refuse
            step()
    return _end_native_pools(time.monotonic() + min(max(patience_s, LEAST_PATIENCE_S), MOST_PATIENCE_S))


def revive(pools: list[Pool]) -> None:
    """Start this thread's OpenMP pools again. They would start by themselves, but libgomp spins longer in its
    barriers while it counts fewer threads than processors: another speed than in a clean run."""
    if not pools:
        return
    nothing = ctypes.cast(ctypes.CDLL(None).free, ctypes.c_void_p)  # free(NULL), in each thread
    for path, threads in pools:
        if hasattr(library := _loaded(path), "GOMP_parallel"):
            library.GOMP_parallel(nothing, None, threads, 0)


def native_threads() -> int:
    """Threads of this process, Python's and others, but for those that a copy does without."""
    tasks = os.listdir("/proc/self/task")
    return 1 if len(tasks) == 1 else sum(_comm(task) not in _DISPENSABLE for task in tasks)


def _comm(task: str) -> str:
    try:
        with open(f"/proc/self/task/{task}/comm") as file:
            return file.read().strip()
    except OSError:
        return ""


def _until_ended(deadline: float) -> int:
    """Waits for threads that were told to end; how many are left."""
    while (count := native_threads()) > 1 and time.monotonic() < deadline:
        time.sleep(_WAIT_S)
    return count


def _loaded(path: str) -> Any:
    try:
        return ctypes.CDLL(path, mode=os.RTLD_NOLOAD)
    except OSError:
        return None


def _end_native_pools(deadline: float) -> list[Pool]:
    if native_threads() == 1:
        return []
    ended = []
    for path in {line.rsplit(None, 1)[-1] for line in memory_maps() if "omp" in line or "blas" in line}:
        name, library = os.path.basename(path), _loaded(path)
        if "openblas" in name and hasattr(library, "blas_thread_shutdown_"):
            library.blas_thread_shutdown_()  # what its own atfork handler calls; it restarts when needed
        elif "openblas" in name:
            _fork_for_nothing()
        elif name.startswith(("libgomp", "libomp", "libiomp")) and hasattr(library, "omp_pause_resource_all"):
            before = native_threads()
            library.omp_pause_resource_all(_OMP_PAUSE_HARD)
            if (gone := before - _until_ended(deadline)) > 0:
                ended.append(Pool(path, gone + 1))
    _until_ended(deadline)
    return ended


def _fork_for_nothing() -> None:
    """OpenBLAS ends its threads before each fork (pthread_atfork); newer builds export no other way to have it done.

    The C library's fork, so that nothing of Python's is told of a process that ends at once.
    """
    libc = ctypes.PyDLL(None)  # keeps the interpreter's lock: in the child no thread could give it back
    pid = libc.fork()
    if pid == 0:
        libc._exit(0)
    if pid > 0:  # below: no process could be made, and the threads are still there
        with contextlib.suppress(ChildProcessError):  # the user ignores SIGCHLD
            os.waitpid(pid, 0)


def _stop_tqdm_monitor() -> None:
    for thread in threading.enumerate():
        if type(thread).__module__ == "tqdm._monitor":
            thread.exit()  # type: ignore[attr-defined]
            thread.tqdm_cls.monitor = None  # type: ignore[attr-defined]  # made anew by the next bar


def _rest_opencv() -> None:
    cv2 = sys.modules.get("cv2")
    if cv2 is not None and hasattr(cv2, "setNumThreads"):
        count = cv2.getNumThreads()
        if count > 1:
            cv2.setNumThreads(1)
            cv2.setNumThreads(count)


def _drop_hub_sessions() -> None:
    hub = sys.modules.get("huggingface_hub.utils._http")
    for name in ("close_session", "reset_sessions"):  # 1.x, 0.x: made anew by the next request
        if hub is not None and hasattr(hub, name):
            getattr(hub, name)()
            return


def _close_idle_connections() -> None:
    pools = sys.modules.get("urllib3.poolmanager")
    if pools and sum(target.startswith("socket:") for _, target in descriptors()) > 1:  # one is ours
        for manager in gc.get_objects():
            if isinstance(manager, pools.PoolManager):
                manager.clear()  # kept-alive connections; the next request opens a new one
