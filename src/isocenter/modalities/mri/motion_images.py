"""Images of what moves: velocities from phase contrast, frames of undersampled dynamic scans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from isocenter.core.arrays import BoolArray, ComplexArray, FloatArray
from isocenter.core.errors import OptionError
from isocenter.core.image import Image
from isocenter.core.progress import OnProgress, report
from isocenter.modalities.mri import flow
from isocenter.modalities.mri.coil_combination import coil_maps_of, combined_images, encoded
from isocenter.modalities.mri.low_rank_sparse import low_rank_plus_sparse
from isocenter.modalities.mri.measurement import Measurement
from isocenter.modalities.mri.recon_space import to_recon_space
from isocenter.modalities.mri.series import Series
from isocenter.modalities.mri.series_images import image_of
from isocenter.operators.linear import LinearOperator
from isocenter.solvers.solution import Iteration

Settings = Mapping[str, Any]
_DIRECTIONS = {1: ("",), 3: ("-x", "-y", "-z")}


def velocities(series: Series, on_progress: OnProgress | None, settings: Settings) -> Mapping[str, Image]:
    """Return the magnitude and the velocity (cm/s) along every encoding; the first scan is the reference.

    Raises `OptionError` for other than one or three encodings beside the reference.
    """
    n_encodings = len(series.frames) - 1
    if n_encodings not in _DIRECTIONS:
        raise OptionError(
            "Velocity needs a reference and one or three encodings.",
            field="set",
            found=len(series.frames),
            expected="2 or 4 scans",
            remedy="Name the counter on which they follow each other: --counter set",
        )
    images = combined_images(series, maps=settings["maps"], on_progress=on_progress)
    reference = images[0]
    magnitude = np.sqrt(np.mean(np.abs(images) ** 2, axis=0))
    found = {"magnitude": image_of(magnitude, series, "MR signal magnitude", "1", "flow", settings)}
    for name, encoded_image in zip(_DIRECTIONS[n_encodings], images[1:], strict=True):
        venc = float(settings["venc_cm_s"]) / 100
        velocity = flow.velocity_m_s(encoded_image[None], reference[None], venc)
        body = magnitude > float(settings["threshold"]) * np.percentile(magnitude, 99.5)
        if settings["background"] == "linear":
            velocity = np.stack([_at_rest(plane, mask) for plane, mask in zip(velocity, body, strict=True)])
        shown = np.where(body, 100 * velocity, 0.0)
        found[f"velocity{name}"] = image_of(shown, series, f"MR velocity{name}", "cm/s", "flow", settings)
    return found


def _at_rest(velocity: FloatArray, body: BoolArray) -> FloatArray:
    """Return a slice's velocity less the plane through its slow half, which is taken to be at rest."""
    slow = body & (np.abs(velocity) <= np.median(np.abs(velocity[body]))) if body.any() else body
    return flow.without_background(velocity, slow)


def frames(series: Series, on_progress: OnProgress | None, settings: Settings) -> Mapping[str, Image]:
    """Return the frames, their background and their changes, each with an axis of time."""
    report(on_progress, 0, None, "estimating the coils")
    maps = coil_maps_of(_mean_scan(series), settings["maps"])
    A = _FramesOperator([encoded(frame, maps)[0] for frame in series.frames])
    data = np.stack([encoded(frame, maps)[1] for frame in series.frames])
    start = A.adjoint(data)
    n_frames = len(series.frames)
    largest = float(np.linalg.svd(start.reshape(n_frames, -1), compute_uv=False)[0])
    frequencies = np.abs(np.fft.fft(start, axis=0, norm="ortho")).max()
    n_iterations: int = settings["n_iterations"]

    def watch(iteration: Iteration) -> None:
        report(on_progress, iteration.index, n_iterations, f"objective {iteration.objective:.4g}")

    norm = 1.0
    if series.frames[0].acquisition.trajectory is not None:
        norm = 1.05 * A.norm(np.random.default_rng(0), n_iterations=15, is_complex=True)
    found = low_rank_plus_sparse(
        A,
        data,
        low_rank_weight=float(settings["low_rank"]) * largest,
        sparse_weight=float(settings["sparse"]) * float(frequencies),
        norm=norm,
        n_iterations=n_iterations,
        on_iteration=watch,
    )
    acquisition = series.frames[0].acquisition

    def of(values: ComplexArray, quantity: str) -> Image:
        return image_of(
            np.abs(to_recon_space(values, acquisition)), series, quantity, "1", "dynamic", settings, ("time",)
        )

    return {
        "frames": of(found.frames, "MR signal magnitude"),
        "background": of(found.background, "MR background magnitude"),
        "changes": of(found.changes, "MR change magnitude"),
    }


def _mean_scan(series: Series) -> Measurement:
    """Return a scan of all lines that any frame took, each the mean of those that did: what moves little is in it."""
    first = series.frames[0]
    if first.acquisition.trajectory is not None:
        return first
    masks = np.stack([np.broadcast_to(frame.acquisition.mask, frame.acquisition.mask_shape) for frame in series.frames])
    counts = np.maximum(masks.sum(axis=0), 1)[..., None]
    data = np.sum([frame.data for frame in series.frames], axis=0) / counts
    taken: BoolArray = np.logical_or.reduce(masks, axis=0)
    acquisition = replace(first.acquisition, sampled=None if taken.all() else taken)
    return replace(first, acquisition=acquisition, data=data.astype(first.data.dtype))


class _FramesOperator(LinearOperator):
    """Scans one after the other, each of its own frame: (frame, z, y, x) to (frame, coil, ...)."""

    def __init__(self, scans: list[LinearOperator]) -> None:
        super().__init__((len(scans), *scans[0].in_shape), (len(scans), *scans[0].out_shape))
        self._scans = scans

    def _forward(self, x: ComplexArray) -> ComplexArray:
        return np.stack([A(image) for A, image in zip(self._scans, x, strict=True)])

    def _adjoint(self, y: ComplexArray) -> ComplexArray:
        return np.stack([A.adjoint(data) for A, data in zip(self._scans, y, strict=True)])

    def _normal(self, x: ComplexArray) -> ComplexArray:
        return np.stack([A.normal(image) for A, image in zip(self._scans, x, strict=True)])
