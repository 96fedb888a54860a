"""HDF5 files opened so that a broken one is reported as a broken file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py

from isocenter.core.arrays import Array
from isocenter.core.errors import FileFormatError

_WORDS = re.compile(r"^['\"]?(Unable|Can't|Cannot|No NumPy equivalent|Unknown|Not a|Invalid|Insufficient precision)")


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Yield the open file; what HDF5 raises on a truncated or damaged one becomes `FileFormatError`."""
    try:
        with h5py.File(path, "r") as file:
            yield file
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
        # HDF5's own words for what a damaged file leads to; any other such error is already named, or ours.
        if not isinstance(error, (OSError, RuntimeError)) and not _WORDS.search(str(error)):
            raise
        raise FileFormatError(
            "The HDF5 file cannot be read.",
            file=path.name,
            found=str(error).splitlines()[0][:200],
            expected="a whole HDF5 file",
            remedy="Copy the file again; it may be truncated.",
        ) from error


def required(file: Any, name: str, path: Path) -> Array:
    """Return a dataset's values; raises `FileFormatError` if the file does not have it."""
    if name not in file or not isinstance(file[name], h5py.Dataset):
        raise FileFormatError("A part of the file is missing.", file=path.name, field=name, expected="a dataset")
    values: Array = file[name][()]
    return values
