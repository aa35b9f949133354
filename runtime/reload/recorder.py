"""What a script read so far: files, folders, what it looked for, modules it asked for. Seen by an audit hook."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

from quickdemo.runtime.reload import fingerprint
from quickdemo.runtime.reload.asked_modules import AskedModules
from quickdemo.runtime.reload.native_reads import NativeReads
from quickdemo.runtime.reload.probes import Probes
from quickdemo.runtime.reload.project import Project
from quickdemo.runtime.reload.readers import Readers

STALE = "stale"  # the file changed after the script read it: never equal to a fingerprint
Stamp = tuple[int, int, int] | None
_ITSELF = ("/proc/self/", "/proc/thread-self/")
_NO_SCRIPTS = (os.path.join("metadata", "__init__.py"), os.path.join("quickdemo", "hub", "cache.py"))
_SIDECARS = ("-journal", "-wal", "-shm")  # SQLite's, beside a database
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Recorder:
    """Records while `recording`; an audit hook cannot be removed, so it costs one comparison afterwards.

    files: path -> stamp when it was first read, or after the script last wrote it. listings: folder -> its names.
    probed: "how:path" -> what was seen there, see `fingerprint.look`. imports: modules that were asked for.
    notes: what cannot be compared. wanted: whether anybody follows saves; else only sources are noted.
    """

    def __init__(self, project: Project, wanted: bool = True) -> None:
        self.project = project
        self._wanted = wanted
        self.recording = False
        self.files: dict[str, Stamp] = {}
        self.listings: dict[str, str] = {}
        self.imports = AskedModules(project)
        self.notes: set[str] = set()
        self.ties: set[str] = set()  # to this very process, so that no copy is the same
        self.temporary: set[str] = set()  # removed when the process ends, so that no copy may rely on them
        self.marks: dict[str, str] = {}  # fingerprints of what a copy's past has read, from the supervisor
        self._sources: dict[str, str] = {}
        self.readers = Readers(project)
        self._written: set[str] = set()
        self._unsettled: set[str] = set()
        self._inside = threading.local()
        self._on_line_asked: Callable[[str], None] = lambda path: None
        self.probes = Probes(self._note_probe, project)
        self.probed: dict[str, str] = {}
        self._native: NativeReads | None = None
        self._handlers: dict[str, Callable[[tuple[Any, ...]], Any]] = {
            "open": self._on_open,
            "import": lambda args: self.imports.note(args[0]),
            "os.listdir": self._on_listing,
            "os.scandir": self._on_listing,
            "sqlite3.connect": lambda args: self._note_written(args[0]),
            "os.mkdir": lambda args: self._note_written(args[0]),
            "os.remove": lambda args: self._note_written(args[0]),
            "os.rmdir": lambda args: self._note_written(args[0]),
            "os.truncate": lambda args: self._note_written(args[0]),
            "os.rename": self._on_rename,
            "os.link": lambda args: self._note_written(args[1]),
            "os.symlink": lambda args: self._note_written(args[1]),
            "tempfile.mkdtemp": lambda args: self.temporary.add(args[0]),
            "tempfile.mkstemp": lambda args: self.temporary.add(args[0]),
            "socket.connect": self._on_connect,
            "subprocess.Popen": lambda args: self.notes.add("it ran another program"),
            "os.system": lambda args: self.notes.add("it ran another program"),
            "os.posix_spawn": lambda args: self.notes.add("it ran another program"),
            "sys._getframe": self._on_frame,
            "builtins.input": lambda args: self.notes.add("it asked for input"),
        }

    def install(self, on_line_asked: Callable[[str], None]) -> None:
        """Start to record, until `stop`. on_line_asked: told a file when its code asks on which line it stands."""
        if not self._wanted:
            return
        self._on_line_asked = on_line_asked
        self._native = NativeReads(self.project)
        self.probes.install()
        self.recording = True
        sys.addaudithook(self._hook)

    def stop(self) -> None:
        """Record no more: what is opened from now on is the running app's business. `release` follows."""
        self._take_native()
        self.recording = False
        self.probes.remove()

    def release(self) -> None:
        """Close what told of native code's reads. The kernel may take ten milliseconds for it: nobody should wait."""
        if self._native is not None:
            self._native.close()
            self._native = None

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """For our own look at files, in this thread."""
        before, self._inside.yes = self._is_inside, True
        try:
            yield
        finally:
            self._inside.yes = before

    def in_copy(self) -> int:
        """After a fork: what the copy opens natively is its own. The descriptor that tells of it, -1 for none."""
        if self._native is None:
            return -1
        self._native.renew()
        return self._native.fd

    # ------------------------------------------------------------------ what was recorded

    def note_source(self, path: str, mark: str) -> None:
        """The script, or a module, that runs with the text of this fingerprint."""
        self._sources[path] = mark

    def settle(self) -> None:
        """What was written counts as it is now; what native code opened is added."""
        self._take_native()
        for path in self._unsettled:
            self.files[path] = fingerprint.stamp(path)
        self._unsettled.clear()

    def remaining_temporaries(self) -> list[str]:
        """Temporary files and folders of the script that still exist."""
        self.temporary = {path for path in self.temporary if os.path.exists(path)}
        return [f"the temporary {path} would be removed by one copy" for path in sorted(self.temporary)]

    def report(self) -> dict[str, str | None]:
        """For the watcher: project file -> fingerprint of what was read; None for one that was not there."""
        files: dict[str, str | None] = dict(self._sources)
        for path, before in list(self.files.items()):
            if path in files or path in self._written or path.endswith((".pyc", ".so")):
                continue
            if path in self.marks:  # read before the copy was made, whatever became of the file since
                files[path] = self.marks[path]
            elif self.project.belongs(path):
                files[path] = fingerprint.of_file(path)
                if fingerprint.stamp(path) != before:
                    files[path] = STALE
        return files

    # ------------------------------------------------------------------ recording

    @property
    def _is_inside(self) -> bool:
        return getattr(self._inside, "yes", False)

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        handler = self._handlers.get(event)
        if handler is None:  # nearly always: libraries cause tens of thousands of other events
            return
        if self.recording and not self._is_inside:
            self._inside.yes = True  # a handler's own look at a file is not the script's
            try:
                handler(args)
            finally:
                self._inside.yes = False
        elif event == "open" and not self.recording:
            self.readers.note_late(args[0])

    def _on_open(self, args: tuple[Any, ...]) -> None:
        path, mode, flags = args
        if (
            isinstance(path, str)
            and path.startswith(_ITSELF)
            and self.project.belongs(sys._getframe(2).f_code.co_filename)
        ):
            self.ties.add("it looked at its own process")
        writes = bool(flags & _WRITES) if isinstance(flags, int) else isinstance(mode, str) and mode != "r"
        if (path := self._path(path)) is not None:
            if writes:
                self._note_written(path)
            else:
                self._note_read(path)
                self.readers.note(path)

    def _note_read(self, path: str) -> None:
        if path in self.files:
            return
        try:
            if not stat.S_ISREG(os.stat(path).st_mode):
                return
        except OSError:
            self.files[path] = None
            return
        self.files[path] = fingerprint.stamp(path)

    def _note_written(self, path: Any) -> None:
        if (path := self._path(path)) is not None:
            self._written.add(path)
            self._unsettled.add(path)

    def _on_listing(self, args: tuple[Any, ...]) -> None:
        caller = sys._getframe(2).f_code.co_filename
        if caller.startswith("<frozen importlib") or caller.endswith(_NO_SCRIPTS):
            return  # modules in sys.path, see `imports`, or installed distributions, or what is too old in our cache
        if (path := self._path(args[0] if args[0] is not None else ".")) is not None and path not in self.listings:
            self.listings[path] = fingerprint.of_listing(path)

    def _on_frame(self, args: tuple[Any, ...]) -> None:
        """The project's own code asks on which line something stands, itself or by `inspect`."""
        asks: Any = sys._getframe(2)
        while asks is not None and asks.f_code.co_filename.endswith(f"{os.sep}inspect.py"):
            asks = asks.f_back
        if args and asks is not None and self.project.belongs(asks.f_code.co_filename):
            self._on_line_asked(args[0].f_code.co_filename)

    def _on_rename(self, args: tuple[Any, ...]) -> None:
        self._note_written(args[0])
        self._note_written(args[1])

    def _on_connect(self, args: tuple[Any, ...]) -> None:
        self.notes.add("it used the network")

    def _note_probe(self, how: str, path: Any) -> None:
        if self.recording and not self._is_inside and (path := self._path(path)) is not None:
            with self.paused():
                self.probed.setdefault(f"{how}:{path}", fingerprint.look(how, path))

    def _take_native(self) -> None:
        if self._native is None:
            return
        with self.paused():
            opened, written = self._native.read()
            self._written |= written
            self._unsettled |= written & set(self.files)
            for path in opened - written:
                sidecar = path.endswith(_SIDECARS) and path.rpartition("-")[0] in self._written
                if path not in self._written and not path.endswith(".py") and not sidecar and os.path.exists(path):
                    self._note_read(path)

    def _path(self, path: Any) -> str | None:
        """The absolute path when it counts."""
        if isinstance(path, os.PathLike):
            path = os.fspath(path)
        if isinstance(path, bytes):
            path = os.fsdecode(path)
        if not isinstance(path, str) or "\0" in path:
            return None
        path = os.path.abspath(path)
        return path if self.project.counts(path) else None
