"""Small models in each format, made by hand."""

from __future__ import annotations

import base64
import json
import struct
from typing import Any

CORNERS = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)]
FACES = [(0, 2, 1), (0, 1, 3), (0, 3, 2), (1, 2, 3)]

OBJ = "".join(f"v {x} {y} {z}\n" for x, y, z in CORNERS) + "".join(f"f {a + 1} {b + 1} {c + 1}\n" for a, b, c in FACES)


def described(uri: str | None = None, **changes: Any) -> tuple[dict[str, Any], bytes]:
    """The description of a red tetrahedron, and its binary part."""
    points = b"".join(struct.pack("<3f", *corner) for corner in CORNERS)
    indices = b"".join(struct.pack("<3H", *face) for face in FACES)
    buffer: dict[str, Any] = {"byteLength": len(points + indices)}
    model = {
        "asset": {"version": "2.0"},
        "scenes": [{"nodes": [0]}],
        "nodes": [{"children": [1], "translation": [1, 0, 0]}, {"mesh": 0, "scale": [2, 2, 2]}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "material": 0}]}],
        "materials": [{"pbrMetallicRoughness": {"baseColorFactor": [1, 0, 0, 1]}}],
        "buffers": [buffer if uri is None else {**buffer, "uri": uri}],
        "bufferViews": [
            {"buffer": 0, "byteLength": len(points)},
            {"buffer": 0, "byteOffset": len(points), "byteLength": len(indices)},
        ],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 4, "type": "VEC3"},
            {"bufferView": 1, "componentType": 5123, "count": 12, "type": "SCALAR"},
        ],
    }
    return {**model, **changes}, points + indices


def glb(**changes: Any) -> bytes:
    """A .glb file."""
    model, binary = described(**changes)
    text = json.dumps(model).encode()
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    body = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(binary), b"BIN\0") + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body


def gltf(**changes: Any) -> bytes:
    """A .gltf file that holds its buffer."""
    binary = described()[1]
    uri = "data:application/octet-stream;base64," + base64.b64encode(binary).decode()
    return json.dumps(described(uri, **changes)[0]).encode()


def stl() -> bytes:
    """A binary .stl file."""
    faces = b"".join(struct.pack("<12fH", *(0.0,) * 3, *(n for c in face for n in CORNERS[c]), 0) for face in FACES)
    return bytes(80) + struct.pack("<I", len(FACES)) + faces
