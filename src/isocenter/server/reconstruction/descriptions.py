"""What the reconstruction page is told: raw files, jobs and results as JSON."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.image import Image
from isocenter.core.methods import Method
from isocenter.core.plugins import FORMATS, load
from isocenter.core.units import symbol_of
from isocenter.formats import registry as formats
from isocenter.formats.reader_options import options_of
from isocenter.modalities.registry import modality_of
from isocenter.server.reconstruction.jobs import Job
from isocenter.server.reconstruction.raw_store import RawFile
from isocenter.server.reconstruction.unpacking import readable


def describe_raw(raw: RawFile) -> dict[str, object]:
    """Return what a raw file is and which methods can reconstruct it; raises what reading it raises."""
    path = readable(raw.path)
    measurement = formats.read(path)
    modality = modality_of(measurement)
    return {
        "raw_id": raw.raw_id,
        "filename": raw.path.name,
        "size_bytes": raw.size_bytes,
        "sha256": raw.sha256,
        "modality": modality.NAME,
        "modality_title": modality.TITLE,
        "format_title": load(FORMATS, formats.sniff(path)).TITLE,
        "facts": [asdict(fact) for fact in modality.describe(measurement)],
        "options": [asdict(option) for option in options_of(path)],
        "default_method": modality.default_method(measurement),
        "methods": [_method(method) for method in modality.METHODS.values()],
    }


def describe_job(job: Job) -> dict[str, object]:
    """Return the state of a job and, when it is done, what came out."""
    return {
        "job_id": job.job_id,
        "state": job.state,
        "done": job.step.done,
        "total": job.step.total,
        "message": job.step.message,
        "elapsed_s": round(job.elapsed_s, 2),
        "error": job.error,
        "result": None if job.image is None else _result(job.image),
    }


def slices_of(image: Image) -> FloatArray:
    """Return the image as (slice, y, x): magnitude of complex values, further axes run along the slices."""
    values = np.abs(image.values) if np.iscomplexobj(image.values) else image.values
    return np.asarray(values).reshape(-1, *image.grid.shape_zyx[1:])


def values_in_circle(image: Image, index: int, middle_mm: tuple[float, float, float], radius_mm: float) -> FloatArray:
    """Return the values of one slice within a circle around the place nearest to a point of the patient (LPS)."""
    plane = slices_of(image)[index]
    spacing_mm = np.asarray(image.grid.spacing_zyx_mm[:0:-1])
    column, row = (np.linalg.inv(image.grid.affine) @ [*middle_mm, 1.0])[:2]
    rows, columns = np.ogrid[: plane.shape[0], : plane.shape[1]]
    away_mm = np.hypot((columns - column) * spacing_mm[0], (rows - row) * spacing_mm[1])
    within: FloatArray = plane[away_mm <= radius_mm]
    return within


def _method(method: Method) -> dict[str, object]:
    parameters = [{**asdict(parameter), "unit": symbol_of(parameter.unit)} for parameter in method.parameters]
    return {"name": method.name, "summary": method.summary, "source": method.source, "parameters": parameters}


def _result(image: Image) -> dict[str, object]:
    values = slices_of(image)
    return {
        "quantity": image.quantity,
        "unit": image.unit_symbol().symbol,
        "shape": list(values.shape),
        "minimum": float(values.min()),
        "maximum": float(values.max()),
        "window": list(image.window()),
        "spacing_mm": list(image.grid.spacing_zyx_mm),
        "affine_mm": np.asarray(image.grid.affine).tolist(),
        "provenance": None if image.provenance is None else asdict(image.provenance),
    }
