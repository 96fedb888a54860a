"""Where in k-space and when after the excitation every sample was taken, and what signal spins have then."""

from __future__ import annotations

import numpy as np

from isocenter.core.arrays import BoolArray, ComplexArray, FloatArray
from isocenter.modalities.mri.acquisition import Acquisition
from isocenter.modalities.mri.sequences.echo_planar import EchoPlanar
from isocenter.modalities.mri.sequences.sequence import Sequence, line_shape, settings
from isocenter.modalities.mri.spins import Spins


class Readout:
    """All samples of a scan, arrays of shape (z, line, sample), z being one for slices.

    Without `dwell_s` (or sampling times of a trajectory) a line is read at once, at its echo.
    """

    def __init__(self, acquisition: Acquisition, sequence: Sequence) -> None:
        self._acquisition, self._sequence = acquisition, sequence
        self.line_shape = line_shape(acquisition)
        self.n_samples = acquisition.data_shape[3]
        self.is_volume = acquisition.is_3d
        self.n_axes = 3 if self.is_volume else 2
        self._directions = np.broadcast_to(sequence.read_directions(acquisition), self.line_shape)
        self._after_echo_s = self._times_after_echo_s()

    @property
    def taken(self) -> BoolArray:
        """Which lines were taken, shape (z, line)."""
        scan = self._acquisition
        return scan.mask if scan.trajectory is None else np.ones(self.line_shape, dtype=bool)

    @property
    def times(self) -> FloatArray:
        """When every line was taken, as part of the scan."""
        return np.broadcast_to(self._sequence.times(self._acquisition), self.line_shape)

    @property
    def k_per_mm(self) -> FloatArray:
        """Positions (z, line, sample, axis) along the scan's x, y (, z) in cycles per mm."""
        scan = self._acquisition
        n_z, n_y, n_x = scan.encoded_shape
        fov_z, fov_y, fov_x = scan.encoded_fov_mm
        shape = (*self.line_shape, self.n_samples)
        kz = np.broadcast_to((np.arange(shape[0])[:, None, None] - n_z // 2) / fov_z, shape)
        if scan.trajectory is None:
            ky = (np.arange(n_y)[:, None] - n_y // 2) / fov_y
            kx = ((np.arange(n_x) - n_x // 2) - self._read_shift()[..., None]) / fov_x
        else:
            points = scan.trajectory / np.array(scan.encoded_fov_mm[-scan.trajectory.shape[2] :])
            ky, kx = points[..., -2], points[..., -1]
            if points.shape[2] == 3:
                kz = points[None, ..., 0]
        axes = [np.broadcast_to(k, shape) for k in (kx, ky, kz)]
        return np.stack(axes[: self.n_axes], axis=-1)

    @property
    def precession_s(self) -> FloatArray:
        """How long spins have precessed at their own frequency at every sample."""
        return np.asarray(self._sequence.precession_s(self._acquisition) + self._after_echo_s)

    @property
    def scale(self) -> float:
        """What makes the unitary inverse transform of a full grid the signal."""
        scan = self._acquisition
        axes = slice(None) if self.is_volume else slice(1, None)
        return float(np.prod(scan.encoded_shape[axes]) ** 0.5 / np.prod(scan.encoded_fov_mm[axes]))

    def signal(self, spins: Spins) -> ComplexArray:
        """Return the signal of spins at every sample: that at the echo, decayed and turned since."""
        at_echo = np.broadcast_to(self._sequence.amplitudes(spins, self._acquisition), self.line_shape)
        t = self._after_echo_s
        from_echo = np.abs(t) if self._sequence.is_refocused else t
        rate = -t / spins.t2_s - from_echo * spins.r2_prime_per_s - 2j * np.pi * spins.offset_hz * t
        return np.asarray(at_echo[..., None] * np.exp(rate))

    def _times_after_echo_s(self) -> FloatArray:
        scan, shape = self._acquisition, (*self.line_shape, self.n_samples)
        if scan.sample_times_s is not None:
            return np.broadcast_to(scan.sample_times_s - settings(scan)[1], shape)
        delays = np.broadcast_to(self._sequence.line_delays_s(scan), self.line_shape)
        along = (np.arange(self.n_samples) - self.n_samples // 2) * (scan.dwell_s or 0.0)
        return delays[..., None] + self._directions[..., None] * along

    def _read_shift(self) -> FloatArray:
        """Return by how many samples lines are shifted because the gradient is late, shape (z, line)."""
        sequence, dwell_s = self._sequence, self._acquisition.dwell_s
        if not isinstance(sequence, EchoPlanar) or not dwell_s:
            return np.zeros(self.line_shape)
        return np.asarray(self._directions * sequence.read_delay_s / dwell_s)
