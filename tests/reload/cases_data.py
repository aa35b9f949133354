"""Files: changed, missing and made, looked at in every way; open for reading and writing; temporary; environment."""

from __future__ import annotations

import io

import numpy
from PIL import Image

from tests.reload.case import Case, Step, app, edit, link, remove, sub, write

BELOW = sub('print("below"', 'print("below", 2')
BELOW_AGAIN = sub('print("below", 2', 'print("below", 3')


def _picture(colour: tuple[int, int, int]) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (4, 4), colour).save(file, "png")
    return file.getvalue()


def _numbers(*values: float) -> bytes:
    return numpy.array(values).tobytes()


def _array(*values: float) -> bytes:
    file = io.BytesIO()
    numpy.save(file, numpy.array(values))
    return file.getvalue()


_SHOWS_VALUE = """
time.sleep(0.25)
print("below")
def answer(text):
    return {"value": value}
"""
_FILE = "data.bin"
_READS = "import time\nvalue = open('data.bin').read()\n" + _SHOWS_VALUE


def _reading(name: str, body: str, first: str | bytes, second: str | bytes, third: str | bytes) -> Case:
    """A script that reads a file above a costly statement: below is edited once, the file twice."""
    script = "import time\n" + body + _SHOWS_VALUE
    return Case(
        name,
        {"app.py": app(script), _FILE: first},
        (
            edit("the script, below", BELOW),
            edit("the file", write(_FILE, second), saved=_FILE, outcome=""),
            edit("the file again", write(_FILE, third), saved=_FILE, outcome=""),
        ),
        about="time.sleep(0.25)",
    )


def _looking(name: str, body: str, *steps: Step) -> Case:
    """A script that looks at a folder or a name without opening a file: `steps` change what it sees."""
    script = "import os, time\n" + body + _SHOWS_VALUE
    return Case(
        name,
        {"app.py": app(script), "there/a.txt": "a", "there/b.txt": "b"},
        (
            edit("below", BELOW),
            edit("what it looks at", *steps, BELOW_AGAIN, outcome=""),
            edit("below again", sub('print("below", 3', 'print("below", 4')),
        ),
        about="time.sleep(0.25)",
    )


READING = [
    _reading("a text file read", "value = open('data.bin').read()", "one", "two", "six"),
    _reading(
        "a file read by pathlib", "import pathlib\nvalue = pathlib.Path('data.bin').read_text()", "one", "two", "3"
    ),
    _reading(
        "a file read by os.open",
        "import os\nvalue = os.read(os.open('data.bin', os.O_RDONLY), 99).decode()",
        "1",
        "2",
        "3",
    ),
    _reading(
        "a file mapped",
        "import mmap\nfile = open('data.bin', 'rb')\n"
        "value = bytes(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)).decode()",
        "one",
        "two",
        "six",
    ),
    _reading(
        "numpy.fromfile",
        "import numpy\nvalue = numpy.fromfile('data.bin').tolist()",
        _numbers(1),
        _numbers(2, 3),
        _numbers(4),
    ),
    _reading("numpy.load", "import numpy\nvalue = numpy.load('data.bin').tolist()", _array(1), _array(2, 3), _array(4)),
    _reading(
        "numpy.memmap, kept",
        "import numpy\nkept = numpy.memmap('data.bin', float, 'r')\nvalue = kept.tolist()",
        _numbers(1),
        _numbers(2),
        _numbers(4),
    ),
    _reading(
        "a picture read by PIL",
        "from PIL import Image\nvalue = Image.open('data.bin').getpixel((0, 0))",
        _picture((1, 2, 3)),
        _picture((4, 5, 6)),
        _picture((7, 8, 9)),
    ),
    _reading(
        "a file read by a subprocess",
        "import subprocess\nvalue = open('data.bin').read() + "
        "subprocess.run(['cat', 'data.bin'], capture_output=True, text=True).stdout",
        "one",
        "two",
        "six",
    ),
    _reading(
        "a file in a changed working folder",
        "import os\nos.makedirs('deep', exist_ok=True)\nos.chdir('deep')\n"
        "value = open('../data.bin').read() + os.path.basename(os.getcwd())",
        "one",
        "two",
        "six",
    ),
    _reading(
        "rows of sqlite, closed again",
        "import sqlite3\nconnection = sqlite3.connect(':memory:')\n"
        "connection.executescript(open('data.bin').read())\n"
        "value = list(connection.execute('select x from t'))\nconnection.close()",
        "create table t(x); insert into t values (1);",
        "create table t(x); insert into t values (2);",
        "create table t(x); insert into t values (3), (4);",
    ),
]

LOOKING = [
    _looking("os.listdir", "value = sorted(os.listdir('there'))", write("there/c.txt", "c")),
    _looking(
        "os.scandir and os.walk",
        "value = sorted(e.name for e in os.scandir('there')) + [f for _, _, f in os.walk('there')][0][:0]",
        remove("there/b.txt"),
    ),
    _looking(
        "glob",
        "import glob\nvalue = sorted(glob.glob('there/*.txt'))",
        write("there/c.txt", "c"),
        remove("there/a.txt"),
    ),
    _looking(
        "Path.iterdir",
        "import pathlib\nvalue = sorted(p.name for p in pathlib.Path('there').iterdir())",
        write("there/c.txt", "c"),
    ),
    _looking("os.path.exists", "value = os.path.exists('there/c.txt')", write("there/c.txt", "c")),
    _looking("Path.exists", "import pathlib\nvalue = pathlib.Path('there/c.txt').exists()", write("there/c.txt", "c")),
    _looking("os.path.getsize", "value = os.path.getsize('there/a.txt')", write("there/a.txt", "aaa")),
    _looking(
        "os.access and os.stat",
        "value = [os.access('there/b.txt', os.R_OK), os.stat('there/a.txt').st_size]",
        remove("there/b.txt"),
    ),
    _looking("os.readlink", "value = os.readlink('now') if os.path.islink('now') else ''", link("now", "there/b.txt")),
]

_KEPT_OPEN = app(
    """
    import time
    lines = open("lines.txt")
    first = next(lines)
    raw = open("lines.txt", "rb")
    raw.seek(3)
    time.sleep(0.25)
    print("below")
    second = lines.readline()
    def answer(text):
        return {"first": first, "second": second, "next": lines.readline(), "raw": raw.read(2).decode()}
    """
)

_WRITES = app(
    """
    import time
    log = open("log.txt", "w")
    log.write("above\\n")
    time.sleep(0.25)
    print("below")
    log.write("below\\n")
    log.flush()
    def answer(text):
        log.write(f"asked {text}\\n")
        log.flush()
        return {"log": open("log.txt").read()}
    """
)

_CACHE = app(
    """
    import json, os, time
    source = open("source.txt").read()
    if os.path.exists("cache.json"):
        with open("cache.json") as file:
            value = json.load(file)
    else:
        time.sleep(0.25)
        value = source.upper()
        with open("cache.json", "w") as file:
            json.dump(value, file)
    print("below")
    def answer(text):
        return {"value": value}
    """
)

_TEMPORARY = app(
    """
    import os, tempfile, time
    folder = tempfile.TemporaryDirectory()
    name = os.path.join(folder.name, "x.txt")
    open(name, "w").write("above")
    time.sleep(0.25)
    print("below", os.path.exists(name))
    def answer(text):
        with open(name, "a") as file:
            file.write(text)
        return {"there": os.path.isdir(folder.name), "text": open(name).read(), "fresh": folder.name}
    """
)

_TEMPORARY_FILE = app(
    """
    import tempfile, time
    file = tempfile.NamedTemporaryFile("w+")
    nameless = tempfile.TemporaryFile("w+")
    nameless.write("above")
    time.sleep(0.25)
    print("below")
    def answer(text):
        nameless.write(text)
        nameless.seek(0)
        return {"text": nameless.read(), "fresh": file.name}
    """
)

_MISSING = app(
    """
    import time
    try:
        value = open("settings.txt").read()
    except FileNotFoundError:
        value = "none"
    time.sleep(0.25)
    print("below", value)
    def answer(text):
        return {"value": value}
    """
)

_SQLITE_OPEN = app(
    """
    import sqlite3, time
    connection = sqlite3.connect("data.db", check_same_thread=False)
    connection.executescript("drop table if exists t; create table t(x); insert into t values (1);")
    time.sleep(0.25)
    print("below")
    connection.execute("insert into t values (2)")
    connection.commit()
    def answer(text):
        connection.execute("insert into t values (?)", (text,))
        connection.commit()
        return {"rows": list(connection.execute("select x from t"))}
    """
)

OTHERS = [
    Case(
        "a file missing, then made",
        {"app.py": _MISSING},
        (
            edit("made", write("settings.txt", "some"), saved="settings.txt", outcome=""),
            edit("changed", write("settings.txt", "more"), saved="settings.txt", outcome=""),
            edit("below", BELOW),
        ),
        about="time.sleep(0.25)",
    ),
    Case(
        "a file behind a link that is turned",
        {"app.py": app(_READS), "one.txt": "one", "two.txt": "two", "data.bin": "none"},
        (
            edit("a link in place of the file", link("data.bin", "one.txt"), saved="data.bin", outcome=""),
            edit("turned", link("data.bin", "two.txt"), BELOW, outcome=""),
            edit("its target", write("two.txt", "other"), BELOW_AGAIN, outcome=""),
        ),
        about="time.sleep(0.25)",
    ),
    Case(
        "a file kept open for reading: its place is each run's own",
        {"app.py": _KEPT_OPEN, "lines.txt": "1111\n2222\n3333\n4444\n5555\n"},
        (
            edit("below", BELOW),
            edit("reads no second line", sub("second = lines.readline()", "second = ''")),
            edit("the file", write("lines.txt", "aaaa\nbbbb\ncccc\ndddd\neeee\n"), saved="lines.txt", outcome=""),
        ),
        about="time.sleep(0.25)",
        asks=("a", "b"),
    ),
    Case(
        "a file kept open for writing",
        {"app.py": _WRITES},
        (
            edit("below", sub('log.write("below', 'log.write("more below')),
            edit("below again", sub('log.write("more below', 'log.write("below')),
            edit("above", sub('log.write("above', 'log.write("more above'), outcome=""),
        ),
        about="time.sleep(0.25)",
        outcome="refused",
        why="writing",
        asks=("a", "b"),
    ),
    Case(
        "a cache file that the script makes when it is missing",
        {"app.py": _CACHE, "source.txt": "one"},
        (
            edit("below", BELOW),
            edit("another source, no cache", write("source.txt", "two"), remove("cache.json"), saved="source.txt"),
            edit("below again", BELOW_AGAIN),
        ),
    ),
    Case(
        "tempfile.TemporaryDirectory is never shared",
        {"app.py": _TEMPORARY},
        (
            edit("below", BELOW),
            edit("below again", BELOW_AGAIN),
            edit("above", sub('write("above")', 'write("over")'), outcome=""),
        ),
        about="time.sleep(0.25)",
        outcome="refused",
        why="temporary",
        asks=("a", "b"),
    ),
    Case(
        "temporary files are never shared",
        {"app.py": _TEMPORARY_FILE},
        (
            edit("below", BELOW),
            edit("below again", BELOW_AGAIN),
            edit("above", sub('write("above")', 'write("over")'), outcome=""),
        ),
        about="time.sleep(0.25)",
        outcome="refused",
        asks=("a", "b"),
    ),
    Case(
        "a sqlite file kept open",
        {"app.py": _SQLITE_OPEN},
        (
            edit("below", sub("values (2)", "values (3)")),
            edit("above", sub("values (1)", "values (0)"), outcome=""),
            edit("below again", sub("values (3)", "values (4)")),
        ),
        about="time.sleep(0.25)",
        outcome="refused",
        asks=("a",),
    ),
    Case(
        "sqlite in memory",
        {"app.py": _SQLITE_OPEN.replace('"data.db"', '":memory:"')},
        (
            edit("below", sub("values (2)", "values (3)")),
            edit("below again", sub("values (3)", "values (4)")),
            edit("above", sub("values (1)", "values (0)"), outcome=""),
        ),
        about="time.sleep(0.25)",
        asks=("a", "b"),
    ),
    Case(
        "variables of an env file",
        {
            "app.py": app(
                """
                import os, time
                above = os.environ.get("COLOUR")
                time.sleep(0.25)
                print("below", above)
                def answer(text):
                    return {"above": above, "now": os.environ.get("COLOUR"), "other": os.environ.get("OTHER")}
                """
            ),
            "settings.env": "COLOUR=red\n",
        },
        (
            edit("below", BELOW),
            edit("another value", write("settings.env", "COLOUR=blue\nOTHER=1\n"), saved="settings.env", outcome=""),
            edit("one less", write("settings.env", "COLOUR=blue\n"), saved="settings.env", outcome=""),
        ),
        about="time.sleep(0.25)",
        env_file="settings.env",
    ),
]

CASES = [*READING, *LOOKING, *OTHERS]
