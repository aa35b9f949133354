"""What the generations have read, and what to do when one of these files is saved."""

from __future__ import annotations

import os
import selectors
from typing import TYPE_CHECKING

from quickdemo.cli.watcher import Watcher
from quickdemo.runtime.reload import fingerprint

if TYPE_CHECKING:
    from quickdemo.cli.generation import Generation
    from quickdemo.cli.supervisor import Supervisor
    from quickdemo.runtime.reload.messages import Message

MISSING_S = 0.25  # editors may remove or empty a file for a moment
_EMPTY = fingerprint.of_bytes(b"")
CONTENT_S = 1.0  # how long the running app may take to show a file without a new generation


class SavedFiles:
    """Compares contents, never times: a save that changes nothing does nothing."""

    def __init__(self, owner: Supervisor) -> None:
        self.owner = owner
        self.watcher: Watcher | None = None
        self._fingerprints = fingerprint.Fingerprints()
        self._tried: list[str] = []  # new modules that a reload has been started for
        self._asked: tuple[Generation, tuple[str, ...]] | None = None  # whether it shows these files by itself
        self._meanwhile: set[str] = set()  # saved while it was asked
        self.current: dict[str, str | None] = {}  # what the last generation that said so has read

    @property
    def way(self) -> str:
        """How saves are noticed, for the banner; "" when nobody looks."""
        return self.watcher.way if self.watcher else ""

    def stop(self) -> None:
        """Stop watching."""
        if self.watcher is not None:
            self.watcher.stop()

    def start(self) -> None:
        options = self.owner.options
        if not options.reload:
            return
        self.watcher = Watcher(options.watch, options.ignore, options.poll_ms)
        self.owner.selector.register(self.watcher, selectors.EVENT_READ, lambda mask: self._on_saved())
        script = [os.path.abspath(options.target)] if self.owner.is_file() else []
        self.watcher.watch([*script, *self._own_files()])
        self._poll()

    def _own_files(self) -> list[str]:
        return [os.path.abspath(p) for p in (self.owner.options.env_file, self.owner.options.auth_file) if p]

    def assumed(self) -> dict[str, str | None]:
        """What a run that starts now will read, as far as it is known."""
        return {path: self._fingerprints.of(path) for path in {*self.current, *self.extra_files()}}

    def extra_files(self) -> list[str]:
        return [*self._own_files(), *(self.watcher.extra_files() if self.watcher else [])]

    def _poll(self) -> None:
        assert self.watcher is not None
        if self.watcher.poll_s:
            self.compare(self.watcher.poll())
        self.owner.later(self.watcher.poll_s or 1.0, self._poll)  # it may have to begin later: no watches left

    def _on_saved(self) -> None:
        assert self.watcher is not None
        self.compare(self.watcher.saved())

    def know(self, generation: Generation, files: dict[str, str | None]) -> None:
        """Remember what a generation has read, and watch it."""
        generation.files = {**{p: generation.assumed.get(p) for p in self.extra_files()}, **files}
        self.current = dict(generation.files)
        if self.watcher is not None:
            self.watcher.watch(self.current)
            self.watcher.watch_modules({folder: set(names) for folder, (names, _) in generation.modules.items()})

    def compare(self, paths: set[str], again: bool = False) -> None:
        """Start anew when one of these files differs from what runs, or from what is being started."""
        if not self.owner.options.reload or self.owner.stopping is not None:
            return
        if self._asked is not None:
            self._meanwhile |= paths
        else:
            self._compare(paths, again)

    def _compare(self, paths: set[str], again: bool) -> None:
        new = self._new_modules()
        if self.owner.starting is None and new and new != self._tried:
            self._tried = new
            self.owner.console.event("saved", files=new)
            self.owner.reload(tuple(new))
            return
        known = self.owner.starting.assumed if self.owner.starting else self.current
        aliases = {os.path.realpath(p): p for p in known}
        changed, styles, missing = [], [], set()
        for path in {aliases.get(p, p) for p in paths}:
            now = self._fingerprints.of(path)
            if now == known.get(path) or (path not in known and self.watcher and self.watcher.is_module(path)):
                continue  # new modules were looked for above
            if now in (None, _EMPTY) and not again:
                missing.add(path)
            elif self.owner.serving and not self.owner.starting and path in self.owner.serving.styles:
                styles.append(path)
                self.current[path] = self.owner.serving.files[path] = now
            else:
                changed.append(path)
        if missing:
            self.owner.later(MISSING_S, lambda: self.compare(missing, again=True))
        if styles and self.owner.serving:
            self.owner.post(self.owner.serving, "css")
            self.owner.console.event("css", files=styles)
            self.owner.console.line("~", f"{', '.join(short(p) for p in styles)}  sent to the open pages")
        if changed:
            self.owner.console.event("saved", files=sorted(changed))
            self._mend_or_reload(tuple(sorted(changed)))

    def _new_modules(self) -> list[str]:
        """Files and folders that a module of the running app would be found in now, and was not."""
        serving, new = self.owner.serving, []
        if serving is None:
            return []
        for folder, (names, found) in serving.modules.items():
            for name in sorted(set(fingerprint.of_modules(folder, names)) - set(found)):
                path = os.path.join(folder, name)
                new.append(path if os.path.isdir(path) else f"{path}.py")
        return new

    def _mend_or_reload(self, changed: tuple[str, ...]) -> None:
        serving = self.owner.serving
        same = serving is not None and all(self._fingerprints.of(p) == f for p, f in serving.files.items())
        if serving is not None and same and not self._new_modules():
            self.owner.drop_starting()
            self._is_served(serving)
            self.owner.console.event("mended", files=list(changed))
            self.owner.console.line("~", f"{', '.join(short(p) for p in changed)}  is again what is served")
        elif serving is not None and self._may_be_shown(serving, changed):
            self._asked = asked = (serving, changed)
            self.owner.post(serving, "content", paths=list(changed))
            self.owner.later(CONTENT_S, lambda: self._answered(asked, "it did not answer in time"))
        else:
            self.owner.reload(changed)

    def _is_served(self, serving: Generation) -> None:
        """What runs is what the files say."""
        self.current = dict(serving.files)
        if self.owner.faulty:
            self.owner.faulty = False
            self.owner.post(serving, "mended")

    # ------------------------------------------------------------------ what the page only shows

    def _may_be_shown(self, serving: Generation, changed: tuple[str, ...]) -> bool:
        """Whether these files may be no more than texts or examples, and all else is as it runs."""
        if self.owner.starting is not None or self._new_modules():
            return False
        if any(p.endswith(".py") or p in serving.styles or p not in serving.files for p in changed):
            return False
        return all(self._fingerprints.of(p) == f for p, f in serving.files.items() if p not in changed)

    def on_content(self, generation: Generation, message: Message) -> None:
        """The app shows these files as they are now, or says why it cannot."""
        generation.files.update(message["files"])
        if self._asked is not None and self._asked == (generation, tuple(message["paths"])):
            self._answered(self._asked, message["why"])

    def _answered(self, asked: tuple[Generation, tuple[str, ...]], why: str) -> None:
        """why: why they are not shown; "" when they are."""
        if asked is not self._asked:
            return
        owner, (generation, paths) = self.owner, asked
        meanwhile, self._asked, self._meanwhile = self._meanwhile, None, set()
        if generation is owner.serving and owner.starting is None:
            if why:
                owner.console.event("content_refused", files=list(paths), why=why)
                owner.reload(paths)
            else:
                self._is_served(generation)
                if self.watcher is not None:
                    self.watcher.watch(self.current)
                owner.console.event("content", files=list(paths))
                owner.console.line("~", f"{', '.join(short(p) for p in paths)}  shown in the open pages")
        self.compare(meanwhile | set(paths))


def short(path: str) -> str:
    """The path as a person would write it here: relative when it lies below the working directory."""
    relative = os.path.relpath(path) if os.path.isabs(path) else path
    return path if relative.startswith("..") else relative
