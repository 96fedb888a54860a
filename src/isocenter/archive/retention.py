"""How long what is kept has to be kept: rules of a site, and until when they bind an instance.

Of all rules that fit the one that binds longest counts, as laws on images of children or of mammography are written:
each says at least.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from isocenter.core.errors import OptionError

FILE = "retention.toml"
_KEYS = frozenset({"name", "modality", "years", "until_age_years"})
_MAX_YEARS = 1000


@dataclass(frozen=True)
class Rule:
    """Keep what fits for so many years after the study, and at least until the patient has reached an age."""

    name: str
    modalities: frozenset[str] = frozenset()
    years: int = 0
    until_age_years: int = 0

    def ends(self, modality: str, study_date: date, birth_date: date | None) -> date | None:
        """Return the first day on which this rule lets go; None if it does not fit."""
        if self.modalities and modality not in self.modalities:
            return None
        end = _years_later(study_date, self.years)
        if self.until_age_years and birth_date is not None:
            end = max(end, _years_later(birth_date, self.until_age_years))
        return end


@dataclass(frozen=True)
class Policy:
    """The rules of a site; `rejected_days` lets go of what was rejected so long ago, None keeps it as everything."""

    rules: tuple[Rule, ...]
    rejected_days: int | None = None

    def ends(self, values: Mapping[str, str | int | None]) -> date | None:
        """Return the first day on which an instance may be deleted; None if its study has no date to count from."""
        study_date = _date(values.get("StudyDate"))
        if study_date is None:
            return None
        modality, birth_date = str(values.get("Modality") or ""), _date(values.get("PatientBirthDate"))
        found = [rule.ends(modality, study_date, birth_date) for rule in self.rules]
        return max((end for end in found if end is not None), default=study_date)

    def rejection_ends(self, rejected_at: str) -> date | None:
        """Return the first day on which what was rejected at that moment may be deleted, if that is earlier."""
        if self.rejected_days is None:
            return None
        return date.fromisoformat(rejected_at[:10]) + timedelta(days=self.rejected_days)


def read_policy(path: Path) -> Policy | None:
    """Return the policy in a TOML file, None if there is no file.

    The file has any number of ``[[rule]]`` with `name`, `years`, and optionally `modality` (a list) and
    `until_age_years`; and optionally ``rejected_days``. Raises `OptionError` naming file, rule and field.
    """
    if not path.is_file():
        return None
    return parse_policy(path.read_bytes(), path.name)


def parse_policy(text: bytes, name: str) -> Policy:
    """Return the policy of a file's text; `name` is for errors."""
    try:
        read = tomllib.loads(text.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OptionError("The retention policy is not TOML.", file=name, found=str(error)[:200]) from None
    if unknown := sorted(read.keys() - {"rule", "rejected_days"}):
        raise _wrong(name, "file", ", ".join(unknown), "rule, rejected_days")
    listed = read.get("rule")
    if not isinstance(listed, list) or not listed:
        raise _wrong(name, "rule", "none", "at least one [[rule]]")
    days = read.get("rejected_days")
    if days is not None and not _is_count(days, 365 * _MAX_YEARS):
        raise _wrong(name, "rejected_days", days, "a number of days")
    return Policy(tuple(_rule(each, number, name) for number, each in enumerate(listed, start=1)), days)


def _rule(read: Any, number: int, file: str) -> Rule:
    where = f"rule {number}"
    if not isinstance(read, dict):
        raise _wrong(file, where, type(read).__name__, "a table")
    label = read.get("name")
    if not isinstance(label, str) or not label:
        raise _wrong(file, f"{where}, name", label, "a text")
    where = f"rule {label}"
    if unknown := sorted(read.keys() - _KEYS):
        raise _wrong(file, where, ", ".join(unknown), ", ".join(sorted(_KEYS)))
    for key in ("years", "until_age_years"):
        if not _is_count(read.get(key, 0), _MAX_YEARS):
            raise _wrong(file, f"{where}, {key}", read[key], f"0 to {_MAX_YEARS} years")
    if not {"years", "until_age_years"} & read.keys():
        raise _wrong(file, where, "no time", "years or until_age_years")
    modalities = read.get("modality", [])
    if isinstance(modalities, str):
        modalities = [modalities]
    if not isinstance(modalities, list) or not all(isinstance(each, str) and each for each in modalities):
        raise _wrong(file, f"{where}, modality", modalities, 'a list such as ["MG", "CR"]')
    return Rule(label, frozenset(modalities), read.get("years", 0), read.get("until_age_years", 0))


def _is_count(value: Any, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


def _wrong(file: str, field: str, found: Any, expected: str) -> OptionError:
    return OptionError(
        "The retention policy is wrong.", file=file, field=field, found=str(found)[:80], expected=expected
    )


def _years_later(day: date, years: int) -> date:
    """Return the day so many years later; 29 February becomes 1 March."""
    if day.year + years > date.max.year:
        return date.max
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def _date(value: str | int | None) -> date | None:
    try:
        return date.fromisoformat(str(value or "")) if len(str(value or "")) == 8 else None
    except ValueError:
        return None
