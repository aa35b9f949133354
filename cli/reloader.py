"""How a generation comes to be: resumed from a checkpoint where that is honest, else from the beginning."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from quickdemo.cli.checkpoints import Checkpoint, Checkpoints, Refused, UnitText
from quickdemo.cli.generation import Generation, spawn
from quickdemo.cli.prepared import prepare
from quickdemo.cli.processes import own_memory
from quickdemo.cli.saved_files import short
from quickdemo.runtime.reload import fingerprint
from quickdemo.runtime.reload.messages import Channel, Message, close_all

if TYPE_CHECKING:
    from quickdemo.cli.supervisor import Supervisor

PREPARE_S = 0.1  # after a reload, when the processor is idle again
WEIGH_S = 1.0
AWAKE_S = 0.5  # a twin that has not said anything by then is stuck
HEDGE_S, HEDGE_FACTOR = 2.0, 3.0  # a resumed run later than this gets a clean rival
MOST_MEMORY = 0.25  # of the serving process, that all frozen copies may add; what it writes later makes it three tenths
SMALL_BYTES = 24 * 2**20  # that they may hold in any case: a start from nothing is dearer


class Reloader:
    """Starts generations for the supervisor and keeps their checkpoints."""

    def __init__(self, owner: Supervisor) -> None:
        self.owner = owner
        self.checkpoints = Checkpoints(self._forget)
        self._shown: set[tuple[Any, ...]] = set()  # errors of clean runs
        self._noted: set[str] = set()
        self.unsafe: dict[str, dict[str, Any]] = {}  # statement -> why no copy is made after it
        self._resumed_s = self._clean_s = 1.0  # how long runs took to be ready, the last time

    def begin(self, causes: tuple[str, ...], env: dict[str, str], start: dict[str, Any], fresh: str = "") -> Generation:
        """Start the next generation. fresh: why it must be a fresh process; "" when it need not. Raises SyntaxError."""
        checkpoint: Checkpoint | None = None
        texts: dict[int, UnitText] = {}
        refused: list[Refused] = []
        if not fresh:
            checkpoint, texts, refused = self.checkpoints.choose(env)
        assumed = self.owner.saved.assumed()
        if checkpoint is None:
            generation = self._spawn(start, assumed)
        else:
            generation = self._resume(checkpoint, texts, start, {**assumed, **{t.path: t.mark for t in texts.values()}})
        generation.causes = causes
        self._say(generation, checkpoint, refused, fresh)
        return generation

    def _spawn(self, start: dict[str, Any], assumed: dict[str, str | None]) -> Generation:
        prepared, self.owner.prepared = self.owner.prepared, None
        if prepared is not None and self.owner.processes.ended(prepared.pid) is not None:
            prepared = None
        return spawn(self.owner.number, start, assumed, prepared)

    def _resume(
        self, checkpoint: Checkpoint, texts: dict[int, UnitText], start: dict[str, Any], assumed: dict[str, str | None]
    ) -> Generation:
        twin = checkpoint.take_twin()
        checkpoint.used = time.monotonic()
        sources = {str(n): {"text": t.text, "mark": t.mark} for n, t in texts.items() if t != checkpoint.texts[n]}
        generation = Generation(self.owner.number, twin.channel, assumed, twin.pid, checkpoint)
        generation.units = dict(texts)
        generation.statement = checkpoint.statement_in(texts)
        self.owner.unregister(twin.channel)
        marks = checkpoint.marks
        twin.channel.post("resume", generation=generation.number, sources=sources, marks=marks, **start)
        self.owner.later(AWAKE_S, lambda: self._look_at(generation, stuck=not generation.awake))
        expected_s = max(self._resumed_s, self._clean_s - checkpoint.cost_s)
        late = HEDGE_S + HEDGE_FACTOR * expected_s
        self.owner.later(late, lambda: self._look_at(generation, stuck=False))
        return generation

    def _say(self, generation: Generation, checkpoint: Checkpoint | None, refused: list[Refused], fresh: str) -> None:
        if not self.owner.options.reload:
            return
        facts: dict[str, Any] = {"generation": generation.number}
        facts["refused"] = [{"statement": r.statement, "why": r.why, "saved_s": round(r.cost_s, 3)} for r in refused]
        if checkpoint is not None and not checkpoint.root:
            facts |= {"statement": generation.statement, "text": checkpoint.facts["text"]}
            self.owner.console.event("resume", saved_s=round(checkpoint.cost_s, 3), **facts)
            self._say_notes(checkpoint)
            return
        generation.why_clean = fresh or (refused[0].why if refused else "")
        otherwise = "nothing took long enough to be kept" if self.checkpoints.all else "there are no checkpoints"
        why = generation.why_clean or ("the first start" if generation.number == 1 else otherwise)
        self.owner.console.event("clean", why=why, **facts)

    def _say_notes(self, checkpoint: Checkpoint) -> None:
        """What above the edit cannot be compared is said once in a session."""
        new = [note for note in checkpoint.facts["notes"] if note not in self._noted]
        self._noted.update(new)
        if new:
            line = f"above {checkpoint.statement} {' and '.join(new)}: what came of it is kept (r runs everything anew)"
            self.owner.console.line("-", line)

    # ------------------------------------------------------------------ doubts

    def _look_at(self, generation: Generation, stuck: bool) -> None:
        """Is a resumed run late? One that never woke is abandoned, one that is slow gets a clean rival."""
        if generation is not self.owner.starting or generation.state != "starting" or generation.origin is None:
            return
        if stuck:
            self.checkpoints.drop(generation.origin)
            self.owner.reload(generation.causes, why="the copy it was resumed from did not wake")
        elif self.owner.rival is None and generation.age_ms > 1000 * HEDGE_S and not generation.patient:
            self.owner.console.event("hedge", generation=generation.number, why="it is late")
            self.owner.start_rival(generation)

    def doubts(self, generation: Generation, report: dict[str, Any]) -> bool:
        """Whether an error may come from being a copy: not when a clean run has shown the same one in this session."""
        frames = [(f["file"], f["function"]) for f in report["frames"][:1]]
        error = (report["type"], report["message"], *frames)
        if generation.origin is None or generation.origin.root:
            self._shown.add(error)
        return generation.origin is not None and not generation.origin.root and error not in self._shown

    def confirm(self, generation: Generation, why: str) -> None:
        """A resumed run failed in a way that a clean one might not: nobody is told before a clean one has tried."""
        self.owner.console.event("hedge", generation=generation.number, why=why)
        self.owner.start_clean(generation.causes, why, generation.origin)

    def on_ready(self, generation: Generation) -> None:
        """A clean run that was ready where the resumed one was not convicts the checkpoint."""
        if generation.origin is not None:
            self._resumed_s = generation.age_ms / 1000
        if generation.origin is None or generation.origin.root:
            self._clean_s = generation.age_ms / 1000
        if generation.suspect is not None:
            self._condemn(generation.suspect, "a clean run was ready where a resumed one failed or was late")
        for checkpoint in self.checkpoints.all:
            for path, stamp in checkpoint.facts["files"].items():
                mark = generation.files.get(path)
                same = stamp is not None and fingerprint.stamp(path) == tuple(stamp)  # nobody wrote it in between
                if mark and mark != "stale" and same:
                    checkpoint.marks.setdefault(path, mark)

    def _condemn(self, checkpoint: Checkpoint, why: str) -> None:
        self.checkpoints.condemn(checkpoint)
        self.owner.console.event("condemned", statement=checkpoint.statement, text=checkpoint.facts["text"], why=why)
        self.owner.console.line("!", f"{checkpoint.statement}: never again resumed from there: {why}")

    # ------------------------------------------------------------------ messages of a run

    def on_unit(self, generation: Generation, message: Message) -> None:
        """It begins to run a file."""
        facts = message.facts
        generation.units[facts["number"]] = UnitText(facts["path"], facts["text"], facts["mark"], facts["script"])

    def on_checkpoint(self, generation: Generation, message: Message) -> None:
        """It has left a frozen copy behind."""
        if generation.state == "leaving" or self.owner.stopping is not None:
            close_all(message.fds)
            return
        numbers = [u["number"] for u in message["units"]]
        texts = {n: generation.units[n] for n in numbers}
        facts = {**message.facts, "modules": generation.modules_of(message.facts)}
        checkpoint = Checkpoint(Channel.from_fd(message.fds[0]), facts, texts, generation.env)
        if generation.origin is not None:  # its past is also the past of what it leaves behind
            checkpoint.marks.update(generation.origin.marks)
        self.owner.register(checkpoint.channel, lambda mask: self._on_frozen(checkpoint, mask))
        if not checkpoint.root:
            self.unsafe.pop(checkpoint.statement, None)
            facts = {"text": message["text"], "ms": message["ms"], "notes": message["notes"]}
            saved = round(checkpoint.cost_s, 3)
            where = {"generation": generation.number, "statement": checkpoint.statement}
            self.owner.console.event("checkpoint", **where, saved_s=saved, **facts)
        else:
            checkpoint.start_s = generation.age_ms / 1000
        self.checkpoints.admit(checkpoint)

    def guard(self) -> None:
        """Tell a copy which groups of processes must end when this process is killed."""
        pids = sorted(g.pid for g in self.owner.generations() if g.pid is not None)
        guard = next((c for c in self.checkpoints.all if c.pid is not None), None)
        if guard is not None and guard.guarded != pids:
            guard.guarded = pids
            guard.channel.post("groups", pids=pids)

    def on_fixed(self, generation: Generation, message: Message) -> None:
        """A copy could not take up lines that moved: another checkpoint must do."""
        if generation.origin is not None:
            generation.origin.fixed = message["why"]
        if generation is self.owner.starting:
            self.owner.reload(generation.causes)

    def on_unsafe(self, generation: Generation, message: Message) -> None:
        """No copy can be made after a statement: said once in a session."""
        statement = f"{short(message['file'])}:{message['line']}"
        facts = {"text": message["text"], "why": message["why"], "hint": message["hint"]}
        self.owner.console.event("unsafe", generation=generation.number, statement=statement, **facts)
        if self.unsafe.get(statement) == facts:
            return
        self.unsafe[statement] = facts
        hint = f"; {message['hint']}" if message["hint"] else ""
        self.owner.console.line(
            "-", f"{statement}  what follows runs at each reload: {', '.join(message['why'])}{hint}"
        )

    def _on_frozen(self, checkpoint: Checkpoint, mask: int) -> None:
        try:
            for message in checkpoint.channel.read():
                if message.type == "frozen":
                    checkpoint.pid = message["pid"]
                    self.owner.processes.began(message["pid"])
        except EOFError:
            self.checkpoints.drop(checkpoint)  # somebody ended it

    def _on_twin(self, checkpoint: Checkpoint, mask: int) -> None:
        twin = checkpoint.twin
        if twin is None:
            return
        try:
            for message in twin.channel.read():
                twin.pid = message["pid"]
                self.owner.processes.began(message["pid"])
        except EOFError:
            self.owner.unregister(twin.channel)
            twin.channel.close()
            checkpoint.twin = None

    def _forget(self, checkpoint: Checkpoint) -> None:
        self.owner.unregister(checkpoint.channel)
        if checkpoint.twin is not None:
            self.owner.unregister(checkpoint.twin.channel)

    # ------------------------------------------------------------------ between reloads

    def prepare(self) -> None:
        """Have a process ready for the next save: a twin where it will most likely resume."""
        owner = self.owner
        if owner.starting is not None or owner.stopping is not None or owner.serving is None:
            return
        if not self.checkpoints.all:
            if owner.prepared is None:
                owner.prepared = prepare()
            return
        likely = owner.serving.origin
        if likely not in self.checkpoints.all:
            likely = next(iter(self.checkpoints))
        assert likely is not None
        for checkpoint in self.checkpoints.all:
            if checkpoint is not likely and checkpoint.twin is not None:
                owner.unregister(checkpoint.twin.channel)
                twin, checkpoint.twin = checkpoint.twin, None
                twin.channel.close()
        if likely.twin is None:
            likely.make_twin(has_time=True, modules=owner.serving.wants["demo"]["modules"])
            assert likely.twin is not None
            owner.register(likely.twin.channel, lambda mask: self._on_twin(likely, mask))
        owner.later(WEIGH_S, self._weigh)

    def _weigh(self) -> None:
        """Drop the least valuable copy where all of them add too much memory to what serves, and look again; one is
        always kept."""
        owner = self.owner
        if owner.serving is None or owner.serving.pid is None or owner.starting is not None:
            return
        for checkpoint in self.checkpoints.all:
            checkpoint.memory = own_memory(checkpoint.pid, None if checkpoint.twin is None else checkpoint.twin.pid)
        serving = own_memory(owner.serving.pid)
        limit = max(SMALL_BYTES, MOST_MEMORY * serving.whole)
        added = sum(c.memory.share for c in self.checkpoints.all) - (serving.whole - serving.share)
        if added > limit and len(self.checkpoints.all) > 1:
            self.checkpoints.drop_least()
            owner.later(WEIGH_S, self._weigh)  # what it shared with others is theirs now

    def end(self) -> None:
        """End every frozen copy."""
        for checkpoint in list(self.checkpoints.all):
            self.checkpoints.drop(checkpoint)


def explain(reloader: Reloader) -> str:
    """What is watched, and where each checkpoint stands."""
    files = sorted(short(p) for p in reloader.owner.saved.current)
    lines = [f"  watched ({reloader.owner.saved.way}): {', '.join(files[:20])}"]
    if len(files) > 20:
        lines[0] += f" and {len(files) - 20} more"
    for checkpoint in sorted(reloader.checkpoints.all, key=lambda c: c.cost_s):
        held = checkpoint.memory.alone / 2**20
        memory = f", holds {held:.1f} MB" if held else ""
        notes = f"; kept although {', '.join(checkpoint.facts['notes'])}" if checkpoint.facts["notes"] else ""
        text = f"  `{checkpoint.facts['text']}`" if checkpoint.facts["text"] else ""
        lines.append(f"  checkpoint after {checkpoint.statement}{text}: saves {checkpoint.cost_s:.2f} s{memory}{notes}")
    for statement, facts in reloader.unsafe.items():
        lines.append(f"  no checkpoint after {statement}  `{facts['text']}`: {', '.join(facts['why'])}")
    if not reloader.checkpoints.all:
        lines.append("  no checkpoints: every save runs the script from the beginning in a fresh process")
    return "\n".join(lines)
