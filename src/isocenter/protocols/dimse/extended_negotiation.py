"""SOP class extended negotiation: what a caller may count on beyond the ordinary behaviour of a service.

The bytes are those of the service class application information; a byte is one option.
Source: DICOM PS3.7 sec. D.3.3.5; PS3.4 sec. B.3.1 (storage), C.5.1 and C.5.2 (query and retrieve), K.5 (worklist).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

OPTIONS: Mapping[str, tuple[str, ...]] = {
    "find": (
        "relational queries",
        "combined date and time",
        "fuzzy matching of names",
        "time zone adjustment",
        "enhanced multi-frame conversion",
        "empty value matching",
        "multiple value matching",
    ),
    "worklist": ("", "", "fuzzy matching of names", "time zone adjustment"),
    "move": ("relational retrieval", "enhanced multi-frame conversion"),
    "get": ("relational retrieval", "enhanced multi-frame conversion"),
    "store": ("level 2 (every attribute is kept)", "", "signatures are looked at", "", "elements are coerced", ""),
}
# What is agreed to, byte by byte.
OFFERED: Mapping[str, bytes] = {
    "find": bytes((1, 1, 1, 0, 0, 1, 1)),
    "worklist": bytes((0, 0, 1, 0)),
    "move": bytes((1, 0)),
    "get": bytes((1, 0)),
    "store": bytes((2, 0, 0, 0, 0, 0)),
}


@dataclass(frozen=True)
class QueryOptions:
    """What was agreed on for a query."""

    is_relational: bool = False
    is_combined: bool = False
    is_fuzzy: bool = False

    @classmethod
    def agreed(cls, information: bytes) -> QueryOptions:
        """Return the options in force by the bytes of the answer."""
        first = (*information[:3], 0, 0, 0)
        return cls(bool(first[0]), bool(first[1]), bool(first[2]))


def answered(service: str, asked: bytes) -> bytes | None:
    """Return the answer to a proposal, as long as it and never longer than what is known; None if there is none."""
    offered = OFFERED.get(service)
    if offered is None or not asked:
        return None
    if service == "store":  # the acceptor tells what it is, whatever the requestor says of itself
        return offered
    return bytes(int(wanted == 1 and has == 1) for wanted, has in zip(asked, offered, strict=False))
