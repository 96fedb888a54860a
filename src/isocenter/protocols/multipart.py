"""multipart/related, read as a stream and written as a stream.

Source: RFC 2046 sec. 5.1 (multipart), RFC 2387 (related), as used by DICOM PS3.18 sec. 8.6.1.2.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from isocenter.core.errors import NotSupportedError, ProtocolError

MAX_HEADER_BYTES = 16384
_PARAMETER = re.compile(r';\s*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))')
_AFTER_BOUNDARY = re.compile(rb"(?P<rest>(?P<closing>--)|[ \t]{0,256}(?=\r\n))")
_AFTER_BOUNDARY_BEGUN = re.compile(rb"-?|[ \t]{0,256}\r?")
# RFC 2046 allows 70 characters; Orthanc's DICOMweb plugin sends 73.
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,\-./:=? ]{1,200}")


def media_type(header: str) -> tuple[str, Mapping[str, str]]:
    """Return a Content-Type as its type in lower case and its parameters."""
    kind, semicolon, _ = header.partition(";")
    rest = header[len(kind) :] if semicolon else ""
    parameters = {name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(rest)}
    return kind.strip().lower(), parameters


def boundary_of(header: str) -> bytes:
    """Return the boundary of a multipart/related Content-Type; raises `NotSupportedError` or `ProtocolError`."""
    kind, parameters = media_type(header)
    if kind != "multipart/related":
        raise NotSupportedError(
            "This media type is not taken here.", field="Content-Type", found=kind[:64], expected="multipart/related"
        )
    boundary = parameters.get("boundary", "")
    if not _BOUNDARY.fullmatch(boundary):
        raise ProtocolError(
            "The boundary is missing or malformed.",
            field="Content-Type",
            found=boundary[:80] or "none",
            expected="boundary=...",
        )
    return boundary.encode("ascii")


@dataclass(frozen=True)
class PartStart:
    """A part begins; header names are in lower case."""

    headers: Mapping[str, str]


@dataclass(frozen=True)
class PartData:
    """Some bytes of the current part."""

    data: bytes | memoryview


@dataclass(frozen=True)
class PartEnd:
    """The current part is complete."""


Event: TypeAlias = PartStart | PartData | PartEnd


@dataclass
class MultipartReader:
    """Turns the chunks of a body into events; keeps no more than a delimiter line or a part's headers back.

    Raises `ProtocolError` for a body that does not follow its boundary or ends before the closing one.
    """

    boundary: bytes
    _state: Literal["preamble", "headers", "data", "end"] = "preamble"
    _kept: bytes = b"\r\n"

    def feed(self, chunk: bytes | bytearray, n_bytes: int | None = None) -> Iterator[Event]:
        """Yield the events that a further chunk completes, or its first `n_bytes`.

        The data in them view the chunk: they are valid until the next one.
        """
        if self._kept:
            chunk, n_bytes = self._kept + (chunk if n_bytes is None else chunk[:n_bytes]), None
            self._kept = b""
        view = memoryview(chunk)[:n_bytes]
        position, before = 0, -1
        while position > before and not self.is_complete:
            before = position
            read = self._read_headers if self._state == "headers" else self._read_data
            position = yield from read(chunk, view, position)
        if not self.is_complete:  # what follows the closing boundary means nothing, RFC 2046 sec. 5.1.1
            self._kept = bytes(view[position:])

    @property
    def is_complete(self) -> bool:
        """Whether the closing boundary has come."""
        return self._state == "end"

    def close(self) -> None:
        """Say that the body has ended."""
        if not self.is_complete:
            raise ProtocolError(
                "The multipart body ends too early.",
                field="body",
                found=f"its end within the {self._state}",
                expected="the closing boundary",
                remedy="Send the whole body, closed by --boundary--.",
            )

    def _read_data(self, chunk: bytes | bytearray, view: memoryview, position: int) -> Generator[Event, None, int]:
        """Give out the data before the next delimiter, and read over the delimiter; returns where to go on."""
        delimiter = b"\r\n--" + self.boundary
        found = chunk.find(delimiter, position, len(view))
        ready = found if found >= 0 else len(view) - _n_begun(view[position:], delimiter)
        if ready > position and self._state == "data":
            yield PartData(view[position:ready])
        if found < 0:
            return ready
        end = found + len(delimiter)
        line = _AFTER_BOUNDARY.match(view, end)
        if line is None:
            if _AFTER_BOUNDARY_BEGUN.fullmatch(view, end):
                return found
            # The boundary is only the beginning of another word: this is data.
            if self._state == "data":
                yield PartData(view[found:end])
            return end
        if self._state == "data":
            yield PartEnd()
        self._state = "end" if line["closing"] else "headers"
        return line.end("rest")

    def _read_headers(self, chunk: bytes | bytearray, view: memoryview, position: int) -> Generator[Event, None, int]:
        end = chunk.find(b"\r\n\r\n", position, len(view))
        if end < 0:
            if len(view) - position > MAX_HEADER_BYTES:
                raise ProtocolError(
                    "The headers of a part are too long.", field="body", expected=f"{MAX_HEADER_BYTES} bytes"
                )
            return position
        headers = {}
        for line in bytes(view[position:end]).split(b"\r\n"):
            name, colon, value = line.partition(b":")
            if line and not colon:
                raise ProtocolError("A header of a part has no colon.", field="body", found=line[:40].decode("latin-1"))
            if line:
                headers[name.decode("latin-1").strip().lower()] = value.decode("latin-1").strip()
        self._state = "data"
        yield PartStart(headers)
        return end + 4


def _n_begun(view: memoryview, delimiter: bytes) -> int:
    """Return how many bytes at the end may be the beginning of a delimiter."""
    tail = bytes(view[-len(delimiter) + 1 :])
    return next((n for n in range(min(len(tail), len(delimiter) - 1), 0, -1) if tail.endswith(delimiter[:n])), 0)


def write_multipart(parts: Iterable[tuple[Mapping[str, str], Iterable[bytes]]], boundary: str) -> Iterator[bytes]:
    """Yield the bytes of a multipart body from parts of headers and chunks."""
    for headers, chunks in parts:
        lines = [f"--{boundary}", *(f"{name}: {value}" for name, value in headers.items())]
        yield ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        yield from chunks
        yield b"\r\n"
    yield f"--{boundary}--\r\n".encode("ascii")
