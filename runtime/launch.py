"""launch(): serve an Interface from its own script (`python app.py`), or hand it to `quickdemo run`."""

from __future__ import annotations

import errno
import logging
import os
import signal
import socket
import ssl
import sys
import threading
import time
import warnings
import webbrowser
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from quickdemo.runtime.declaration import css_of
from quickdemo.runtime.errors import AppError
from quickdemo.runtime.folders import files_folder, kept_secret, store_folder
from quickdemo.runtime.logs import log_to_stderr
from quickdemo.runtime.settings import flag, integer, on_spaces, setting
from quickdemo.runtime.sizes import parse_size
from quickdemo.runtime.themes import theme_of

if TYPE_CHECKING:
    from quickdemo.runtime.jobs.left import Left
    from quickdemo.runtime.server.serve import Server
    from quickdemo.runtime.tabs import Demo

logger = logging.getLogger("quickdemo")
Check = Callable[[str, str], bool | Awaitable[bool]]
Credentials = tuple[str, str] | Sequence[Sequence[str]] | Check

DEFAULT_PORT = 7860
STOP_S = 5.0  # seconds that running calls get when the server stops


@dataclass
class LaunchOptions:
    """The parameters of `launch()`, in Gradio 3.0's order; all of them count under `quickdemo run` too.

    inline: show the page in the notebook's output; None means in a notebook without auth.
    inbrowser: open the page in the default browser.
    share: quickdemo opens no tunnels; True only warns.
    debug: block the main thread even in a notebook (also QUICKDEMO_DEBUG=1).
    enable_queue: run one call of a function at a time, in order of arrival; works together with auth.
    max_threads: calls of one function that run at once; the rest wait in order. None is 40, and 200 of a generator.
    auth: ("user", "password"), a list of such pairs, or a function (user, password) -> bool, plain or async.
    auth_message: Markdown or HTML on the login page, shown as the author wrote it.
    prevent_thread_lock: return at once; the server goes on in the background.
    show_error: visitors may read the text of an exception (never its traceback).
    server_name, server_port: address to bind; QUICKDEMO_SERVER_NAME and QUICKDEMO_SERVER_PORT, else 127.0.0.1 and
        the first free port of 7860 and the QUICKDEMO_NUM_PORTS (100) after it.
    show_tips: accepted and without effect. height, width: of the notebook's frame, in pixels.
    encrypt: refused; flags are not encrypted.
    favicon_path: an icon file. ssl_keyfile, ssl_certfile, ssl_keyfile_password: serve https.
    quiet: print nothing. max_file_size: largest upload, in bytes or as "5mb".
    theme, css: as of the Interface, which is where they usually stand; a file is read once.
    workers: processes in which calls of each function run, one at a time in each; QUICKDEMO_WORKERS. None is threads.
    metrics: offer counts of jobs at /metrics, to Prometheus (also QUICKDEMO_METRICS=1): from this machine alone, or
        with the token in QUICKDEMO_METRICS_TOKEN.
    """

    inline: bool | None = None
    inbrowser: bool = False
    share: bool | None = None
    debug: bool = False
    enable_queue: bool | None = None
    max_threads: int | None = None
    auth: Credentials | None = None
    auth_message: str | None = None
    prevent_thread_lock: bool = False
    show_error: bool = True
    server_name: str | None = None
    server_port: int | None = None
    show_tips: bool = False
    height: int = 500
    width: int | str = 900
    encrypt: bool = False
    favicon_path: str | None = None
    ssl_keyfile: str | None = None
    ssl_certfile: str | None = None
    ssl_keyfile_password: str | None = None
    quiet: bool = False
    max_file_size: int | str | None = None
    theme: Any = None
    css: str | None = None
    workers: int | None = None
    metrics: bool | None = None

    def __post_init__(self) -> None:
        if self.encrypt:
            raise ValueError("encrypt=True is not offered: flags would be stored in the clear. Remove it.")
        if self.ssl_keyfile is not None and self.ssl_certfile is None:
            raise ValueError("ssl_keyfile needs ssl_certfile: give both, or neither.")
        if self.enable_queue is None:
            self.enable_queue = on_spaces()
        if self.metrics is None:
            self.metrics = flag("METRICS")
        if self.max_threads is not None and self.max_threads < 1:
            raise ValueError(f"max_threads must be at least 1; it was {self.max_threads}.")
        self.workers = self.workers if self.workers is not None else integer("WORKERS", 0) or None
        if self.workers is not None and self.workers < 1:
            raise ValueError(f"workers must be at least 1, or None for threads; it was {self.workers}.")
        if self.max_file_bytes < 1:
            raise ValueError(f"max_file_size must be at least 1 byte; it was {self.max_file_size!r}.")
        if self.server_port is not None:
            check_port("server_port", self.server_port)
        self.theme_css = theme_of(self.theme)[1]
        self.css_text = css_of(self.css)[0] or ""

    @classmethod
    def of(cls, args: Sequence[Any], named: dict[str, Any]) -> LaunchOptions:
        """Options from what `launch` was called with; unknown names warn and are ignored."""
        names = [f.name for f in fields(cls)]
        unknown = [name for name in named if name not in names and name != "_frontend"]
        if unknown:
            warnings.warn(f"launch() has no parameter {', '.join(unknown)}; it is ignored.", stacklevel=4)
        known = {name: value for name, value in named.items() if name in names}
        return cls(*args, **known)

    @property
    def host(self) -> str:
        """The address to bind."""
        return self.server_name or setting("SERVER_NAME") or "127.0.0.1"

    @property
    def max_file_bytes(self) -> int:
        """The largest upload, in bytes; 64 MB by default."""
        return parse_size(self.max_file_size) if self.max_file_size is not None else 64 * 1024 * 1024

    def ssl_context(self) -> ssl.SSLContext | None:
        """Raises AppError when certificate or key cannot be used."""
        if self.ssl_certfile is None:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            # Without a password OpenSSL would ask for one on the terminal, and hang where there is nobody to answer.
            context.load_cert_chain(self.ssl_certfile, self.ssl_keyfile, self.ssl_keyfile_password or "")
        except OSError as error:  # ssl.SSLError is one; neither names the file
            given = f"ssl_certfile {self.ssl_certfile!r}"
            if self.ssl_keyfile is not None:
                given += f" with ssl_keyfile {self.ssl_keyfile!r}"
            raise AppError(
                f"{given} cannot be used: {error.strerror or error}.",
                "Give the paths of a certificate and its key in PEM form, and ssl_keyfile_password if it has one.",
            ) from error
        return context


class Launched(NamedTuple):
    """What `launch` returns: the ASGI app, the local address, and None where Gradio had a public link."""

    app: Any
    local_url: str
    share_url: None = None


class Host(Protocol):
    """Whoever runs this script and owns the listening socket (set by the child of `quickdemo run`)."""

    def launch(self, demo: Demo, options: LaunchOptions) -> Launched: ...


host: Host | None = None


def launch(demo: Demo, *args: Any, **named: Any) -> Launched:
    """Serve `demo`; blocks in a script until it is stopped. See LaunchOptions for the parameters.

    Raises OSError (port in use), ValueError (a parameter), TypeError (too many positional ones).
    """
    options = LaunchOptions.of(args, named)
    if options.share:
        warnings.warn(
            "share=True opens no public link: quickdemo uses no tunnels. Use server_name='0.0.0.0'.", stacklevel=3
        )
    if host is not None:
        return host.launch(demo, options)
    return _launch_here(demo, options)


class Running:
    """A server that `launch` started in this process."""

    def __init__(self, server: Server, app: Any, local_url: str, port: int, end: Callable[[float], Left]) -> None:
        """end: ends the queue, after so many seconds at the latest, and the worker processes."""
        self.server = server
        self.app = app
        self.local_url = local_url
        self.port = port
        self._end = end

    def close(self, verbose: bool = True) -> None:
        """Stop: running calls get a few seconds to end."""
        if verbose:
            print(f"Closing server running on port: {self.port}")
        until = time.monotonic() + STOP_S
        self.server.drain(STOP_S)
        for line in self._end(until - time.monotonic()).lines():
            print(line)
        self.server.close()


def _launch_here(demo: Demo, options: LaunchOptions) -> Launched:
    if not logger.hasHandlers():  # else the script says where its log goes
        log_to_stderr((setting("LOG_FORMAT") or "").strip().lower() == "json")
    if demo.launched is not None:
        print("The demo is running already; close() it first to launch it anew.")
        return Launched(demo.launched.app, demo.launched.local_url)
    running = demo.launched = _start(demo, options)
    if not options.quiet:
        print(f"Running on local URL:  {running.local_url}", flush=True)
    if options.inbrowser:
        webbrowser.open(running.local_url)
    _show_inline(options, running.local_url)
    if _blocks(options):
        _wait(demo, running)
    return Launched(running.app, running.local_url)


def _start(demo: Demo, options: LaunchOptions) -> Running:
    from quickdemo.runtime.jobs.processes.serving import begin as begin_workers
    from quickdemo.runtime.server.app import build  # heavy, and not needed by scripts that never launch
    from quickdemo.runtime.server.context import ServerSettings
    from quickdemo.runtime.server.serve import Server
    from quickdemo.runtime.server.starting import begin, end
    from quickdemo.runtime.tabs import functions_of

    certificate = options.ssl_context()
    listener = listen(options)
    workers = begin_workers(functions_of(demo), options.workers, listener.close)  # before any thread starts
    port = listener.getsockname()[1]
    script = getattr(sys.modules.get("__main__"), "__file__", None) or os.path.join(os.getcwd(), "notebook")
    store_dir, notice = store_folder(os.path.dirname(os.path.abspath(script)))
    if notice:
        logger.warning(notice)
    settings = ServerSettings(
        store_dir,
        files_folder(store_dir),
        kept_secret(store_dir),
        host=options.host,
        port=port,
        script=os.path.basename(script),
    )
    try:
        app, context = build(demo, options, settings)
    except BaseException:
        listener.close()  # the script may catch it and launch anew
        workers.close()
        raise
    server = Server(app, ssl=certificate)
    server.start()
    begin(context, server.loop)
    server.listen(listener)

    def stop(grace_s: float) -> Left:
        try:
            return end(context, server.loop, grace_s)
        finally:
            workers.close()

    return Running(server, app, local_url(options, port), port, stop)


def listen(options: LaunchOptions) -> socket.socket:
    """The listening socket that the options ask for. Raises OSError that says which port is in use and what to do."""
    if options.server_port is not None:
        listener = _bind(options.host, options.server_port)
        if listener is None:
            raise OSError(
                errno.EADDRINUSE,
                f"Port {options.server_port} is in use. If a demo is running on the port, you can close() it or "
                "gr.close_all(); or leave server_port out for the next free one.",
            )
        return listener
    start, count = integer("SERVER_PORT", DEFAULT_PORT), max(1, integer("NUM_PORTS", 100))
    check_port("QUICKDEMO_SERVER_PORT", start)
    last = min(start + count - 1, 65535)
    for port in range(start, last + 1):
        if (listener := _bind(options.host, port)) is not None:
            return listener
    raise OSError(f"All ports from {start} to {last} are in use. Please close a port.")


def check_port(name: str, port: Any) -> None:
    """Raises ValueError unless `port`, which `name` gave, is a port's number."""
    if isinstance(port, bool) or not isinstance(port, int) or not 0 <= port <= 65535:
        raise ValueError(f"{name} must be a whole number from 0 to 65535; it was {port!r}.")


def local_url(options: LaunchOptions, port: int) -> str:
    """The address that a browser on this machine opens."""
    name = "localhost" if options.host in ("0.0.0.0", "::", "") else options.host
    name = f"[{name}]" if ":" in name else name
    return f"{'https' if options.ssl_certfile else 'http'}://{name}:{port}/"


def _bind(address: str, port: int) -> socket.socket | None:
    """A listening socket, or None when the port is in use. Raises OSError when it cannot be bound at all."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return socket.create_server((address, port), family=family, backlog=2048)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return None
        why = (error.strerror or str(error)).partition(" (while")[0]
        raise OSError(error.errno, f"{address}, port {port}, cannot be bound: {why}. Check server_name.") from None


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    return ipython is not None and ipython.get_ipython() is not None


def _show_inline(options: LaunchOptions, url: str) -> None:
    wanted = options.inline if options.inline is not None else _in_notebook() and options.auth is None
    if not wanted or not _in_notebook():
        return
    if options.auth is not None:
        warnings.warn("The page asks for a login, which browsers refuse inside a notebook's frame.", stacklevel=4)
    from IPython.display import IFrame, display  # type: ignore[import-not-found]  # there when in a notebook

    display(IFrame(url, width=options.width, height=options.height))


def _blocks(options: LaunchOptions) -> bool:
    if options.debug or flag("DEBUG"):
        return True
    interactive = hasattr(sys, "ps1") or _in_notebook()
    return not options.prevent_thread_lock and not interactive


def _wait(demo: Demo, running: Running) -> None:
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        running.server.wait()
    except (KeyboardInterrupt, OSError, SystemExit) as reason:
        if not isinstance(reason, SystemExit):
            print("Keyboard interruption in main thread... closing server.")
        running.close(verbose=False)
        demo.launched = None
        if isinstance(reason, SystemExit):
            raise
