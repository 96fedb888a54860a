"""SOP class extended negotiation: what a caller may count on beyond the ordinary behaviour of a service.

The bytes are those of the service class application information; a byte is one option.
Source: DICOM PS3.7 sec. D.3.3.5; PS3.4 sec. B.3.1 (storage), C.5.1 and C.5.2 (query and retrieve), K.5 (worklist).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# What is offered, byte by byte. Queries: relational, combined date and time, fuzzy names, time zone, enhanced
# multi-frame conversion, empty value and multiple value matching. Retrievals: relational, conversion.
_OFFERED: Mapping[str, bytes] = {
    "find": bytes((1, 1, 1, 0, 0, 1, 1)),
    "worklist": bytes((0, 0, 1, 0)),
    "move": bytes((1, 0)),
    "get": bytes((1, 0)),
}
# Every attribute is kept (level 2), signatures are not looked at (0), nothing is coerced (0).
STORAGE = bytes((2, 0, 0, 0, 0, 0))


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
    if service == "store":
        return STORAGE
    offered = _OFFERED.get(service)
    if offered is None or not asked:
        return None
    return bytes(int(wanted == 1 and has == 1) for wanted, has in zip(asked, offered, strict=False))
