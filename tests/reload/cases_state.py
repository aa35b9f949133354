"""What a process carries besides its files: random numbers, caches, contexts, hooks, registries, settings."""

from __future__ import annotations

from tests.reload.case import Case, above, app, edit, sub

BELOW = sub('print("below"', 'print("below", 2')
BELOW_AGAIN = sub('print("below", 2', 'print("below", 3')


def _state(
    name: str, body: str, change: tuple[str, str], asks: tuple[str, ...] = ("a",), argv: tuple[str, ...] = ()
) -> Case:
    """A script that sets something above a costly statement: below is edited once, then `change` above, then below."""
    return Case(
        name,
        {"app.py": app(body)},
        (
            edit("below", BELOW),
            edit("above", sub(*change), outcome=""),
            edit("below again", BELOW_AGAIN),
        ),
        about="time.sleep(0.25)",
        asks=asks,
        argv=argv,
    )


CASES = [
    _state(
        "random, seeded",
        """
        import random, time
        random.seed(1)
        first = random.random()
        own = random.Random(2)
        own.random()
        time.sleep(0.25)
        print("below")
        second = random.random()
        def answer(text):
            return {"first": first, "second": second, "third": random.random(), "own": own.random()}
        """,
        ("random.seed(1)", "random.seed(3)"),
        ("a", "b"),
    ),
    _state(
        "random, not seeded",
        """
        import os, random, secrets, time, uuid
        random.random()
        own = random.Random()
        time.sleep(0.25)
        size = 1
        print("below")
        drawn = random.random()
        def answer(text):
            return {"fresh1": drawn, "fresh2": random.random(), "fresh3": uuid.uuid4().hex, "size": size,
                    "fresh4": os.urandom(4).hex(), "fresh5": secrets.token_hex(4)}
        """,
        ("size = 1", "size = 2"),
    ),
    _state(
        "numpy's generators, seeded",
        """
        import numpy, time
        numpy.random.seed(1)
        first = numpy.random.rand()
        generator = numpy.random.default_rng(2)
        generator.random()
        time.sleep(0.25)
        print("below")
        def answer(text):
            return {"first": first, "second": numpy.random.rand(), "third": generator.random()}
        """,
        ("seed(1)", "seed(3)"),
        ("a", "b"),
    ),
    _state(
        "numpy's generators, not seeded",
        """
        import numpy, time
        numpy.random.rand()
        time.sleep(0.25)
        size = 1
        print("below")
        def answer(text):
            return {"fresh1": numpy.random.rand(), "fresh2": numpy.random.default_rng().random(), "size": size}
        """,
        ("size = 1", "size = 2"),
    ),
    _state(
        "caches that calls fill are empty after a reload",
        """
        import functools, time
        cache, calls = {}, []
        @functools.lru_cache
        def cached(text):
            calls.append(text)
            return text * 2
        cached("warm")
        time.sleep(0.25)
        print("below")
        def answer(text):
            known = text in cache
            cache[text] = cached(text)
            return {"known": known, "cache": cache, "calls": calls, "hits": cached.cache_info().hits}
        """,
        ('cached("warm")', 'cached("hot")'),
        ("a", "a", "b"),
    ),
    _state(
        "context variables",
        """
        import contextvars, time
        user = contextvars.ContextVar("user", default="nobody")
        token = user.set("ada")
        copied = contextvars.copy_context()
        time.sleep(0.25)
        print("below", user.get())
        after = user.get()
        user.reset(token)
        def answer(text):
            return {"after": after, "copied": copied.run(user.get), "now": user.get(), "inside": copied[user]}
        """,
        ('"ada"', '"bob"'),
    ),
    _state(
        "decimal's context",
        """
        import decimal, time
        decimal.getcontext().prec = 5
        decimal.DefaultContext.prec = 7
        time.sleep(0.25)
        print("below", decimal.Decimal(1) / 3)
        value = str(decimal.Decimal(2) / 3)
        def answer(text):
            return {"value": value, "traps": len(decimal.getcontext().traps), "third": str(decimal.Decimal(1) / 3)}
        """,
        (".prec = 5", ".prec = 9"),
    ),
    _state(
        "locale and time zone",
        """
        import locale, os, time
        locale.setlocale(locale.LC_ALL, "C.UTF-8")
        os.environ["TZ"] = "America/Bogota"
        time.tzset()
        time.sleep(0.25)
        print("below")
        def answer(text):
            return {"locale": locale.setlocale(locale.LC_ALL), "zone": time.tzname, "hour": time.localtime(0).tm_hour}
        """,
        ('os.environ["TZ"] = "America/Bogota"', 'os.environ["TZ"] = "Asia/Kolkata"'),
    ),
    _state(
        "os.chdir and os.umask",
        """
        import os, time
        os.makedirs("deep", exist_ok=True)
        os.chdir("deep")
        os.umask(0o027)
        time.sleep(0.25)
        print("below", os.path.basename(os.getcwd()))
        def answer(text):
            now = os.umask(0o022)
            os.umask(now)
            return {"folder": os.path.basename(os.getcwd()), "umask": oct(now)}
        """,
        ('os.chdir("deep")\nos.umask(0o027)\n', ""),
    ),
    _state(
        "os.environ changed by the script",
        """
        import os, subprocess, time
        os.environ["MADE"] = "above"
        os.environ.pop("HOME", None)
        time.sleep(0.25)
        print("below", os.environ["MADE"])
        def answer(text):
            child = subprocess.run("echo $MADE", shell=True, capture_output=True, text=True).stdout
            return {"made": os.environ.get("MADE"), "home": "HOME" in os.environ, "child": child}
        """,
        ('os.environ.pop("HOME", None)\n', ""),
    ),
    _state(
        "warnings filters",
        """
        import time, warnings
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", message="bad")
        time.sleep(0.25)
        print("below")
        warnings.warn("not seen")
        def answer(text):
            try:
                warnings.warn("bad")
                caught = False
            except UserWarning:
                caught = True
            return {"caught": caught, "filters": len(warnings.filters)}
        """,
        ('warnings.simplefilter("ignore")\n', ""),
    ),
    _state(
        "logging with a handler to stderr",
        """
        import logging, sys, time
        log = logging.getLogger("app")
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(levelname)s %(name)s:%(lineno)d %(message)s"))
        log.addHandler(handler)
        log.setLevel(logging.INFO)
        log.info("above")
        time.sleep(0.25)
        print("below")
        log.info("from below")
        def answer(text):
            log.warning("asked %s", text)
            return {"handlers": len(log.handlers)}
        """,
        ("logging.INFO", "logging.WARNING"),
    ),
    Case(
        "logging with a handler to a file",
        {
            "app.py": app(
                """
                import logging, time
                logging.basicConfig(filename="app.log", filemode="w", format="%(levelname)s %(message)s", level="INFO")
                logging.getLogger("app").info("above")
                time.sleep(0.25)
                print("below")
                logging.getLogger("app").info("below")
                def answer(text):
                    logging.getLogger("app").info("asked %s", text)
                    return {"log": [line for line in open("app.log") if line.startswith("INFO ")]}
                """
            )
        },
        (
            edit("below", sub('info("below")', 'info("further below")')),
            edit("below again", BELOW),
            edit("above", sub('info("above")', 'info("far above")'), outcome=""),
        ),
        about="time.sleep(0.25)",
        outcome="refused",
        why="writing",
        asks=("a", "b"),
    ),
    _state(
        "signal handlers",
        """
        import os, signal, threading, time
        got = []
        arrived = threading.Event()
        def handle(number, frame):
            got.append(number)
            arrived.set()
        signal.signal(signal.SIGUSR1, handle)
        signal.signal(signal.SIGUSR2, signal.SIG_IGN)
        time.sleep(0.25)
        print("below")
        def answer(text):
            arrived.clear()
            os.kill(os.getpid(), signal.SIGUSR1)
            arrived.wait(5)
            return {"got": got, "two": signal.getsignal(signal.SIGUSR2).name, "pipe": signal.getsignal(signal.SIGPIPE),
                    "int": signal.getsignal(signal.SIGINT).__name__}
        """,
        ("signal.SIG_IGN", "signal.SIG_DFL"),
        ("a", "b"),
    ),
    _state(
        "atexit runs once for each run",
        """
        import atexit, time, weakref
        class Thing: pass
        thing = Thing()
        atexit.register(print, "[exit] registered above")
        weakref.finalize(thing, print, "[exit] finalized")
        time.sleep(0.25)
        print("below")
        atexit.register(print, "[exit] registered below")
        def answer(text):
            return {"alive": thing is not None}
        """,
        ('"[exit] finalized"', '"[exit] finalized otherwise"'),
    ),
    _state(
        "settings of the interpreter",
        """
        import faulthandler, gc, sys, time
        sys.setrecursionlimit(1234)
        sys.setswitchinterval(0.007)
        gc.set_threshold(500, 7, 7)
        gc.disable()
        time.sleep(0.25)
        print("below", gc.isenabled())
        def answer(text):
            return {"recursion": sys.getrecursionlimit(), "switch": sys.getswitchinterval(), "gc": gc.get_threshold(),
                    "enabled": gc.isenabled(), "frozen": gc.get_freeze_count() > 0}
        """,
        ("gc.disable()\n", ""),
    ),
    _state(
        "a library changed from outside",
        """
        import builtins, json, time
        plain = json.dumps
        json.dumps = lambda value, **more: plain(value, **more) + " "
        builtins.shout = lambda text: text.upper()
        time.sleep(0.25)
        print("below", shout("a"))
        def answer(text):
            return {"shouted": shout(text), "patched": json.dumps is not plain, "length": len(json.dumps([1]))}
        """,
        ("text.upper()", "text.title()"),
    ),
    _state(
        "sys.stdout replaced",
        """
        import io, sys, time
        screen = sys.stdout
        class Tee(io.StringIO):
            def write(self, text):
                screen.write(text.replace("se", "SE"))
                return super().write(text)
        sys.stdout = Tee()
        print("seen")
        time.sleep(0.25)
        print("below")
        def answer(text):
            return {"kept": sys.stdout.getvalue().splitlines()[:2]}
        """,
        ('replace("se", "SE")', 'replace("be", "BE")'),
    ),
    _state(
        "classes: dataclass, enum, ABC, NamedTuple, registries",
        """
        import abc, dataclasses, enum, functools, time, typing
        class Colour(enum.Enum):
            RED = 1
        class Shape(abc.ABC):
            known = []
            def __init_subclass__(cls, **more):
                Shape.known.append(cls.__name__)
            @abc.abstractmethod
            def area(self): ...
        class Point(typing.NamedTuple):
            x: int
            y: int = 2
        @dataclasses.dataclass(frozen=True)
        class Box:
            size: int = 3
        @functools.singledispatch
        def name(value):
            return "object"
        kept = [Colour.RED, Point(1), Box()]
        Shape.register(Box)
        time.sleep(0.25)
        print("below")
        class Square(Shape):
            def area(self):
                return 4
        @name.register
        def _(value: Box):
            return "box"
        def answer(text):
            same = [kept[0] is Colour.RED, kept[1] == (1, 2), isinstance(kept[2], Shape)]
            return {"same": same, "known": Shape.known,
                    "name": name(kept[2]), "area": Square().area(), "abstract": sorted(Shape.__abstractmethods__),
                    "mro": [c.__qualname__ for c in Square.__mro__], "repr": [repr(k) for k in kept]}
        """,
        ("size: int = 3", "size: int = 5"),
    ),
    _state(
        "pickle of classes of __main__",
        """
        import copyreg, pickle, time
        class Model:
            def __init__(self, weight):
                self.weight = weight
        packed = pickle.dumps(Model(3))
        first = Model
        time.sleep(0.25)
        print("below")
        class Later(Model):
            extra = 1
        def answer(text):
            again = pickle.loads(packed)
            later = pickle.loads(pickle.dumps(Later(5)))
            return {"weight": again.weight, "same": type(again) is first, "later": [later.weight, later.extra],
                    "module": Model.__module__, "bytes": packed.hex()}
        """,
        ("Model(3)", "Model(4)"),
    ),
    _state(
        "weak references, iterators and closures",
        """
        import itertools, time, weakref
        class Node: pass
        node = Node()
        weak = weakref.WeakValueDictionary(node=node)
        count = itertools.count(5)
        next(count)
        letters = iter("abcdef")
        next(letters)
        def counter():
            value = 0
            def add():
                nonlocal value
                value += 1
                return value
            return add
        add = counter()
        add()
        zipped = zip(letters, count)
        time.sleep(0.25)
        print("below", next(zipped))
        def answer(text):
            return {"weak": sorted(weak), "next": next(zipped), "add": add(), "letter": next(letters)}
        """,
        ("count(5)", "count(50)"),
        ("a", "b"),
    ),
    _state(
        "asyncio.run and async functions",
        """
        import asyncio, time
        async def double(value):
            await asyncio.sleep(0)
            return value * 2
        async def both():
            return await asyncio.gather(double(1), double(2))
        doubled = asyncio.run(both())
        time.sleep(0.25)
        print("below", asyncio.run(double(4)))
        def answer(text):
            return {"doubled": doubled, "now": asyncio.run(double(text))}
        """,
        ("value * 2", "value * 3"),
    ),
    _state(
        "limits of the process",
        """
        import resource, time
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (600, hard))
        time.sleep(0.25)
        print("below")
        def answer(text):
            return {"files": resource.getrlimit(resource.RLIMIT_NOFILE)[0]}
        """,
        ("(600, hard)", "(700, hard)"),
    ),
    _state(
        "arguments of the script",
        """
        import argparse, sys, time
        parser = argparse.ArgumentParser()
        parser.add_argument("--size", type=int, default=1)
        parser.add_argument("names", nargs="*")
        args = parser.parse_args()
        time.sleep(0.25)
        print("below", args.size)
        def answer(text):
            return {"size": args.size, "names": args.names, "program": parser.prog, "argv": sys.argv}
        """,
        ("default=1", "default=2"),
        argv=("--size", "5", "x", "y"),
    ),
    Case(
        "exceptions while answering name the lines of the file as it is",
        {
            "app.py": app(
                """
                import time
                class Broken(Exception):
                    def __str__(self):
                        return "broken " + self.args[0]
                def fail(text):
                    raise Broken(text)
                time.sleep(0.25)
                print("below")
                def answer(text):
                    return fail(text)
                """
            )
        },
        (
            edit("a comment", above("# one\n")),
            edit("below", sub("return fail(text)", "\n    return fail(text + text)")),
            edit("above", sub("broken ", "very broken "), outcome=""),
        ),
        about="time.sleep(0.25)",
    ),
]
