"""Time limits of a socket that the system keeps, so that one call can wait for all it is to do.

With Python's own limits each call waits for the socket first and then takes what is there: two waits or more for one
large PDU, and after each the thread has to get its turn again.
"""

from __future__ import annotations

import socket
import sys
from struct import pack


def set_timeout(stream: socket.socket, timeout_s: float) -> bool:
    """Limit how long a call may wait; returns whether this system can (Linux), else nothing is changed."""
    if not sys.platform.startswith("linux"):
        return False
    microseconds = max(1, round(timeout_s * 1e6))
    value = pack("@ll", *divmod(microseconds, 1_000_000))  # struct timeval
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, value)
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, value)
    stream.settimeout(None)
    return True
