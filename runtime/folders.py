"""Where state lives: `.quickdemo/` beside the app, or a temporary folder when that cannot be written."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile

_SECRET_BYTES = 32


def store_folder(app_folder: str) -> tuple[str, str | None]:
    """(folder of the state file, 0700, made if needed; a notice when it is a temporary one)."""
    folder = os.path.join(app_folder, ".quickdemo")
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        ignore = os.path.join(folder, ".gitignore")
        if not os.path.exists(ignore):
            with open(ignore, "w", encoding="utf-8") as file:
                file.write("*\n")
        if not os.access(folder, os.W_OK):
            raise PermissionError(f"{folder} cannot be written")
    except OSError as error:
        notice = f"{folder} cannot be used ({error.strerror or error}); state is kept in a temporary folder."
        return tempfile.mkdtemp(prefix="quickdemo-state-"), notice
    return folder, None


def kept_secret(folder: str) -> bytes:
    """What signs the ids of sessions and visitors: 32 random bytes in `folder`/secret (0600), made when there are none.

    It outlives a run, so that a page that was open before still knows its runs and its session. Raises OSError.
    """
    path = os.path.join(folder, "secret")
    for _ in range(2):
        with contextlib.suppress(FileNotFoundError), open(path, "rb") as file:
            if len(secret := file.read()) == _SECRET_BYTES:
                return secret
        new = f"{path}.{secrets.token_hex(4)}"
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(_SECRET_BYTES))
        with contextlib.suppress(FileExistsError):
            _place(new, path)
    with open(path, "rb") as file:
        return file.read()


def _place(new: str, path: str) -> None:
    """Give the file its name, unless another process was quicker; one that is broken is replaced."""
    try:
        if os.path.exists(path) and os.path.getsize(path) != _SECRET_BYTES:
            os.replace(new, path)
        else:
            os.link(new, path)
    except (AttributeError, NotImplementedError, PermissionError):  # a file system without links
        os.replace(new, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.remove(new)


def files_folder(folder: str) -> str:
    """Where uploads and results lie, 0700, made if needed. They outlive a run, as what refers to them does."""
    files = os.path.join(folder, "files")
    os.makedirs(files, mode=0o700, exist_ok=True)
    return files
