"""Frame after frame to a picture of grey bytes, as fast as the machine goes: delays and weights are found once."""

from __future__ import annotations

import numpy as np

from isocenter.core.arrays import Array, require_shape
from isocenter.core.errors import OptionError
from isocenter.core.grid import Grid
from isocenter.modalities.ultrasound.acquisition import Acquisition
from isocenter.modalities.ultrasound.beamforming import Beam, delay_and_sum
from isocenter.modalities.ultrasound.demodulation import Demodulator
from isocenter.modalities.ultrasound.envelope import depth_gain
from isocenter.modalities.ultrasound.geometry import default_grid, in_probe_mm


class LivePicture:
    """Traces of one frame in, a picture out.

    Parameters
    ----------
    acquisition
        Of the stream; its number of frames does not matter.
    grid
        The picture, in one plane.
    dynamic_range_db, gain_db_cm_mhz, f_number, window
        As the methods of `reconstruct` have them; an F-number is needed.

    Raises
    ------
    OptionError
        If the grid is no plane.
    """

    def __init__(
        self,
        acquisition: Acquisition,
        grid: Grid | None = None,
        *,
        f_number: float = 1.75,
        window: str = "tukey",
        dynamic_range_db: float = 60.0,
        gain_db_cm_mhz: float = 0.0,
    ) -> None:
        self.acquisition = acquisition
        self.grid = default_grid(acquisition) if grid is None else grid
        if self.grid.ndim != 2:
            raise OptionError("A live picture is a plane.", field="grid", found=self.grid.shape, expected="(y, x)")
        self._samples_of = Demodulator(acquisition)
        shift = self._samples_of.shift_hz
        self._beam = Beam.of(acquisition, self.grid, demodulated_hz=shift, f_number=f_number, window=window)
        depth = in_probe_mm(acquisition, self.grid)[..., 2]
        self._gain = depth_gain(depth, attenuation_db_cm_mhz=gain_db_cm_mhz, center_hz=acquisition.center_hz).astype(
            np.float32
        )
        self._range = dynamic_range_db
        self._top = 0.0

    def __call__(self, traces: Array) -> Array:
        """Return the picture (row, column), uint8, of one frame (transmit, channel, sample).

        White is the brightest of late: it follows a brighter one at once and fades in a second or so, so that the
        picture does not flicker. Raises `ShapeError` for traces of another scan.
        """
        require_shape(traces, self.acquisition.data_shape[1:], "one frame of traces (transmit, channel, sample)")
        samples = self._samples_of(traces)
        envelope = self._beam.picture(np.abs(delay_and_sum(self._beam, samples))) * self._gain
        self._top = max(float(envelope.max()), 0.97 * self._top, 1e-30)
        shown = 20 * np.log10(np.maximum(envelope / np.float32(self._top), np.float32(1e-9)))
        picture: Array = (np.clip(shown / self._range + 1, 0, 1) * 255).astype(np.uint8)
        return picture
