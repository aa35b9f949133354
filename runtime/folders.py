"""Where state lives: `.quickdemo/` beside the app, or a temporary folder when that cannot be written."""

from __future__ import annotations

import os
import tempfile


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
