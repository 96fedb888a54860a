"""Where frames of channel data come from: a file, again and again, or a scanner that sends them over a socket."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from struct import Struct
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
_STAMP = Struct("<QQ")  # number of the frame, time in ns
_WAIT_S = 0.5


@dataclass(frozen=True, eq=False)
class Frame:
    """Traces (transmit, channel, sample), and when they were taken where that is known."""

    traces: Array
    time_s: float | None = None


def replayed(data: Array, *, frame_hz: float = 0.0) -> Iterator[Frame]:
    """Yield the frames of (frame, transmit, channel, sample) for ever, at a rate or as fast as they are taken."""
    began, number = monotonic(), 0
    while True:
        for frame in data:
            if frame_hz:
                sleep(max(0.0, began + number / frame_hz - monotonic()))
            number += 1
            yield Frame(frame)


class SocketSource:
    """Frames from a program on this machine that connects and sends them one after the other.

    A frame is all samples of (transmit, channel, sample), little endian, of one of `KINDS`. Where it is stamped, 16
    bytes come before it: its number and its time in ns, both uint64. Numbers and times rise; a frame that comes after
    a later one is let go, and so is one that was cut short: `losses` tells of both, and of numbers that had not come
    when later ones did. When the program goes, the next may come. Raises `ProtocolError` for a host that is not this
    machine.
    """

    def __init__(
        self,
        shape: tuple[int, int, int],
        kind: str,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        is_stamped: bool = False,
    ) -> None:
        if not is_loopback(host):
            raise ProtocolError(
                "Channel data come without a password: only from this machine.", field="host", found=host
            )
        self._shape, self._kind = shape, KINDS[kind]
        self._listener = socket.create_server((host, port))
        self._listener.settimeout(_WAIT_S)
        self.port = int(self._listener.getsockname()[1])
        self.n_cut_short = self.n_out_of_order = self.n_missing = 0
        self._is_stamped = is_stamped
        self._is_closed = False

    def losses(self) -> str | None:
        """Return what was let go or never came, in words; None if nothing was."""
        counts = (
            (self.n_out_of_order, "came out of order and were left out"),
            (self.n_missing, "had not come when later ones did"),
            (self.n_cut_short, "were cut short"),
        )
        told = [f"{count} {what}" for count, what in counts if count]
        return f"Frames: {', '.join(told)}." if told else None

    def frames(self) -> Iterator[Frame]:
        """Yield frames in the order of their stamps until `close` is called."""
        while not self._is_closed:
            try:
                stream, _ = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            with closing(stream):
                yield from self._of(stream)

    def _of(self, stream: Any) -> Iterator[Frame]:
        stream.settimeout(_WAIT_S)
        n_head = _STAMP.size if self._is_stamped else 0
        n_bytes = n_head + int(np.prod(self._shape)) * self._kind.itemsize
        last: tuple[int, int] | None = None
        while not self._is_closed:
            buffer = bytearray(n_bytes)
            filled = self._fill(stream, memoryview(buffer))
            if filled < n_bytes:
                self.n_cut_short += filled > 0
                return
            traces = np.frombuffer(buffer, dtype=self._kind, offset=n_head).reshape(self._shape)
            if not self._is_stamped:
                yield Frame(traces)
                continue
            stamp = _STAMP.unpack_from(buffer)
            if last is not None and not (stamp[0] > last[0] and stamp[1] > last[1]):
                self.n_out_of_order += 1
                continue
            self.n_missing += 0 if last is None else stamp[0] - last[0] - 1
            last = stamp
            yield Frame(traces, stamp[1] * 1e-9)

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
