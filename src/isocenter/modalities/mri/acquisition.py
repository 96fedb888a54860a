"""An MR scan, Cartesian or along any trajectory: everything the forward model needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from isocenter.core.arrays import BoolArray, FloatArray, require_finite, require_shape
from isocenter.core.errors import DataError, GeometryError, ShapeError
from isocenter.core.geometry import Vector, require_orthonormal
from isocenter.modalities.mri.coils import CoilArray
from isocenter.modalities.mri.event_sequence import EventSequence
from isocenter.modalities.mri.imperfections import Imperfections
from isocenter.modalities.mri.sequences.sequence import Sequence


@dataclass(frozen=True, eq=False)
class Acquisition:
    """Where k-space was sampled, of which region of the patient, with which contrast.

    Parameters
    ----------
    n_coils
        Receive coils.
    encoded_shape
        k-space samples (z, y, x); z counts slices of a two-dimensional scan, partitions of a three-dimensional one.
    encoded_fov_mm
        Field of view (z, y, x) of the encoding, oversampling included; for slices, their number times their spacing.
    recon_shape, recon_fov_mm
        Matrix and field of the image; None takes those of the encoding.
    sampled
        Which (kz, ky) lines were taken, kz having one entry for a two-dimensional scan; None is all.
    is_3d
        Whether z is encoded by Fourier too.
    trajectory
        Points of k-space in cycles per encoded field of view, shape (shot, sample, axis), axes (y, x), or (z, y, x) of
        a three-dimensional scan; with (y, x) such a scan is a stack (of stars, of spirals) of Cartesian partitions.
        None is Cartesian, and only then there are `sampled` lines.
    taken_samples
        First sample of a Cartesian readout that was taken, and the one after the last; None is all. An asymmetric echo
        leaves out one side.
    sample_times_s
        When every sample of a shot was taken, after the excitation, shape (sample,); for field maps.
    center_mm
        LPS position of the field's centre.
    read_dir, phase_dir, slice_dir
        LPS unit vectors along which x, y and z grow.
    slice_thickness_mm
        Thickness of a slice; None takes the slice spacing.
    field_t, repetition_time_s, echo_time_s, flip_angle_rad, sequence
        Field strength and contrast, None where a file does not say; `sequence` is ``spin echo``, ``gradient echo`` or
        ``balanced ssfp``.
    noise_std
        Standard deviation of real and imaginary noise of a simulated sample, in the image's unit (unitary transform).
    noise_correlation
        Correlation of the noise of any two coils in a simulation, 0 to below 1.
    coils
        Closed-form sensitivities of a simulated scan; real coils are estimated from their data.
    dwell_s
        Time between samples of a simulated line; None reads a line at once, at its echo.
    protocol
        The sequence of a simulated scan; None takes the one that `sequence` names.
    events
        Instead of a protocol, the pulses, gradients and receiver windows of a simulated scan along a trajectory.
    imperfections
        Errors of the field, motion and noise of a simulated scan.

    Raises
    ------
    ShapeError, GeometryError
        If sizes or directions contradict each other.
    """

    n_coils: int
    encoded_shape: tuple[int, int, int]
    encoded_fov_mm: Vector
    recon_shape: tuple[int, int, int] | None = None
    recon_fov_mm: Vector | None = None
    sampled: BoolArray | None = None
    is_3d: bool = False
    trajectory: FloatArray | None = None
    taken_samples: tuple[int, int] | None = None
    sample_times_s: FloatArray | None = None
    center_mm: Vector = (0.0, 0.0, 0.0)
    read_dir: Vector = (1.0, 0.0, 0.0)
    phase_dir: Vector = (0.0, 1.0, 0.0)
    slice_dir: Vector = (0.0, 0.0, 1.0)
    slice_thickness_mm: float | None = None
    field_t: float | None = None
    repetition_time_s: float | None = None
    echo_time_s: float | None = None
    flip_angle_rad: float | None = None
    sequence: str | None = None
    noise_std: float = 0.0
    noise_correlation: float = 0.0
    coils: CoilArray | None = None
    dwell_s: float | None = None
    protocol: Sequence | None = None
    events: EventSequence | None = None
    imperfections: Imperfections | None = None

    def __post_init__(self) -> None:
        if self.n_coils < 1 or min(self.encoded_shape) < 1 or min(self.recon_matrix) < 1:
            raise ShapeError(
                "A scan needs coils and samples.", field="encoded_shape", found=(self.n_coils, self.encoded_shape)
            )
        if min((*self.encoded_fov_mm, *self.image_fov_mm)) <= 0 or not np.all(np.isfinite(self.encoded_fov_mm)):
            raise GeometryError("A field of view must be positive.", field="encoded_fov_mm", found=self.encoded_fov_mm)
        if self.sampled is not None and self.sampled.shape != self.mask_shape:
            raise ShapeError(
                "The sampling mask does not fit.", field="sampled", found=self.sampled.shape, expected=self.mask_shape
            )
        self._require_readout()
        for axis, (image, encoded) in enumerate(zip(self.image_fov_mm, self.encoded_fov_mm, strict=True)):
            if image > encoded * (1 + 1e-3):
                raise GeometryError(
                    "The image is larger than what was encoded.",
                    field=f"recon_fov_mm[{axis}]",
                    found=image,
                    expected=f"at most {encoded}",
                )
        require_orthonormal(np.array([self.read_dir, self.phase_dir, self.slice_dir]).T)
        if self.trajectory is not None:
            self._require_trajectory(self.trajectory)

    def _require_readout(self) -> None:
        n_x = self.encoded_shape[2]
        if self.taken_samples is None:
            return
        first, end = self.taken_samples
        if self.trajectory is not None or not 0 <= first <= n_x // 2 < end <= n_x:
            raise ShapeError(
                "The samples that were taken do not fit the readout.",
                field="taken_samples",
                found=self.taken_samples,
                expected=f"a range within 0 to {n_x} that holds the centre {n_x // 2}, of a Cartesian scan",
            )

    def _require_trajectory(self, trajectory: FloatArray) -> None:
        n_axes = trajectory.shape[2] if trajectory.ndim == 3 else 0
        if n_axes not in (2, 3) or (n_axes == 3 and not self.is_3d):
            raise ShapeError(
                "The trajectory does not fit.",
                field="trajectory",
                found=trajectory.shape,
                expected="(shot, sample, axis) of two axes, or of three if is_3d",
            )
        require_finite(trajectory, "trajectory")
        reach = np.abs(trajectory).max(axis=(0, 1), initial=0.0)
        limit = np.array(self.encoded_shape[-n_axes:]) / 2
        if np.any(reach > limit * (1 + 1e-3)):
            raise DataError(
                "The trajectory leaves the encoded k-space.",
                field="trajectory",
                found=f"up to {', '.join(f'{k:.4g}' for k in reach)} cycles per field of view",
                expected=f"at most {', '.join(f'{k:g}' for k in limit)}, half the encoded matrix",
                remedy="Check the unit of the trajectory, or encode a larger matrix.",
            )
        if self.sampled is not None:
            raise DataError(
                "A scan has either lines or a trajectory.", field="sampled", found="both", expected="one of them"
            )
        if self.sample_times_s is not None:
            require_shape(self.sample_times_s, (trajectory.shape[1],), "sampling times")

    @property
    def data_shape(self) -> tuple[int, int, int, int]:
        """Shape of the data: (coil, z, y, x), or (coil, z, shot, sample) along a trajectory, z being 1 if it has z."""
        if self.trajectory is None:
            return (self.n_coils, *self.encoded_shape)
        n_shots, n_samples, n_axes = self.trajectory.shape
        return (self.n_coils, 1 if n_axes == 3 else self.encoded_shape[0], n_shots, n_samples)

    @property
    def mask_shape(self) -> tuple[int, int]:
        """Shape of `sampled`."""
        return (self.encoded_shape[0] if self.is_3d else 1, self.encoded_shape[1])

    @property
    def mask(self) -> BoolArray:
        """Which (kz, ky) lines of a Cartesian scan were taken, all if nothing else is said."""
        return np.ones(self.mask_shape, dtype=bool) if self.sampled is None else self.sampled

    @property
    def sample_mask(self) -> BoolArray:
        """Which samples of a Cartesian readout were taken, shape (x,)."""
        index = np.arange(self.encoded_shape[2])
        first, end = self.taken_samples or (0, index.size)
        mask: BoolArray = (index >= first) & (index < end)
        return mask

    @property
    def fourier_axes(self) -> tuple[int, ...]:
        """The axes of an image (z, y, x) that are encoded by Fourier."""
        return (-3, -2, -1) if self.is_3d else (-2, -1)

    @property
    def recon_matrix(self) -> tuple[int, int, int]:
        """Matrix of the image."""
        return self.recon_shape or self.encoded_shape

    @property
    def image_fov_mm(self) -> Vector:
        """Field of view of the image."""
        return self.recon_fov_mm or self.encoded_fov_mm

    @property
    def acceleration(self) -> float:
        """Lines of a full scan for every line that was taken; along a trajectory, pixels for every sample."""
        if self.trajectory is not None:
            return float(np.prod(self.encoded_shape)) / float(np.prod(self.data_shape[1:]))
        return self.mask.size / max(1, int(np.count_nonzero(self.mask)))

    @property
    def calibration_lines(self) -> int:
        """How many neighbouring ky lines about the centre were taken."""
        lines: BoolArray = self.mask[self.mask_shape[0] // 2]
        center = self.encoded_shape[1] // 2
        reach = 0
        while center - reach >= 0 and center + reach < len(lines) and lines[center - reach] and lines[center + reach]:
            reach += 1
        return max(0, 2 * reach - 1)

    @property
    def has_gaps(self) -> bool:
        """Whether lines are missing inside the sampled region: more than the rim that partial Fourier leaves out.

        Of a trajectory: whether there are fewer samples than the disc (or ball) of its reach has in a grid.
        """
        if self.trajectory is not None:
            n_axes = self.trajectory.shape[2]
            share = np.pi / 4 if n_axes == 2 else np.pi / 6
            return float(np.prod(self.trajectory.shape[:2])) < share * float(np.prod(self.encoded_shape[-n_axes:]))
        rows, columns = (np.unique(index) for index in np.nonzero(self.mask))
        if len(rows) == 0:
            return True
        block = self.mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        return not bool(block.all())
