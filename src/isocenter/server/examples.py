"""Fill a new department with something to look at: real files that pydicom ships, and scans of our own bodies."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import numpy as np

from isocenter.core.errors import IsocenterError
from isocenter.core.patient import Patient, Study
from isocenter.core.progress import OnProgress, report
from isocenter.dicom.example_files import example_files
from isocenter.formats import registry as formats
from isocenter.modalities.registry import modalities, modality_of
from isocenter.physics.bodies import BODIES
from isocenter.server.department import Department
from isocenter.server.reconstruction.storing import StoredSeries, store_file, store_image

log = logging.getLogger(__name__)

_MARK = "examples-loaded"
_PATIENT = Patient("ISO-0001", "Body^Virtual", date(1970, 1, 1), "O")


def load_examples(department: Department, on_progress: OnProgress | None = None) -> int:
    """Store the example files and scans once and return how many instances came in; 0 at every later start."""
    mark = department.settings.data_dir / _MARK
    if mark.exists():
        return 0
    files, scanners = example_files(), modalities()
    total, stored = len(files) + len(scanners), 0
    for done, path in enumerate(files):
        report(on_progress, done, total, path.name)
        stored += _stored_file(department, path)
    for done, name in enumerate(scanners, len(files)):
        report(on_progress, done, total, f"scan and reconstruct: {scanners[name].TITLE}")
        stored += scan_example(department, name).instances
    report(on_progress, total, total, "")
    mark.touch()
    return stored


def scan_example(department: Department, modality_name: str) -> StoredSeries:
    """Scan the modality's example body, go through its raw file, reconstruct and store."""
    modality = modalities()[modality_name]
    body = BODIES[modality.EXAMPLE_BODY]()
    measurement = modality.simulate(body, modality.example_acquisition(), np.random.default_rng(0))
    folder = department.settings.data_dir / "examples"
    folder.mkdir(exist_ok=True)
    raw = folder / f"{modality_name}-{modality.EXAMPLE_BODY}.h5"
    formats.write(measurement, raw)
    return reconstruct_file(
        department, raw, patient=_PATIENT, description=f"Virtual {modality.TITLE} of the {modality.EXAMPLE_BODY}"
    )


def reconstruct_file(
    department: Department,
    raw: Path,
    *,
    patient: Patient | None = None,
    description: str = "",
    on_progress: OnProgress | None = None,
) -> StoredSeries:
    """Reconstruct a raw file with the method that fits and store it; returns where it went."""
    measurement = formats.read(raw)
    modality = modality_of(measurement)
    method = modality.default_method(measurement)
    image = modality.reconstruct(measurement, method=method, on_progress=on_progress)
    study = image.study or Study(started_at=image.acquired_at or datetime.now())
    return store_image(
        image,
        department.archive,
        patient=patient or image.patient,
        study=replace(study, description=description or study.description),
        series_description=f"{modality.TITLE} {method}",
        origin="example" if patient else raw.name,
    )


def _stored_file(department: Department, path: Path) -> int:
    """Store one shipped file; one that cannot be stored is logged and left out, the others are still worth having."""
    try:
        store_file(path, department.archive, "example")
    except IsocenterError as error:
        log.warning("example file left out: %s", error)
        return 0
    return 1
