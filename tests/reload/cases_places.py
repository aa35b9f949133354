"""Where the edit is: below, above or inside a costly statement; broken, mended, undone; what a module is."""

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
            edit("there again", above("from __future__ import annotations"), outcome=""),
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
