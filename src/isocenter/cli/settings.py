"""Options that several commands share: methods' parameters, raw files' options, peers."""

from __future__ import annotations

from collections.abc import Sequence

from isocenter.core.errors import OptionError


def pairs(words: Sequence[str], option: str) -> dict[str, str]:
    """Return ``name=value`` words as a mapping; raises `OptionError` that shows the form."""
    found = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise OptionError(
                f"{option} needs a name and a value.", field=option, found=word, expected=f"{option} name=value"
            )
        found[name.strip()] = value.strip()
    return found
