"""Models: known by what is in them; what is broken or points outside is refused in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quickdemo.runtime import models3d
from quickdemo.runtime.components.model3d import Model3D
from quickdemo.runtime.errors import InvalidValueError
from quickdemo.runtime.local_files import LocalFiles
from tests.models3d import OBJ, described, glb, gltf, stl


@pytest.mark.parametrize(("data", "kind"), [(glb(), "glb"), (gltf(), "gltf"), (OBJ.encode(), "obj"), (stl(), "stl")])
def test_a_model_is_known_by_its_bytes_and_named_after_them(data: bytes, kind: str) -> None:
    files = LocalFiles()
    wire = {"h": files.put_bytes(data, "fox.bin", "model/x")["h"]}
    path = Model3D(label="M").preprocess(wire, files)
    assert Path(path).name == f"fox.{kind}" and Path(path).read_bytes() == data
    assert Model3D().postprocess(path, files)["name"] == f"fox.{kind}"


def changed(**changes: Any) -> bytes:
    return glb(**changes)


BROKEN: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is empty"),
    "text": (b"just words", "is neither glTF"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(40), "is neither glTF"),
    "truncated": (glb()[:-10], "is a broken .glb: it has"),
    "version": (glb()[:4] + b"\1" + glb()[5:], "is a .glb of version 1"),
    "no json": (glb()[:20] + b"{{{{" + glb()[24:], "its description is no JSON"),
    "no asset": (b'{"a": 1}', 'has no "asset"'),
    "another file": (gltf().replace(b"data:application/octet-stream;base64,", b"http://x.example/"), "names another"),
    "a picture outside": (
        changed(images=[{"uri": "../skin.png"}]),
        "names another file, '../skin.png', as its picture",
    ),
    "beyond its buffer": (
        changed(bufferViews=[{"buffer": 0, "byteLength": 9999}, {"buffer": 0, "byteLength": 4}]),
        "lies beyond its buffer",
    ),
    "beyond its part": (
        changed(accessors=[{"bufferView": 0, "componentType": 5126, "count": 400, "type": "VEC3"}]),
        "reaches beyond its part",
    ),
    "a circle": (changed(nodes=[{"children": [1]}, {"children": [0]}]), "go round in a circle"),
    "its own child": (changed(nodes=[{"children": [0]}]), "go round in a circle"),
    "two parents": (changed(nodes=[{"children": [2]}, {"children": [2]}, {}]), "are no tree"),
    "no such mesh": (changed(nodes=[{"mesh": 7}]), "is a broken glTF file"),
    "no list": (changed(nodes={"a": 1}), "has bad nodes"),
    "numbers for nodes": (changed(nodes=[1, 2]), "is a broken glTF file"),
    "deep": (b"{" * 100_000, "its description is no JSON"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_model_is_refused_with_a_sentence(name: str) -> None:
    data, problem = BROKEN[name]
    files = LocalFiles()
    with pytest.raises(InvalidValueError) as refusal:
        Model3D(label="Thing").preprocess({"h": files.put_bytes(data, "a.glb", "")["h"]}, files)
    assert problem in refusal.value.message and refusal.value.message.startswith("Thing: the file ")
    assert refusal.value.field == "Thing"


@given(st.integers(12, len(glb()) - 1), st.binary(min_size=1, max_size=8))
def test_no_change_of_bytes_is_more_than_a_refusal(place: int, patch: bytes) -> None:
    data = bytearray(glb())
    data[place : place + len(patch)] = patch
    files = LocalFiles()
    try:
        Model3D().preprocess({"h": files.put_bytes(bytes(data), "a.glb", "")["h"]}, files)
    except InvalidValueError:
        pass


def test_what_the_function_must_not_return() -> None:
    wrong = [("missing.glb", "there is no model file"), (5, "must return the path"), (__file__, "is neither")]
    for value, problem in wrong:
        with pytest.raises(ValueError, match=problem):
            Model3D(label="M").postprocess(value, LocalFiles())


@pytest.mark.parametrize(
    "make",
    [
        lambda: Model3D(display_mode="glass"),
        lambda: Model3D(clear_color=(1, 1, 1)),
        lambda: Model3D(camera_position=("a", 1, 1)),
    ],
)
def test_wrong_options_are_refused_where_they_are_written(make: Callable[[], Any]) -> None:
    with pytest.raises(ValueError, match="Model3D: "):
        make()


def test_a_large_file_is_refused_by_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models3d, "MAX_BYTES", 100)
    (tmp_path / "a.glb").write_bytes(glb())
    with pytest.raises(models3d.ModelError, match="at most"):
        models3d.kind_of(str(tmp_path / "a.glb"))


def test_the_description_of_the_tests_is_sound() -> None:
    model, binary = described()
    models3d.check_gltf(model, len(binary))
