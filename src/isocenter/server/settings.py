"""What a department is told when it starts."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from platformdirs import user_data_path

from isocenter.core.errors import OptionError
from isocenter.server.dimse.peer import Peer

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def default_data_dir() -> Path:
    """Return ``$ISOCENTER_DATA``, or the user's data folder by the platform's rule (XDG on Linux)."""
    given = os.environ.get("ISOCENTER_DATA")
    return Path(given) if given else user_data_path("isocenter", appauthor=False)


@dataclass(frozen=True)
class Settings:
    """Addresses, folders and limits of one department.

    Raises
    ------
    OptionError
        For a port out of range, an AE title DICOM does not allow (PS3.5 sec. 6.2: 1 to 16 characters
        without backslash), no memory for volumes, or an address beyond loopback without a list of who may call.
    """

    data_dir: Path = field(default_factory=default_data_dir)
    host: str = "127.0.0.1"
    web_port: int = 8080
    dicom_port: int = 11112
    ae_title: str = "ISOCENTER"
    allowed_ae_titles: tuple[str, ...] = ()
    nodes: tuple[Peer, ...] = ()
    notify: tuple[Peer, ...] = ()
    worklist: Path | None = None
    durable: bool = True
    max_upload_bytes: int = 8 * 1024**3
    dicom_tls_port: int | None = None
    dicom_tls_peers_ca: Path | None = None
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    routes: Path | None = None
    volume_bytes: int = 2 * 1024**3
    check_days: float = 7.0
    check_mb_per_s: float = 10.0

    def __post_init__(self) -> None:
        for name in ("web_port", "dicom_port", "dicom_tls_port"):
            if not 0 <= (getattr(self, name) or 0) <= 65535:
                raise OptionError("This is not a port.", field=name, found=getattr(self, name), expected="0 to 65535")
        title = self.ae_title
        if not 1 <= len(title.strip()) <= 16 or "\\" in title or not title.isascii() or not title.isprintable():
            raise OptionError(
                "This is not an AE title.", field="ae_title", found=title, expected="1 to 16 ASCII characters"
            )
        if self.volume_bytes < 1:
            raise OptionError(
                "Volumes need memory.", field="volume_bytes", found=self.volume_bytes, expected="1 byte or more"
            )
        if self.check_days < 0 or self.check_mb_per_s <= 0:
            raise OptionError(
                "The check of what is kept needs an interval and a rate.",
                field="check_days, check_mb_per_s",
                found=f"{self.check_days:g}, {self.check_mb_per_s:g}",
                expected="0 (never) or more days, and more than 0 MB/s",
            )
        if self.dicom_tls_port is not None and (self.tls_certificate is None or self.tls_key is None):
            raise OptionError(
                "DICOM over TLS needs a certificate.",
                field="tls_certificate, tls_key",
                found="none",
                remedy="Give --certificate and --key.",
            )
        if self.host not in LOOPBACK and not self.allowed_ae_titles:
            raise OptionError(
                "Beyond loopback the DICOM port needs to know who may call.",
                field="allowed_ae_titles",
                found="nobody",
                expected="at least one AE title",
                remedy="Name the callers: --allow AET, once for each.",
            )
        if self.host not in LOOPBACK and (self.tls_certificate is None or self.tls_key is None):
            raise OptionError(
                "Beyond loopback passwords and images must be encrypted.",
                field="tls_certificate, tls_key",
                found="none",
                expected="a certificate and its key",
                remedy="Give --certificate and --key, or keep loopback behind a reverse proxy that speaks TLS.",
            )
