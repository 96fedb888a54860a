"""Maps from several echoes: water and fat, susceptibility, and images weighted by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.ndimage import binary_fill_holes, label, minimum_filter1d

from isocenter.core.arrays import BoolArray, ComplexArray, FloatArray
from isocenter.core.errors import DataError, OptionError
from isocenter.core.image import Image
from isocenter.core.progress import OnProgress, report
from isocenter.core.provenance import ParameterValue
from isocenter.modalities.mri import susceptibility, water_fat
from isocenter.modalities.mri.coil_combination import combined_images
from isocenter.modalities.mri.geometry import default_grid
from isocenter.modalities.mri.series import Series
from isocenter.modalities.mri.series_images import image_of
from isocenter.modalities.mri.water_fat import GYROMAGNETIC_HZ_PER_T

Settings = Mapping[str, Any]


def water_and_fat(series: Series, on_progress: OnProgress | None, settings: Settings) -> Mapping[str, Image]:
    """Return water, fat, their fraction (%), field (Hz) and R2* (1/s); zero outside of the body."""
    times, field_t = series.echo_times_s, series.field_t
    images = _upright_phase(combined_images(series, maps=settings["maps"], on_progress=on_progress), settings)
    report(on_progress, len(times), len(times), "separating water and fat")
    found = water_fat.separate(
        images,
        times,
        field_t,
        field_range_hz=settings["field_range_hz"] or None,
        smoothness=settings["smoothness"],
    )
    body = _body(images, settings["threshold"])

    def of(values: FloatArray, quantity: str, unit: str = "1", *, is_masked: bool = True) -> Image:
        shown = np.where(body, values, 0.0) if is_masked else values
        return image_of(shown, series, quantity, unit, "water-fat", settings)

    return {
        "water": of(np.abs(found.water), "MR water", is_masked=False),
        "fat": of(np.abs(found.fat), "MR fat", is_masked=False),
        "fat-fraction": of(100 * np.clip(found.fat_fraction, 0, 1), "MR proton density fat fraction", "%"),
        "field": of(found.field_hz, "MR field", "Hz"),
        "r2star": of(found.r2star_per_s, "MR R2*", "/s"),
    }


def susceptibility_map(series: Series, on_progress: OnProgress | None, settings: Settings) -> Mapping[str, Image]:
    """Return the local field (ppm) and the susceptibility (ppm) within the body; B0 is taken along head to feet.

    Raises `DataError` if slices are not a volume, or times and field are not known.
    """
    times, field_t = series.echo_times_s, series.field_t
    images = _upright_phase(combined_images(series, maps=settings["maps"], on_progress=on_progress), settings)
    if images.shape[1] < 8:
        raise DataError(
            "Susceptibility needs a volume: fields reach through slices.",
            field="slices",
            found=images.shape[1],
            expected="at least 8",
        )
    grid = default_grid(series.frames[0].acquisition)
    axes = np.asarray(grid.direction)
    # The field's direction along the image's own axes: B0 lies along z of the patient.
    z, y, x = (float(axes[2, column]) for column in (2, 1, 0))
    spacing = grid.spacing_zyx_mm
    dipole = susceptibility.DipoleOperator(grid.shape_zyx, spacing, field_direction_zyx=(z, y, x))
    body = _body(images, settings["threshold"])
    report(on_progress, len(times), len(times) + 2, "taking the background away")
    field = field_ppm(images, times, field_t)
    local = susceptibility.without_background(
        np.where(body, field, 0.0), body, dipole, n_iterations=settings["n_iterations"]
    )
    report(on_progress, len(times) + 1, len(times) + 2, "undoing the dipoles")
    if settings["inversion"] == "truncated":
        found = susceptibility.truncated_inversion(local, dipole)
    else:
        magnitude = np.sqrt(np.sum(np.abs(images) ** 2, axis=0))
        weights = np.where(body, magnitude / magnitude.max(), 0.0)
        found = susceptibility.regularised_inversion(
            local, weights, dipole, smoothness=settings["smoothness"], n_iterations=settings["n_iterations"]
        )
    local_values, values = np.where(body, local, 0.0), np.where(body, found, 0.0)
    return {
        "local-field": image_of(local_values, series, "MR local field", "[ppm]", "susceptibility", settings),
        "susceptibility": image_of(values, series, "MR magnetic susceptibility", "[ppm]", "susceptibility", settings),
    }


def field_ppm(images: ComplexArray, echo_times_s: FloatArray, field_t: float) -> FloatArray:
    """Return the field (z, y, x) relative to B0 in ppm of images (echo, z, y, x), without jumps.

    From the phase between neighbouring echoes, weighted by their magnitudes; of one echo, from its own phase.
    Raises `DataError` if the echoes are not equally spaced.
    """
    if echo_times_s.size == 1:
        turned, step = images[0], float(echo_times_s[0])
    else:
        steps = np.diff(echo_times_s)
        if np.ptp(steps) > 0.02 * abs(float(steps.mean())) or steps.min() <= 0:
            raise DataError(
                "The echoes are not equally spaced.",
                field="TE",
                found=[f"{1e3 * t:.4g} ms" for t in echo_times_s],
                expected="one distance between all echoes",
            )
        turned, step = np.sum(images[1:] * images[:-1].conj(), axis=0), float(steps.mean())
    phase = susceptibility.unwrapped_laplacian(np.angle(turned).astype(float))
    field: FloatArray = phase / (2 * np.pi * step * GYROMAGNETIC_HZ_PER_T * field_t) * 1e6
    return field


def susceptibility_weighted(series: Series, on_progress: OnProgress | None, settings: Settings) -> Mapping[str, Image]:
    """Return the weighted magnitude of one echo, and its minimum over a slab about every slice."""
    echo: int = settings["echo"]
    if echo > len(series.frames):
        raise OptionError("There is no such echo.", field="echo", found=echo, expected=f"1 to {len(series.frames)}")
    images = _upright_phase(combined_images(series, maps=settings["maps"], on_progress=on_progress), settings)
    weighted = susceptibility.weighted_magnitude(
        images[echo - 1], filter_width=settings["filter_width"], power=settings["power"]
    )
    found = {"swi": image_of(weighted, series, "MR susceptibility weighted magnitude", "1", "swi", settings)}
    spacing = default_grid(series.frames[0].acquisition).spacing_zyx_mm[0]
    n_slices = min(weighted.shape[0], round(float(settings["slab_mm"]) / spacing))
    if n_slices > 1:
        least = minimum_filter1d(weighted, n_slices, axis=0, mode="nearest")
        found["minimum"] = image_of(
            least, series, "MR susceptibility weighted minimum projection", "1", "swi", settings
        )
    return found


def _upright_phase(images: ComplexArray, settings: Settings) -> ComplexArray:
    """Return images whose phase grows with the field."""
    sign: ParameterValue = settings["phase_sign"]
    if sign not in (-1, 1):
        raise OptionError("There is no such sign.", field="phase_sign", found=sign, expected="1 or -1")
    return images if sign == 1 else images.conj()


def _body(images: ComplexArray, threshold: float) -> BoolArray:
    """Return where there is body (z, y, x): the largest connected part above the threshold, its holes filled."""
    magnitude = np.sqrt(np.mean(np.abs(images) ** 2, axis=0))
    parts, n_parts = label(magnitude > threshold * np.percentile(magnitude, 99.5))
    if n_parts == 0:
        raise DataError(
            "There is no body in the image.", field="threshold", found=threshold, expected="a lower threshold"
        )
    sizes = np.bincount(parts.ravel())[1:]
    largest = parts == 1 + int(sizes.argmax())
    filled: BoolArray = np.stack([binary_fill_holes(plane) for plane in largest]).astype(bool)
    return filled
