"""The data dictionary: keyword, tag and value representation of every standard attribute.

Source: DICOM PS3.6 sec. 6 to 8, as held by pydicom.
"""

from __future__ import annotations

from functools import cache

from pydicom.datadict import (
    dictionary_description,
    dictionary_has_tag,
    dictionary_keyword,
    dictionary_VM,
    dictionary_VR,
    tag_for_keyword,
)

from isocenter.core.errors import OptionError


@cache
def tag_of(name: str) -> int:
    """Return the tag of a keyword (``"PatientID"``) or of eight hexadecimal digits (``"00100020"``).

    Raises `OptionError` for a name that is neither.
    """
    tag = tag_for_keyword(name) if name else None
    if tag is not None:
        return int(tag)
    if len(name) == 8:
        try:
            return int(name, 16)
        except ValueError:
            pass
    raise OptionError(
        "No DICOM attribute has this name.",
        field="keyword",
        found=name,
        expected="a keyword such as PatientID or a tag such as 00100020",
    )


def tags_of(*names: str) -> frozenset[int]:
    """Return the tags of several keywords."""
    return frozenset(tag_of(name) for name in names)


@cache
def keyword_of(tag: int) -> str:
    """Return the keyword of a tag, or an empty string for a private or unknown one."""
    return dictionary_keyword(tag) if is_standard(tag) else ""


@cache
def name_of_tag(tag: int) -> str:
    """Return the name of a tag as the standard writes it, or an empty string for a private or unknown one."""
    return dictionary_description(tag) if is_standard(tag) else ""


@cache
def vr_of(tag: int) -> str:
    """Return the value representation of a tag; ``"UN"`` if unknown, the first where the standard offers a choice."""
    if tag & 0xFFFF == 0:
        return "UL"
    if (tag >> 16) & 1 and 0x0010 <= tag & 0xFFFF <= 0x00FF:
        return "LO"  # private creator, PS3.5 sec. 7.8.1
    return dictionary_VR(tag).split(" ")[0] if is_standard(tag) else "UN"


@cache
def multiplicity_of(tag: int) -> str:
    """Return the value multiplicity of a tag as the standard writes it, for example ``"1-n"``."""
    return dictionary_VM(tag) if is_standard(tag) else "1-n"


def is_standard(tag: int) -> bool:
    """Return whether the dictionary holds this tag."""
    return bool(dictionary_has_tag(tag))


def tag_text(tag: int) -> str:
    """Return a tag the way people write it, with its keyword: ``(0010,0020) PatientID``."""
    name = keyword_of(tag)
    text = f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
    return f"{text} {name}" if name else text
