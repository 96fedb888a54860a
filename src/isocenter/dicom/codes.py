"""Coded concepts as data sets hold them.

Source: DICOM PS3.3 sec. 8 (Encoding of Coded Entry Data), table 8.8-1.
"""

from __future__ import annotations

from dataclasses import dataclass

from isocenter.dicom.dictionary import tag_of
from isocenter.dicom.header import Header

_VALUES = (tag_of("CodeValue"), tag_of("LongCodeValue"), tag_of("URNCodeValue"))


@dataclass(frozen=True)
class Code:
    """A code value, the scheme it belongs to and its meaning in words."""

    value: str
    scheme: str
    meaning: str

    @property
    def words(self) -> str:
        """The meaning, or the code itself where none is stated."""
        return self.meaning or self.value or "?"

    @classmethod
    def from_item(cls, item: Header) -> Code:
        """Return the code of a sequence item."""
        value = next((item.text(tag) for tag in _VALUES if item.text(tag)), "")
        return cls(value, item.text(tag_of("CodingSchemeDesignator")), item.text(tag_of("CodeMeaning")))


def codes_of(item: Header, keyword: str) -> tuple[Code, ...]:
    """Return the codes of a code sequence; empty if it is absent."""
    return tuple(Code.from_item(each) for each in item.items(tag_of(keyword)))


def code_of(item: Header, keyword: str) -> Code | None:
    """Return the first code of a code sequence, None if it is absent."""
    return next(iter(codes_of(item, keyword)), None)
