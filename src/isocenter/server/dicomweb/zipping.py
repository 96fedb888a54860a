"""A study or series as one ZIP file, written while it is sent.

Files lie in folders as a DICOM medium has them: one for each series, names by number.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from typing import IO, cast

from isocenter.archive.archive import Archive, Instance
from isocenter.server.dicomweb.resources import file_chunks

_TIME = (1980, 1, 1, 0, 0, 0)


class _Pipe:
    """A file that can only be written to; what came is taken out again."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._written.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """There is nothing behind it."""

    def taken(self) -> bytes:
        written, self._written = b"".join(self._written), []
        return written


def zipped(archive: Archive, instances: Sequence[Instance]) -> Iterator[bytes]:
    """Yield the bytes of a ZIP file (ZIP64, not compressed: images hardly shrink) with every instance."""
    pipe = _Pipe()
    folders: dict[str, int] = {}
    # It asks for no more than write and flush of a file that it only writes to.
    with zipfile.ZipFile(cast(IO[bytes], pipe), "w", zipfile.ZIP_STORED, allowZip64=True) as target:
        for number, instance in enumerate(instances, 1):
            folder = folders.setdefault(instance.series_uid, len(folders) + 1)
            entry = zipfile.ZipInfo(f"DICOM/SE{folder:06d}/IM{number:06d}", _TIME)
            entry.external_attr = 0o600 << 16
            parts = archive.outgoing(instance).parts
            with target.open(entry, "w", force_zip64=True) as stream:
                for chunk in file_chunks(parts):
                    stream.write(chunk)
                    yield pipe.taken()
    yield pipe.taken()
