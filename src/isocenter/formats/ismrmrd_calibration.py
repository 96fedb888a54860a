"""Lines of ISMRMRD that were taken for the coils alone: the block about the centre of k-space that they fill."""

from __future__ import annotations

import warnings

import numpy as np

from isocenter.core.arrays import BoolArray, ComplexArray
from isocenter.core.errors import DataError, IsocenterWarning
from isocenter.formats.ismrmrd_header import Encoding
from isocenter.formats.ismrmrd_lines import (
    IS_CALIBRATION_AND_IMAGE,
    IS_PARALLEL_CALIBRATION,
    Line,
    Wanted,
    has_flag,
)
from isocenter.modalities.mri.acquisition import Acquisition


def calibration_of(
    lines: list[Line], wanted: Wanted, encoding: Encoding, acquisition: Acquisition, file: str
) -> ComplexArray | None:
    """Return calibration lines (coil, z, y, x), all that surround the centre without a gap; None if there are none.

    Lines that serve the image too count where they lie among those taken for calibration alone. A scan of several
    contrasts or repetitions may have calibrated once: then the first one's lines are taken.

    Raises
    ------
    DataError
        If the lines do not hold the centre of k-space, or their readouts do not fit.
    """
    alone = [line for line in lines if has_flag(line, IS_PARALLEL_CALIBRATION)]
    if not alone:
        return None
    if {line.encoding for line in alone} != {0}:
        warnings.warn(
            f"{file}: calibration lines of another encoding space are left out; the coils are told from the image's.",
            IsocenterWarning,
            stacklevel=2,
        )
        return None
    mine = [line for line in alone if wanted.holds(line)] or _first_of(alone)
    shared = [line for line in lines if has_flag(line, IS_CALIBRATION_AND_IMAGE) and wanted.holds(line)]
    n_coils, (n_z, n_y, n_x) = acquisition.n_coils, acquisition.encoded_shape
    data = np.zeros((n_coils, n_z, n_y, n_x), dtype=np.complex64)
    counts = np.zeros((n_z, n_y), dtype=int)
    is_3d = acquisition.is_3d
    for line in (*mine, *shared):
        ky = line.step_1 - encoding.center_1 + n_y // 2
        kz = line.step_2 - encoding.center_2 + n_z // 2 if is_3d else line.slice_index
        start, (n_of_line, n_samples) = n_x // 2 - line.center_sample, line.samples.shape
        if n_of_line != n_coils or not (0 <= ky < n_y and 0 <= kz < n_z and 0 <= start <= n_x - n_samples):
            raise DataError(
                "A calibration line does not fit the image's.",
                file=file,
                field="active_channels, idx, center_sample",
                found=f"{n_of_line} coils, ky {ky}, z {kz}, samples {start} to {start + n_samples}",
                expected=f"{n_coils} coils, within (z, y, x) = {(n_z, n_y, n_x)}",
            )
        data[:, kz, ky, start : start + n_samples] += line.samples
        counts[kz, ky] += 1
    data /= np.maximum(counts, 1)[None, :, :, None]
    return _block(data, counts > 0, is_3d=is_3d, file=file)


def _first_of(lines: list[Line]) -> list[Line]:
    first = min((line.set_index, line.phase, line.repetition, line.contrast) for line in lines)
    return [line for line in lines if (line.set_index, line.phase, line.repetition, line.contrast) == first]


def _block(data: ComplexArray, taken: BoolArray, *, is_3d: bool, file: str) -> ComplexArray:
    """Return the largest block about the centre that is taken everywhere."""
    if is_3d:
        n_z = taken.shape[0]
        middle: BoolArray = taken[:, taken.shape[1] // 2]
        along_z = _about_center(middle)
        rows = slice(n_z // 2 - along_z // 2, n_z // 2 - along_z // 2 + along_z)
    else:
        rows = slice(None)
    n_y = taken.shape[1]
    everywhere: BoolArray = np.logical_and.reduce(taken[rows], axis=0)
    n_lines = _about_center(everywhere) if taken[rows].size else 0
    if n_lines == 0:
        raise DataError(
            "The calibration lines do not surround the centre of k-space.",
            file=file,
            field="flags (ACQ_IS_PARALLEL_CALIBRATION), kspace_encode_step_1",
            found=f"lines {', '.join(str(k) for k in np.flatnonzero(taken.any(axis=0))[:12])}",
            expected=f"the centre, {n_y // 2}, and its neighbours, in every slice",
            remedy="Check the centre in encodingLimits.",
        )
    return data[:, rows, n_y // 2 - n_lines // 2 : n_y // 2 - n_lines // 2 + n_lines]


def _about_center(taken: BoolArray) -> int:
    """Return the length n of the longest unbroken block whose index n // 2 is the centre."""
    center = taken.size // 2
    if not taken[center]:
        return 0
    before = after = 0
    while center - before - 1 >= 0 and taken[center - before - 1]:
        before += 1
    while center + after + 1 < taken.size and taken[center + after + 1]:
        after += 1
    # n // 2 samples lie before the centre, n - n // 2 - 1 after it.
    return min(2 * before + 1, 2 * after + 2)
