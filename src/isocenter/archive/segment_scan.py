"""Reading a segment from its bytes alone: its members, and what a crash has left between and behind them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

import xxhash

from isocenter.archive.segment_end import ending, is_last_block, read_manifest
from isocenter.archive.tar_blocks import (
    BLOCK,
    MANIFEST,
    REMOVED,
    Member,
    member_header,
    padded,
    read_member,
    token_of,
)

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Region:
    """A part of a segment from header to padding; `member` is None where no member can be recognised."""

    start: int
    end: int
    member: Member | None

    @property
    def is_object(self) -> bool:
        """Whether an object is here."""
        return self.member is not None and self.member.is_object

    @property
    def offset(self) -> int:
        """Where the member's content begins."""
        return self.start + BLOCK


def regions(stream: FileIO) -> Iterator[Region]:
    """Yield what a segment holds, in order, without a gap; nothing if the file is no segment."""
    size = stream.seek(0, os.SEEK_END)
    token = token_of(_block(stream, 0))
    position = BLOCK
    while token is not None and position < size:
        region = _region(stream, position, size, token)
        yield region
        position = region.end


def is_sealed(path: Path) -> bool:
    """Return whether a segment was closed in order: then everything in it is whole."""
    with path.open("rb", buffering=0) as stream:
        size = stream.seek(0, os.SEEK_END)
        return size >= 2 * BLOCK and is_last_block(_block(stream, size - BLOCK))


def manifest(stream: FileIO, found: list[Region]) -> dict[str, str]:
    """Return SHA-256 by name as the end of a sealed segment says."""
    for region in reversed(found):
        if region.member is not None and region.member.name == MANIFEST:
            stream.seek(region.offset)
            return read_manifest(stream.read(region.member.size_bytes))
    return {}


def repair(path: Path) -> None:
    """End a segment that was not sealed behind its last whole object; gaps and torn objects become removed members.

    An object is whole if its checksum says so. Without any the file is removed.
    """
    with path.open("r+b", buffering=0) as stream:
        found = [region for region in regions(stream) if region.member is None or region.member.name != MANIFEST]
        sums = {region.start: _sums(stream, region) for region in found}
        while found and sums[found[-1].start] is None:
            found.pop()
        token = token_of(_block(stream, 0)) or ""
        kept = {}
        for region in found:
            whole = sums[region.start]
            if whole is None:
                _note_removed(stream, region, token)
            else:
                kept[region.start] = whole
        if found:
            stream.seek(found[-1].end)
            stream.write(ending(kept, token))
            stream.truncate()
        os.fsync(stream.fileno())
    if not found:
        path.unlink()


def _sums(stream: FileIO, region: Region) -> tuple[str, str] | None:
    """Return name and SHA-256 of an object; None if it is not whole."""
    member = region.member
    if member is None or not member.is_object:
        return None
    checksum, digest = xxhash.xxh3_128(), hashlib.sha256()
    stream.seek(region.offset)
    left = member.size_bytes
    while left and (chunk := stream.read(min(_CHUNK, left))):
        checksum.update(chunk)
        digest.update(chunk)
        left -= len(chunk)
    return (member.name, digest.hexdigest()) if left == 0 and checksum.hexdigest() == member.checksum else None


def note_removed(path: Path, offset: int, size_bytes: int) -> None:
    """Say in the header of a member that its content is gone."""
    with path.open("r+b", buffering=0) as stream:
        token = token_of(_block(stream, 0)) or ""
        _note_removed(stream, Region(offset - BLOCK, offset + padded(size_bytes), None), token)
        os.fsync(stream.fileno())


def _note_removed(stream: FileIO, region: Region, token: str) -> None:
    stream.seek(region.start)
    stream.write(member_header(Member(REMOVED, "", region.end - region.offset, 0, "", token)))


def _region(stream: FileIO, start: int, size: int, token: str) -> Region:
    member = read_member(_block(stream, start), token)
    if member is not None and start + BLOCK + padded(member.size_bytes) <= padded(size):
        return Region(start, start + BLOCK + padded(member.size_bytes), member)
    return Region(start, _next_member(stream, start + BLOCK, size, token), None)


def _next_member(stream: FileIO, position: int, size: int, token: str) -> int:
    """Return where the next header of a member begins, or the end of the file."""
    while position < size:
        position = _next_data(stream, position, size)
        stream.seek(position)
        chunk = stream.read(_CHUNK)
        for start in range(0, len(chunk), BLOCK):
            if read_member(chunk[start : start + BLOCK], token) is not None:
                return position + start
        position += _CHUNK
    return size


def _next_data(stream: FileIO, position: int, size: int) -> int:
    """Return the first block from `position` on that was ever written, on systems that can say so."""
    if not hasattr(os, "SEEK_DATA"):
        return position
    try:
        found = os.lseek(stream.fileno(), position, os.SEEK_DATA)
    except OSError:  # there is none
        return size
    return max(position, found // BLOCK * BLOCK)


def _block(stream: FileIO, position: int) -> bytes:
    stream.seek(position)
    return stream.read(BLOCK)
