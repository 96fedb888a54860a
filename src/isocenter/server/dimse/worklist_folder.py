"""A worklist kept as a folder of DICOM files, one for each item, as dcmtk's wlmscpfs and Orthanc read them.

Whoever writes the folder decides what is to be done: a file that comes is offered, a file that goes is not.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

from isocenter.core.errors import IsocenterError, NotFoundError
from isocenter.dicom.json_model import read_json
from isocenter.dicom.json_reader import JsonDataset

log = logging.getLogger(__name__)

MAX_FILE_BYTES = 1 << 20


class WorklistFolder:
    """The ``.wl`` files of a folder, and of the folders in it.

    Raises
    ------
    NotFoundError
        If there is no such folder.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise NotFoundError("There is no such worklist folder.", file=folder)
        self._folder = folder
        self._read: dict[Path, tuple[tuple[int, int], JsonDataset | None]] = {}

    def items(self, keys: JsonDataset) -> Iterator[JsonDataset]:  # noqa: ARG002 - all that is here may match
        """Yield the data set of every file that can be read, in order of name."""
        here = sorted(self._folder.rglob("*.wl"))
        for path in here:
            item = self._item(path)
            if item is not None:
                yield item
        for path in self._read.keys() - set(here):
            self._read.pop(path, None)

    def _item(self, path: Path) -> JsonDataset | None:
        """Return what a file holds, read again only when it has changed; None if it cannot be read."""
        try:
            found = path.stat()
            version = found.st_mtime_ns, found.st_size
            known = self._read.get(path)
            if known is None or known[0] != version:
                known = version, self._content(path, found.st_size)
                self._read[path] = known
        except OSError as error:  # it is being replaced, or may not be read
            log.warning("worklist file %s cannot be read: %s", path.name, type(error).__name__)
            return None
        return known[1]

    def _content(self, path: Path, size_bytes: int) -> JsonDataset | None:
        if size_bytes > MAX_FILE_BYTES:
            log.warning("worklist file %s is too large", path.name)
            return None
        try:
            return read_json(path.read_bytes(), name=path.name)
        except IsocenterError as error:
            log.warning("worklist file %s is no worklist item: %s", path.name, error.message)
            return None
