"""Put a reconstructed image into the archive as DICOM, by the same door as every other instance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from isocenter.archive.archive import Archive
from isocenter.core.image import Image
from isocenter.core.patient import Patient, Study

_BLOCK = 1 << 20


@dataclass(frozen=True)
class StoredSeries:
    """Where an image went."""

    study_uid: str
    series_uid: str
    instances: int


def store_image(
    image: Image,
    archive: Archive,
    *,
    patient: Patient | None = None,
    study: Study | None = None,
    series_description: str = "",
    origin: str = "reconstruction",
) -> StoredSeries:
    """Write `image` as DICOM and store every file; `patient` and `study` stand in where the image names none."""
    described = replace(image, patient=patient or image.patient, study=study or image.study)
    with TemporaryDirectory(prefix="isocenter-") as folder:
        files = described.to_dicom(folder, series_description=series_description)
        stored = [store_file(path, archive, origin) for path in files]
    study_uid, series_uid = stored[0]
    return StoredSeries(study_uid, series_uid, len(stored))


def store_file(path: Path, archive: Archive, origin: str) -> tuple[str, str]:
    """Store one DICOM file and return its study and series UID."""
    incoming = archive.receive(origin=origin)
    try:
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK):
                incoming.write(block)
    except BaseException:
        incoming.abort()
        raise
    stored = incoming.commit()
    return stored.study_uid, stored.series_uid
