"""Lines that move: comments and layout above what is kept, then exceptions, warnings, inspect, and lines as data."""

from __future__ import annotations

from tests.reload.case import Case, above, app, edit, sub, text

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

CASES = [
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
            edit("a comment above", above("# a comment\n\n"), outcome=""),  # the warnings above showed lines of it
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
            edit("below again", sub('print("below", 2)', 'print("below", 3)'), outcome=""),
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
]
