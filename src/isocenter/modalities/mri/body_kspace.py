"""k-space of a body whose tissues' signals change from sample to sample, in closed form.

Every component adds its shape's transform times the difference of its tissue's signal from its surroundings', at every
sample anew: relaxation and precession during the readout are exact. Coils (sums of waves) and gradients of the field
shift k-space, a pose turns and shifts the shape.
Source: Koay, Sarlls and Ozarslan, Magn. Reson. Med. 58 (2007) 430-436; Guerquin-Kern et al., IEEE Trans. Med. Imaging
31 (2012) 626-636.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from isocenter.core.arrays import ComplexArray, FloatArray
from isocenter.modalities.mri.acquisition import Acquisition
from isocenter.modalities.mri.coils import CoilArray
from isocenter.modalities.mri.motion import Pose
from isocenter.physics.body import Body
from isocenter.physics.planar_shapes import PlanarShape
from isocenter.physics.shapes import Shape
from isocenter.physics.tissues import Tissue

_CHUNK = 1 << 12


class Samples(NamedTuple):
    """Where and when samples were taken: k (sample, axis) along the scan's x, y (, z), and the precession's time."""

    k_per_mm: FloatArray
    precession_s: FloatArray


class Frame(NamedTuple):
    """The scan's own axes: columns of `axes` are its x, y and z in LPS, `center_mm` their origin."""

    axes: FloatArray
    center_mm: FloatArray

    @classmethod
    def of(cls, acquisition: Acquisition) -> Frame:
        """Return the frame of a scan."""
        axes = np.array([acquisition.read_dir, acquisition.phase_dir, acquisition.slice_dir]).T
        return cls(axes, np.asarray(acquisition.center_mm, dtype=float))

    def seen(self, shape: Shape, pose: Pose) -> Shape:
        """Return a shape of the body at a pose, in the scan's axes."""
        turn = self.axes.T @ pose.rotation
        return shape.moved(turn, self.axes.T @ (pose.translation_mm - self.center_mm))


class CoilWaves(NamedTuple):
    """Sensitivities as sums of waves in the scan's axes: weights (coil, term) and frequencies (term, 3) per mm."""

    weights: ComplexArray
    frequencies_per_mm: FloatArray

    @classmethod
    def of(cls, coils: CoilArray, frame: Frame) -> CoilWaves:
        """Return the waves of coils, whose own axes are the patient's."""
        patient = np.column_stack([coils.frequencies_per_mm, np.zeros(len(coils.frequencies_per_mm))])
        phase = np.exp(2j * np.pi * (patient @ frame.center_mm))
        return cls(coils.weights * phase, patient @ frame.axes)


class BodyKspace:
    """The k-space of one body at one pose in the axes of a scan, seen by coils in a field with a gradient.

    Parameters
    ----------
    signal
        The signal of a tissue at every sample: (sample,).
    field_gradient_hz_per_mm
        In the scan's axes; its value at the frame's centre is part of the tissues' own offset.
    """

    def __init__(
        self, body: Body, frame: Frame, pose: Pose, coils: CoilWaves, field_gradient_hz_per_mm: FloatArray
    ) -> None:
        tissues = {part.name: part.tissue for part in body.components}
        self._parts = [
            (frame.seen(part.shape, pose), part.tissue, tissues[part.inside] if part.inside else None, part.amplitude)
            for part in body.components
        ]
        self._coils, self._gradient = coils, field_gradient_hz_per_mm

    @property
    def n_coils(self) -> int:
        """How many coils see the body."""
        return int(self._coils.weights.shape[0])

    def volume(self, samples: Samples, signal: Callable[[Tissue], ComplexArray]) -> ComplexArray:
        """Return the transform (coil, sample) of the whole body, value times mm3."""
        figures = [(shape, tissue, around, amplitude) for shape, tissue, around, amplitude in self._parts]
        shift = samples.precession_s[:, None] * self._gradient
        return self._summed(figures, samples.k_per_mm + shift, 3, 1.0 + 0j, signal)

    def section(self, z_mm: float, samples: Samples, signal: Callable[[Tissue], ComplexArray]) -> ComplexArray:
        """Return the transform (coil, sample) of the thin slice at `z_mm` along the scan's z, value times mm2."""
        figures = [
            (figure, tissue, around, amplitude)
            for shape, tissue, around, amplitude in self._parts
            if (figure := shape.section(z_mm)) is not None
        ]
        shift = samples.precession_s[:, None] * self._gradient
        turn = np.exp(2j * np.pi * self._coils.frequencies_per_mm[:, 2] * z_mm)
        precession = np.exp(-2j * np.pi * shift[:, 2] * z_mm)
        found = self._summed(figures, samples.k_per_mm + shift[:, :2], 2, turn, signal)
        return np.asarray(found * precession)

    def _summed(
        self,
        figures: list[tuple[Shape | PlanarShape, Tissue, Tissue | None, float]]
        | list[tuple[Shape, Tissue, Tissue | None, float]]
        | list[tuple[PlanarShape, Tissue, Tissue | None, float]],
        k_per_mm: FloatArray,
        n_axes: int,
        turn: ComplexArray | complex,
        signal: Callable[[Tissue], ComplexArray],
    ) -> ComplexArray:
        weights = self._coils.weights * turn
        frequencies = self._coils.frequencies_per_mm[:, :n_axes]
        values: dict[Tissue, ComplexArray] = {}
        for _, tissue, around, _ in figures:
            for kind in (tissue, around):
                if kind is not None and kind not in values:
                    values[kind] = signal(kind)
        total = np.zeros((weights.shape[0], k_per_mm.shape[0]), dtype=complex)
        for first in range(0, k_per_mm.shape[0], _CHUNK):
            part = slice(first, first + _CHUNK)
            shifted = (k_per_mm[None, part] - frequencies[:, None, :]).reshape(-1, n_axes)
            terms = np.zeros((frequencies.shape[0], k_per_mm[part].shape[0]), dtype=complex)
            for shape, tissue, around, amplitude in figures:
                contrast = amplitude * values[tissue][part] - (0.0 if around is None else values[around][part])
                if np.any(contrast):
                    terms += shape.fourier(shifted).reshape(terms.shape) * contrast
            total[:, part] = weights @ terms
        return total
