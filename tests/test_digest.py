"""What a function depends on: each change that can change its result changes the digest, and nothing else does."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.conftest import ROOT

SCRIPT = '''
import functools, json, os, re, threading
import helpers
import numpy as np
from helpers import twice
from quickdemo.runtime.caching.digest import digest_of

SCALE = 2
WEIGHTS = np.arange(4.0)
LOCK = threading.Lock()
NAMES = {"a", "b", "c"}
UNUSED = 1

class Model:
    """A model."""
    def __init__(self, bias):
        self.bias = bias
        self.lock = threading.Lock()
    def predict(self, x):
        return helpers.shift(x) + self.bias
    @property
    def kind(self):
        return "linear"

model = Model(3)

def decorated(fn):
    @functools.wraps(fn)
    def inner(*args):
        return fn(*args) + 10
    return inner

@decorated
def fn(x, power=2):
    """Doc."""
    with LOCK:  # a comment
        if re.match("a", x) and x in NAMES:
            return twice(x)
        return model.predict(x) ** power * SCALE + WEIGHTS.sum() + len(open("data.txt").read())

@functools.lru_cache
def cached(x):
    return fn(x)

def lazy(x):
    import late
    return late.value(x)
'''
HELPERS = """
import math
OFFSET = 5
OTHER = 6
def twice(x):
    return x + x
def shift(x):
    return x + OFFSET
def unused(x):
    return x
"""
ENDS = {"fn": "print(digest_of(fn))", "cached": "print(digest_of(cached))", "lazy": "print(digest_of(lazy))"}


class App:
    """A folder with a script, a module and a data file; `digest` runs it in a Python of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.texts = {
            "app.py": SCRIPT,
            "helpers.py": HELPERS,
            "data.txt": "12345",
            "late.py": "def value(x):\n    return x\n",
        }

    def digest(self, of: str = "fn", **changes: tuple[str, str]) -> str:
        texts = dict(self.texts)
        for name, (old, new) in changes.items():
            file = "data.txt" if name == "data" else f"{name}.py"
            assert old in texts[file]
            texts[file] = texts[file].replace(old, new)
        for name, text in texts.items():
            (self.folder / name).write_text(text)
        (self.folder / "app.py").write_text(texts["app.py"] + ENDS[of])
        run = subprocess.run(
            [sys.executable, "-B", "app.py"],
            cwd=self.folder,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin"},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert run.returncode == 0, run.stderr
        return run.stdout


@pytest.fixture
def app(tmp_path: Path) -> App:
    return App(tmp_path)


def test_the_digest_is_the_same_in_every_process(app: App) -> None:
    assert len({app.digest() for _ in range(3)}) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"app": ("SCALE = 2", "SCALE = 3")},
        {"app": ("power=2", "power=3")},
        {"app": ("* SCALE", "+ SCALE")},
        {"app": ("np.arange(4.0)", "np.arange(5.0)")},
        {"app": ('{"a", "b", "c"}', '{"a", "b"}')},
        {"app": ("Model(3)", "Model(4)")},
        {"app": ("+ self.bias", "- self.bias")},
        {"app": ("+ 10", "+ 11")},
        {"app": ("threading.Lock()\nNAMES", "threading.RLock()\nNAMES")},
        {"app": ('re.match("a"', 're.match("b"')},
        {"helpers": ("x + x", "2 * x")},
        {"helpers": ("OFFSET = 5", "OFFSET = 7")},
        {"helpers": ("return x + OFFSET", "return x - OFFSET")},
        {"data": ("12345", "54321")},
    ],
    ids=lambda change: " ".join(next(iter(change.values()))).split("\n")[0],
)
def test_what_the_function_uses_counts(app: App, change: dict[str, tuple[str, str]]) -> None:
    assert app.digest() != app.digest(**change)


@pytest.mark.parametrize(
    "change",
    [
        {"app": ("  # a comment", "  # another\n")},
        {"app": ("UNUSED = 1", "UNUSED = 2")},
        {"app": ("SCALE = 2", "\n\n\nSCALE = 2")},
        {"app": ('"""Doc."""', '"""Other."""')},
        {"app": ('"""A model."""', '"""A fine model."""')},
        {"helpers": ("OTHER = 6", "OTHER = 7")},
        {"helpers": ("def unused(x):\n    return x", "def unused(x):\n    return 2 * x")},
    ],
    ids=lambda change: repr(next(iter(change.values())))[:40],
)
def test_what_it_does_not_use_does_not_count(app: App, change: dict[str, tuple[str, str]]) -> None:
    assert app.digest() == app.digest(**change)


def test_functions_under_a_cache_and_modules_imported_later_count(app: App) -> None:
    assert app.digest("cached") != app.digest("cached", app=("SCALE = 2", "SCALE = 3"))
    assert app.digest("lazy") != app.digest("lazy", late=("return x", "return 2 * x"))
    assert app.digest("lazy") == app.digest("lazy", app=("SCALE = 2", "SCALE = 3"))


def test_an_object_that_cannot_be_taken_apart_counts_as_the_statements_that_make_it(app: App) -> None:
    app.texts["app.py"] = textwrap.dedent(
        """
        from quickdemo.runtime.caching.digest import digest_of
        PATH = "data.txt"
        session = open(PATH, buffering=(2))
        def fn(x):
            return session.read() + x
        """
    )
    first = app.digest()
    assert first == app.digest()
    assert first != app.digest(app=("(2)", "(3)"))
    assert first != app.digest(data=("12345", "6"))
