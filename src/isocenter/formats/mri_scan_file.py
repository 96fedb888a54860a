"""The lines of an MR raw file, whatever its format, and the scans they make: line by line to k-space in its place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from isocenter.core.errors import DataError, OptionError
from isocenter.core.provenance import Source
from isocenter.formats.ismrmrd_calibration import calibration_of
from isocenter.formats.ismrmrd_header import Encoding, ScanHeader
from isocenter.formats.ismrmrd_lines import Geometry, Line, Wanted, available, geometry_of, image_lines, is_image
from isocenter.formats.ismrmrd_trajectory import shots_of
from isocenter.formats.told_scans import told
from isocenter.modalities.mri.acquisition import Acquisition
from isocenter.modalities.mri.measurement import Measurement
from isocenter.modalities.mri.series import AXES, Series
from isocenter.modalities.mri.waveform import Waveform


class ScanFile:
    """What a file holds, echo-planar lines already corrected, from which scans are taken one by one."""

    def __init__(
        self,
        path: Path,
        header: ScanHeader,
        encoding: Encoding,
        lines: list[Line],
        *,
        noise: list[np.ndarray],
        waveforms: tuple[Waveform, ...] = (),
    ) -> None:
        self.path, self.header, self.encoding = path, header, encoding
        self.lines = lines if encoding.shape[0] > 1 else in_order_of_position(lines, path.name)
        self.noise, self.waveforms = noise, waveforms
        self.source = Source.of_file(path)

    def series(
        self,
        counter: str,
        *,
        allow_missing: bool = False,
        trajectory_unit: str = "",
        echo_times_ms: str = "",
        field_t: float = 0.0,
    ) -> Series:
        """Return all scans that differ in one counter: contrast, repetition, phase or set."""
        if counter not in AXES:
            raise OptionError("Scans do not differ in this.", field="counter", found=counter, expected=", ".join(AXES))
        places = sorted({_place_on(line, counter) for line in self.lines if is_image(line)})
        name = "set_index" if counter == "set" else counter
        frames = [
            self.measurement(replace(Wanted(), **{name: place}), allow_missing, trajectory_unit) for place in places
        ]
        return Series(tuple(told(frames, echo_times_ms, field_t, self.path.name)), counter)

    def measurement(self, wanted: Wanted, allow_missing: bool, unit: str) -> Measurement:
        """Return one image's scan."""
        name, header = self.path.name, self.header
        chosen = image_lines(self.lines, wanted, name)
        header = replace(header, echo_time_s=header.echo_time_of(wanted.contrast))
        calibration = None
        if self.encoding.trajectory == "cartesian":
            acquisition, data = _assembled(chosen, header, self.encoding, name, allow_missing)
            calibration = calibration_of(self.lines, wanted, self.encoding, acquisition, name)
        else:
            acquisition, data = _along_trajectory(chosen, header, self.encoding, name, unit)
        return Measurement(
            acquisition,
            data,
            noise=_noise_of(self.noise, acquisition.n_coils, name),
            sources=(self.source,),
            patient=header.patient,
            study=header.study,
            calibration=calibration,
            waveforms=self.waveforms,
            available=available(self.lines),
        )


def _place_on(line: Line, counter: str) -> int:
    places = {"contrast": line.contrast, "repetition": line.repetition, "phase": line.phase, "set": line.set_index}
    return places[counter]


def in_order_of_position(lines: list[Line], file: str) -> list[Line]:
    """Return lines whose slices are counted along slice_dir, whatever order they were taken in.

    Slices that all claim one place keep their numbers. Raises `DataError` if the slices lie at unequal distances.
    """
    slices = [line for line in lines if is_image(line)]
    places = {line.slice_index: np.array(line.position_mm) for line in slices}
    normal = np.array(slices[0].slice_dir if slices else (0.0, 0.0, 0.0))
    along = {index: float(position @ normal) for index, position in places.items()}
    if len(along) < 2 or np.ptp(list(along.values())) < 1e-3:
        return lines
    order = sorted(along, key=lambda index: along[index])
    steps = np.diff([along[index] for index in order])
    if steps.max() - steps.min() > 0.01 * steps.max() + 0.02:
        raise DataError(
            "The slices do not lie at equal distances.",
            file=file,
            field="position",
            found=f"{steps.min():.3g} to {steps.max():.3g} mm between neighbours",
            expected="one distance",
            remedy="Reconstruct the groups of slices from files of their own.",
        )
    if order == sorted(order) or order == sorted(order, reverse=True):
        return lines
    rank = {index: position for position, index in enumerate(order)}
    return [replace(line, slice_index=rank.get(line.slice_index, line.slice_index)) for line in lines]


def _noise_of(scans: list[np.ndarray], n_coils: int, file: str) -> np.ndarray | None:
    """Return the noise samples (coil, sample); raises `DataError` if they are of another number of coils."""
    for samples in scans:
        if samples.shape[0] != n_coils:
            raise DataError(
                "The noise scan has another number of coils than the image.",
                file=file,
                field="active_channels",
                found=samples.shape[0],
                expected=n_coils,
                remedy="Leave the noise scan out, the coils are then not made independent: --option use_noise=no",
            )
    return np.concatenate(scans, axis=1) if scans else None


def _along_trajectory(
    lines: list[Line], header: ScanHeader, encoding: Encoding, file: str, unit: str
) -> tuple[Acquisition, np.ndarray]:
    data, trajectory, times_s, is_3d = shots_of(lines, encoding, file, unit)
    n_z = encoding.shape[0] if is_3d else data.shape[1]
    geometry = geometry_of(lines, encoding, n_z, is_3d=is_3d)
    acquisition = Acquisition(
        n_coils=data.shape[0],
        encoded_shape=(n_z, *encoding.shape[1:]),
        encoded_fov_mm=geometry.encoded_fov_mm,
        recon_shape=(encoding.recon_shape[0] if is_3d else n_z, *encoding.recon_shape[1:]),
        recon_fov_mm=geometry.recon_fov_mm,
        is_3d=is_3d,
        trajectory=trajectory,
        sample_times_s=times_s,
        **_placed(geometry, header, encoding, is_3d=is_3d),
    )
    return acquisition, data


def _placed(geometry: Geometry, header: ScanHeader, encoding: Encoding, *, is_3d: bool) -> dict[str, Any]:
    """Return what a scan of any sampling says about place and contrast, as arguments of `Acquisition`."""
    return {
        "center_mm": geometry.center_mm,
        "read_dir": geometry.read_dir,
        "phase_dir": geometry.phase_dir,
        "slice_dir": geometry.slice_dir,
        "slice_thickness_mm": encoding.fov_mm[0] if not is_3d and encoding.fov_mm[0] > 0 else None,
        "field_t": header.field_t or None,
        "repetition_time_s": header.repetition_time_s,
        "echo_time_s": header.echo_time_s,
        "flip_angle_rad": header.flip_angle_rad,
    }


def _assembled(
    lines: list[Line], header: ScanHeader, encoding: Encoding, file: str, allow_missing: bool
) -> tuple[Acquisition, np.ndarray]:
    is_3d = encoding.shape[0] > 1
    n_slices = 1 + max(line.slice_index for line in lines)
    n_z = encoding.shape[0] if is_3d else n_slices
    n_y, n_x, n_coils = encoding.shape[1], encoding.shape[2], lines[0].samples.shape[0]
    data = np.zeros((n_coils, n_z, n_y, n_x), dtype=np.complex64)
    counts = np.zeros((n_z, n_y), dtype=int)
    ranges = set()
    for line in lines:
        ky = line.step_1 - encoding.center_1 + n_y // 2
        kz = line.step_2 - encoding.center_2 + n_z // 2 if is_3d else line.slice_index
        start = n_x // 2 - line.center_sample
        n_samples = line.samples.shape[1]
        if not (0 <= ky < n_y and 0 <= kz < n_z and start >= 0 and start + n_samples <= n_x):
            raise DataError(
                "A line lies outside the encoded matrix.",
                file=file,
                field="idx, center_sample",
                found=f"ky {ky}, kz {kz}, samples {start} to {start + n_samples}",
                expected=f"within (z, y, x) = {(n_z, n_y, n_x)}",
            )
        if line.samples.shape[0] != n_coils:
            raise DataError(
                "The number of coils changes.",
                file=file,
                field="active_channels",
                found=line.samples.shape[0],
                expected=n_coils,
            )
        data[:, kz, ky, start : start + n_samples] += line.samples
        counts[kz, ky] += 1
        ranges.add((start, start + n_samples))
    if len(ranges) > 1:
        raise DataError(
            "The readouts differ in length or in where they cross the centre.",
            file=file,
            field="number_of_samples, center_sample",
            found="samples " + ", ".join(f"{first} to {end}" for first, end in sorted(ranges)[:4]),
            expected=f"one range of the {n_x} along the readout",
            remedy="Lines of another kind (navigators, another contrast) have to be flagged or counted as such.",
        )
    taken = ranges.pop()
    data /= np.maximum(counts, 1)[None, :, :, None]
    sampled = counts > 0 if is_3d else _same_in_all(counts > 0, file)
    geometry = geometry_of(lines, encoding, n_slices, is_3d=is_3d)
    acquisition = Acquisition(
        n_coils=n_coils,
        encoded_shape=(n_z, n_y, n_x),
        encoded_fov_mm=geometry.encoded_fov_mm,
        recon_shape=(encoding.recon_shape[0] if is_3d else n_z, *encoding.recon_shape[1:]),
        recon_fov_mm=geometry.recon_fov_mm,
        sampled=None if sampled.all() else sampled,
        taken_samples=None if taken == (0, n_x) else taken,
        is_3d=is_3d,
        **_placed(geometry, header, encoding, is_3d=is_3d),
    )
    if acquisition.has_gaps and encoding.acceleration <= 1 and not allow_missing:
        raise DataError(
            "Lines of k-space are missing, and the header announces no acceleration.",
            file=file,
            field="kspace_encode_step_1",
            found=f"{int(sampled.sum())} of {sampled.size} lines",
            expected="every line, or an accelerationFactor in the header",
            remedy="If they were left out on purpose: --option allow_missing_lines=yes",
        )
    return acquisition, data


def _same_in_all(sampled: np.ndarray, file: str) -> np.ndarray:
    """Return the lines (1, ky) of a scan of slices; raises `DataError` if slices differ or one is missing."""
    if not (sampled == sampled[:1]).all():
        raise DataError(
            "The slices were not sampled alike.",
            file=file,
            field="kspace_encode_step_1",
            found="lines per slice: " + ", ".join(str(n) for n in sampled.sum(axis=1)),
            expected="the same lines in every slice",
            remedy="The scan may have been interrupted.",
        )
    return sampled[:1]
