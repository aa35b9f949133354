"""Files for a model, and files of its answers.

A text that is given to huggingface_hub or transformers as a picture or sound is opened as a path, or fetched as an
address, on this machine. So only bytes are given to them, and only those of files that were copied for this call.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

from quickdemo.hub.errors import HubError
from quickdemo.runtime.scratch import is_scratch, scratch_path
from quickdemo.runtime.sniff import SOUNDS, VIDEOS, sniff

_EXTENSIONS = {"sound": {**SOUNDS, "video/webm": ".webm", "video/mp4": ".mp4"}, "video": VIDEOS}


def data_of(value: Any) -> bytes:
    """The bytes of what an Image, Audio or Video gave, of any type. Raises HubError (input) for any other file."""
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    if isinstance(value, (str, os.PathLike)):
        if not is_scratch(os.fspath(value)):
            raise HubError("input", "A file is given by an Image, Audio or Video, not by its path.")
        return Path(value).read_bytes()
    if isinstance(value, tuple) and len(value) == 2:
        from quickdemo.runtime import sound

        return sound.encode(*sound.checked(value))
    return _png(value)


def _png(value: Any) -> bytes:
    from quickdemo.runtime import media

    out = io.BytesIO()
    media.to_picture(value).save(out, "PNG")
    return out.getvalue()


def type_of(data: bytes) -> str:
    """The MIME type by the first bytes."""
    return sniff(data) or "application/octet-stream"


def sent(value: Any) -> Any:
    """What huggingface_hub takes as a file, and does not look behind."""
    from huggingface_hub.inference._common import MimeBytes

    data = data_of(value)
    return MimeBytes(data, mime_type=type_of(data))


def picture_of(value: Any) -> Any:
    """The same as a PIL picture."""
    from quickdemo.runtime import media

    return media.open_image(data_of(value))


def kept(data: Any, what: str) -> str:
    """Path of a file with an answer's bytes. what: "sound" or "video". Raises HubError (server) for any other."""
    data = bytes(data)
    kind = sniff(data) or "nothing"
    if kind not in _EXTENSIONS[what]:
        raise HubError("server", f"The model answered with something that is no {what} known here.")
    path = scratch_path(what + _EXTENSIONS[what][kind])
    Path(path).write_bytes(data)
    return path
