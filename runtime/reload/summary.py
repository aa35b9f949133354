"""What an app is, in a few facts: for the banner and `quickdemo run --check`."""

from __future__ import annotations

import sys
from typing import Any

from quickdemo.runtime.jobs.limits import group_of
from quickdemo.runtime.launch import LaunchOptions
from quickdemo.runtime.tabs import Demo, TabbedInterface, endpoints_of

Summary = dict[str, Any]
_BEYOND = ("quickdemo.runtime.components.", "quickdemo.hub.")


def summary(demo: Demo, options: LaunchOptions, name: str, has_auth_file: bool) -> Summary:
    """{"name", "title", "auth", "endpoints": {api name: {"inputs", "outputs", "flagging", "live", "generator",
    "group", "fields"}}, "modules"}

    group: whose jobs `quickdemo worker --group` takes. fields: (kind, label) of each input.
    modules: those of quickdemo's that it uses beyond what every app does: its next run is given them in advance.
    """
    return {
        "name": name,
        "title": demo.title or "",
        "auth": options.auth is not None or has_auth_file,
        "tabs": demo.tab_names if isinstance(demo, TabbedInterface) else [],
        "modules": sorted(name for name in sys.modules if name.startswith(_BEYOND)),
        "endpoints": {
            api: {
                "inputs": [c.kind for c in interface.inputs],
                "fields": [(c.kind, c.label or "") for c in interface.inputs],
                "outputs": [c.kind for c in interface.outputs],
                "flagging": interface.allow_flagging,
                "live": interface.live,
                "generator": interface.is_generator,
                "group": group_of(api, interface),
            }
            for api, interface in endpoints_of(demo).items()
        },
    }


def name_of(demo: Demo, namespace: dict[str, Any]) -> str:
    """The variable that holds it; "" when none does."""
    return next((n for n, v in list(namespace.items()) if v is demo and not n.startswith("_")), "")
