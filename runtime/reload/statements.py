"""The top-level statements of a Python file: split, compare, compile one by one. Pure: runs nothing."""

from __future__ import annotations
import __future__

import ast
import io
import tokenize
import warnings
from dataclasses import dataclass, field
from types import CodeType
from typing import TypeGuard


def decode(content: bytes) -> str:
    """A file's text as Python reads it: declared encoding, byte order mark dropped, line ends made "\\n".

    Raises SyntaxError when it cannot be decoded.
    """
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        return io.StringIO(content.decode(encoding), newline=None).read()
    except (UnicodeDecodeError, LookupError) as error:
        raise SyntaxError(f"the file cannot be decoded: {error}") from None


@dataclass(frozen=True, eq=False)
class Statement:
    """One top-level statement. text: its characters, decorators included. line, column: of its first one."""

    node: ast.stmt
    text: str
    line: int
    column: int
    _dumps: list[str] = field(default_factory=list, repr=False)

    def same_as(self, other: Statement) -> bool:
        """Whether both do the same; comments and layout do not count."""
        return self.text == other.text or self._dump() == other._dump()

    def same_place(self, other: Statement) -> bool:
        """Whether even line numbers are the same."""
        return (self.text, self.line, self.column) == (other.text, other.line, other.column)

    def _dump(self) -> str:
        if not self._dumps:
            self._dumps.append(ast.dump(self.node))
        return self._dumps[0]

    @property
    def first_line(self) -> str:
        """Its text for a log: one line, not too long."""
        line, _, rest = self.text.partition("\n")
        return line[:80] + (" ..." if rest or len(line) > 80 else "")


class Source:
    """One version of one file. Raises SyntaxError as Python would, before anything runs.

    script: whether it runs as `__main__`; then the body of `if __name__ == "__main__":` counts as top level.
    """

    def __init__(self, path: str, text: str, script: bool) -> None:
        self.path, self.text, self.script = path, text, script
        try:
            tree = ast.parse(text, path)
            compile(text, path, "exec", dont_inherit=True)  # errors and SyntaxWarnings that need the whole file
        except ValueError as error:  # null bytes, before Python 3.12
            raise SyntaxError(str(error), (path, 1, 1, "")) from None
        self._lines = text.encode("utf-8", "surrogatepass").split(b"\n")
        self._docstring = tree.body[0] if ast.get_docstring(tree, clean=False) is not None else None
        self._flags = _future_flags(tree)
        body: list[ast.stmt] = []
        for node in tree.body:
            body += node.body if script and _is_main_guard(node) else [node]
        self.statements = [self._statement(node) for node in body]

    def __len__(self) -> int:
        return len(self.statements)

    def _statement(self, node: ast.stmt) -> Statement:
        decorators: list[ast.expr] = getattr(node, "decorator_list", [])
        line = min([node.lineno, *(d.lineno for d in decorators)])
        column = node.col_offset  # a decorator's expression starts after its @, which stands in the same column
        lines = self._lines[line - 1 : node.end_lineno]
        lines[-1] = lines[-1][: node.end_col_offset]
        lines[0] = lines[0][column:]
        return Statement(node, b"\n".join(lines).decode("utf-8", "surrogatepass"), line, column)

    def same_prefix(self, new: Source) -> int:
        """How many first statements of this version are also the first ones of `new`."""
        if self._flags != new._flags:
            return 0
        count = 0
        for old, other in zip(self.statements, new.statements, strict=False):
            if not old.same_as(other):
                break
            count += 1
        return count

    def unmoved(self, new: Source, count: int) -> bool:
        """Whether the first `count` statements stand at the same place in `new`, letter by letter."""
        if len(self) < count or len(new) < count:
            return False
        return all(
            old.same_place(other) for old, other in zip(self.statements[:count], new.statements[:count], strict=False)
        )

    def text_until(self, index: int) -> str:
        """The text up to the end of the first `index` statements."""
        if index == 0:
            return ""
        node = self.statements[index - 1].node
        lines = self._lines[: node.end_lineno]
        return b"\n".join([*lines[:-1], lines[-1][: node.end_col_offset]]).decode("utf-8", "surrogatepass")

    def compile(self, index: int) -> CodeType:
        """The code of one statement, with the file's own name, line numbers and `__future__` flags."""
        node = self.statements[index].node
        body = [node]
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node is not self._docstring:
            body.insert(0, ast.copy_location(ast.Pass(), node))  # a lone string is a docstring at the top only
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)  # shown when the whole file was compiled
            code: CodeType = compile(ast.Module(body, []), self.path, "exec", self._flags, dont_inherit=True)
        return code


def _future_flags(tree: ast.Module) -> int:
    flags = 0
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            for name in node.names:
                flags |= getattr(__future__, name.name).compiler_flag
    return flags


def _is_main_guard(node: ast.stmt) -> TypeGuard[ast.If]:
    """`if __name__ == "__main__":` without `else`: its test can have no effect."""
    if not (isinstance(node, ast.If) and not node.orelse and isinstance(node.test, ast.Compare)):
        return False
    sides = [node.test.left, *node.test.comparators]
    if len(sides) != 2 or not isinstance(node.test.ops[0], ast.Eq):
        return False
    names = [s for s in sides if isinstance(s, ast.Name) and s.id == "__name__"]
    texts = [s for s in sides if isinstance(s, ast.Constant) and s.value == "__main__"]
    return len(names) == 1 and len(texts) == 1
