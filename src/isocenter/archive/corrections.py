"""Corrections: which instances shall have which other values, as a fold over an instance's own values.

Merging patients or studies, moving, splitting and putting right a name are all the same: instances that match get new
values. They are applied one after the other, each to what the ones before it have made of the instance, so what comes
in later for a corrected study is corrected too (IHE Patient Information Reconciliation).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from isocenter.archive.attributes import ATTRIBUTES, SEQUENCE_TAGS, STORED_TAGS, is_number
from isocenter.archive.changes import Change
from isocenter.archive.entry import Entry, is_kept_uid
from isocenter.core.errors import NotFoundError, OptionError
from isocenter.dicom.amendment import Amendment
from isocenter.dicom.dictionary import tag_of, vr_of

CORRECT, UNDO = "correct", "undo"
MATCHED = ("PatientID", "IssuerOfPatientID", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
# Not indexed, but put in by people, and so put in wrongly: of the patient, the study, the equipment, the side.
_FURTHER = tuple(
    """PatientBirthTime PatientAge PatientSize PatientWeight EthnicGroup Occupation PatientComments
    AdditionalPatientHistory OtherPatientNames PhysiciansOfRecord NameOfPhysiciansReadingStudy
    AdmittingDiagnosesDescription RequestingPhysician RequestedProcedureDescription InstitutionName
    InstitutionalDepartmentName PerformedProcedureStepID PerformedProcedureStepDescription Laterality ImageLaterality
    PatientPosition ViewPosition ContrastBolusAgent ImageComments""".split()  # noqa: SIM905 - a list that can be read
)
CORRECTED_TAGS: Mapping[str, int] = {
    **{k: tag for k, tag in STORED_TAGS.items() if ATTRIBUTES[k].level != "IMAGE" and k not in SEQUENCE_TAGS},
    **{keyword: tag_of(keyword) for keyword in _FURTHER},
}
CORRECTABLE = frozenset(CORRECTED_TAGS)
_FORMS: Mapping[str, str] = {
    "DA": r"(\d{8})?",
    "TM": r"(\d{2}(\d{2}(\d{2}(\.\d{1,6})?)?)?)?",
    "SH": r".{0,16}",
    "CS": r"[A-Z0-9_ ]{0,16}",
    "LO": r".{0,64}",
    "PN": r"[^=]{0,64}(=[^=]{0,64}){0,2}",
    "AS": r"(\d{3}[DWMY])?",
    "IS": r"([+-]?\d{1,9})?",
    "DS": r"(?=.{0,16}$)([+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?)?",
    "LT": r".{0,10240}",
}
MAX_MATCHED = 10_000


@dataclass(frozen=True)
class Correction:
    """One correction that is in force: what it matches, what it sets, and who made it when and why."""

    sequence: int
    at: str
    who: str
    reason: str
    match: Mapping[str, frozenset[str]]
    values: Mapping[str, str]

    def fits(self, values: Mapping[str, str]) -> bool:
        """Return whether an instance with these values is meant."""
        return all(values.get(keyword, "") in wanted for keyword, wanted in self.match.items())


def in_force(changes: Iterable[Change]) -> tuple[Correction, ...]:
    """Return the corrections that no later change has undone, in their order."""
    corrections: dict[int, Correction] = {}
    for change in changes:
        if change.kind == CORRECT:
            corrections[change.sequence] = _read(change)
        elif change.kind == UNDO:
            corrections.pop(int(change.arguments["sequence"]), None)
    return tuple(corrections.values())


def require_in_force(corrections: Iterable[Correction], sequence: int) -> Correction:
    """Return a correction by its number; raises `NotFoundError`."""
    for each in corrections:
        if each.sequence == sequence:
            return each
    raise NotFoundError("There is no such correction in force.", field="sequence", found=sequence)


def corrected(entry: Entry, corrections: Iterable[Correction]) -> tuple[Entry, tuple[Correction, ...]]:
    """Return an entry with everything put right, and the corrections that did it."""
    new, applied = fold(entry.values, corrections)
    if not applied:
        return entry, ()
    given = {keyword: _indexed(keyword, value) for keyword, value in new.items()}
    return replace(entry, values={**entry.values, **given}), applied


def _indexed(keyword: str, value: str) -> str | int | None:
    """Return a value as the index has it."""
    if not is_number(keyword):
        return value
    return int(value) if value else None


def fold(
    values: Mapping[str, str | int | None], corrections: Iterable[Correction]
) -> tuple[dict[str, str], tuple[Correction, ...]]:
    """Return the new values of an instance and the corrections that give them."""
    now = {keyword: str(values.get(keyword) or "") for keyword in MATCHED}
    new: dict[str, str] = {}
    applied = []
    for each in corrections:
        if each.fits(now):
            new.update(each.values)
            now.update(each.values)
            applied.append(each)
    return new, tuple(applied)


def amendment_of(new: Mapping[str, str], applied: tuple[Correction, ...]) -> Amendment:
    """Return what is to be written into a file."""
    moment = re.sub(r"[-:T]", "", applied[-1].at)[:14]
    return Amendment({CORRECTED_TAGS[keyword]: value for keyword, value in new.items()}, moment + "+0000", "ISOCENTER")


def require_sound(match: Mapping[str, Iterable[str]], values: Mapping[str, str], reason: str) -> None:
    """Raise `OptionError` for a correction that matches everything, sets nothing, or gives a value no form."""
    named = {keyword: frozenset(wanted) for keyword, wanted in match.items()}
    if not named or not all(named.values()) or not named.keys() <= set(MATCHED) or not any(map(any, named.values())):
        raise OptionError("It does not say what is to be corrected.", field="match", expected=", ".join(MATCHED))
    if sum(map(len, named.values())) > MAX_MATCHED:
        raise OptionError("This names too many at once.", field="match", expected=f"at most {MAX_MATCHED}")
    require_reason(reason)
    if not values:
        raise OptionError("It does not say what is to be set.", field="set", expected="at least one attribute")
    for keyword, value in values.items():
        _require_value(keyword, value)


def require_reason(reason: str) -> None:
    """Raise `OptionError` if no reason is given."""
    if not reason.strip() or len(reason) > 200 or not reason.isprintable():
        raise OptionError("A correction needs a reason.", field="reason", expected="1 to 200 characters")


def _require_value(keyword: str, value: str) -> None:
    if keyword not in CORRECTABLE:
        raise OptionError(
            "This attribute cannot be corrected.",
            field=keyword[:64],
            expected="one of " + ", ".join(sorted(CORRECTABLE)),
        )
    vr = vr_of(CORRECTED_TAGS[keyword])
    is_sound = is_kept_uid(value) if vr == "UI" else re.fullmatch(_FORMS[vr], value, re.ASCII) is not None
    if not is_sound or not (value.isprintable() and "\\" not in value):
        raise OptionError(f"{keyword} has the wrong form.", field=keyword, expected=f"one value as {vr}")


def _read(change: Change) -> Correction:
    arguments = change.arguments
    match = {keyword: frozenset(wanted) for keyword, wanted in arguments["match"].items()}
    return Correction(change.sequence, change.at, change.who, arguments["reason"], match, dict(arguments["set"]))
