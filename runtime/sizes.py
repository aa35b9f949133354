"""Sizes of files and memory. `gr.FileSize`: units for `launch(max_file_size=5 * gr.FileSize.MB)`."""

from __future__ import annotations


class FileSize:
    """Bytes; each unit is 1024 of the one before."""

    B = 1
    KB = 1024
    MB = 1024 * KB
    GB = 1024 * MB
    TB = 1024 * GB


def parse_size(size: int | str) -> int:
    """Bytes of 5_000_000, "5mb" or "64 KB" (1 kB = 1024 bytes). Raises ValueError for other forms."""
    if isinstance(size, int):
        return size
    units = {"kb": 2**10, "mb": 2**20, "gb": 2**30, "b": 1}
    text = size.strip().lower()
    for unit, factor in units.items():
        number = text.removesuffix(unit).strip()
        if text.endswith(unit) and number.replace(".", "", 1).isdigit():
            return int(float(number) * factor)
    raise ValueError(f"A size is a number of bytes or a text such as '5mb'; it was {size!r}.")
