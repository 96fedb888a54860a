"""Whom an image shows and in which study it was made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Patient:
    """The patient as DICOM's Patient module names one; empty means unknown.

    `name` has DICOM's person name form ``Family^Given^Middle^Prefix^Suffix``; `sex` is M, F, O or empty.
    Source: DICOM PS3.3 sec. C.7.1.1.
    """

    patient_id: str = ""
    name: str = ""
    birth_date: date | None = None
    sex: str = ""


@dataclass(frozen=True)
class Study:
    """The study an image belongs to; `study_uid` None means that a writer makes a new one.

    Source: DICOM PS3.3 sec. C.7.2.1.
    """

    study_uid: str | None = None
    accession_number: str = ""
    description: str = ""
    referring_physician: str = ""
    started_at: datetime | None = None
