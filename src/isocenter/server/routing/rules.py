"""Rules of routing: which instances go to which nodes, and for an instance why, condition by condition."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from isocenter.dicom.dictionary import tag_of, vr_of
from isocenter.dicom.elements import Buffer
from isocenter.dicom.header import Header, scan_header
from isocenter.server.dimse.peer import Peer

FROM_AE = "from_ae"
NUMBERS = frozenset({"US", "SS", "UL", "SL", "UV", "SV"})


@dataclass(frozen=True)
class Condition:
    """What an attribute, or the calling AE title (`from_ae`), has to be: any of the patterns.

    ``*`` stands for any characters, ``?`` for one, case does not matter. An attribute that is absent or empty is met by
    the empty pattern alone; of several values one is enough.
    """

    field: str
    patterns: tuple[str, ...]

    def holds(self, values: Sequence[str]) -> bool:
        """Return whether values meet the condition."""
        present = [value for value in values if value]
        if not present:
            return "" in self.patterns
        return any(_compiled(pattern).fullmatch(value) for pattern in self.patterns for value in present)

    def alternatives(self) -> str:
        """Return the patterns as a person reads them."""
        return " or ".join(f'"{pattern}"' for pattern in self.patterns)


@dataclass(frozen=True)
class Rule:
    """One rule; `quiet_s` is 0 where an instance goes at once, else how long its study has to be quiet before."""

    name: str
    conditions: tuple[Condition, ...]
    destinations: tuple[Peer, ...]
    transfer_syntax_uid: str = ""
    quiet_s: float = 0.0
    commit: bool = False


@dataclass(frozen=True)
class Subject:
    """What rules look at in an instance: values by keyword and who sent it."""

    values: Mapping[str, tuple[str, ...]]
    calling_ae_title: str = ""

    def of(self, field: str) -> tuple[str, ...]:
        """Return the values that a condition on `field` is about."""
        return (self.calling_ae_title,) if field == FROM_AE else self.values.get(field, ())


@dataclass(frozen=True)
class Finding:
    """What one condition found."""

    condition: Condition
    found: tuple[str, ...]
    holds: bool

    def sentence(self) -> str:
        """Return the finding as a line of text."""
        found = ", ".join(f'"{value}"' for value in self.found if value) or "nothing"
        verb = "is" if self.holds else "is not"
        return f"{self.condition.field} {verb} {self.condition.alternatives()}: found {found}"


@dataclass(frozen=True)
class Verdict:
    """What a rule says of an instance, condition by condition."""

    rule: Rule
    findings: tuple[Finding, ...]

    @property
    def matches(self) -> bool:
        """Whether the instance goes where the rule says."""
        return all(finding.holds for finding in self.findings)


def verdicts(rules: Iterable[Rule], subject: Subject) -> tuple[Verdict, ...]:
    """Return what every rule says of an instance."""
    return tuple(
        Verdict(rule, tuple(_finding(condition, subject.of(condition.field)) for condition in rule.conditions))
        for rule in rules
    )


def _finding(condition: Condition, values: tuple[str, ...]) -> Finding:
    return Finding(condition, values, condition.holds(values))


def tags_needed(rules: Iterable[Rule]) -> frozenset[int]:
    """Return the tags of every attribute that rules look at."""
    return frozenset(tag_of(c.field) for rule in rules for c in rule.conditions if c.field != FROM_AE)


def read_subject(file: Buffer, rules: Sequence[Rule], calling_ae_title: str = "") -> Subject:
    """Return what rules look at in a DICOM file's bytes; raises `FileFormatError` or `DataError` if it is none."""
    tags = tags_needed(rules)
    header = scan_header(file, tags)
    fields = {c.field for rule in rules for c in rule.conditions if c.field != FROM_AE}
    return Subject({field: _values(header, tag_of(field)) for field in fields}, calling_ae_title)


def _values(header: Header, tag: int) -> tuple[str, ...]:
    if vr_of(tag) in NUMBERS:
        return tuple(str(int(number)) for number in header.numbers(tag))
    return header.texts(tag)


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    text = "".join(".*" if char == "*" else "." if char == "?" else re.escape(char) for char in pattern)
    return re.compile(text, re.IGNORECASE | re.DOTALL)
