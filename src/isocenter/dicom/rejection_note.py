"""Rejection notes: key object selection documents that say which instances nobody is to use any more.

Source: IHE RAD TF-2 4.66 and 4.59 (Key Image Note Stored); DICOM PS3.3 sec. A.35.4, PS3.16 TID 2010 and CID 7011.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import pydicom
from pydicom.dataset import Dataset

from isocenter.core.errors import DataError
from isocenter.dicom.uids import is_kept_uid

KEY_OBJECT_SELECTION = "1.2.840.10008.5.1.4.1.1.88.59"


@dataclass(frozen=True)
class RejectionNote:
    """Code value (of DCM) and the instances that are meant."""

    code: str
    instance_uids: tuple[str, ...]


def read_rejection_note(file: bytes | memoryview, codes: frozenset[str]) -> RejectionNote | None:
    """Return what a key object selection rejects; None if its title is none of these codes of DCM.

    Raises `DataError` for one that cannot be read or names nothing.
    """
    try:
        dataset = pydicom.dcmread(BytesIO(bytes(file)))
        title = dataset.ConceptNameCodeSequence[0] if dataset.get("ConceptNameCodeSequence") else Dataset()
        if title.get("CodingSchemeDesignator") != "DCM" or title.get("CodeValue") not in codes:
            return None
        uids = tuple(uid for uid in _references(dataset) if is_kept_uid(uid))
    except Exception as problem:  # pydicom raises many kinds on damaged data
        raise DataError("The rejection note cannot be read.", found=type(problem).__name__) from None
    if not uids:
        raise DataError(
            "The rejection note names no instance.",
            field="CurrentRequestedProcedureEvidenceSequence",
            found="no reference",
            expected="at least one",
        )
    return RejectionNote(str(title.CodeValue), uids)


def _references(dataset: Dataset) -> Iterator[str]:
    for study in dataset.get("CurrentRequestedProcedureEvidenceSequence") or ():
        for series in study.get("ReferencedSeriesSequence") or ():
            for item in series.get("ReferencedSOPSequence") or ():
                yield str(item.get("ReferencedSOPInstanceUID", ""))
