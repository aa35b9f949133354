"""What a process leaves behind that ends before its jobs do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Left:
    """kept: jobs that are in the journal and wait for the next process. cut: calls that end with this one."""

    kept: int = 0
    cut: int = 0

    def lines(self) -> list[str]:
        """In words; nothing where nothing is left."""
        said = []
        if self.kept:
            which, them = ("1 job stays", "it") if self.kept == 1 else (f"{self.kept} jobs stay", "them")
            said.append(f"{which} in the journal; the next run takes {them} up")
        if self.cut:
            which, told = (
                ("1 call was", "its caller was") if self.cut == 1 else (f"{self.cut} calls were", "callers were")
            )
            said.append(f"{which} cut off; {told} told so")
        return said
