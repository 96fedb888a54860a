"""All that an ultrasound scan's forward model needs: probe, transmits, sampling, and the picture's place."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from isocenter.core.arrays import FloatArray, require_finite
from isocenter.core.errors import GeometryError
from isocenter.kernels.delays.geometry import ELEMENT_WIDTH, TRANSMIT_WIDTH
from isocenter.modalities.ultrasound.probe import linear_probe
from isocenter.modalities.ultrasound.transmits import plane_wave

# Columns: the patient's directions of x (along the array), y and z (into the body). Default: across the belly from
# the front, as abdominal pictures are shown.
ACROSS_FROM_FRONT = ((1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, -1.0, 0.0))


@dataclass(frozen=True, eq=False)
class Acquisition:
    """Transmits of one probe and the traces of all its channels.

    Parameters
    ----------
    elements
        (element, 9) in mm, see `isocenter.modalities.ultrasound.probe`.
    transmits
        (transmit, 10), see `isocenter.modalities.ultrasound.transmits`.
    center_hz, bandwidth
        Centre frequency of the pulse, and its -6 dB bandwidth as part of that.
    sampling_hz, n_samples, start_s
        Of each trace: samples per second, their number, and the time of the first.
    demodulated_hz
        Frequency that complex traces were shifted down by; 0 for real (RF) ones.
    sound_speed_m_s
        What depths are computed with.
    n_frames, frame_hz
        Frames of all transmits, and how many a second.
    near_mm, far_mm, width_mm, pixel_mm
        The picture: depths, width across the beam, and size of its square pixels.
    height_mm
        Extent in elevation; 0 for a plane.
    element_width_mm
        Width of an element, for what it hears from the side; 0 hears all sides alike.
    origin_mm, direction
        Place of the probe's middle in the patient (LPS), and its axes there as columns.

    Raises
    ------
    GeometryError
        If lengths, rates or numbers contradict each other.
    """

    elements: FloatArray = field(default_factory=lambda: linear_probe(128, 0.3))
    transmits: FloatArray = field(default_factory=lambda: plane_wave(0.0)[np.newaxis])
    center_hz: float = 5.208e6
    bandwidth: float = 0.67
    sampling_hz: float = 20.832e6
    n_samples: int = 1536
    start_s: float = 0.0
    demodulated_hz: float = 0.0
    sound_speed_m_s: float = 1540.0
    n_frames: int = 1
    frame_hz: float = 0.0
    near_mm: float = 5.0
    far_mm: float = 50.0
    width_mm: float = 38.4
    height_mm: float = 0.0
    pixel_mm: float = 0.1
    element_width_mm: float = 0.27
    origin_mm: FloatArray = field(default_factory=lambda: np.zeros(3))
    direction: FloatArray = field(default_factory=lambda: np.array(ACROSS_FROM_FRONT))

    def __post_init__(self) -> None:
        for name, width in (("elements", ELEMENT_WIDTH), ("transmits", TRANSMIT_WIDTH)):
            table = np.asarray(getattr(self, name), dtype=float)
            if table.ndim != 2 or table.shape[1] != width or len(table) == 0:
                raise GeometryError(
                    f"The {name} of a scan are a table.",
                    field=name,
                    found=table.shape,
                    expected=f"(at least 1, {width})",
                    remedy=f"Make them with isocenter.modalities.ultrasound.{name if name != 'elements' else 'probe'}.",
                )
            require_finite(table, name)
            object.__setattr__(self, name, table)
        for name, shape in (("origin_mm", (3,)), ("direction", (3, 3))):
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=float).reshape(shape))
        self._require_numbers()

    def _require_numbers(self) -> None:
        for name in ("center_hz", "bandwidth", "sampling_hz", "n_samples", "sound_speed_m_s", "n_frames", "pixel_mm"):
            self._require(name, getattr(self, name) > 0, "more than 0")
        for name in ("frame_hz", "demodulated_hz", "near_mm", "height_mm", "element_width_mm"):
            self._require(name, getattr(self, name) >= 0, "0 or more")
        self._require("width_mm", self.width_mm >= self.pixel_mm, "at least a pixel")
        self._require("far_mm", self.far_mm > self.near_mm, "more than near_mm")
        self._require("start_s", True, "a number")
        self._require("sound_speed_m_s", 300 <= self.sound_speed_m_s <= 7000, "300 to 7000 m/s")
        # A real trace must hold its band without folding it onto itself (band-pass sampling may fold it down).
        band_hz = self.center_hz * self.bandwidth
        enough = band_hz if self.demodulated_hz else 2 * band_hz
        self._require("sampling_hz", self.sampling_hz >= min(enough, 2 * self.center_hz), f"at least {enough:.4g} Hz")

    def _require(self, name: str, is_sound: bool, expected: str) -> None:
        value = getattr(self, name)
        if not (np.isfinite(value) and is_sound):
            raise GeometryError(f"{name} does not fit the scan.", field=name, found=value, expected=expected)

    @property
    def is_demodulated(self) -> bool:
        """Whether traces are complex."""
        return self.demodulated_hz > 0

    @property
    def data_shape(self) -> tuple[int, int, int, int]:
        """(frame, transmit, channel, sample)."""
        return self.n_frames, len(self.transmits), len(self.elements), self.n_samples

    @property
    def wavelength_mm(self) -> float:
        """Wavelength at the centre frequency."""
        return self.sound_speed_m_s / self.center_hz * 1e3

    @property
    def samples_per_mm(self) -> float:
        """Samples in which sound goes one mm."""
        return self.sampling_hz / (self.sound_speed_m_s * 1e3)

    def transmit_rows(self) -> FloatArray:
        """Return the transmits as a kernel reads them: their times in samples of the traces."""
        rows = self.transmits.copy()
        rows[:, 7] = (rows[:, 7] - self.start_s) * self.sampling_hz
        return rows
