"""The joiner of page modules: one script, one style sheet, names that hold their content's hash."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from quickdemo.runtime.components.registry import CLASSES
from quickdemo.runtime.server import assets

STATIC = Path(assets.ROOT)


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of modules in place of ours."""
    monkeypatch.setattr(assets, "ROOT", str(tmp_path))
    (tmp_path / "css").mkdir()
    (tmp_path / "css" / "page.css").write_text("/* note */\nbody { margin: 0 }\n")
    return tmp_path


def test_dependencies_come_first_and_each_module_once(modules: Path) -> None:
    (modules / "a.js").write_text('import { b } from "./b.js";\nimport { c } from "./c.js";\nexport const a = b + c;\n')
    (modules / "b.js").write_text('import { c } from "./c.js";\nexport const b = c;\n')
    (modules / "c.js").write_text("/** A number. */\nexport const c = 1;\n")
    assert assets.join(assets.in_order(("a.js",))) == "const c = 1;\nconst b = c;\nconst a = b + c;\n"


def test_modules_that_import_each_other_are_joined(modules: Path) -> None:
    (modules / "a.js").write_text('import { b } from "./b.js";\nexport function a() { return b; }\n')
    (modules / "b.js").write_text('import { a } from "./a.js";\nexport function b() { return a; }\n')
    assert assets.in_order(("a.js",)) == ["b.js", "a.js"]


def test_two_modules_with_the_same_name_are_refused(modules: Path) -> None:
    (modules / "a.js").write_text("const size = 1;\n")
    (modules / "b.js").write_text("export class size {}\n")
    with pytest.raises(assets.AssetError, match=r"b\.js and a\.js both define size"):
        assets.join(["a.js", "b.js"])


@pytest.mark.parametrize(
    "line",
    [
        'import * as all from "./b.js";',
        'import b from "./b.js";',
        'import { b as c } from "./b.js";',
        "export default 1;",
        "export { b };",
    ],
)
def test_forms_that_cannot_be_joined_are_refused_with_the_way_out(modules: Path, line: str) -> None:
    (modules / "a.js").write_text(line + "\n")
    (modules / "b.js").write_text("export const b = 1;\n")
    with pytest.raises(assets.AssetError, match="cannot be joined; write"):
        assets.join(["a.js"])


def test_a_style_sheet_beside_a_module_is_joined_once(modules: Path) -> None:
    (modules / "components").mkdir()
    (modules / "components" / "pad.js").write_text("const pad = 1;\n")
    (modules / "components" / "pad.css").write_text("canvas { color: red }\n")
    joined = assets.join_styles(["components/pad.js", "components/pad.js"])
    assert "canvas { color: red }" in joined and "note" not in joined
    assert joined.count("canvas") == 1


def test_the_name_changes_with_the_content_and_only_then() -> None:
    one, same, other = (assets.make_asset("page", ".js", text) for text in ("a", "a", "b"))
    assert one.name == same.name != other.name
    assert re.fullmatch(r"page-[0-9a-f]{12}\.js", one.name)
    assert gzip.decompress(one.packed) == one.body == b"a"


def test_all_modules_of_ours_can_be_joined_and_hold_no_foreign_address() -> None:
    paths = [f"components/{kind}.js" for kind in CLASSES.values()]
    core = sorted(str(path.relative_to(STATIC)) for path in (STATIC / "core").glob("*.js"))
    built = assets.build((*paths, *core))
    text = (built.js.body + built.css.body).decode()
    assert not re.findall(r"https?://(?!www\.w3\.org/(?:2000/svg|1998/Math/MathML))[^\s\"'`]+", text)
    assert "import {" not in text and "innerHTML" not in text
