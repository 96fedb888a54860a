"""The reconstruction page's requests: upload, describe, start, watch, look, store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from isocenter.core.errors import ConflictError, OptionError
from isocenter.core.image import Image
from isocenter.core.patient import Patient, Study
from isocenter.core.progress import OnProgress
from isocenter.dicom.picture_files import encode_png
from isocenter.formats import registry as formats
from isocenter.formats.reader_options import typed
from isocenter.modalities.registry import modality_of
from isocenter.server.access import origin_of, require_permission
from isocenter.server.department import Department
from isocenter.server.reconstruction.descriptions import describe_job, describe_raw, slices_of, values_in_circle
from isocenter.server.reconstruction.jobs import ENDED, Job
from isocenter.server.reconstruction.storing import store_image
from isocenter.server.reconstruction.unpacking import readable
from isocenter.server.web.bodies import json_object, text_field
from isocenter.trust.permissions import RECONSTRUCT, WRITE

EVENT_PATIENCE_S = 10.0


async def upload(request: Request) -> Response:
    """Receive a raw file and answer with what it is; an unreadable one is not kept."""
    identity = require_permission(request, RECONSTRUCT)
    department = _department(request)
    raw = await department.raw.receive(request.query_params.get("filename", ""), request.stream())
    try:
        description = await run_in_threadpool(describe_raw, raw)
    except BaseException:
        department.raw.discard(raw.raw_id)
        raise
    department.audit.record(identity.username, "upload-raw", raw.sha256, origin=origin_of(request))
    return JSONResponse(description, 201)


async def start(request: Request) -> Response:
    """Queue the reconstruction of an uploaded file and answer with its job."""
    identity = require_permission(request, RECONSTRUCT)
    department = _department(request)
    body = await json_object(request)
    path = await run_in_threadpool(readable, department.raw.path(text_field(body, "raw_id")))
    method = text_field(body, "method")
    parameters, options = _object(body, "parameters"), _object(body, "options")
    known = await run_in_threadpool(typed, path, options)
    job = department.jobs.submit(identity.username, reconstruction(path, method, parameters, known))
    department.audit.record(identity.username, "reconstruct", job.job_id, origin=origin_of(request))
    return JSONResponse({"job_id": job.job_id}, 202)


def _object(body: dict[str, Any], name: str) -> dict[str, Any]:
    found = body.get(name) or {}
    if not isinstance(found, dict):
        raise OptionError(f"The {name} are not an object.", field=name, found=type(found).__name__, expected="object")
    return found


def reconstruction(
    path: Path, method: str | None, parameters: dict[str, Any], options: dict[str, Any] | None = None
) -> Callable[[OnProgress], Image]:
    """Return the work that reads a raw file, with its reader's `options`, and reconstructs it.

    `method` None takes the modality's default.
    """

    def work(on_progress: OnProgress) -> Image:
        measurement = formats.read(path, **options or {})
        modality = modality_of(measurement)
        chosen = method or modality.default_method(measurement)
        image: Image = modality.reconstruct(measurement, method=chosen, on_progress=on_progress, **parameters)
        return image

    return work


async def state(request: Request) -> Response:
    """Answer with the state of a job."""
    return JSONResponse(describe_job(_job(request)))


async def events(request: Request) -> Response:
    """Stream the state of a job as server-sent events until it ends.

    Source: WHATWG HTML, sec. 9.2 (Server-sent events).
    """
    job, jobs = _job(request), _department(request).jobs

    async def stream() -> AsyncIterator[bytes]:
        seen = -1
        while True:
            newest = await run_in_threadpool(jobs.wait_for_change, job, seen, EVENT_PATIENCE_S)
            has_ended = job.state in ENDED
            yield b": still here\n\n" if newest == seen else b"data: " + orjson.dumps(describe_job(job)) + b"\n\n"
            seen = newest
            if has_ended:
                return

    return StreamingResponse(stream(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})


async def preview(request: Request) -> Response:
    """Answer with one slice of the result as an 8-bit PNG between `low` and `high`, less another result if asked."""
    image, index = _slice(request)
    low, high = image.window()
    low, high = _number(request, "low", low), _number(request, "high", high)
    if not high > low:
        raise OptionError("The window is empty.", field="low, high", found=(low, high), expected="low < high")
    values = slices_of(image)[index].astype(np.float64)
    if "minus" in request.query_params:
        values = values - slices_of(_other(request, image))[index]
    plane = np.clip((values - low) * (255 / (high - low)), 0, 255).round().astype(np.uint8)
    body = await run_in_threadpool(encode_png, plane)
    return Response(body, media_type="image/png", headers={"Cache-Control": "no-store"})


async def circle(request: Request) -> Response:
    """Answer with number, mean, deviation and range of the values in a circle of one slice of the result."""
    image, index = _slice(request)
    middle_mm = (_number(request, "x_mm", 0.0), _number(request, "y_mm", 0.0), _number(request, "z_mm", 0.0))
    radius_mm = _number(request, "radius_mm", 10.0)
    if radius_mm <= 0:
        raise OptionError("A circle has a radius.", field="radius_mm", found=radius_mm, expected="more than 0")
    values = (await run_in_threadpool(values_in_circle, image, index, middle_mm, radius_mm)).astype(np.float64)
    figures = None
    if values.size:
        figures = {
            "n": values.size,
            "mean": float(values.mean()),
            "deviation": float(values.std(ddof=1)) if values.size > 1 else 0.0,
            "minimum": float(values.min()),
            "maximum": float(values.max()),
        }
    return JSONResponse({"values": figures}, headers={"Cache-Control": "no-store"})


async def store(request: Request) -> Response:
    """Store the result as DICOM under the patient given, or under the one the raw data name."""
    identity = require_permission(request, WRITE)
    department = _department(request)
    job = _job(request)
    image = _result(job)
    body = await json_object(request)
    stored = await run_in_threadpool(
        store_image,
        image,
        department.archive,
        patient=_patient(image, body),
        study=_study(image, body),
        series_description=text_field(body, "series_description", "", limit=64),
        origin=f"reconstruction {job.job_id}",
    )
    department.audit.record(identity.username, "store", stored.series_uid, origin=origin_of(request))
    return JSONResponse(
        {"study_uid": stored.study_uid, "series_uid": stored.series_uid, "instances": stored.instances}, 201
    )


async def cancel(request: Request) -> Response:
    """Ask a job to stop."""
    identity = require_permission(request, RECONSTRUCT)
    _department(request).jobs.cancel(request.path_params["job_id"], identity.username)
    return Response(status_code=204)


def _patient(image: Image, body: dict[str, Any]) -> Patient:
    known = image.patient or Patient()
    patient_id, name = text_field(body, "patient_id", "", limit=64), text_field(body, "patient_name", "", limit=64)
    return replace(known, patient_id=patient_id or known.patient_id, name=name or known.name)


def _study(image: Image, body: dict[str, Any]) -> Study:
    known = image.study or Study(started_at=image.acquired_at or datetime.now())
    description = text_field(body, "study_description", "", limit=64)
    return replace(known, description=description or known.description)


def _department(request: Request) -> Department:
    department: Department = request.app.state.department
    return department


def _job(request: Request) -> Job:
    identity = require_permission(request, RECONSTRUCT)
    return _department(request).jobs.get(request.path_params["job_id"], identity.username)


def _result(job: Job) -> Image:
    if job.image is None:
        raise ConflictError("There is no image yet.", field="state", found=job.state, expected="done")
    return job.image


def _slice(request: Request) -> tuple[Image, int]:
    """Return the result and which of its slices is asked for, the middle one if none is."""
    image = _result(_job(request))
    n_slices = slices_of(image).shape[0]
    index = _number(request, "slice", n_slices // 2)
    if not 0 <= index < n_slices or index != int(index):
        raise OptionError("There is no such slice.", field="slice", found=index, expected=f"0 to {n_slices - 1}")
    return image, int(index)


def _other(request: Request, image: Image) -> Image:
    """Return the result that is to be taken off; the same quantity on the same voxels."""
    identity = require_permission(request, RECONSTRUCT)
    other = _result(_department(request).jobs.get(request.query_params["minus"], identity.username))
    is_same = other.values.shape == image.values.shape and np.allclose(other.grid.affine, image.grid.affine)
    if not is_same or (other.quantity, other.unit) != (image.quantity, image.unit):
        raise OptionError(
            "These images are not the same quantity on the same voxels.",
            field="minus",
            found=f"{other.quantity} in {other.unit}, {other.values.shape}",
            expected=f"{image.quantity} in {image.unit}, {image.values.shape}",
        )
    return other


def _number(request: Request, name: str, default: float) -> float:
    text = request.query_params.get(name)
    try:
        value = default if text is None else float(text)
    except ValueError:
        value = float("nan")
    if not np.isfinite(value):
        raise OptionError(f"{name} is not a number.", field=name, found=str(text)[:32], expected="a number")
    return value


routes = [
    Route("/api/raw", upload, methods=["POST"]),
    Route("/api/jobs", start, methods=["POST"]),
    Route("/api/jobs/{job_id}", state, methods=["GET"]),
    Route("/api/jobs/{job_id}", cancel, methods=["DELETE"]),
    Route("/api/jobs/{job_id}/events", events, methods=["GET"]),
    Route("/api/jobs/{job_id}/preview.png", preview, methods=["GET"]),
    Route("/api/jobs/{job_id}/circle", circle, methods=["GET"]),
    Route("/api/jobs/{job_id}/store", store, methods=["POST"]),
]
