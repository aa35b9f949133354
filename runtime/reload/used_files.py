"""Which files of the project a script used: modules it imported, files it opened for reading."""

from __future__ import annotations

import os
import site
import stat
import sys
import sysconfig
from importlib.machinery import SourceFileLoader
from types import CodeType
from typing import Any

from quickdemo.runtime.reload import fingerprint

STALE = "stale"  # the file changed after the script read it: never equal to a fingerprint
_OWN = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))


class UsedFiles:
    """Records while `recording`; an audit hook cannot be removed, so it costs one comparison afterwards."""

    def __init__(self, root: str) -> None:
        """root: the script's folder; what lies in it is always the project's."""
        self.root = os.path.realpath(root)
        self.recording = False
        self._ignored = _ignored_folders()
        self._sources: dict[str, str] = {}
        self._opened: dict[str, tuple[int, int, int] | None] = {}
        self._written: set[str] = set()

    def install(self) -> None:
        """Start to record, for the rest of the process or until `recording` is set to False."""
        self.recording = True
        sys.addaudithook(self._hook)
        self._read_project_sources_anew()

    def belongs(self, path: str) -> bool:
        """Whether an absolute path is the project's own, and not an installed package or the system's."""
        if f"{os.sep}site-packages{os.sep}" in path or f"{os.sep}.quickdemo{os.sep}" in path:
            return False
        if path.startswith(self.root + os.sep):
            return not path.startswith(tuple(f for f in self._ignored if f.startswith(self.root + os.sep)))
        return not path.startswith(self._ignored)

    def note_source(self, path: str, content: bytes) -> None:
        """The script, or a module, that runs with this very text."""
        self._sources[path] = fingerprint.of_bytes(content)

    def report(self) -> dict[str, str | None]:
        """Path -> fingerprint of what was read; None for a file that was not there."""
        files: dict[str, str | None] = dict(self._sources)
        for path, before in list(self._opened.items()):
            if path in files or path in self._written:
                continue
            files[path] = fingerprint.of_file(path)
            if fingerprint.stamp(path) != before:
                files[path] = STALE
        return files

    # ------------------------------------------------------------------ recording

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        if event != "open" or not self.recording:
            return
        self.recording = False  # what follows opens nothing, but asks the file system
        try:
            self._note_open(args[0], args[1], args[2])
        finally:
            self.recording = True

    def _note_open(self, path: Any, mode: Any, flags: Any) -> None:
        if isinstance(path, bytes):
            path = os.fsdecode(path)
        if not isinstance(path, str) or path.endswith((".pyc", ".so")) or "\0" in path:
            return
        path = os.path.abspath(path)
        if not self.belongs(path):
            return
        if isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR):
            self._written.add(path)
        elif path not in self._opened:
            try:
                if not stat.S_ISREG(os.stat(path).st_mode):
                    return
            except OSError:
                self._opened[path] = None
                return
            self._opened[path] = fingerprint.stamp(path)

    def _read_project_sources_anew(self) -> None:
        """Compile the project's modules from their source: cached bytecode counts time in whole seconds."""
        original = SourceFileLoader.get_code
        used = self

        def get_code(loader: SourceFileLoader, fullname: str) -> CodeType | None:
            path = os.path.abspath(loader.get_filename(fullname))
            if not used.recording or not used.belongs(path):
                return original(loader, fullname)
            content = loader.get_data(path)
            used.note_source(path, content)
            code: CodeType = loader.source_to_code(content, path)
            return code

        SourceFileLoader.get_code = get_code  # type: ignore[method-assign, assignment]


def _ignored_folders() -> tuple[str, ...]:
    """Folders of the interpreter, installed packages, quickdemo itself, and the system."""
    paths = sysconfig.get_paths()
    installed = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    installed.update(site.getsitepackages() if hasattr(site, "getsitepackages") else ())
    installed.add(site.getusersitepackages())
    installed.update({sys.prefix, _OWN, os.path.expanduser("~/.cache")})
    system = {"/usr", "/etc", "/proc", "/sys", "/dev", "/run", "/var", "/tmp", "/lib", "/lib64", "/opt"}
    return tuple(sorted(os.path.realpath(p) + os.sep for p in installed | system if p not in ("", os.sep)))
