"""Random top-level statements whose effects can be seen: values, traces, lines, what lies in files."""

from __future__ import annotations

import re
import string

from hypothesis import strategies as st

COSTLY = "time.sleep(0.05)"  # a checkpoint is taken where 20 ms and ten times the cost of a copy were spent

# Placeholders: {n} name of a number, {v} number, {e} expression, {f} function, {k} class, {m} module, {i} name in a
# module, {d} data file, {p} folder. The same placeholder twice is the same text; {n1}, {n2} are drawn apart.
_CHOICES: dict[str, tuple[str, ...]] = {
    "n": ("a", "b", "c", "d"),
    "v": ("1", "2", "3", "7", "10"),
    "e": ("a", "1", "b + 1", "c * 2 + d", "len(trace)", "a if b else c", "sum(x for x in (a, b))", "d // 2"),
    "f": ("f", "g", "h"),
    "k": ("P", "Q"),
    "m": ("m1", "m2", "pkg.x", "pkg", "m3", "pkg.y"),
    "i": ("a", "b", "f", "P", "trace"),
    "d": ("d1.txt", "d2.txt", "sub/d3.txt"),
    "p": (".", "sub", "pkg"),
    "w": ("UserWarning", "RuntimeWarning"),
}

ASSIGNMENTS = (
    "{n1} = {e}",
    "{n} += {v}",
    "trace.append({e})",
    "trace.append(({n1}, {n2}))",
    "{n1}, {n2} = {n2}, {n1}",
    "{n}: int = {e}",
    "trace += [{n} := {v}, {e}]",
    "extra_{n} = [{n1}, [{e}]]",
    "names = sorted(k for k in globals() if not k.startswith('_'))",
    "total = {{k: v for k, v in globals().items() if isinstance(v, int)}}",
    "'a string that does nothing {v}'",
    "assert {n} is not None, 'gone'",
    "lazy = (x * {v} for x in (1, 2, 3))",
    "trace.append(next(lazy, None) if 'lazy' in globals() else 'no lazy')",
)
BLOCKS = (
    "for {n1} in range({v}):\n    trace.append({n1})",
    "while {n} < 5:\n    {n} += 2\nelse:\n    trace.append('while')",
    "if {n1} > {v}:\n    {n2} = {e}\nelse:\n    trace.append('else')",
    "if 'done_{n}' not in globals():\n    done_{n} = {e}",
    "try:\n    {n1} = 1 / ({n2} - {v})\nexcept ZeroDivisionError as error:\n    trace.append(str(error))",
    "with contextlib.suppress(KeyError, NameError):\n    trace.append({{}}[{e}])",
    "try:\n    del {n}\nfinally:\n    {n} = {v}",
    "with contextlib.suppress(NameError):\n    del {f}",
    "def once():\n    global {n}\n    {n} = {e}\nonce()\ndel once",
    "if __name__ == '__main__':\n    trace.append('main')\n    {n} = {e}",
    'if __name__ == "__main__":\n    {n} = {e}\nelse:\n    trace.append(__name__)',
)
FUNCTIONS = (
    "def {f}(x):\n    return x + {v}",
    "def {f}(x, y={n}, *, z=[{e}]):\n    '''doc {v}'''\n    z.append(y)\n    return [x, y, list(z)]",
    "def {f}(x):\n    global {n}\n    {n} += 1\n    trace.append({n})\n    return {n}",
    "def {f}(x):\n    # a note {v}\n    value = x / ({v} - 2)\n    return value",
    "def {f}(x):\n    return sys._getframe().f_lineno",
    "def {f}(x):\n    def inner(y):\n        return [x, y, {v}, inner.__code__.co_firstlineno]\n    return inner({v})",
    "def {f}(x):\n    yield {v}\n    yield x + {n}",
    "def {f}(x):\n    return list(map(lambda y: y + {v}, [x, {n}]))",
    "@functools.lru_cache\ndef {f}(x: int) -> 'int':\n    trace.append(x)\n    return x + {v}",
    "def deco(function):\n    @functools.wraps(function)\n    def wrapped(x):\n        return ['{n}', function(x)]\n"
    "    return wrapped\n@deco\ndef {f}(x):\n    return x * {v}",
    "{f} = lambda x: (x, {e})",
    "class {k}:\n    size = {e}\n    def get(self):\n        return self.size + {v}",
    "class {k}(list):\n    '''doc'''\n    count = 0\n    def __init__(self):\n        super().__init__()\n"
    "        type(self).count += 1\n        self.line = sys._getframe().f_lineno",
    "@dataclasses.dataclass\nclass {k}:\n    left: int = {v}\n    right: str = 'r'\n    @property\n"
    "    def both(self):\n        return self.left, self.right",
    "def made(n):\n    return lambda x: [x, n, {v}]\n{f} = made({e})",
)
CALLS = (
    "trace.append({f}({v}) if '{f}' in globals() else None)",
    "with contextlib.suppress(NameError, TypeError, ZeroDivisionError):\n    {n} = {f}({v}) or 0",
    "trace.append({k}().__class__.__name__ if '{k}' in globals() else None)",
    "thing = {k}() if '{k}' in globals() else None",
    "if '{f}' in globals():\n    {f}.note = {v}",
    "random.seed({v}); random.seeded = True",
    "trace.append(random.random() if hasattr(random, 'seeded') else None)",
)
IMPORTS = (
    "try:\n    import {m}\nexcept ImportError as error:\n    trace.append(str(error))",
    "try:\n    from {m} import {i}\nexcept ImportError as error:\n    trace.append(error.name)",
    "with contextlib.suppress(ImportError):\n    from {m} import *",
    "with contextlib.suppress(ImportError):\n    import {m} as other",
    "def {f}(x):\n    import {m} as late\n    return [late.a, x]",
    "with contextlib.suppress(ImportError, AttributeError):\n    import {m} as other; other.a += {v}",
    "with contextlib.suppress(ImportError, AttributeError):\n    import {m} as other; other.trace.append(__name__)",
    "with contextlib.suppress(ImportError, AttributeError):\n    import {m} as other; {n} = other.a",
    "with contextlib.suppress(ImportError):\n    from . import x as near",
    "with contextlib.suppress(ImportError):\n    from .x import a, trace as near_trace",
    "with contextlib.suppress(ImportError):\n    import {m} as other; importlib.reload(other)",
    "sys.modules.pop('{m}', None)",
    "import {m}",
    "trace.append('{m}' in sys.modules)",
    "import colorsys; trace.append(hasattr(colorsys, 'rgb_to_hls'))",
    "trace.append(importlib.util.find_spec('m3') is not None)",
    "__all__ = ['a', '{n}']",
)
FILES = (
    "try:\n    with open('{d}') as file:\n        text = file.read()\nexcept OSError:\n    text = 'nothing'",
    "trace.append(os.path.exists('{d}'))",
    "trace.append(pathlib.Path('{d}').is_file())",
    "trace.append(sorted(n for n in os.listdir('{p}') if n[0] not in '._o') if os.path.isdir('{p}') else None)",
    "trace.append(sorted(str(p) for p in pathlib.Path('{p}').glob('*.txt') if p.name[0] != 'o'))",
    "trace.append(os.path.getsize('{d}') if os.path.isfile('{d}') else None)",
    "trace.append(pathlib.Path('{d}').read_text() if pathlib.Path('{d}').exists() else None)",
    "wrote = pathlib.Path('out_' + __name__).write_text(str({e}))",
    "if 'wrote' in globals():\n    with open('out_' + __name__, 'a') as file:\n        file.write('{n}')",
    "trace.append(open('out_' + __name__).read() if 'wrote' in globals() else None)",
)
LINES = (
    "try:\n    {{}}[{v}]\nexcept KeyError as error:\n    kept = traceback.format_exc().splitlines()[-3:]",
    "with warnings.catch_warnings(record=True) as caught:\n    warnings.simplefilter('always')\n"
    "    warnings.warn('w', {w})\ntrace.append([w.lineno for w in caught])",
    "trace.append(sys._getframe().f_lineno)",
    "trace.append(inspect.getsource({f}) if '{f}' in globals() and hasattr({f}, '__code__') else None)",
    "with contextlib.suppress(NameError, AttributeError):\n    trace.append(inspect.getsourcelines({f})[1])",
    "trace.append(inspect.currentframe().f_lineno)",
)
COSTS = (COSTLY, f"trace.append('costly'); {COSTLY}", f"def slow():\n    {COSTLY}\n    return {{v}}\nslow()")
FAILURES = (
    "raise ValueError('no {n} {v}')",
    "undefined_{n}",
    "{n} = (",
    "def {f}(x)\n    return x",
    "import missing_{n}",
    "[1][{v}]",
    "class {k}:\n    size = 1 / 0",
    "def {f}(x):\n    raise KeyError(x)\n{f}({v})",
    "return {v}",
    "def {f}(x):\n    return (x +\n    )",
)
HEADERS = (
    "'''What this file is for.'''",
    "from __future__ import annotations",
    "# -*- coding: utf-8 -*-",
    "",
    "'''Two\nlines.'''\nfrom __future__ import annotations",
)
PREAMBLE = (
    "import contextlib, dataclasses, functools, importlib.util, inspect, os, pathlib\n"
    "import random, sys, time, traceback, warnings",
    "trace = []; a, b, c, d = 1, 2, 3, 4",
)


def filled(template: str) -> st.SearchStrategy[str]:
    """The texts that a template stands for."""
    fields = sorted({name for _, name, _, _ in string.Formatter().parse(template) if name})
    drawn = {name: st.sampled_from(_CHOICES[re.sub(r"\d", "", name)]) for name in fields}
    return st.fixed_dictionaries(drawn).map(lambda values: template.format(**values).rstrip("\n"))


def _one_of(templates: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.sampled_from(templates).flatmap(filled)


# How often each kind comes, the simplest first: hypothesis shrinks to the left.
_KINDS: tuple[tuple[int, tuple[str, ...]], ...] = (
    (6, ASSIGNMENTS),
    (3, BLOCKS),
    (4, FUNCTIONS),
    (3, CALLS),
    (4, IMPORTS),
    (3, FILES),
    (2, LINES),
    (2, COSTS),
)
_WEIGHTED = [templates for weight, templates in _KINDS for _ in range(weight)]


def statement() -> st.SearchStrategy[str]:
    """One item of a file: mostly a single statement, sometimes some that belong together."""
    return st.sampled_from(_WEIGHTED).flatmap(_one_of)


def failure() -> st.SearchStrategy[str]:
    """One that most likely stops the script."""
    return _one_of(FAILURES)


def laid_out(text: str, how: int) -> str:
    """The same statement in another layout."""
    first, _, rest = text.partition("\n")
    simple = re.fullmatch(r"(\w+) = ([^;#]+)", text)
    if how == 1 and simple:
        return f"{simple[1]} = (\n    {simple[2]}\n)"
    if how == 2 and rest and first.endswith(":"):
        return f"{first}\n\n{rest}"
    if how == 3 and rest and first.endswith(":"):
        return f"{first}  # opened\n{rest}"
    if how == 4 and not rest and "'" in text and '"' not in text:
        return text.replace("'", '"')
    return text if first.startswith(("#", "'''")) or not text or "(" in first[-1:] else f"{text}  # as it was {how}"
