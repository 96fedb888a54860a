"""Another DICOM node and how its address is written."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field

from isocenter.core.errors import OptionError


@dataclass(frozen=True)
class Peer:
    """Another node: AE title, host and port; `tls` if it is to be spoken to with encryption."""

    ae_title: str
    host: str
    port: int
    tls: ssl.SSLContext | None = field(default=None, compare=False, repr=False)

    @classmethod
    def parse(cls, text: str) -> Peer:
        """Return the peer written as ``AET@host:port``; raises `OptionError`."""
        title, at, rest = text.partition("@")
        host, colon, port = rest.rpartition(":")
        is_title = 1 <= len(title.strip()) <= 16 and title.isascii() and title.isprintable() and "\\" not in title
        is_port = port.isascii() and port.isdecimal() and 0 < int(port[:6]) < 65536
        if not (at and colon and is_title and host and is_port):
            raise OptionError(
                "This is not the address of a DICOM node.",
                field="peer",
                found=text[:80],
                expected="AET@host:port, the AE title of at most 16 characters",
                remedy="For example ORTHANC@127.0.0.1:4242.",
            )
        return cls(title.strip(), host.strip("[]"), int(port))

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.ae_title}@{host}:{self.port}"
