"""GET /: the page, drawn on the server from the Interfaces, readable and fillable before any script has run."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import copy
import gzip
import json
import logging
import mimetypes
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader
from jinja2.bccache import Bucket
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

import quickdemo.templates
from quickdemo.runtime.components.base import Component, Files, Wire, attributes
from quickdemo.runtime.errors import QuickdemoError
from quickdemo.runtime.examples import Examples
from quickdemo.runtime.interface import Interface
from quickdemo.runtime.jobs.runner import Runner
from quickdemo.runtime.server import assets
from quickdemo.runtime.server.context import Context
from quickdemo.runtime.server.examples import mark_of
from quickdemo.runtime.server.explained_interfaces import explains, page_config, said_before
from quickdemo.runtime.server.values import loaded
from quickdemo.runtime.tabs import TabbedInterface

logger = logging.getLogger("quickdemo.page")

_TEMPLATES = os.path.dirname(os.path.abspath(quickdemo.templates.__file__))
_PICTURES = frozenset({"image", "video"})
_COMPRESS_FROM = 1024  # bytes
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#0b6650"/>'
    '<path d="M9 9.5v13l6.5-6.5zM17 9.5v13l6.5-6.5z" fill="#fff"/></svg>'
)


@dataclass(frozen=True)
class ExampleRow:
    """One row: what the page's script must know of it, and how the columns look."""

    data: Markup
    cells: list[Markup]


@dataclass(frozen=True)
class ExamplePage:
    """One page of the examples of an Interface; `number` counts from 1."""

    heads: list[str]
    rows: list[ExampleRow]
    number: int
    count: int
    gallery: bool
    labelled: bool


class View:
    """An Interface as the template sees it. Components are drawn once, when the server starts."""

    def __init__(self, name: str, interface: Interface, context: Context) -> None:
        self.name = name
        self.interface = interface
        self.kind = interface.kind
        self.title = interface.title
        self.description = author_html(interface.description, f"{name}-description")
        self.article = author_html(interface.article, f"{name}-article")
        self._examples = interface.examples
        self._files = context.files.public()
        self.loads = any(c.loader is not None for c in _parts(interface))
        self.every = interface.every is not None or any(c.loader and c.every for c in _parts(interface))
        self._draw_all(self._files, lambda component: component)
        manual = interface.allow_flagging == "manual"
        self.flags = interface.flagging_options if manual else []
        self.submit = interface.submit_btn
        self.has_submit = interface.kind == "output_only" or not interface.live
        self.lasts = _lasts(interface)
        self.explains = explains(interface)
        self.calls_said = said_before(interface)
        self.examples(1)  # the author learns at the start, not from a visitor, which of them cannot be shown

    def _draw_all(self, files: Files, present: Callable[[Component], Component]) -> None:
        """present: gives each component with the value that it has now."""
        interface = self.interface
        inputs = [present(component) for component in interface.inputs]
        outputs = [] if interface.kind == "unified" else [present(component) for component in interface.outputs]
        drawn = [c.html(f"{self.name}-i{n}", "input", c.initial(files)) for n, c in enumerate(inputs)]
        main = len(interface.main_inputs)
        self.inputs, self.additional_inputs = drawn[:main], drawn[main:]
        wires = [c.initial(files) for c in outputs]
        self.outputs = [c.html(f"{self.name}-o{n}", "output", wires[n]) for n, c in enumerate(outputs)]
        visible = [(c, wire) for c, wire in zip(outputs, wires, strict=True) if not c.stateful]
        self.shows_outputs = any(c.interactive or c.greets or _holds(wire) for c, wire in visible)

    def now(self, files: Files, runner: Runner) -> View:
        """The view with the values that the author's functions give now. Blocks as long as they take."""
        if not self.loads:
            return self
        view = copy.copy(self)
        view._draw_all(files, lambda c: c if c.loader is None else loaded(c, files, runner))
        return view

    def edited(self, fields: dict[str, Any]) -> View:
        """A view of the same components with another description, article or examples, by name."""
        view = copy.copy(self)
        if "description" in fields:
            view.description = author_html(fields["description"], f"{view.name}-description")
        if "article" in fields:
            view.article = author_html(fields["article"], f"{view.name}-article")
        if "examples" in fields:
            view._examples = fields["examples"]
            view.examples(1)
        return view

    def examples(self, number: int) -> ExamplePage | None:
        """The page of examples with that number, or the nearest there is."""
        examples = self._examples
        if examples is None or not examples.samples:
            return None
        count = -(-len(examples.samples) // examples.per_page)
        number = min(max(number, 1), count)
        columns = [self.interface.inputs[index] for index in examples.columns]
        first = (number - 1) * examples.per_page
        rows = [
            row
            for place in range(first, min(first + examples.per_page, len(examples.samples)))
            if (row := self._row(examples, place, columns)) is not None
        ]
        gallery = len(columns) == 1 and columns[0].kind in _PICTURES
        return ExamplePage([c.label or "" for c in columns], rows, number, count, gallery, examples.labels is not None)

    def _row(self, examples: Examples, place: int, columns: list[Component]) -> ExampleRow | None:
        try:
            wires = self.example_wires(place)
        except (ValueError, OSError, QuickdemoError) as error:
            logger.warning("Example %d is left out: %s", place, error)
            return None
        kept = json.dumps({"place": place, "mark": mark_of(wires)}) if self.interface.cache_examples else None
        data = attributes(data_wires=json.dumps(wires), data_example=kept)
        if examples.labels is not None:
            return ExampleRow(data, [escape(examples.labels[place])])
        shown = [wires[index] for index in examples.columns]
        return ExampleRow(data, [c.example_html(wire) for c, wire in zip(columns, shown, strict=True)])

    def example_wires(self, place: int) -> list[Wire]:
        """The wire value of each input, null where the example has none.

        Raises IndexError (no such example), and what a value that cannot be shown raises.
        """
        examples = self._examples
        if examples is None or not 0 <= place < len(examples.samples):
            raise IndexError(f"There is no example {place}.")
        wires: list[Wire] = [None] * len(self.interface.inputs)
        for index, value in zip(examples.columns, examples.samples[place], strict=True):
            wires[index] = self.interface.inputs[index].example_wire(value, self._files)
        return wires

    def config(self) -> dict[str, Any]:
        """What the page's script must know of this Interface."""
        examples = self._examples
        return {
            "generator": self.interface.is_generator,
            "live": self.interface.live,
            "lasts": self.lasts,
            "kind": self.kind,
            "every": self.interface.every,
            "runsOn": self.interface.flavour == "plain" and self.interface.elsewhere is None,
            "session": self.interface.has_session,
            "chat": self.interface.chat,
            "autofocus": getattr(self.interface, "autofocus", False),
            "flags": [option for _, option in self.flags],
            "inputs": len(self.interface.inputs),
            "outputs": len(self.interface.outputs),
            "exampleColumns": examples.columns if examples else [],
            "interpretation": page_config(self.interface),
            "runExamples": bool(self.interface.cache_examples) or self.interface.runs_examples,
        }


def _parts(interface: Interface) -> list[Component]:
    return [*interface.inputs, *interface.outputs]


def _lasts(interface: Interface) -> bool:
    """Whether its runs outlive the page: not those that the page begins by itself, again and again."""
    return not interface.live and interface.every is None


def _holds(wire: Wire) -> bool:
    """Whether there is something to see in an output before anything has run."""
    return wire is not None and wire is not False and wire != "" and wire != [] and wire != {}


def routes(context: Context) -> list[BaseRoute]:
    """`/` and `static/...` are all that a page needs; the latter is the module static's."""
    page = context.page = Page(context)

    async def home(request: Request) -> Response:
        if any(view.loads for view in page.views):
            return await context.runner.loads(partial(page.answer, request))
        return await asyncio.to_thread(page.answer, request)

    return [Route("/", home, methods=["GET"], name="page")]


@dataclass(frozen=True)
class Edition:
    """What the pages show; `number` counts the edits since the server started."""

    number: int
    views: list[View]


class Page:
    """Everything about the page that is the same for all visitors, and the answer to one of them."""

    def __init__(self, context: Context) -> None:
        self._context = context
        views = [View(name, interface, context) for name, interface in context.endpoints.items()]
        self._edition = Edition(0, views)
        self.assets = assets_of(context)
        demo = context.demo
        self._tabs = demo.tab_names if isinstance(demo, TabbedInterface) else []
        self._title = demo.title or next((v.title for v in views if v.title), None) or views[0].interface.name
        self._icon = icon(context.options.favicon_path)

    @property
    def views(self) -> list[View]:
        """The Interfaces as they are shown now."""
        return self._edition.views

    def edit(self, edits: Sequence[tuple[Interface, str, Any]]) -> int:
        """Give fields of Interfaces new values; a page shows all of them or none. The number of this edition.

        The fields are description, article and examples. Raises what drawing them raises; then nothing has changed.
        """
        old, views = self._edition, []
        for view in old.views:
            fields = {field: value for interface, field, value in edits if interface is view.interface}
            views.append(view.edited(fields) if fields else view)
        for interface, field, value in edits:
            setattr(interface, field, value)
        self._edition = Edition(old.number + 1, views)
        return self._edition.number

    def answer(self, request: Request) -> Response:
        visitor = request.scope["state"]["visitor"]
        edition = self._edition  # one and the same for all of the page
        files = self._context.files.for_visitor(visitor)
        text = render(
            "page.html",
            **self._shared(),
            views=[view.now(files, self._context.runner) for view in edition.views],
            examples={view.name: view.examples(_page_of(request, view.name)) for view in edition.views},
            config=self._config(self._context.sessions.new(visitor), edition),
            username=visitor.username,
            theme=_theme(request),
            nonce=request.scope["state"].get("nonce", ""),
        )
        headers = {"cache-control": "no-store", "vary": "accept-encoding, cookie"}
        return compressed(request, text.encode("utf-8", "replace"), "text/html; charset=utf-8", headers)

    def _shared(self) -> dict[str, Any]:
        return {
            "title": self._title,
            "tabs": self._tabs,
            "css": author_css(self._context),  # a style sheet may be saved while it is served
            "icon": self._icon,
            "css_url": f"static/{self.assets.css.name}",
            "js_url": f"static/{self.assets.js.name}",
        }

    def _config(self, session: str, edition: Edition) -> Markup:
        settings = self._context.settings
        return script_json(
            {
                "generation": settings.generation,
                "edition": edition.number,
                "session": session,
                "dev": settings.dev,
                "js": f"static/{self.assets.js.name}",
                "modules": self.assets.modules,
                "endpoints": {view.name: view.config() for view in edition.views},
            }
        )


def error_page(request: Request, status: int, message: str, hint: str) -> Response:
    """What a person sees at an address that does not exist or is refused."""
    home = "../" * max(request.scope["path"].count("/") - 1, 0) or "./"
    css_url = f"{home}static/{assets_of(request.app.state.context).css.name}"
    text = render("error.html", status=status, message=message, hint=hint, css_url=css_url, home=home)
    return Response(text, status, {"cache-control": "no-store"}, "text/html")


def render(template: str, **values: Any) -> str:
    """The text of templates/TEMPLATE; values are escaped unless they are Markup."""
    return _environment().get_template(template).render(**values)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        bytecode_cache=_compiled(),
    )
    environment.policies["json.dumps_kwargs"] = {}  # not sorted: a dict of an example keeps its order
    return environment


class _Compiled(FileSystemBytecodeCache):
    """Templates that an earlier run compiled, in this user's own folder of the system's temporary one."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        with contextlib.suppress(OSError):  # a full disk: the next run compiles again
            super().dump_bytecode(bucket)


def _compiled() -> _Compiled | None:
    """None where no folder is safe: then each run compiles the templates, which takes 15 ms."""
    try:
        return _Compiled()
    except (OSError, RuntimeError):
        return None


def assets_of(context: Context) -> assets.Assets:
    """The script and the style sheet of exactly the modules that this demo's page uses."""
    interfaces = context.endpoints.values()
    components = [c for interface in interfaces for c in (*interface.inputs, *interface.outputs)]
    lasting = any(_lasts(interface) for interface in interfaces)
    explaining = any(explains(interface) for interface in interfaces)
    wanted = {
        "core/examples.js": any(interface.examples for interface in interfaces),
        "core/every.js": any(i.every is not None or any(c.loader and c.every for c in _parts(i)) for i in interfaces),
        "core/chat.js": any(interface.chat for interface in interfaces),
        "core/interpretation.js": explaining,
        "core/tabs.js": isinstance(context.demo, TabbedInterface),
        "core/members.js": any(interface.members for interface in interfaces),
        "core/recent.js": lasting,
        "core/share.js": True,  # fills in what a link holds, so all elements must be defined before
        "core/takeup.js": lasting,  # leaves alone what a link has filled in
        "core/reload.js": context.settings.dev,
    }
    roots = [*sorted({f"components/{c.kind}.js" for c in components}), "core/interface.js"]
    roots += [path for path, is_wanted in wanted.items() if is_wanted]
    later = {"interpret/explanation.js": explaining, "core/recent_list.js": lasting}
    lazy = sorted({path for c in components for path in getattr(c, "extra_modules", ())})
    lazy += [path for path, is_wanted in later.items() if is_wanted]
    if any(v.description or v.article for v in interfaces):
        roots.insert(0, "core/prose.js")
    return assets.build(tuple(roots), tuple(lazy))


def author_html(text: str | None, own: str = "") -> Markup:
    """Markdown or HTML that the app's author wrote, shown as written; never for what a visitor sent.

    own: a name that no other text of the page has.
    """
    if not text:
        return Markup("")
    from quickdemo.runtime.components.markup import render_author  # slow to import, and most demos have no text

    return Markup(render_author(text, own))


def author_css(context: Context) -> Markup:
    """The author's style sheets; what would end the <style> element is made harmless."""
    demo = context.demo
    demos = [demo, *(i for i in context.endpoints.values() if i is not demo)]
    themes = [context.options.theme_css or next((one.theme_css for one in demos if one.theme_css), "")]
    parts = [*themes, *(one.css for one in demos), context.options.css_text]
    return Markup(re.sub(r"</(?=style)", r"<\\/", "\n".join(filter(None, parts)), flags=re.IGNORECASE))


def icon(path: str | None) -> str:
    """A data: URL, so that the icon costs no request. Raises OSError when the author's file cannot be read."""
    if not path:
        return "data:image/svg+xml;base64," + base64.b64encode(_ICON.encode()).decode()
    with open(path, "rb") as file:
        data = file.read(1_000_000)
    kind = mimetypes.guess_type(path)[0] or "image/x-icon"
    return f"data:{kind};base64," + base64.b64encode(data).decode()


def script_json(value: Any) -> Markup:
    """JSON for a <script type="application/json">: nothing in it can end the element."""
    text = json.dumps(value, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def compressed(request: Request, body: bytes, type: str, headers: dict[str, str]) -> Response:
    """The body, gzipped when it is worth it and the browser takes it."""
    if len(body) >= _COMPRESS_FROM and "gzip" in request.headers.get("accept-encoding", ""):
        body = gzip.compress(body, 5, mtime=0)
        headers = {**headers, "content-encoding": "gzip"}
    return Response(body, 200, headers, type)


def _theme(request: Request) -> str:
    asked = request.query_params.get("__theme", "")
    if request.query_params.get("__dark-theme") == "true":
        asked = "dark"
    return asked if asked in ("dark", "light") else ""


def _page_of(request: Request, name: str) -> int:
    asked = request.query_params.get(f"examples-{name}", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 1
