"""Laid into each project, never edited: shows all that can be seen of the project's modules as JSON.

What is shown holds no addresses and no absolute paths. Functions called `f`, `g`, `h` and classes are called, so that
what they do now counts, and the lines they stand on. It looks once: looking changes counters.
"""

import functools
import inspect
import json
import os
import sys
import traceback
import types

HERE = os.path.dirname(os.path.abspath(__file__))
PLAIN = (int, float, str, bool, bytes, type(None), complex)
SHOWN_DUNDERS = ("__all__", "__annotations__", "__doc__", "__name__", "__package__")


def look(_text):
    """Everything, as JSON."""
    return _look()


@functools.cache
def _look():
    modules = {n: m for n, m in list(sys.modules.items()) if n == "__main__" or _is_ours(n, m)}
    shown = {name: {k: describe(v) for k, v in _values(module)} for name, module in modules.items()}
    called = {f"{name}.{k}": call(v) for name, m in modules.items() for k, v in _values(m) if k in ("f", "g", "h")}
    after = {name: describe(vars(module).get("trace")) for name, module in modules.items()}
    return json.dumps({"modules": list(shown), "values": shown, "called": called, "after": after})


def _is_ours(name, module):
    if name in ("eye", "__mp_main__"):  # the latter is __main__ again, once somebody imported multiprocessing
        return False
    path = getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", None) or ()), "")
    return isinstance(path, str) and os.path.abspath(path).startswith(HERE + os.sep)


def _values(module):
    return [(k, v) for k, v in list(vars(module).items()) if not k.startswith("__") or k in SHOWN_DUNDERS]


def short(text):
    """Paths as seen from the project's folder."""
    return text.replace(HERE + os.sep, "").replace(HERE, ".")


def describe(value, deep=3):
    """Something that JSON can hold; whatever it is."""
    if isinstance(value, PLAIN):
        return short(repr(value))
    if not deep:
        return type(value).__name__
    if isinstance(value, (list, tuple, set, frozenset, dict)):
        return _container(value, deep)
    if isinstance(value, types.FunctionType):
        return _function(value, deep)
    if isinstance(value, type):
        return _class(value, deep) if sys.modules.get(value.__module__) in _own() else value.__qualname__
    if isinstance(value, types.ModuleType):
        return f"module {value.__name__} {value in _own()}"
    if isinstance(value, BaseException):
        return [type(value).__name__, short(str(value)), lines(value)]
    if isinstance(value, types.GeneratorType):
        return ["generator", value.__name__, [value.gi_frame.f_lineno] if value.gi_frame else None]
    if type(value).__module__ in {m.__name__ for m in _own()}:
        return [type(value).__qualname__, describe(getattr(value, "__dict__", None), deep - 1)]
    return type(value).__name__


def _container(value, deep):
    if isinstance(value, (list, tuple)):
        return [type(value).__name__, *(describe(v, deep - 1) for v in value)]
    if isinstance(value, (set, frozenset)):
        return [type(value).__name__, *sorted(str(describe(v, deep - 1)) for v in value)]
    return ["dict", *([describe(k, deep - 1), describe(v, deep - 1)] for k, v in value.items())]


def _own():
    return [m for n, m in list(sys.modules.items()) if n == "__main__" or _is_ours(n, m)]


def _function(value, deep):
    inner = [c.cell_contents for c in value.__closure__ or () if _filled(c)]
    inner = [v if not callable(v) else getattr(v, "__qualname__", "") for v in inner]
    return {
        "function": f"{value.__module__}.{value.__qualname__}",
        "lines": [short(value.__code__.co_filename), value.__code__.co_firstlineno, last_line(value.__code__)],
        "defaults": describe(value.__defaults__, deep - 1),
        "annotations": describe(value.__annotations__, deep - 1),
        "doc": value.__doc__,
        "dict": describe({k: v for k, v in vars(value).items() if k != "__wrapped__"}, deep - 1),
        "closure": describe(inner, deep - 1),
        "source": source(value),
    }


def _filled(cell):
    try:
        return cell.cell_contents is cell.cell_contents
    except ValueError:
        return False


def last_line(code):
    """Of a function with all that stands in it."""
    inner = [last_line(c) for c in code.co_consts if isinstance(c, types.CodeType)]
    return max([code.co_firstlineno, *(line for _, _, line in code.co_lines() if line), *inner])


def _class(value, deep):
    own = {k: v for k, v in vars(value).items() if not k.startswith("_") or k in ("__init__", "__annotations__")}
    plain = {k: describe(v, deep - 1) for k, v in own.items() if not isinstance(v, (property, classmethod))}
    bases = [f"{b.__module__}.{b.__qualname__}" for b in value.__mro__]
    return {"class": bases, "has": plain, "source": source(value), "made": call(lambda _: vars(value()))}


def source(thing):
    """Its text, as `inspect` finds it."""
    try:
        return inspect.getsource(thing)
    except (OSError, TypeError) as error:
        return type(error).__name__


def call(function):
    """What it gives, or where it fails."""
    try:
        return describe(function(2))
    except Exception as error:
        return describe(error)


def lines(error):
    """Where an exception went through."""
    frames = traceback.extract_tb(error.__traceback__)
    return [[short(f.filename), f.lineno, f.name, f.line] for f in frames if f.filename != __file__]
