"""Many raw files sent as one tar: taken apart into a folder, by names that lead nowhere else."""

from __future__ import annotations

import re
import shutil
import tarfile
from pathlib import Path

from isocenter.core.errors import FileFormatError, IsocenterError, OptionError
from isocenter.formats import registry as formats

# A clinical helix has some tens of thousands of views.
MOST_FILES = 100_000
_NAME = re.compile(r"[\w][\w .()+=,-]{0,199}")


def unpacked(packed: Path) -> Path:
    """Turn a tar into a folder of the same name without its ending, and return that; directories fall away.

    Raises
    ------
    FileFormatError
        If it is no tar, is cut off, or holds nothing.
    OptionError
        If a name cannot be used, comes twice, or there are too many files.
    """
    folder = packed.with_suffix("")
    folder.mkdir(mode=0o700)
    try:
        with tarfile.open(packed, mode="r:") as archive:
            for number, member in enumerate(member for member in archive if _is_plain(member)):
                if number >= MOST_FILES:
                    raise OptionError("There are too many files.", field="files", expected=f"at most {MOST_FILES}")
                _write(archive, member, folder)
    except (tarfile.TarError, EOFError) as problem:
        raise FileFormatError(
            "The files did not come whole.", file=packed.name, found=str(problem), expected="a tar of regular files"
        ) from None
    if not any(folder.iterdir()):
        raise FileFormatError("There is no file in it.", file=packed.name, expected="at least one regular file")
    packed.unlink()
    return folder


def _is_plain(member: tarfile.TarInfo) -> bool:
    """Whether it is a regular file; a sparse one could be far larger than what was sent."""
    return member.isfile() and not member.issparse()


def _write(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    name = member.name.rsplit("/", 1)[-1]
    if not _NAME.fullmatch(name):
        raise OptionError(
            "This file name cannot be used.", field="filename", found=name[:80],
            expected="letters, digits, spaces and . _ - ( ) + = ,",
        )  # fmt: skip
    source = archive.extractfile(member)
    if source is None:
        return
    try:
        with source, (folder / name).open("xb") as target:
            shutil.copyfileobj(source, target)
    except FileExistsError:
        raise OptionError(
            "Two files have the same name.", field="filename", found=name, remedy="Send the folder of one scan."
        ) from None
    if (folder / name).stat().st_size != member.size:
        raise FileFormatError("A file is cut off.", file=name, expected=f"{member.size} bytes")


def readable(path: Path) -> Path:
    """Return what of an upload a reader takes: the file, the folder, or the first of its files that is taken."""
    if not path.is_dir() or _is_taken(path):
        return path
    return next((file for file in sorted(path.iterdir()) if _is_taken(file)), path)


def _is_taken(path: Path) -> bool:
    try:
        formats.sniff(path)
    except IsocenterError:
        return False
    return True
