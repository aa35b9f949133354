"""TabbedInterface: several Interfaces on one page, each under its tab."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from quickdemo.runtime.declaration import css_of, keep_ids_apart
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.queueing import Queued
from quickdemo.runtime.themes import theme_of

if TYPE_CHECKING:
    from quickdemo.runtime.launch import Launched, Running


class TabbedInterface(Queued):
    """interface_list: the Interfaces, in order. tab_names: their tabs; "Tab 0", "Tab 1", ... by default.

    title: above the tabs and of the browser's tab. css: as of an Interface, for all of them. theme: one of gr.themes.
    analytics_enabled: accepted and without effect: nothing is ever sent anywhere.

    Raises ValueError when there is no Interface, or when the names do not match them in number.
    """

    def __init__(
        self,
        interface_list: Sequence[Interface],
        tab_names: Sequence[str] | None = None,
        title: str | None = None,
        theme: Any = None,
        css: str | None = None,
        *,
        analytics_enabled: bool | None = None,
        **unused: Any,
    ) -> None:
        del analytics_enabled
        if unused:
            warnings.warn(f"TabbedInterface has no parameter {', '.join(unused)}; it is ignored.", stacklevel=2)
        if not interface_list:
            raise ValueError("TabbedInterface needs at least one Interface.")
        if tab_names is None:
            tab_names = [f"Tab {number}" for number in range(len(interface_list))]
        if len(tab_names) != len(interface_list):
            raise ValueError(
                f"There are {len(interface_list)} interfaces and {len(tab_names)} tab names: {tab_names!r}."
            )
        self.interface_list = list(interface_list)
        self.tab_names = list(tab_names)
        parts = [part for interface in self.interface_list for part in (*interface.inputs, *interface.outputs)]
        keep_ids_apart(parts, [interface.api_name for interface in self.interface_list])
        self.title = title
        self.theme, self.theme_css = theme_of(theme)
        self.css, self.css_path = css_of(css)
        self.launched: Running | None = None

    def __repr__(self) -> str:
        return "\n".join(f"{name}: {i.name}" for name, i in zip(self.tab_names, self.interface_list, strict=True))

    def launch(self, *args: Any, **options: Any) -> Launched:
        """Serve all of them on one page; see `Interface.launch`."""
        from quickdemo.runtime.launch import launch  # the server is heavy and only needed here

        return launch(self, *args, **options)

    def close(self, verbose: bool = True) -> None:
        """Stop the server that `launch` started; harmless when there is none."""
        if self.launched is not None:
            self.launched.close(verbose=verbose)
            self.launched = None


Demo = Interface | TabbedInterface


def endpoints_of(demo: Demo) -> dict[str, Interface]:
    """The Interfaces by endpoint name, in the order of the page: "predict", "predict_1", ..."""
    interfaces = demo.interface_list if isinstance(demo, TabbedInterface) else [demo]
    endpoints: dict[str, Interface] = {}
    for interface in interfaces:
        name, number = interface.api_name, 0
        while name in endpoints:
            number += 1
            name = f"{interface.api_name}_{number}"
        endpoints[name] = interface
    return endpoints


def functions_of(demo: Demo) -> dict[str, Interface]:
    """The endpoints, and the members of those that are made of others: "predict/0", "predict/0/1", ..."""
    found: dict[str, Interface] = {}

    def add(name: str, interface: Interface) -> None:
        if all(interface is not known for known in found.values()):
            found[name] = interface
        for place, member in enumerate(interface.members):
            add(f"{name}/{place}", member.interface)

    for name, interface in endpoints_of(demo).items():
        add(name, interface)
    return found
