"""Where the edit is: below, above or inside a costly statement; comments; moved lines; broken and mended."""

from __future__ import annotations

from pathlib import Path

from tests.reload.case import Case, Step, above, app, edit, rename, sub, text, write

_THREE = app(
    """
    import time
    print("above")
    def load():
        time.sleep(0.25)
        return [1, 2, 3]
    model = load()
    factor = 10
    print("below", factor)
    def answer(text):
        return {"value": [text, [factor * m for m in model]]}
    """
)

_LAYOUT = app(
    """
    import time, traceback
    print('above')
    def first(number):
        return 1 / number
    time.sleep( 0.25 )
    def second(number):
        return first(number)
    print("below")
    class Kept:
        def method(self): return 1
    def answer(text):
        try:
            second(0)
        except ZeroDivisionError as error:
            lines = [f.lineno for f in traceback.extract_tb(error.__traceback__)]
        return {"lines": lines, "text": traceback.format_exc() if 0 else "", "codes": [
            f.__code__.co_firstlineno for f in (first, second, Kept.method, answer)],
            "class": getattr(Kept, "__firstlineno__", None)}
    """
)

_FAILING = app(
    """
    import time
    print("above")
    def check(number):
        if number > 1:
            raise ValueError(f"{number} is too much")
        return number

    def checked(number):
        try:
            return check(number)
        except ValueError as error:
            raise RuntimeError("not checked") from error
    time.sleep(0.25)
    print("below")
    number = check(1)
    def answer(text):
        return {"number": checked(number), "line": check.__code__.co_firstlineno}
    """
)

_HELPER = text(
    """
    import time
    print("above in helper")
    def half(number):
        return whole(number) / 2

    def whole(number):
        if number != int(number):
            raise ValueError("not whole")
        return int(number)
    time.sleep(0.25)
    print("below in helper")
    """
)

_CALLS_FAIL = app(
    """
    import time
    def parse(text):
        return inner(text)

    def inner(text):
        return {"number": int(text)}
    time.sleep(0.25)
    print("below")
    def answer(text):
        print("asked for", text)
        return parse(text)
    """
)

_SOURCE = app(
    """
    import inspect, time
    print("above")
    def kept(number):
        "Doubles."
        return number * 2
    class Kept:
        size = 3
    time.sleep(0.25)
    print("below")
    def later(number):
        return number * 3
    def answer(text):
        return {"kept": inspect.getsource(kept), "lines": inspect.getsourcelines(Kept),
                "later": inspect.getsource(later), "file": inspect.getsourcefile(kept)}
    """
)

_WARNINGS = app(
    """
    import time, warnings
    def old():
        warnings.warn("old() is old", DeprecationWarning, stacklevel=2)
    print("above")
    warnings.warn("from above")
    time.sleep(0.25)
    print("below")
    warnings.warn("from below")
    old()
    for turn in range(2):
        warnings.warn("twice at one place")
    def answer(text):
        warnings.warn("while answering")
        old()
        return {}
    """
)

_DATA_LINES = app(
    """
    import sys, time
    line = sys._getframe().f_lineno
    def here():
        return sys._getframe(1).f_lineno
    called = here()
    time.sleep(0.25)
    print("below")
    def answer(text):
        return {"line": line, "called": called}
    """
)

_KEPT_TRACEBACK = app(
    """
    import time, traceback
    def fail():
        raise KeyError("lost")
    try:
        fail()
    except KeyError as error:
        kept = error
        told = traceback.format_exc()
    time.sleep(0.25)
    print("below")
    def answer(text):
        return {"told": told, "kept": [f.lineno for f in traceback.extract_tb(kept.__traceback__)]}
    """
)

_GENERATOR = app(
    """
    import time, traceback
    def numbers():
        yield 1
        yield 2
        yield 1 / 0
    suspended = numbers()
    started = [next(suspended), next(suspended)]
    rest = iter([1, 2, 3, 4])
    next(rest)
    time.sleep(0.25)
    print("below")
    left = [next(rest)]
    try:
        next(suspended)
    except ZeroDivisionError as error:
        lines = [f.lineno for f in traceback.extract_tb(error.__traceback__)]
    def answer(text):
        return {"lines": lines, "left": left + list(rest), "started": started}
    """
)


def _recode(old: str, new: str, was: str, becomes: str) -> Step:
    """Save app.py in another encoding, with other text."""

    def step(folder: Path) -> None:
        path = folder / "app.py"
        path.write_bytes(path.read_bytes().decode(old).replace(was, becomes).encode(new))

    return step


CASES = [
    Case(
        "an edit below, above and inside a costly statement",
        {"app.py": _THREE},
        (
            edit("below", sub("factor = 10", "factor = 20")),
            edit("above", sub('print("above")', 'print("above", 2)'), outcome=""),
            edit("inside", sub("return [1, 2, 3]", "return [1, 2, 3, 4]"), outcome=""),
        ),
        about="model = load()",
    ),
    Case(
        "comments and layout above a costly statement",
        {"app.py": _LAYOUT},
        (
            edit("a comment above", above("# a comment\n")),
            edit("other quotes and spaces", sub("'above'", '"above"'), sub("( 0.25 )", "(\n    0.25\n)")),
            edit("a comment inside a function above", sub("    return 1 / number", "    # one\n    return 1 / number")),
        ),
        about="time.sleep( 0.25 )",
    ),
    Case(
        "a comment that moves lines, then an exception below",
        {"app.py": _FAILING},
        (
            edit("a comment", above("# one\n# two")),
            edit("an exception", sub("number = check(1)", "number = check(2)"), fails=True),
            edit("mended, with a comment", sub("number = check(2)", "number = check(0)"), above("# three")),
        ),
        about="time.sleep(0.25)",
    ),
    Case(
        "an exception in a chain, after lines were moved",
        {"app.py": _FAILING},
        (
            edit("a comment", above("# one\n# two\n")),
            edit("a chained exception", sub("number = check(1)", "number = checked(3)"), fails=True),
            edit("the same one further down", above("# three"), fails=True),
        ),
        about="time.sleep(0.25)",
    ),
    Case(
        "an exception inside a project module, after its lines were moved",
        {
            "helper.py": _HELPER,
            "app.py": app("import helper\nvalue = helper.half(4)\ndef answer(text):\n    return {'value': value}\n"),
        },
        (
            edit("a comment in the module", above("# one\n", "helper.py"), saved="helper.py"),
            edit("an exception", sub("half(4)", "half(1.5)"), fails=True),
            edit("mended", sub("half(1.5)", "half(8)"), above("# two", "helper.py"), saved="app.py helper.py"),
        ),
        about="time.sleep(0.25)",
    ),
    Case(
        "an exception while answering, after lines were moved",
        {"app.py": _CALLS_FAIL},
        (
            edit("a comment", above("# one")),
            edit("another one, and something below", above("# two"), sub('print("below")', 'print("below", 2)')),
            edit("an empty line inside", sub("def inner(text):", "def inner(text):\n")),
        ),
        about="time.sleep(0.25)",
        asks=("1", "x"),
    ),
    Case(
        "names deleted and bound again",
        {
            "app.py": app(
                """
                import time
                a = 1
                b = [a]
                del a
                time.sleep(0.25)
                print("below")
                a = "again"
                b.append(a)
                def answer(text):
                    return {"a": globals().get("a"), "b": b, "names": sorted(globals())}
                """
            )
        },
        (
            edit("not bound", sub('a = "again"\nb.append(a)', "b.append(2)")),
            edit("deleted below", sub("b.append(2)", "b.append(3)\nc = b\ndel b\nb = [c]")),
            edit("used after its deletion", sub("b = [c]", "b = [a]"), fails=True),
        ),
        about="time.sleep(0.25)",
    ),
    Case(
        "what a module knows of itself",
        {
            "app.py": app(
                '''
                """What it is for."""
                import os, sys, time
                first: int = 1
                second: "text"
                time.sleep(0.25)
                "no docstring"
                third: list[int] = [first]
                print("below", __doc__)
                def answer(text):
                    main = sys.modules["__main__"]
                    return {"name": __name__, "doc": __doc__, "file": os.path.basename(__file__), "spec": str(__spec__),
                            "package": __package__, "loader": type(__loader__).__name__, "same": main.third is third,
                            "annotations": {k: str(v) for k, v in sorted(main.__annotations__.items())}}
                '''
            )
        },
        (
            edit("an annotation below", sub("third: list[int]", "fourth: float = 1\nthird: list[int]")),
            edit("another docstring", sub("What it is for.", "What it is not for."), outcome=""),
            edit("no docstring any more", above("import json"), outcome=""),
        ),
        about="time.sleep(0.25)",
    ),
    Case(
        "future imports hold below the statement, too",
        {
            "app.py": app(
                """
                from __future__ import annotations
                import dataclasses, time
                time.sleep(0.25)
                print("below")
                @dataclasses.dataclass
                class Point:
                    x: Unknown
                    y: int = 2
                def inner(a: Unknown) -> Nothing: ...
                def answer(text):
                    types = [str(f.type) for f in dataclasses.fields(Point)]
                    return {"types": types, "inner": str(inner.__annotations__)}
                """
            )
        },
        (
            edit("below", sub("y: int = 2", "y: int = 2\n    z: Missing = 3")),
            edit("gone", sub("from __future__ import annotations\n", ""), fails=True, outcome=""),
            edit("there again", above("from __future__ import annotations"), outcome=None),
        ),
        about="time.sleep(0.25)",
    ),
    Case(
        "decorators and default values",
        {
            "app.py": app(
                """
                import time
                count, registry = 1, {}
                def register(name):
                    def decorate(function):
                        registry[name] = function
                        return function
                    return decorate
                @register("one")
                def one(value, many=[], number=count):
                    many.append(value)
                    return many, number
                late = lambda value=count: value
                time.sleep(0.25)
                count = 2
                @register("two")
                def two(value=count, *, other=late()):
                    return value, other
                print("below", sorted(registry))
                def answer(text):
                    return {"one": one(text), "two": two(), "late": late(), "names": sorted(registry)}
                """
            )
        },
        (
            edit("another default below", sub("count = 2", "count = 3")),
            edit("another decorator below", sub('@register("two")', '@register("deux")\n@register("two")')),
            edit("another default above", sub("count, registry = 1", "count, registry = 5"), outcome=""),
        ),
        about="time.sleep(0.25)",
        asks=("a", "b"),
    ),
    Case(
        "the body of if __name__ == '__main__'",
        {
            "app.py": text(
                """
                import time
                import json
                import quickdemo as gr
                print("above")
                def answer(text):
                    return json.dumps({"value": value, "names": sorted(globals())})
                if __name__ == "__main__":
                    value = [1]
                    time.sleep(0.25)
                    value.append(2)
                    print("below", value)
                    gr.Interface(answer, "text", "text").launch()
                """
            )
        },
        (
            edit("below, in the body", sub("value.append(2)", "value.append(3)")),
            edit("a comment in the body", sub("    value = [1]", "    # one\n    value = [1]")),
            edit("above, in the body", sub("value = [1]", "value = [0]"), outcome=""),
        ),
        about="time.sleep(0.25)",
    ),
    Case(
        "exit codes of sys.exit",
        {"app.py": _THREE},
        (
            edit("3", sub("factor = 10", "import sys; sys.exit(3)"), fails=True),
            edit("a text", sub("sys.exit(3)", "sys.exit('no model')"), fails=True),
            edit("raised from below", sub("sys.exit('no model')", "raise SystemExit"), fails=True),
        ),
        about="model = load()",
    ),
    Case(
        "a syntax error, mended, and undone",
        {"app.py": _THREE},
        (
            edit("broken", sub("factor = 10", "factor = (10"), fails=True, outcome=""),
            edit("mended otherwise", sub("factor = (10", "factor = 30")),
            edit("undone", sub("factor = 30", "factor = 10")),
        ),
        about="model = load()",
    ),
    Case(
        "undo finds the older version again",
        {"app.py": _THREE.replace("model = load()", "start = 1\nmodel = load()\nmodel.append(start)")},
        (
            edit("something above", sub("start = 1", "start = 2"), outcome=""),
            edit("undone", sub("start = 2", "start = 1")),
            edit("below", sub("factor = 10", "factor = 40")),
        ),
        about="model = load()",
    ),
    Case(
        "inspect.getsource shows the file as it is",
        {"app.py": _SOURCE},
        (
            edit("below", sub("number * 3", "number * 4")),
            edit("a comment above", above("# a comment")),
            edit(
                "a comment in a function above",
                sub("    return number * 2", "    return number * 2  # twice"),
                outcome="",
            ),
        ),
        about="time.sleep(0.25)",
    ),
    Case(
        "inspect.getsource called above",
        {
            "app.py": _SOURCE.replace("time.sleep(0.25)", "source = inspect.getsource(kept)\ntime.sleep(0.25)").replace(
                '{"kept"', '{"source": source, "kept"'
            )
        },
        (
            edit("below", sub("number * 3", "number * 4")),
            edit(
                "a comment in the function", sub("    return number * 2", "    return number * 2  # twice"), outcome=""
            ),
            edit("a comment above", above("# a comment"), outcome=""),
        ),
        about="time.sleep(0.25)",
    ),
    Case(
        "a script that reads itself",
        {
            "app.py": app(
                """
                import hashlib, time
                itself = open(__file__).read()
                digest = hashlib.sha1(itself.encode()).hexdigest()
                time.sleep(0.25)
                print("below", len(itself))
                def answer(text):
                    return {"digest": digest, "lines": itself.count("\\n")}
                """
            )
        },
        (
            edit("below", sub('print("below"', 'print("below", 2')),
            edit("a comment", above("# one")),
            edit("both", above("# two"), sub('"below", 2', '"below", 3')),
        ),
        about="time.sleep(0.25)",
        outcome="refused",
    ),
    Case(
        "warnings name the line that is in the file",
        {"app.py": _WARNINGS},
        (
            edit("below", sub('print("below")', 'print("below", 2)\n')),
            edit("a comment above", above("# a comment\n\n")),
            edit(
                "raised as errors",
                sub('print("below", 2)', 'print("below")\nwarnings.simplefilter("error")'),
                fails=True,
            ),
        ),
        about="time.sleep(0.25)",
    ),
    Case(
        "a warning for a caller that does not exist",
        {
            "app.py": app(
                """
                import time, warnings
                warnings.warn("above", stacklevel=2)
                time.sleep(0.25)
                print("below")
                warnings.warn("below", stacklevel=2)
                def answer(text):
                    return {}
                """
            )
        },
        (
            edit("below", sub('print("below")', 'print("below", 2)')),
            edit("a comment above", above("# a comment")),
            edit("another level", sub('"below", stacklevel=2', '"below", stacklevel=3')),
        ),
        about="time.sleep(0.25)",
    ),
    Case(
        "a line number that the script keeps",
        {"app.py": _DATA_LINES},
        (
            edit("below", sub('print("below")', 'print("below", 2)')),
            edit("a comment above", above("# a comment"), outcome=""),
            edit("another", above("# another"), outcome=""),
        ),
        about="time.sleep(0.25)",
    ),
    Case(
        "a traceback that the script keeps",
        {"app.py": _KEPT_TRACEBACK},
        (
            edit("below", sub('print("below")', 'print("below", 2)')),
            edit("a comment above", above("# a comment"), outcome=""),
            edit("below again", sub('print("below", 2)', 'print("below", 3)')),
        ),
        about="time.sleep(0.25)",
    ),
    Case(
        "a generator half consumed, and lines that move",
        {"app.py": _GENERATOR},
        (
            edit("below", sub('print("below")', 'print("below", 2)')),
            edit("a comment above", above("# a comment"), outcome=""),
            edit("below again", sub("left = [next(rest)]", "left = []")),
        ),
        about="time.sleep(0.25)",
    ),
    Case(
        "statements with bodies: with, for, while, try, match",
        {
            "app.py": app(
                """
                import contextlib, time
                done = []
                @contextlib.contextmanager
                def noted(name):
                    done.append("into " + name)
                    yield name
                    done.append("out of " + name)
                with noted("with"):
                    time.sleep(0.25)
                    print("above")
                for turn in range(3):
                    done.append(turn)
                else:
                    done.append("for")
                try:
                    time.sleep(0.25)
                    done.append({}["x"])
                except KeyError:
                    done.append("except")
                finally:
                    done.append("finally")
                print("below")
                match done:
                    case [first, *_]:
                        done.append(["match", first])
                while len(done) < 20:
                    done.append(len(done))
                def answer(text):
                    return {"done": done}
                """
            )
        },
        (
            edit("below", sub("len(done) < 20", "len(done) < 22")),
            edit("inside try", sub('done.append("except")', 'done.append("EXCEPT")'), outcome=""),
            edit("inside with", sub('print("above")', 'done.append("in with")\n    print("above")'), outcome=""),
        ),
        about="try:",
    ),
    Case(
        "several statements on a line",
        {
            "app.py": app(
                """
                import time; a = 1
                time.sleep(0.25); b = 2; c = [a, b]
                print("below"); d = [
                    c, c]
                def answer(text):
                    return {"d": d, "line": answer.__code__.co_firstlineno}
                """
            )
        },
        (
            edit("the end of the line", sub("c = [a, b]", "c = [b, a]")),
            edit("an exception there", sub("c = [b, a]", "c = [b, 1 / 0]"), fails=True),
            edit("its beginning", sub("c = [b, 1 / 0]", "c = []"), sub("a = 1", "a = 1; e = 2"), outcome=""),
        ),
        about="time.sleep(0.25)",
    ),
    Case(
        "other encodings and line ends",
        {
            "app.py": app(
                """
                # -*- coding: latin-1 -*-
                import time
                name = "Zoe"
                time.sleep(0.25)
                print("below")
                def answer(text):
                    return {"name": name, "line": answer.__code__.co_firstlineno, "length": len(name)}
                """
            )
            .replace("Zoe", "Zo\xeb")
            .encode("latin-1")
        },
        (
            edit("line ends of Windows", _recode("latin-1", "latin-1", "\n", "\r\n")),
            edit("utf-8 with its mark", _recode("latin-1", "utf-8-sig", "latin-1", "utf-8"), outcome=""),
            edit("below", _recode("utf-8-sig", "utf-8-sig", '"below"', '"below", name')),
        ),
        about="time.sleep(0.25)",
    ),
    Case(
        "saved by renaming, as editors do",
        {"app.py": _THREE},
        (
            edit(
                "a new file in its place",
                write("app.py.new", _THREE.replace("= 10", "= 11")),
                rename("app.py.new", "app.py"),
            ),
            edit("through a backup", rename("app.py", "app.py~"), write("app.py", _THREE.replace("= 10", "= 12"))),
            edit("above", write("x", _THREE.replace("3]", "4]")), rename("x", "app.py"), outcome=""),
        ),
        about="model = load()",
    ),
    Case(
        "names and depth are those of a module",
        {
            "app.py": app(
                """
                import sys, time
                total = sum(n for n in range(4))
                squares = [n * total for n in range(3)]
                if (big := total > 5):
                    exec("made = big + 1")
                time.sleep(0.25)
                print("below")
                here = locals() is globals()
                names = sorted(vars())
                def answer(text):
                    return {"names": names, "here": here, "made": made, "squares": squares, "now": sorted(globals()),
                            "name": sys._getframe().f_code.co_qualname if sys.version_info > (3, 11) else ""}
                """
            )
        },
        (
            edit("below", sub("here = ", "other = 1\nhere = ")),
            edit("without", sub("other = 1\n", "")),
            edit("above", sub("total > 5", "total > 6"), sub("made = big", "made = total"), outcome=""),
        ),
        about="time.sleep(0.25)",
        asks=("a",),
    ),
]
