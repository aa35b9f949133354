"""What `quickdemo run` was asked to do, all sources merged."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class RunOptions:
    """app: as the person names it. target: a path or a module; name: the object in it, "" for the only one."""

    app: str
    target: str
    name: str = ""
    argv: tuple[str, ...] = ()
    mode: str = "serve"  #: "serve", "worker", "check", "get", "examples" or "explain"
    get_path: str = "/"
    reload: bool = False
    watch: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    poll_ms: int | None = None
    host: str | None = None
    port: int | None = None
    strict_port: bool = False
    uds: str | None = None
    open: bool = False
    auth_file: str | None = None
    env_file: str | None = None
    allow_host: tuple[str, ...] = ()
    graceful_s: float = 5.0
    silent_s: float = 15.0  #: after which a process that serves and gives no sign of life is replaced; 0: never
    json_lines: bool = False
    log_format: str = "human"
    ports: int = 100
    checkpoints: bool = True
    explain_reload: bool = False
    workers: int | None = None
    metrics: bool | None = None
    store: str | None = None
    store_creds: str | None = None
    store_name: str = ""
    store_secret: str = ""  #: hex
    slots: int | None = None
    groups: tuple[str, ...] = ()

    @property
    def listens(self) -> bool:
        """Whether it answers requests: a worker does only for its counts."""
        return self.mode == "serve" or (self.mode == "worker" and bool(self.metrics))

    @property
    def leaving_s(self) -> float:
        """Seconds that a child gets beyond its calls' to end itself; jobs are given back to a broker in them."""
        return 5.0 if self.store else 1.0

    def for_child(self) -> dict[str, Any]:
        """What a generation must know of them."""
        return {
            "app": self.app,
            "target": self.target,
            "name": self.name,
            "argv": self.argv,
            "mode": self.mode,
            "dev": self.reload,
            "checkpoints": self.checkpoints and self.reload and sys.platform == "linux",
            "workers": self.workers,
            "auth_file": self.auth_file and os.path.abspath(self.auth_file),
            "allowed_hosts": self.allow_host,
            "log_format": self.log_format,
            "metrics": self.metrics,
            "store": self.store
            and {
                "url": self.store,
                "creds": self.store_creds and os.path.abspath(self.store_creds),
                "name": self.store_name,
                "slots": self.slots,
                "groups": self.groups,
            },
            "stdout_is_ours": self.json_lines or self.mode != "serve",
        }
