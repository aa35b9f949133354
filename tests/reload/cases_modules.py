"""The project's modules: edited, renamed, shadowed, missing; circular, lazy, starred; packages and -m."""

from __future__ import annotations

from tests.reload.case import Case, above, app, edit, remove, rename, sub, text, write

_USES_HELPER = app(
    """
    import helper
    print("below", helper.NAME)
    def answer(text):
        return {"name": helper.NAME, "value": helper.value(text), "items": helper.items, "doc": helper.__doc__}
    """
)

_HELPER = text(
    '''
    """A helper."""
    import time
    NAME = "one"
    items = [1]
    time.sleep(0.25)
    items.append(2)
    def value(text):
        return [text, len(items)]
    '''
)

_PACKAGE = {
    "tools/__init__.py": "from .words import WORDS\nfrom . import numbers\nprint('below: tools')\n",
    "tools/words.py": "import time\nWORDS = ['a']\ntime.sleep(0.25)\nWORDS.append('b')\n",
    "tools/numbers.py": "from tools.words import WORDS\nCOUNT = len(WORDS)\n",
}

_PLUGINS = app(
    """
    import importlib, pkgutil, time
    import plugins
    names = sorted(m.name for m in pkgutil.iter_modules(plugins.__path__))
    loaded = {n: importlib.import_module("plugins." + n).VALUE for n in names}
    time.sleep(0.25)
    print("below", names)
    def answer(text):
        return {"loaded": loaded}
    """
)

_FALLBACK = app(
    """
    import time
    try:
        import fast as engine
    except ImportError:
        import slow as engine
    time.sleep(0.25)
    print("below")
    def answer(text):
        return {"engine": engine.NAME}
    """
)

_PARTS = app(
    """
    import runpy, time
    with open("part.py") as file:
        exec(compile(file.read(), "part.py", "exec"))
    settings = runpy.run_path("settings.py")
    time.sleep(0.25)
    print("below", part)
    def answer(text):
        return {"part": part, "size": settings["SIZE"]}
    """
)

_LEFT = text(
    """
    import time
    NAME = 'left'
    import right
    time.sleep(0.25)
    def name():
        return right.name()
    """
)

_RIGHT = text(
    """
    import left
    seen = sorted(n for n in vars(left) if n.isupper())
    def name():
        return left.NAME
    """
)

BELOW = sub('print("below"', 'print("below", 2')

CASES = [
    Case(
        "a project module edited",
        {"app.py": _USES_HELPER, "helper.py": _HELPER},
        (
            edit(
                "below its costly statement", sub("items.append(2)", "items.append(3)", "helper.py"), saved="helper.py"
            ),
            edit("a comment above it", above("# one", "helper.py"), saved="helper.py"),
            edit("above it", sub('NAME = "one"', 'NAME = "two"', "helper.py"), saved="helper.py", outcome=""),
        ),
        about="time.sleep(0.25)",
    ),
    Case(
        "the script edited below a costly project module",
        {"app.py": _USES_HELPER, "helper.py": _HELPER},
        (
            edit("below", BELOW),
            edit("a module changed from outside", sub("import helper\n", "import helper\nhelper.items.append(7)\n")),
            edit("not any more", sub("helper.items.append(7)\n", "helper.NAME = 'other'\n")),
        ),
        about="time.sleep(0.25)",
    ),
    Case(
        "a project module renamed",
        {"app.py": _USES_HELPER, "helper.py": _HELPER},
        (
            edit(
                "renamed",
                rename("helper.py", "helpers.py"),
                sub("import helper\n", "import helpers as helper\n"),
                outcome="",
            ),
            edit("below", sub("items.append(2)", "items.append(4)", "helpers.py"), saved="helpers.py"),
            edit("gone", remove("helpers.py"), saved="helpers.py", fails=True, outcome=""),
        ),
        about="time.sleep(0.25)",
    ),
    Case(
        "a module of the standard library shadowed by a new file",
        {
            "app.py": app(
                """
                import time
                import colorsys
                ours = hasattr(colorsys, "OURS")
                time.sleep(0.25)
                print("below", ours)
                def answer(text):
                    import this_is_not_there_yet_but_may_come as there
                    return {"ours": ours, "there": there.VALUE}
                """
            ),
            "this_is_not_there_yet_but_may_come.py": "VALUE = 1\n",
        },
        (
            edit("a new file", write("colorsys.py", "OURS = 1\n"), BELOW, outcome=""),
            edit("below", sub('print("below", 2', 'print("below", 3')),
            edit("removed", remove("colorsys.py"), sub('print("below", 3', 'print("below", 4'), outcome=""),
        ),
        about="time.sleep(0.25)",
    ),
    Case(
        "a package with submodules",
        {
            **_PACKAGE,
            "app.py": app("import tools\ndef answer(text):\n    return {'w': tools.WORDS, 'n': tools.numbers.COUNT}\n"),
        },
        (
            edit("below, inside", sub("append('b')", "extend('bc')", "tools/words.py"), saved="tools/words.py"),
            edit("a later one", sub("len(WORDS)", "-len(WORDS)", "tools/numbers.py"), saved="tools/numbers.py"),
            edit("its __init__", sub("tools')", "tools', 2)", "tools/__init__.py"), saved="tools/__init__.py"),
        ),
        about="time.sleep(0.25)",
    ),
    Case(
        "modules that import each other",
        {
            "app.py": app(
                "import left\ndef answer(text):\n    return {'name': left.name(), 'seen': left.right.seen}\n"
            ),
            "left.py": _LEFT,
            "right.py": _RIGHT,
        },
        (
            edit("below", sub("return right.name()", "return right.name() * 2", "left.py"), saved="left.py"),
            edit("the inner one", sub("n.isupper()", "n[0] != '_'", "right.py"), saved="right.py", outcome=""),
            edit("above", sub("NAME = 'left'", "NAME = 'links'\nMORE = 1", "left.py"), saved="left.py", outcome=""),
        ),
        about="time.sleep(0.25)",
    ),
    Case(
        "a module that fails half-way, and is caught",
        {
            "app.py": app(
                """
                import sys, time
                try:
                    import half
                    why = ""
                except ValueError as error:
                    half, why = None, str(error)
                time.sleep(0.25)
                print("below")
                def answer(text):
                    return {"why": why, "there": "half" in sys.modules, "value": half and half.VALUE}
                """
            ),
            "half.py": "VALUE = 1\nimport other\nraise ValueError('half')\n",
            "other.py": "OTHER = 1\n",
        },
        (
            edit("below", BELOW),
            edit(
                "another failure",
                sub("ValueError('half')", "ValueError('third')", "half.py"),
                saved="half.py",
                outcome="",
            ),
            edit("mended", sub("raise ValueError('third')\n", "", "half.py"), saved="half.py", outcome=""),
        ),
        about="time.sleep(0.25)",
    ),
    Case(
        "imports inside functions",
        {
            "app.py": app(
                """
                import time
                def early():
                    import first
                    return first.VALUE
                value = early()
                time.sleep(0.25)
                print("below")
                def answer(text):
                    import later
                    return {"value": value, "later": later.VALUE}
                """
            ),
            "first.py": "VALUE = 1\n",
            "later.py": "VALUE = 1\n",
        },
        (
            edit("the early one", sub("1", "2", "first.py"), saved="first.py", outcome=""),
            edit("the late one", sub("1", "2", "later.py"), BELOW),
            edit("both", sub("2", "3", "later.py"), sub("2", "3", "first.py"), saved="first.py", outcome=""),
        ),
        about="time.sleep(0.25)",
    ),
    Case(
        "importlib.reload",
        {
            "app.py": app(
                """
                import importlib, time
                import counter
                counter.extra = 1
                importlib.reload(counter)
                time.sleep(0.25)
                print("below", counter.LOADS)
                def answer(text):
                    return {"loads": counter.LOADS, "extra": counter.extra}
                """
            ),
            "counter.py": "LOADS = globals().get('LOADS', 0) + 1\n",
        },
        (
            edit("below", sub('print("below"', 'importlib.reload(counter)\nprint("below"')),
            edit("the module", sub("+ 1", "+ 10", "counter.py"), saved="counter.py", outcome=""),
            edit("above", sub("counter.extra = 1", "counter.extra = 2"), outcome=""),
        ),
        about="time.sleep(0.25)",
    ),
    Case(
        "sys.path edited",
        {
            "app.py": app(
                """
                import sys, time
                sys.path.insert(0, "lib")
                import words
                time.sleep(0.25)
                print("below")
                def answer(text):
                    return {"words": words.WORDS, "path": "lib" in sys.path, "first": sys.path[0]}
                """
            ),
            "lib/words.py": "WORDS = 'lib'\n",
            "words.py": "WORDS = 'here'\n",
            "new/words.py": "WORDS = 'new'\n",
        },
        (
            edit("in the module", sub("'lib'", "'LIB'", "lib/words.py"), saved="lib/words.py", outcome=""),
            edit("another folder", sub('insert(0, "lib")', 'insert(0, "new")'), outcome=""),
            edit("none", sub('sys.path.insert(0, "new")\n', ""), outcome=""),
        ),
        about="time.sleep(0.25)",
    ),
    Case(
        "import * and __all__",
        {
            "app.py": app(
                """
                from names import *
                import time
                time.sleep(0.25)
                print("below")
                def answer(text):
                    return {"names": sorted(n for n in globals() if len(n) == 1), "a": a}
                """
            ),
            "names.py": "a = 1\nb = 2\n_c = 3\n",
        },
        (
            edit("__all__", above("__all__ = ['a']", "names.py"), saved="names.py", outcome=""),
            edit("below", sub('print("below")', 'print("below", a)')),
            edit("another value", sub("a = 1", "a = 5", "names.py"), saved="names.py", outcome=""),
        ),
        about="time.sleep(0.25)",
    ),
    Case(
        "run as a module: -m package.app",
        {
            "shop/__init__.py": "print('above: shop')\n",
            "shop/prices.py": "PRICE = 5\n",
            "shop/app.py": app(
                """
                import sys, time
                from .prices import PRICE
                from . import prices
                time.sleep(0.25)
                print("below", PRICE)
                def answer(text):
                    return {"price": PRICE, "name": __name__, "package": __package__, "spec": __spec__.name,
                            "argv": sys.argv[1:], "same": prices.__name__}
                """
            ),
        },
        (
            edit("below", sub('print("below"', 'print("below", 2', "shop/app.py"), saved="shop/app.py"),
            edit("a sibling", sub("5", "6", "shop/prices.py"), saved="shop/prices.py", outcome=""),
            edit("the package", sub("shop')", "shop', 2)", "shop/__init__.py"), saved="shop/__init__.py", outcome=""),
        ),
        about="time.sleep(0.25)",
        target="shop.app",
        argv=("--big", "7"),
    ),
    Case(
        "an import with a fall-back",
        {"app.py": _FALLBACK, "slow.py": "NAME = 'slow'\n"},
        (
            edit("a better one", write("fast.py", "NAME = 'fast'\n"), BELOW, outcome=""),
            edit("it is broken", write("fast.py", "import nothing_like_this\n"), saved="fast.py", outcome=""),
            edit("below", sub('print("below", 2)', 'print("below", 3)')),
        ),
        about="time.sleep(0.25)",
    ),
    Case(
        "plugins that are found by looking",
        {"app.py": _PLUGINS, "plugins/__init__.py": "", "plugins/a.py": "VALUE = 1\n"},
        (
            edit("one more", write("plugins/b.py", "VALUE = 2\n"), BELOW, outcome=""),
            edit("one edited", sub("1", "3", "plugins/a.py"), saved="plugins/a.py", outcome=""),
            edit("one less", remove("plugins/b.py"), sub('print("below", 2', 'print("below", 3'), outcome=""),
        ),
        about="time.sleep(0.25)",
    ),
    Case(
        "text that is run: exec and runpy",
        {"app.py": _PARTS, "part.py": "part = 1\n", "settings.py": "SIZE = 1\n"},
        (
            edit("below", BELOW),
            edit("the part", sub("1", "2", "part.py"), saved="part.py", outcome=""),
            edit("the settings", sub("1", "2", "settings.py"), saved="settings.py", outcome=""),
        ),
        about="time.sleep(0.25)",
    ),
    Case(
        "a module with __getattr__, and one that replaces itself",
        {
            "app.py": app(
                """
                import time
                import lazy, alone
                time.sleep(0.25)
                print("below", lazy.anything)
                def answer(text):
                    return {"lazy": lazy.other, "alone": [alone.value, type(alone).__name__]}
                """
            ),
            "lazy.py": "def __getattr__(name):\n    return name.upper()\n",
            "alone.py": "import sys\nclass Alone:\n    value = 1\nsys.modules[__name__] = Alone()\n",
        },
        (
            edit("below", BELOW),
            edit("the lazy one", sub("upper()", "title()", "lazy.py"), saved="lazy.py", outcome=""),
            edit("the lone one", sub("value = 1", "value = 2", "alone.py"), saved="alone.py", outcome=""),
        ),
        about="time.sleep(0.25)",
    ),
]
