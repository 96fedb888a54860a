"""The data sets of storage commitment: which instances are meant, and what became of each.

Source: DICOM PS3.4 annex J, tables J.3-1 (action information) and J.3-2 (event information).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import read_dataset
from pydicom.filewriter import write_dataset

from isocenter.core.errors import DataError
from isocenter.dicom.uids import IMPLICIT_LITTLE_ENDIAN, is_uid


@dataclass(frozen=True)
class Reference:
    """One instance, by its class and UID; a `failure_reason` (0008,1197) says why it is not safe, 0 that it is."""

    sop_class_uid: str
    sop_instance_uid: str
    failure_reason: int = 0


def decode_commitment(data: bytes, transfer_syntax_uid: str) -> tuple[str, tuple[Reference, ...]]:
    """Return transaction UID and references of a request or of a result; raises `DataError` if it has none."""
    try:
        dataset = read_dataset(BytesIO(data), transfer_syntax_uid == IMPLICIT_LITTLE_ENDIAN, True)
        transaction = str(dataset.get("TransactionUID", ""))
        references = [
            Reference(
                str(item.get("ReferencedSOPClassUID", "")),
                str(item.get("ReferencedSOPInstanceUID", "")),
                int(item.get("FailureReason", 0)),
            )
            for keyword in ("ReferencedSOPSequence", "FailedSOPSequence")
            for item in dataset.get(keyword) or ()
        ]
    except Exception as problem:  # pydicom raises many kinds on damaged data
        raise DataError("The references cannot be read.", found=type(problem).__name__) from None
    if not is_uid(transaction) or not references or not all(is_uid(each.sop_instance_uid) for each in references):
        raise DataError(
            "These are no references to instances.",
            field="TransactionUID, ReferencedSOPSequence",
            found=f"{transaction[:64] or 'no transaction'}, {len(references)} references",
            expected="a UID, and the UIDs of at least one instance",
        )
    return transaction, tuple(references)


def encode_commitment(transaction_uid: str, references: Sequence[Reference], transfer_syntax_uid: str) -> bytes:
    """Return the data set of a request, or of a result when references say why they failed."""
    dataset = Dataset()
    dataset.TransactionUID = transaction_uid
    safe = [_item(each) for each in references if not each.failure_reason]
    failed = [_item(each) for each in references if each.failure_reason]
    if safe:
        dataset.ReferencedSOPSequence = safe
    if failed:
        dataset.FailedSOPSequence = failed
    stream = DicomBytesIO()
    stream.is_implicit_VR = transfer_syntax_uid == IMPLICIT_LITTLE_ENDIAN
    stream.is_little_endian = True
    write_dataset(stream, dataset)
    return stream.getvalue()


def _item(reference: Reference) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = reference.sop_class_uid
    item.ReferencedSOPInstanceUID = reference.sop_instance_uid
    if reference.failure_reason:
        item.FailureReason = reference.failure_reason
    return item
