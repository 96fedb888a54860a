"""Matching of attributes that are not indexed, on the metadata of an instance.

Source: DICOM PS3.4 sec. C.2.2.2 (attribute matching); PS3.18 annex F (DICOM JSON Model).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from isocenter.archive.matching import MAX_VALUE, MAX_WILDCARDS, normalise_name
from isocenter.core.errors import OptionError
from isocenter.dicom.dictionary import tag_text, vr_of
from isocenter.dicom.json_model import JsonDataset

_NOT_MATCHED = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "AT"})
_NUMBERS = frozenset({"DS", "FD", "FL", "IS", "SL", "SS", "SV", "UL", "US", "UV"})
_RANGES = frozenset({"DA", "DT", "TM"})
_MOMENT = re.compile(r"[\d.:]*")
FIRST_GROUP = 0x0008


@dataclass(frozen=True)
class MetadataFilter:
    """A value to match at a path of tags: those before the last name sequences, of which any item may match.

    Raises `OptionError` for an attribute that has no value to compare, or for a malformed value.
    """

    path: tuple[int, ...]
    value: str
    is_fuzzy: bool = False

    def __post_init__(self) -> None:
        vr, name = vr_of(self.path[-1]), tag_text(self.path[-1])
        if vr in _NOT_MATCHED or self.path[0] >> 16 < FIRST_GROUP:
            raise OptionError("This attribute cannot be matched.", field=name, found=vr, expected="text or number")
        if any(vr_of(tag) not in ("SQ", "UN") for tag in self.path[:-1]):
            raise OptionError("What stands before a dot is a sequence.", field=name, found=tag_text(self.path[0]))
        if len(self.value) > MAX_VALUE or self.value.count("*") > MAX_WILDCARDS:
            raise OptionError(
                "The value to match is too long.",
                field=name,
                found=f"{len(self.value)} characters",
                expected=f"at most {MAX_VALUE} characters and {MAX_WILDCARDS} wildcards",
            )
        if vr in _NUMBERS and not self._is_universal and self.value != '""':
            _numbers(self.value, name)
        if vr in _RANGES and not all(_MOMENT.fullmatch(part) for part in self.value.strip('*"').split("-")):
            raise OptionError(f"{name} has the wrong form.", field=name, found=self.value[:64], expected="a range")

    @property
    def _is_universal(self) -> bool:
        return not self.value.strip("* ")

    def matches(self, dataset: JsonDataset) -> bool:
        """Return whether the data set has this value at this path."""
        if self._is_universal:
            return True
        found = [element for element in _elements(dataset, self.path) if element.get("Value")]
        if self.value == '""':
            return not found
        return any(self._matches_element(element) for element in found)

    def _matches_element(self, element: Mapping[str, Any]) -> bool:
        values = [value for value in element["Value"] if value is not None]
        vr = element["vr"]
        if vr in _NUMBERS:
            wanted = _numbers(self.value, tag_text(self.path[-1]))
            return any(float(value) in wanted for value in values)
        if vr == "PN":
            return any(self._matches_name(value) for value in values)
        if vr in _RANGES and "-" in self.value:
            first, _, last = self.value.replace(":", "").partition("-")
            return any(_is_between(first, str(value).replace(":", ""), last) for value in values)
        is_match = _pattern(self.value)
        return any(is_match(str(value)) for value in values)

    def _matches_name(self, value: Mapping[str, str]) -> bool:
        groups = [normalise_name(group) for group in value.values()]
        if self.is_fuzzy:
            words = [word for group in groups for word in group.split()]
            wanted = normalise_name(re.sub(r"[*?=]", " ", self.value)).split()
            return all(any(word.startswith(beginning) for word in words) for beginning in wanted)
        is_match = _pattern(normalise_name(self.value))
        return is_match("=".join(groups)) or any(is_match(group) for group in groups)


def _elements(dataset: JsonDataset, path: tuple[int, ...]) -> Iterator[Mapping[str, Any]]:
    element = dataset.get(f"{path[0]:08X}")
    if element is None:
        return
    if len(path) == 1:
        yield element
        return
    for item in element.get("Value", ()):
        if isinstance(item, dict):
            yield from _elements(item, path[1:])


def _numbers(text: str, name: str) -> set[float]:
    try:
        return {float(part) for part in text.split("\\")}
    except ValueError:
        raise OptionError(f"{name} is not a number.", field=name, found=text[:64], expected="a number") from None


def _is_between(first: str, value: str, last: str) -> bool:
    """Return whether a moment lies in a range; the end includes all that begins with it: 10 includes 10:59."""
    return (not first or value >= first) and (not last or value <= last + "~")


def _pattern(value: str) -> Callable[[str], bool]:
    """Return a test for one of several values, each with its wild cards."""
    parts = re.split(r"\\|,(?=\d+\.)", re.sub(r"\*+", "*", value))
    regex = "|".join("".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in part) for part in parts)
    compiled = re.compile(regex, re.DOTALL)
    return lambda text: compiled.fullmatch(text) is not None
