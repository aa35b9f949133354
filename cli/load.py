"""`quickdemo load`: a model or Space of the Hugging Face Hub, served here, asked once, or written down as a script."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, NoReturn

import typer

from quickdemo.cli.exit_codes import AUTH, FAILED, NETWORK, NOT_FOUND, TIME_LIMIT, USAGE
from quickdemo.cli.main import Invocation

EXAMPLES = """\b
Examples:
  quickdemo load spaces/owner/name                      serve it here
  quickdemo load huggingface/gpt2 --call "Once upon"    ask it once
  quickdemo load spaces/owner/name --call image=cat.png -o answer.png
  quickdemo load models/owner/name --save app.py        a script that does the same"""

#: exit codes of what can go wrong on the Hub
_CODES = {
    "not_found": NOT_FOUND, "no_task": NOT_FOUND, "not_gradio": NOT_FOUND, "no_provider": NOT_FOUND,
    "token": AUTH, "gated": AUTH, "forbidden": AUTH, "login": AUTH, "credits": AUTH,
    "network": NETWORK, "offline": NETWORK, "space_down": NETWORK, "space_waking": NETWORK, "rate_limit": NETWORK,
    "loading": NETWORK, "busy": NETWORK, "timeout": TIME_LIMIT,
    "input": USAGE,
}  # fmt: skip


def load(
    context: typer.Context,
    ref: Annotated[
        str, typer.Argument(metavar="REF", help="models/o/n, spaces/o/n, huggingface/n, o/n@revision, or an address.")
    ],
    call: Annotated[
        list[str] | None,
        typer.Option("--call", metavar="NAME=VALUE", help="Ask it once: values by label; @FILE is its text, - stdin."),
    ] = None,
    output: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="With --call: where media go.")] = "",
    info: Annotated[bool, typer.Option("--info", help="Say what it is, and exit.")] = False,
    save: Annotated[str, typer.Option("--save", metavar="FILE", help="Write a script that serves it, and exit.")] = "",
    api: Annotated[str, typer.Option("--api", help="Of a Space: the endpoint, such as /predict.")] = "",
    inputs: Annotated[list[str] | None, typer.Option(help="Components in place of its own; repeatable.")] = None,
    outputs: Annotated[list[str] | None, typer.Option(help="The same for its outputs.")] = None,
    title: Annotated[str, typer.Option(help="In place of its own.")] = "",
    task: Annotated[str, typer.Option(help="Of a model that does not say what it does.")] = "",
    provider: Annotated[str, typer.Option(help="Who is to serve a model.")] = "",
    base_url: Annotated[str, typer.Option(help="An endpoint of your own that serves the model.")] = "",
    local: Annotated[bool, typer.Option("--local", help="Run it on this machine.")] = False,
    trust: Annotated[bool, typer.Option("--trust", help="With --local: run a Space's own code.")] = False,
    wake: Annotated[bool | None, typer.Option("--wake/--no-wake", help="Whether a Space that sleeps is woken.")] = None,
    timeout: Annotated[float | None, typer.Option(metavar="S", min=0.1, help="Seconds for an answer.")] = None,
    token_file: Annotated[str, typer.Option(help="A file with the Hub's token; else HF_TOKEN.")] = "",
    record: Annotated[str, typer.Option(metavar="DIR", help="Keep all that is asked and answered in DIR.")] = "",
    replay: Annotated[str, typer.Option(metavar="DIR", help="Answer from DIR, without a network.")] = "",
    offline: Annotated[bool, typer.Option("--offline", help="Only what is cached; no request.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout, nothing else.")] = False,
    host: Annotated[str | None, typer.Option(help="127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option("--port", "-p", min=0, max=65535, help="7860, or the next free.")] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
) -> None:
    """Serve a model or Space as a demo of this machine; with --call ask it once, as a function."""
    say = Say(as_json)
    _environment(say, token_file, record, replay, offline)
    given: dict[str, Any] = {
        "api": api, "inputs": _components(inputs), "outputs": _components(outputs), "title": title, "task": task,
        "provider": provider, "base_url": base_url, "local": local, "trust": trust, "wake": wake, "timeout": timeout,
    }  # fmt: skip
    options = {name: value for name, value in given.items() if value not in (None, "", False) or name == "wake"}
    options = {name: value for name, value in options.items() if value is not None}
    if save:
        _save(say, ref, options, save)
    elif info or call is not None:
        _ask(say, ref, options, None if info else call or [], output)
    else:
        raise typer.Exit(_serve(context.obj, say, ref, options, host, port, open_page))


class Say:
    """Answers go to stdout, all else to stderr; with --json both as one object."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self._waits = ""

    def told(self, words: str, left_s: float | None) -> None:
        """What is waited for."""
        from quickdemo.cli.console import clean

        if words != self._waits and not self.as_json:
            self._waits = words
            about = f" (about {left_s:.0f} s)" if left_s else ""
            typer.echo(f"{clean(words)}{about} ...", err=True)

    def done(self, told: dict[str, Any], text: str) -> None:
        """What was asked for: to a program as it is, and to a terminal without what would command it."""
        from quickdemo.cli.console import clean

        at_terminal = sys.stdout.isatty()
        if self.as_json:
            typer.echo(json.dumps(told, ensure_ascii=at_terminal, default=str))
        else:
            typer.echo("\n".join(map(clean, text.split("\n"))) if at_terminal else text)

    def stop(self, code: int, kind: str, message: str, hint: str = "") -> NoReturn:
        """It did not work."""
        from quickdemo.cli.console import clean

        if self.as_json:
            error = {"code": kind, "message": message, "hint": hint}
            typer.echo(json.dumps({"error": error}, ensure_ascii=sys.stdout.isatty()))
        else:
            typer.echo(f"quickdemo load: {clean(f'{message} {hint}'.strip())}", err=True)
        raise typer.Exit(code)


def _components(given: list[str] | None) -> Any:
    """One shortcut, or a list of them; a comma separates as well."""
    names = [name.strip() for one in given or () for name in one.split(",") if name.strip()]
    return names if len(names) > 1 else names[0] if names else None


def _environment(say: Say, token_file: str, record: str, replay: str, offline: bool) -> None:
    """What the served script must know too goes through the environment: a token is in no argument and no file."""
    if token_file:
        try:
            with open(token_file, encoding="utf-8") as file:
                os.environ["HF_TOKEN"] = file.read().strip()
        except OSError as error:
            say.stop(FAILED, "token_file", f"{token_file} cannot be read: {error.strerror}.")
    if record and replay:
        say.stop(USAGE, "usage", "--record and --replay exclude each other.")
    for option, folder in (("RECORD", record), ("REPLAY", replay)):
        if folder:
            os.environ[f"QUICKDEMO_HUB_{option}"] = os.path.abspath(folder)
            os.environ["QUICKDEMO_HUB_CACHE"] = os.path.join(os.path.abspath(folder), "lookups")
    if replay and not os.path.isdir(replay):
        say.stop(NOT_FOUND, "no_recording", f"There is no folder {replay}.", "Make one with --record.")
    if offline or replay:
        os.environ["QUICKDEMO_OFFLINE"] = "1"


# ------------------------------------------------------------------ asking it once


def _ask(say: Say, ref: str, options: dict[str, Any], values: list[str] | None, output: str) -> None:
    """Load it here; say what it is, or what it answers."""
    from quickdemo.cli.console import clean
    from quickdemo.hub.loading import load as load_it
    from quickdemo.hub.one_shot import answered, facts_of, shown_facts

    with _stops(say):
        given = _read(values or [])
        loaded = load_it(ref, told=say.told, **options)
    with _stops(say, answers_of=ref):
        if values is None:
            facts = facts_of(loaded)
            say.done(facts, "\n".join(map(clean, shown_facts(facts))))
            return
        told, text = answered(loaded, given, output)
        say.done(told, text)


@contextmanager
def _stops(say: Say, answers_of: str = "") -> Iterator[None]:
    """What goes wrong with a model or Space ends the command, with a sentence and its exit code.

    answers_of: what has been loaded: what was typed fitted, and it is the answer that does not, or this program.
    """
    from quickdemo.hub.errors import HubError
    from quickdemo.runtime.errors import InvalidValueError, QuickdemoError

    try:
        yield
    except HubError as error:
        say.stop(_CODES.get(error.kind, FAILED), error.code, error.message, error.hint)
    except InvalidValueError as error:
        say.stop(USAGE, "invalid_value", error.message, error.hint)
    except QuickdemoError as error:
        say.stop(USAGE, "usage", error.message, error.hint)
    except (ValueError, TypeError) as error:
        if answers_of:
            why = f"{answers_of} gave no answer that can be shown: {error} ({type(error).__name__})"
            say.stop(FAILED, "failed", why)
        say.stop(USAGE, "usage", str(error))
    except OSError as error:
        say.stop(FAILED, "file", f"{error.filename or 'A file'}: {error.strerror or error}.")


def _read(values: list[str]) -> list[str]:
    """`-` is what stands on stdin, and @FILE what stands in a file: one value, or a JSON object of values by name."""
    found: list[str] = []
    for value in values:
        if value == "-":
            text = sys.stdin.read()
        elif value.startswith("@") and "=" not in value:
            with open(value[1:], encoding="utf-8") as file:
                text = file.read()
        else:
            found.append(value)
            continue
        found += _by_name(text)
    return found


def _by_name(text: str) -> list[str]:
    from quickdemo.runtime.typed_values import Whole

    try:
        given = json.loads(text)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        return [Whole(text.removesuffix("\n"))]
    return [f"{name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in given.items()]


# ------------------------------------------------------------------ a script


def script_of(ref: str, options: dict[str, Any]) -> str:
    """The text of a script that loads it the same way. No token is in it."""
    named = "".join(f",\n    {name}={value!r}" for name, value in options.items())
    call = f"gr.Interface.load(\n    {ref!r}{named},\n)" if named else f"gr.Interface.load({ref!r})"
    return f'import quickdemo as gr\n\ndemo = {call}\n\nif __name__ == "__main__":\n    demo.launch()\n'


def _save(say: Say, ref: str, options: dict[str, Any], path: str) -> None:
    try:
        with open(path, "x", encoding="utf-8") as file:
            file.write(script_of(ref, options))
    except FileExistsError:
        say.stop(FAILED, "exists", f"{path} exists already.", "Name another file, or remove it first.")
    except OSError as error:
        say.stop(FAILED, "file", f"{path} cannot be written: {error.strerror}.")
    say.done({"saved": path}, f"wrote {path}; run it with: quickdemo run {path}")


def _serve(
    invocation: Invocation,
    say: Say,
    ref: str,
    options: dict[str, Any],
    host: str | None,
    port: int | None,
    open_page: bool,
) -> int:
    """Serve the script as `quickdemo run` does, with its state in this folder's .quickdemo."""
    from quickdemo.cli.commands import version
    from quickdemo.cli.console import Console
    from quickdemo.cli.options import RunOptions
    from quickdemo.cli.supervisor import Supervisor
    from quickdemo.hub.reference import Reference

    try:
        Reference.of(ref)
    except ValueError as error:
        say.stop(USAGE, "usage", str(error))
    name = "".join(c if c.isalnum() or c in "-_." else "-" for c in ref).strip("-.")[:80]
    folder = os.path.join(".quickdemo", "loaded")
    path = os.path.join(folder, f"{name}.py")
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(script_of(ref, options))
    except OSError as error:
        say.stop(FAILED, "file", f"{path} cannot be written: {error.strerror}.")
    console = Console(say.as_json)
    console.text(f"quickdemo  loading {ref} ...")
    if not options.get("local"):
        _look_up(say, ref, options)
    run = RunOptions(
        app=path,
        target=path,
        argv=invocation.argv,
        mode="serve",
        host=host,
        port=port,
        open=open_page,
        json_lines=say.as_json,
    )
    return Supervisor(run, console, version(), None).run()


def _look_up(say: Say, ref: str, options: dict[str, Any]) -> None:
    """Load it once in a process that ends with it, so that what is waited for, and why it cannot be served, is told
    here, with its exit code. What is learnt is in the cache for the process that serves it."""
    here, ours = os.pipe()  # closes with us, whatever we end by: a signal to us alone is none to the child
    child = os.fork()
    if child:
        os.close(here)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        os.close(ours)
        if code:
            raise typer.Exit(code if code > 0 else FAILED)
        return
    os.close(ours)
    threading.Thread(target=_end_with, args=(here,), daemon=True).start()
    code = FAILED
    try:
        code = _looked_up(say, ref, options)
    finally:
        sys.stdout.flush()
        os._exit(code)


def _end_with(pipe: int) -> None:
    """End this process as soon as the other end is closed."""
    os.read(pipe, 1)
    os._exit(FAILED)


def _looked_up(say: Say, ref: str, options: dict[str, Any]) -> int:
    import logging

    from quickdemo.hub.loading import load as load_it

    logging.disable()  # the process that serves says it again
    try:
        with _stops(say):
            load_it(ref, told=say.told, **options)
    except typer.Exit as stopped:
        return stopped.exit_code
    except KeyboardInterrupt:
        return 130
    except Exception:
        return 0  # it is told with its place in the script by the process that serves
    return 0
