"""Markup in which every text is escaped: what a file says can never become part of the page's structure.

Source: WHATWG HTML sec. 13.3 (serialising); XML 1.0 sec. 2.2 (characters that a document may hold).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import TypeAlias

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_VOID = frozenset({"br", "hr", "img", "meta", "link"})


class Markup(str):
    """Text that is markup already and is not escaped again; made by `element` and `joined` alone."""

    __slots__ = ()


Content: TypeAlias = "Markup | str | None"


def text(value: str) -> Markup:
    """Return text as markup; characters that no document may hold become the replacement character."""
    return value if isinstance(value, Markup) else Markup(escape(_FORBIDDEN.sub("\ufffd", value)))


def element(name: str, /, *content: Content, **attributes: str | float | None) -> Markup:
    """Return an element; a trailing underscore of an attribute falls away, others become hyphens; None is left out."""
    stated = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{text(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inside = joined(content)
    return Markup(f"<{name}{stated}>" if name in _VOID else f"<{name}{stated}>{inside}</{name}>")


def joined(parts: Iterable[Content]) -> Markup:
    """Return parts one after another, text among them escaped."""
    return Markup("".join(text(part) for part in parts if part is not None))
