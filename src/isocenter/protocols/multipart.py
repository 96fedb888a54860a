"""multipart/related, read as a stream and written as a stream.

Source: RFC 2046 sec. 5.1 (multipart), RFC 2387 (related), as used by DICOM PS3.18 sec. 8.6.1.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from isocenter.core.errors import NotSupportedError, ProtocolError

MAX_HEADER_BYTES = 16384
_PARAMETER = re.compile(r';\s*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))')
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,\-./:=? ]{1,70}")


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

    data: bytes


@dataclass(frozen=True)
class PartEnd:
    """The current part is complete."""


Event: TypeAlias = PartStart | PartData | PartEnd


@dataclass
class MultipartReader:
    """Turns the chunks of a body into events; keeps no more than a delimiter's length of data back.

    Raises `ProtocolError` for a body that does not follow its boundary or ends before the closing one.
    """

    boundary: bytes
    _state: Literal["preamble", "headers", "data", "end"] = "preamble"
    _buffer: bytearray = field(default_factory=bytearray)

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """Yield the events that a further chunk completes."""
        if self._state == "preamble" and not self._buffer:
            self._buffer += b"\r\n"
        self._buffer += chunk
        while True:
            events = list(self._advance())
            yield from events
            if not events or self._state == "end":
                return

    def close(self) -> None:
        """Say that the body has ended."""
        if self._state != "end":
            raise ProtocolError(
                "The multipart body ends too early.",
                field="body",
                found=f"its end within the {self._state}",
                expected="the closing boundary",
                remedy="Send the whole body, closed by --boundary--.",
            )

    def _advance(self) -> Iterator[Event]:
        if self._state == "headers":
            yield from self._read_headers()
        elif self._state != "end":
            yield from self._read_data()

    def _read_data(self) -> Iterator[Event]:
        delimiter = b"\r\n--" + self.boundary
        found = self._buffer.find(delimiter)
        if found < 0:
            ready = len(self._buffer) - len(delimiter) - 1
            if ready > 0:
                data = bytes(self._buffer[:ready])
                del self._buffer[:ready]
                if self._state == "data":
                    yield PartData(data)
            return
        after = found + len(delimiter)
        line_end = self._buffer.find(b"\r\n", after)
        is_last = self._buffer[after : after + 2] == b"--"
        if not is_last and (line_end < 0 or len(self._buffer) < after + 2):
            return
        data, was_data = bytes(self._buffer[:found]), self._state == "data"
        del self._buffer[: after + 2 if is_last else line_end]
        self._state = "end" if is_last else "headers"
        if was_data:
            if data:
                yield PartData(data)
            yield PartEnd()
        elif not is_last:
            yield from self._read_headers()

    def _read_headers(self) -> Iterator[Event]:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > MAX_HEADER_BYTES:
                raise ProtocolError(
                    "The headers of a part are too long.", field="body", expected=f"{MAX_HEADER_BYTES} bytes"
                )
            return
        headers = {}
        for line in bytes(self._buffer[:end]).split(b"\r\n"):
            name, colon, value = line.partition(b":")
            if line and not colon:
                raise ProtocolError("A header of a part has no colon.", field="body", found=line[:40].decode("latin-1"))
            if line:
                headers[name.decode("latin-1").strip().lower()] = value.decode("latin-1").strip()
        del self._buffer[: end + 4]
        self._state = "data"
        yield PartStart(headers)


def write_multipart(parts: Iterable[tuple[Mapping[str, str], Iterable[bytes]]], boundary: str) -> Iterator[bytes]:
    """Yield the bytes of a multipart body from parts of headers and chunks."""
    for headers, chunks in parts:
        lines = [f"--{boundary}", *(f"{name}: {value}" for name, value in headers.items())]
        yield ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        yield from chunks
        yield b"\r\n"
    yield f"--{boundary}--\r\n".encode("ascii")
