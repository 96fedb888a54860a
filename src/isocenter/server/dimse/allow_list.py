"""Who may associate: AE titles, and the addresses they may call from.

An AE title is no secret and proves nothing; an address makes it harder to borrow one.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address

from isocenter.core.errors import OptionError


@dataclass(frozen=True)
class AllowList:
    """Entries of AE title and address (empty: any); no entry at all lets in everybody."""

    entries: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, texts: tuple[str, ...]) -> AllowList:
        """Return the list written as ``AET`` or ``AET@address``; raises `OptionError`."""
        return cls(tuple(_entry(text) for text in texts))

    def allows(self, calling_ae_title: str, address: str) -> bool:
        """Return whether this caller may associate."""
        return not self.entries or any(
            title == calling_ae_title and known in ("", address) for title, known in self.entries
        )


def _entry(text: str) -> tuple[str, str]:
    title, at, address = text.partition("@")
    title = title.strip()
    if not 1 <= len(title) <= 16 or not title.isascii() or not title.isprintable() or "\\" in title:
        raise OptionError("This is not an AE title.", field="allow", found=text[:80], expected="AET or AET@address")
    try:
        return title, str(ip_address(address)) if at else ""
    except ValueError:
        raise OptionError(
            "This is not an address.", field="allow", found=text[:80], expected="AET@10.0.0.5, an IP address"
        ) from None


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach an address that is listened on."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
