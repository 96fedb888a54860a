"""Reading the index of an archive that somebody else has open: for checks and lists beside a running department."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from isocenter.core.errors import DataError, NotFoundError


@contextmanager
def reading_index(root: Path) -> Iterator[sqlite3.Connection]:
    """Lend a connection that reads the index of the archive in `root`.

    Raises
    ------
    NotFoundError, DataError
        If there is no archive, or its index cannot be read.
    """
    path = root / "index.sqlite"
    if not path.is_file():
        raise NotFoundError("There is no archive here.", file=str(root), expected="a folder with index.sqlite")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            yield connection
    except sqlite3.Error as error:
        raise DataError(
            "The index cannot be read.",
            file=path.name,
            found=type(error).__name__,
            remedy="Rebuild it: isocenter archive rebuild-index.",
        ) from None
