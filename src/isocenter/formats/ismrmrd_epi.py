"""Echo-planar lines of ISMRMRD: samples on the ramps to the grid, and the phase of reversed lines taken out.

Navigators (phase correction lines) precede the lines they correct; the lines of one slice and set follow their own.
Source: the trapezoid's names, ISMRMRD converters' trajectoryDescription "ConventionalEPI"; Heid, US patent 6043651.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np

from isocenter.core.arrays import ComplexArray, FloatArray
from isocenter.core.errors import DataError, IsocenterWarning
from isocenter.formats.ismrmrd_header import Encoding, EpiReadout
from isocenter.formats.ismrmrd_lines import IS_NOISE, IS_PHASE_CORRECTION, IS_REVERSE, Line, has_flag
from isocenter.modalities.mri import epi

_FILLED = 0.98  # samples this part of a cycle apart at most, so that a line is well determined


def corrected(
    lines: list[Line], encoding: Encoding, file: str, *, regrid: bool, correct_ghost: bool
) -> tuple[list[Line], Encoding]:
    """Return the lines without navigators, on the grid of k-space and of one phase, and their encoding.

    Lines are those of a whole file in its order. Where the flat part of the readout is sampled more coarsely than the
    oversampled field needs, the field is made smaller, pixels staying as they are.

    Raises
    ------
    DataError
        If a line's samples are not those of the readout that the header describes, or navigators do not alternate.
    """
    found = [line for line in lines if not has_flag(line, IS_NOISE)]
    if regrid and encoding.epi is not None:
        found, encoding = _regridded(found, encoding, encoding.epi, file)
    if not correct_ghost:
        return [line for line in found if not has_flag(line, IS_PHASE_CORRECTION)], encoding
    return list(_of_one_phase(found, file)), encoding


def _regridded(lines: list[Line], encoding: Encoding, readout: EpiReadout, file: str) -> tuple[list[Line], Encoding]:
    n_x = encoding.shape[2]
    positions = epi.readout_positions(
        readout.n_samples,
        n_x,
        ramp_up_s=readout.ramp_up_s,
        flat_s=readout.flat_s,
        ramp_down_s=readout.ramp_down_s,
        delay_s=readout.delay_s,
        dwell_s=readout.dwell_s,
    )
    n_out = _determined(positions, n_x, encoding, file)
    scaled = positions * n_out / n_x
    # A reversed line has been turned around: its first sample is the last that was taken.
    matrices = [epi.regridding_matrix(p, n_out).astype(np.complex64) for p in (scaled, -scaled[::-1])]
    done = []
    for line in lines:
        if line.samples.shape[1] != readout.n_samples:
            raise DataError(
                "A line has not the samples of the echo-planar readout.",
                file=file,
                field="number_of_samples",
                found=line.samples.shape[1],
                expected=f"numSamples of the trajectoryDescription, {readout.n_samples}",
                remedy="Read it as if it were flat: --option regrid=no",
            )
        matrix = matrices[has_flag(line, IS_REVERSE)]
        done.append(replace(line, samples=line.samples @ matrix.T, center_sample=n_out // 2))
    narrower = encoding.fov_mm[2] * n_out / n_x
    return done, replace(
        encoding,
        shape=(*encoding.shape[:2], n_out),
        fov_mm=(*encoding.fov_mm[:2], narrower),
    )


def _determined(positions: FloatArray, n_x: int, encoding: Encoding, file: str) -> int:
    """Return how many pixels along the readout the samples determine; raises `DataError` if fewer than the image's."""
    farthest = float(np.abs(np.diff(positions)).max()) if positions.size > 1 else np.inf
    n_out = n_x if farthest <= 1 else 2 * int(n_x * _FILLED / farthest / 2)
    n_out = min(n_out, positions.size)
    share = (
        encoding.recon_fov_mm[2] / encoding.fov_mm[2] if min(encoding.recon_fov_mm[2], encoding.fov_mm[2]) > 0 else 1
    )
    if n_out < round(n_x * share):
        raise DataError(
            "The samples of an echo-planar line are too far apart for the image.",
            file=file,
            field="dwellTime, numSamples, reconSpace",
            found=f"{farthest:.3g} cycles of the encoded field of view: {n_out} pixels",
            expected=f"at least {round(n_x * share)} pixels along the readout",
            remedy="Check the times of the trajectoryDescription, or read it flat: --option regrid=no",
        )
    return n_out


def _of_one_phase(lines: list[Line], file: str) -> Iterator[Line]:
    """Yield lines in their order without the navigators, the reversed ones in the phase of the others."""
    navigators: dict[tuple[int, int], list[Line]] = {}
    phases: dict[tuple[int, int], epi.GhostPhase | None] = {}
    is_uncorrected = False
    for line in lines:
        key = (line.slice_index, line.set_index)
        if has_flag(line, IS_PHASE_CORRECTION):
            # The first navigator after other lines opens a new group.
            group = navigators.setdefault(key, [])
            if phases.get(key) is not None:
                group.clear()
                phases[key] = None
            group.append(line)
            continue
        if phases.get(key) is None and navigators.get(key):
            phases[key] = _phase_of(navigators[key], file)
        phase = phases.get(key)
        if not has_flag(line, IS_REVERSE):
            yield line
            continue
        if phase is None:
            is_uncorrected = True
            yield line
            continue
        whole: ComplexArray = epi.without_ghost(line.samples[:, None], phase, np.ones(1))
        yield replace(line, samples=whole[:, 0])
    if is_uncorrected:
        warnings.warn(
            f"{file}: echo-planar lines without navigators; the ghost of reversed lines is not corrected.",
            IsocenterWarning,
            stacklevel=2,
        )


def _phase_of(group: list[Line], file: str) -> epi.GhostPhase:
    """Return the phase of reversed against other lines from navigators that alternate."""
    is_reversed = [has_flag(line, IS_REVERSE) for line in group]
    if len(group) < 2 or any(first == second for first, second in pairwise(is_reversed)):
        order = ", ".join("backward" if back else "forward" for back in is_reversed)
        raise DataError(
            "The navigators of an echo-planar scan do not alternate.",
            file=file,
            field="flags (ACQ_IS_PHASECORR_DATA, ACQ_IS_REVERSE)",
            found=f"slice {group[0].slice_index}: {order}",
            expected="two or more, forward and backward in turn",
            remedy="Read without the correction: --option correct_ghost=no",
        )
    found = []
    for start in range(max(1, len(group) - 2)):
        three = [line.samples for line in group[start : start + 3]]
        phase = epi.ghost_phase(three[0], three[1], three[2] if len(three) == 3 else None)
        sign = -1 if is_reversed[start] else 1
        found.append((sign * phase.constant_rad, sign * phase.slope_rad))
    constants, slopes = np.array(found).T
    mean = float(np.angle(np.mean(np.exp(1j * constants))))
    return epi.GhostPhase(mean, float(slopes.mean()))
