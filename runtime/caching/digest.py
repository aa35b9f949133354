"""What a function depends on, as one digest: its code, and all that this refers to in the project's own modules.

Code counts as what it does (comments and line numbers do not), values as their content, installed packages as their
versions. An object of a package that cannot be taken apart counts as the statements that make it.
"""

from __future__ import annotations

import dis
import functools
import hashlib
import os
import sys
import types
from collections.abc import Iterable
from typing import Any

from quickdemo.runtime.caching import sources
from quickdemo.runtime.caching.whose import is_own, module_of, release_of

_PLAIN = (bool, int, float, complex, str, bytes, type(None), type(Ellipsis), type(NotImplemented))
_BUILT_IN = (
    types.BuiltinFunctionType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.MethodWrapperType,
)
_NOT_OF_A_CLASS = frozenset(
    "__dict__ __weakref__ __doc__ __module__ __qualname__ __firstlineno__ __static_attributes__ __abstractmethods__ "
    "_abc_impl __slotnames__ __annotations__ __annotate__ __annotate_func__ __annotations_cache__ __parameters__ "
    "__hash__".split()
)
_GLOBAL = frozenset({"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"})
_MOST_PARTS = 200_000  # of one object that is taken apart
_MOST_FILE_BYTES = 64 * 2**20  # a larger file counts as its size and time


class Digest:
    """`add` what counts, then ask for `hexdigest`. Each object is looked at once; a second time counts as its turn."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256(f"Python {sys.version_info[:2]}".encode())
        self._turns: dict[int, int] = {}
        self._kept: list[Any] = []  # so that no id is given twice
        self._parts = 0
        self._makers: set[tuple[int, str]] = set()

    def hexdigest(self) -> str:
        return self._hash.hexdigest()

    # ------------------------------------------------------------------ values

    def add(self, value: Any) -> None:
        """Any value, by its content."""
        if isinstance(value, _PLAIN) and type(value) in _PLAIN:
            self._plain(value)
            return
        if id(value) in self._turns:
            self._say("again", self._turns[id(value)])
            return
        self._turns[id(value)] = len(self._turns)
        self._kept.append(value)
        self._parts += 1
        self._compound(value)

    def _say(self, *words: object) -> None:
        text = repr(words).encode("utf-8", "backslashreplace")
        self._hash.update(len(text).to_bytes(8, "big") + text)

    def _plain(self, value: Any) -> None:
        self._say(type(value).__name__, value)
        if isinstance(value, str):
            self._file(value)

    def _file(self, text: str) -> None:
        """A text that names a file of the project stands for what is in it."""
        if not 2 < len(text) < 260 or "\n" in text or "\0" in text or not ("." in text or os.sep in text):
            return
        try:
            if os.path.isfile(text):
                self._say("file", *contents(text))
        except OSError:
            self._say("no file to read")

    def _compound(self, value: Any) -> None:
        kind = type(value)
        if kind in (tuple, list):
            self._say(kind.__name__, len(value))
            self._all(value)
        elif kind is dict:
            self._say("dict", len(value))
            for key, item in value.items():
                self.add(key)
                self.add(item)
        elif kind in (set, frozenset):
            self._say(kind.__name__, *sorted(digest_of(item) for item in value))
        elif isinstance(value, types.ModuleType):
            self._module(value)
        elif isinstance(value, type):
            self._class(value)
        elif not self._callable(value):
            self._object(value)

    def _all(self, values: Iterable[Any]) -> None:
        for value in values:
            self.add(value)

    # ------------------------------------------------------------------ code

    def _callable(self, value: Any) -> bool:
        """Whether it was a function of any kind."""
        if isinstance(value, types.FunctionType):
            self._function(value)
        elif isinstance(value, types.MethodType):
            self._say("method")
            self._all((value.__func__, value.__self__))
        elif isinstance(value, functools.partial):
            self._say("partial")
            self._all((value.func, value.args, value.keywords))
        elif isinstance(value, (staticmethod, classmethod)):
            self._say(type(value).__name__)
            self.add(value.__func__)
        elif isinstance(value, property):
            self._say("property")
            self._all((value.fget, value.fset, value.fdel))
        elif isinstance(value, _BUILT_IN):
            self._say("built in", value.__qualname__)
            owner = getattr(value, "__self__", None)
            if owner is not None and not isinstance(owner, types.ModuleType):
                self.add(owner)
        elif isinstance(value, types.CodeType):
            self._code(value)
        elif hasattr(value, "__wrapped__"):  # functools.lru_cache and the like
            self._say("wrapper", type(value).__qualname__)
            self.add(value.__wrapped__)
        else:
            return False
        return True

    def _function(self, function: types.FunctionType) -> None:
        module = module_of(function)
        if not is_own(module) and function.__module__ not in (None, "__main__"):
            self._say("function", release_of(module, function.__module__), function.__qualname__)
            self._cells(function)  # a wrapper that a package made around a function of the project
            if wrapped := getattr(function, "__wrapped__", None):
                self.add(wrapped)
            return
        self._say("function", function.__name__)
        self._all((function.__defaults__, function.__kwdefaults__))
        self._cells(function)
        self._code(function.__code__)
        for name in sorted(_globals_of(function.__code__)):
            if name in function.__globals__:
                self._global(name, function.__globals__, function.__code__)

    def _cells(self, function: types.FunctionType) -> None:
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=False):
            self._say("closed over", name)
            try:
                self.add(cell.cell_contents)
            except ValueError:
                self._say("empty")

    def _code(self, code: types.CodeType) -> None:
        self._say("code", code.co_code, code.co_names, code.co_varnames, code.co_freevars, code.co_flags)
        self._say(getattr(code, "co_exceptiontable", b""))
        skip = code.co_consts[:1] if _has_docstring(code) else ()
        for constant in code.co_consts[len(skip) :]:
            self.add(constant)
        for module in sorted(_imports_of(code)):
            self._imported(module)

    def _global(self, name: str, namespace: dict[str, Any], code: types.CodeType) -> None:
        value = namespace[name]
        self._say("global", name)
        if isinstance(value, types.ModuleType) and is_own(value):
            self._module(value, _names_of(code))
        elif _opaque(value):
            self._say(type(value).__qualname__)
            self._made(name, namespace)
        else:
            self.add(value)

    def _made(self, name: str, namespace: dict[str, Any]) -> None:
        """The statements of the module that make a global which cannot be taken apart, and what they refer to."""
        found = sources.statements(namespace.get("__file__"), name)
        self._say("made by", *(text for text, _ in found))
        for _, code in found:
            for constant in code.co_consts:
                if isinstance(constant, str):
                    self._plain(constant)
            for other in sorted(_globals_of(code) - {name}):
                if other in namespace and (id(namespace), other) not in self._makers:
                    self._makers.add((id(namespace), other))
                    self._global(other, namespace, code)

    def _module(self, module: types.ModuleType, wanted: frozenset[str] = frozenset()) -> None:
        """Of a module of the project, the names that are used; all of its source where that cannot be told."""
        if not is_own(module):
            self._say("module", release_of(module, module.__name__))
            return
        names = sorted(name for name in wanted if name in vars(module))
        self._say("module", module.__name__, names)
        if not names:
            self._source(getattr(module, "__file__", None))
        for name in names:
            value = vars(module)[name]
            if isinstance(value, types.ModuleType) and is_own(value) and value is not module:
                self._module(value, wanted)
            elif _opaque(value):
                self._say(type(value).__qualname__)
                self._made(name, vars(module))
            else:
                self.add(value)

    def _imported(self, name: str) -> None:
        """A module that the code imports when it runs."""
        module = sys.modules.get(name)
        if module is not None:
            if is_own(module):
                self._source(getattr(module, "__file__", None))
            else:
                self._say("imports", release_of(module, name))
            return
        self._source(sources.file_of(name))

    def _source(self, path: str | None) -> None:
        for file in sources.with_imports(path):
            self._say("source", *contents(file))

    def _class(self, cls: type) -> None:
        module = module_of(cls)
        if not is_own(module) and cls.__module__ != "__main__":
            self._say("class", release_of(module, cls.__module__), cls.__qualname__)
            return
        self._say("class", cls.__name__)
        self._all(cls.__bases__)
        for name, member in sorted(vars(cls).items()):
            if name not in _NOT_OF_A_CLASS and not isinstance(
                member, (types.MemberDescriptorType, types.GetSetDescriptorType)
            ):
                self._say("member", name)
                self.add(member)

    # ------------------------------------------------------------------ other objects

    def _object(self, value: Any) -> None:
        """An instance: an array by its numbers, others by their class and what they say that they are made of."""
        if self._array(value):
            return
        self.add(type(value))
        if self._parts > _MOST_PARTS or _opaque(value):
            self._say("opaque")
            return
        made, arguments, *more = value.__reduce_ex__(4)
        self._say("object")
        self._all((made, arguments, more[0] if more else None))
        for items in more[1:3]:
            if items is not None:
                self._all(items)

    def _array(self, value: Any) -> bool:
        """Whether it was an array of numbers (NumPy's, or a tensor that can be seen as one)."""
        if not (hasattr(value, "__array__") and hasattr(value, "dtype") and hasattr(value, "shape")):
            return False
        import numpy as np  # an array is there, so it is loaded

        try:
            seen = np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)
        except (TypeError, ValueError, RuntimeError):
            return False
        if seen.dtype.hasobject:
            self._say("objects", seen.shape)
            self._all(seen.ravel().tolist())
        else:
            self._say("array", str(seen.dtype), seen.shape)
            self._hash.update(np.ascontiguousarray(seen).data)
        return True


def digest_of(value: Any) -> str:
    """The digest of one value."""
    digest = Digest()
    digest.add(value)
    return digest.hexdigest()


def contents(path: str) -> tuple[object, ...]:
    """What stands for a file: the digest of its bytes, or size and time (ns) of a very large one. Raises OSError."""
    status = os.stat(path)
    if status.st_size > _MOST_FILE_BYTES:
        return status.st_size, status.st_mtime_ns
    with open(path, "rb") as file:
        digest = hashlib.sha256()
        while chunk := file.read(2**20):
            digest.update(chunk)
    return (digest.hexdigest(),)


def _opaque(value: Any) -> bool:
    """Whether it cannot be taken apart: an open file, a lock, a session of some library."""
    if isinstance(value, (type, types.ModuleType, types.FunctionType, *_PLAIN, tuple, list, dict, set, frozenset)):
        return False
    if isinstance(value, (types.MethodType, functools.partial, staticmethod, classmethod, property, *_BUILT_IN)):
        return False
    if hasattr(value, "__array__") and hasattr(value, "dtype"):
        return False
    try:
        reduced = value.__reduce_ex__(4)
    except Exception:  # what cannot be pickled says so in many ways
        return True
    return not isinstance(reduced, tuple)


def _has_docstring(code: types.CodeType) -> bool:
    return bool(code.co_consts) and isinstance(code.co_consts[0], str) and not _loads_first_constant(code)


def _loads_first_constant(code: types.CodeType) -> bool:
    return any(i.opname in ("LOAD_CONST", "RETURN_CONST") and i.arg == 0 for i in dis.get_instructions(code))


def _nested(code: types.CodeType) -> Iterable[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _nested(constant)


@functools.lru_cache(maxsize=4096)
def _globals_of(code: types.CodeType) -> frozenset[str]:
    """Names that the code, and functions inside it, look up in their module."""
    return frozenset(i.argval for part in _nested(code) for i in dis.get_instructions(part) if i.opname in _GLOBAL)


def _names_of(code: types.CodeType) -> frozenset[str]:
    """Names of attributes that the code, and functions inside it, use."""
    return frozenset(name for part in _nested(code) for name in part.co_names)


def _imports_of(code: types.CodeType) -> set[str]:
    return {i.argval for i in dis.get_instructions(code) if i.opname == "IMPORT_NAME" and i.argval}
