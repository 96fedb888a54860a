"""What is looked for, in DICOM's own matching syntax."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from isocenter.archive.attributes import LEVELS, Level
from isocenter.core.errors import OptionError


@dataclass(frozen=True)
class Query:
    """One search.

    Parameters
    ----------
    level
        What one answer is about: PATIENT, STUDY, SERIES or IMAGE.
    filters
        Keyword to matching value: ``*`` and ``?`` are wildcards, ``a-b`` a range of dates or times, UIDs are listed
        with backslash or comma; an empty value or ``*`` matches everything.
    returns
        Keywords wanted besides the default ones of the level and those above it: those that cost a count.
    limit, offset
        A page of the answers; their order is stable.
    fuzzy
        Match person names by the beginnings of their words, in any order, without case and accents.
    within
        UID of the one study that may be found, None for all.
    is_combined
        Take a range of StudyDate and one of StudyTime as a range of moments (PS3.4 sec. C.2.2.2.5.1).

    Raises
    ------
    OptionError
        For an unknown level or a negative page.
    """

    level: Level
    filters: Mapping[str, str] = field(default_factory=dict)
    returns: tuple[str, ...] = ()
    limit: int | None = None
    offset: int = 0
    fuzzy: bool = False
    is_combined: bool = False
    within: str | None = None

    def __post_init__(self) -> None:
        if self.level not in LEVELS:
            raise OptionError("There is no such level.", field="level", found=self.level, expected=", ".join(LEVELS))
        if self.offset < 0 or (self.limit is not None and self.limit < 0):
            raise OptionError("A page cannot be negative.", field="limit, offset", found=(self.limit, self.offset))
