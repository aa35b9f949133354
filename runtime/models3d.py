"""What a file of a 3-D model holds, checked before anyone opens it: glTF (.glb, .gltf), Wavefront .obj, .stl.

Sources: the glTF 2.0 specification, sections 3.6 (buffers and accessors) and 4.4 (GLB); the formats of .obj and .stl
as everybody writes them. Everything wrong is a ModelError whose text can be shown to the visitor.
"""

from __future__ import annotations

import os
import re
from typing import Any

from quickdemo.runtime import json_files

#: extension -> MIME type
KINDS = {
    ".glb": "model/gltf-binary",
    ".gltf": "model/gltf+json",
    ".obj": "model/obj",
    ".stl": "model/stl",
}
MAX_BYTES = 64 * 2**20
MAX_ITEMS = 100_000  # nodes, meshes, accessors of one file
_GLB_HEAD = 12
_STL_HEAD, _STL_FACE = 84, 50
_OBJ_LINE = re.compile(rb"^(v|f)[ \t]", re.MULTILINE)
_BYTES = {5120: 1, 5121: 1, 5122: 2, 5123: 2, 5125: 4, 5126: 4}  # componentType -> size
_COUNTS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}


class ModelError(ValueError):
    """A file that is no model; the text says why."""


def kind_of(path: str) -> str:
    """The extension of the format that the file's own bytes are in. Raises ModelError, OSError."""
    size = os.path.getsize(path)
    if size == 0:
        raise ModelError("is empty")
    if size > MAX_BYTES:
        raise ModelError(f"has {size / 2**20:.0f} MB; at most {MAX_BYTES // 2**20} are shown")
    with open(path, "rb") as file:
        data = file.read()
    if data[:4] == b"glTF":
        check_gltf(*_glb_parts(data))
        return ".glb"
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        check_gltf(_json(data), None)
        return ".gltf"
    if _is_stl(data):
        return ".stl"
    found = {match[1] for match in _OBJ_LINE.finditer(data)}
    if found == {b"v", b"f"} and b"\0" not in data:
        return ".obj"
    raise ModelError("is neither glTF (.glb, .gltf) nor .obj nor .stl")


def _is_stl(data: bytes) -> bool:
    if data[:5] == b"solid" and b"facet normal" in data[:4096]:
        return True
    return len(data) > _STL_HEAD and len(data) == _STL_HEAD + _STL_FACE * int.from_bytes(data[80:84], "little")


def _json(data: bytes) -> dict[str, Any]:
    try:
        read = json_files.parsed(data)
    except ValueError:
        raise ModelError("is a broken glTF file: its description is no JSON") from None
    if not isinstance(read, dict) or not isinstance(read.get("asset"), dict):
        raise ModelError('is no glTF file: its description has no "asset"')
    return read


def _glb_parts(data: bytes) -> tuple[dict[str, Any], int]:
    """The description of a .glb, and the bytes of its binary part."""
    version, length = int.from_bytes(data[4:8], "little"), int.from_bytes(data[8:12], "little")
    if version != 2:
        raise ModelError(f"is a .glb of version {version}; only version 2 is shown")
    if length != len(data):
        raise ModelError(f"is a broken .glb: it has {len(data)} bytes, and says that they are {length}")
    first = int.from_bytes(data[12:16], "little")
    if data[16:20] != b"JSON" or _GLB_HEAD + 8 + first > length:
        raise ModelError("is a broken .glb: it does not begin with its description")
    place = _GLB_HEAD + 8 + first
    binary = int.from_bytes(data[place : place + 4], "little") if place + 8 <= length else 0
    if place + 8 + binary > length and binary:
        raise ModelError("is a broken .glb: its binary part is incomplete")
    return _json(data[20:place]), binary


def check_gltf(model: dict[str, Any], binary: int | None) -> None:
    """Raises ModelError unless all parts lie within the file and nothing outside of it is named.

    binary: bytes of a .glb's binary part; None for a .gltf.
    """
    try:
        _check_buffers(model, binary)
        _check_accessors(model)
        _check_nodes(model)
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise ModelError(f"is a broken glTF file ({type(error).__name__}: {str(error)[:60]})") from error


def _list(model: dict[str, Any], name: str) -> list[dict[str, Any]]:
    items = model.get(name, [])
    if not isinstance(items, list) or len(items) > MAX_ITEMS:
        raise ModelError(f"is a glTF file with too many {name}" if isinstance(items, list) else f"has bad {name}")
    return items


def _check_buffers(model: dict[str, Any], binary: int | None) -> None:
    buffers = _list(model, "buffers")
    for number, buffer in enumerate(buffers):
        inside = number == 0 and binary is not None and "uri" not in buffer
        _check_uri(buffer.get("uri"), "buffer", required=not inside)
        if inside and buffer["byteLength"] > (binary or 0):
            raise ModelError("is a broken .glb: its binary part is shorter than it says")
    for view in _list(model, "bufferViews"):
        end = view.get("byteOffset", 0) + view["byteLength"]
        if not 0 <= view.get("byteOffset", 0) <= end <= buffers[view["buffer"]]["byteLength"]:
            raise ModelError("is a broken glTF file: a part lies beyond its buffer")
    for image in _list(model, "images"):
        if "bufferView" not in image:
            _check_uri(image.get("uri"), "picture", required=True)


def _check_uri(uri: Any, what: str, *, required: bool) -> None:
    if uri is None and required:
        raise ModelError(f"is a broken glTF file: a {what} is missing")
    if uri is not None and not (isinstance(uri, str) and uri.startswith("data:")):
        raise ModelError(
            f"names another file, {str(uri)[:60]!r}, as its {what}; save it with everything in one file (.glb)"
        )


def _check_accessors(model: dict[str, Any]) -> None:
    views = _list(model, "bufferViews")
    for accessor in _list(model, "accessors"):
        if "bufferView" not in accessor:
            continue
        view = views[accessor["bufferView"]]
        item = _BYTES[accessor["componentType"]] * _COUNTS[accessor["type"]]
        stride = view.get("byteStride", item)
        end = accessor.get("byteOffset", 0) + stride * (accessor["count"] - 1) + item
        if accessor["count"] < 1 or accessor.get("byteOffset", 0) < 0 or end > view["byteLength"]:
            raise ModelError("is a broken glTF file: an accessor reaches beyond its part")


def _check_nodes(model: dict[str, Any]) -> None:
    """Each node is the child of at most one other, and none of itself (glTF 2.0, 3.5.2)."""
    nodes = _list(model, "nodes")
    meshes, children = _list(model, "meshes"), set()
    for node in nodes:
        if "mesh" in node:
            meshes[node["mesh"]]["primitives"]  # IndexError and KeyError are told above
        for child in node.get("children", []):
            if child in children or not 0 <= child < len(nodes):
                raise ModelError("is a broken glTF file: its nodes are no tree")
            children.add(child)
    roots = [n for n in range(len(nodes)) if n not in children]
    if nodes and not roots:
        raise ModelError("is a broken glTF file: its nodes go round in a circle")
