"""Where frames of channel data come from: a file, again and again, or a scanner that sends them over a socket."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import closing
from time import monotonic, sleep
from typing import Any

import numpy as np

from isocenter.core.arrays import Array
from isocenter.core.errors import ProtocolError
from isocenter.server.dimse.allow_list import is_loopback

KINDS: Mapping[str, np.dtype[Any]] = {
    "int16": np.dtype("<i2"),
    "float32": np.dtype("<f4"),
    "complex64": np.dtype("<c8"),
}
_WAIT_S = 0.5


def replayed(data: Array, *, frame_hz: float = 0.0) -> Iterator[Array]:
    """Yield the frames of (frame, transmit, channel, sample) for ever, at a rate or as fast as they are taken."""
    began, number = monotonic(), 0
    while True:
        for frame in data:
            if frame_hz:
                sleep(max(0.0, began + number / frame_hz - monotonic()))
            number += 1
            yield frame


class SocketSource:
    """Frames from a program on this machine that connects and sends them one after the other, without heads.

    A frame is all samples of (transmit, channel, sample), little endian, of one of `KINDS`. When the program goes, the
    next may come. Raises `ProtocolError` for a host that is not this machine.
    """

    def __init__(self, shape: tuple[int, int, int], kind: str, *, host: str = "127.0.0.1", port: int = 0) -> None:
        if not is_loopback(host):
            raise ProtocolError(
                "Channel data come without a password: only from this machine.", field="host", found=host
            )
        self._shape, self._kind = shape, KINDS[kind]
        self._listener = socket.create_server((host, port))
        self._listener.settimeout(_WAIT_S)
        self.port = int(self._listener.getsockname()[1])
        self.n_cut_short = 0
        self._is_closed = False

    def frames(self) -> Iterator[Array]:
        """Yield frames until `close` is called; a frame that was cut short is let go and counted."""
        while not self._is_closed:
            try:
                stream, _ = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            with closing(stream):
                yield from self._of(stream)

    def _of(self, stream: Any) -> Iterator[Array]:
        stream.settimeout(_WAIT_S)
        n_bytes = int(np.prod(self._shape)) * self._kind.itemsize
        while not self._is_closed:
            buffer = bytearray(n_bytes)
            filled = self._fill(stream, memoryview(buffer))
            if filled < n_bytes:
                self.n_cut_short += filled > 0
                return
            yield np.frombuffer(buffer, dtype=self._kind).reshape(self._shape)

    def _fill(self, stream: Any, view: memoryview) -> int:
        filled = 0
        while filled < len(view) and not self._is_closed:
            try:
                count = stream.recv_into(view[filled:])
            except TimeoutError:
                continue
            except OSError:
                break
            if count == 0:
                break
            filled += count
        return filled

    def close(self) -> None:
        """Take no more."""
        self._is_closed = True
        self._listener.close()
