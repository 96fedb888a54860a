"""The one examination of a worklist that pictures are captured for.

Source: DICOM PS3.4 sec. K.6.1.2.2 (worklist attributes), PS3.17 annex J (what of them goes into images).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from isocenter.core.errors import NotFoundError, OptionError
from isocenter.core.patient import Patient, Study
from isocenter.dicom.dictionary import tag_of
from isocenter.dicom.json_reader import JsonDataset
from isocenter.protocols.dimse.performed_step import items, value
from isocenter.server.dimse.peer import Peer
from isocenter.server.dimse.scu_worklist import worklist

# As many as tell a person apart what to choose from.
_MOST_SHOWN = 10


@dataclass(frozen=True)
class Scheduled:
    """Whom, in which study, and under which step and procedure of the order."""

    patient: Patient
    study: Study
    step_id: str
    procedure_id: str
    description: str


def scheduled(peer: Peer, filters: Mapping[str, str]) -> Scheduled:
    """Return the only worklist item of a node that matches.

    Raises
    ------
    NotFoundError
        If none matches.
    OptionError
        If several do.
    ProtocolError
        If the node cannot be reached or has no worklist.
    """
    wanted = {keyword: text for keyword, text in filters.items() if text}
    found = worklist(peer, wanted, limit=_MOST_SHOWN)
    asked = " ".join(f"{keyword}={text}" for keyword, text in wanted.items()) or "everything"
    if not found:
        raise NotFoundError(
            "The worklist has no such examination.", field="worklist", found=asked,
            remedy=f"Look at it: isocenter worklist {peer}",
        )  # fmt: skip
    if len(found) > 1:
        choices = ", ".join(sorted({_text(item, "AccessionNumber") or "-" for item in found}))
        raise OptionError(
            "Several examinations of the worklist match.", field="worklist",
            found=f"{len(found)} for {asked}: {choices}",
            expected="one", remedy="Say which by --accession-number or --patient-id.",
        )  # fmt: skip
    return _scheduled(found[0])


def _scheduled(item: JsonDataset) -> Scheduled:
    step: JsonDataset = next(iter(items(item, tag_of("ScheduledProcedureStepSequence"))), {})
    description = _text(step, "ScheduledProcedureStepDescription") or _text(item, "RequestedProcedureDescription")
    return Scheduled(
        Patient(
            _text(item, "PatientID"), _text(item, "PatientName"), _date(_text(item, "PatientBirthDate")),
            _text(item, "PatientSex"),
        ),
        Study(
            study_uid=_text(item, "StudyInstanceUID") or None,
            accession_number=_text(item, "AccessionNumber"),
            description=_text(item, "RequestedProcedureDescription"),
            referring_physician=_text(item, "ReferringPhysicianName"),
        ),
        _text(step, "ScheduledProcedureStepID"),
        _text(item, "RequestedProcedureID"),
        description,
    )  # fmt: skip


def _text(dataset: JsonDataset, name: str) -> str:
    found = value(dataset, tag_of(name))
    return "=".join(found.values()) if isinstance(found, dict) else str(found or "")


def _date(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y%m%d").date()
    except ValueError:
        return None
