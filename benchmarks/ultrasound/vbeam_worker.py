"""vbeam's delay and sum in an environment of its own: a scene from a file, picture and times to another.

python vbeam_worker.py SCENE.npz RESULT.npz RUNS
"""

from __future__ import annotations

import sys
from time import perf_counter

import jax
import numpy as np
from spekk import Spec
from vbeam.apodization import PlaneWaveReceiveApodization
from vbeam.apodization.window import Rectangular
from vbeam.beamformers import get_das_beamformer
from vbeam.core import ElementGeometry, ReflectedWavefront, WaveData
from vbeam.data_importers import SignalForPointSetup
from vbeam.fastmath import backend_manager
from vbeam.interpolation import FastInterpLinspace
from vbeam.scan import linear_scan
from vbeam.wavefront import PlaneWavefront

backend_manager.active_backend = "jax"


def setup_of(scene: dict[str, np.ndarray]) -> SignalForPointSetup:
    """Return vbeam's own description of a scene of plane waves."""
    places = linear_scan(scene["pixels_x_m"][0].astype(np.float32), scene["pixels_z_m"][:, 0].astype(np.float32))
    elements = np.zeros((scene["x_m"].size, 3), dtype=np.float32)
    elements[:, 0] = scene["x_m"]
    angles = scene["angles_rad"].astype(np.float32)
    zero = np.zeros_like(angles)
    return SignalForPointSetup(
        sender=ElementGeometry(np.zeros(3, dtype=np.float32), 0.0, 0.0),
        point_position=None,
        receiver=ElementGeometry(elements, np.zeros(len(elements)), np.zeros(len(elements))),
        signal=scene["traces"].astype(np.complex64),
        transmitted_wavefront=PlaneWavefront(),
        reflected_wavefront=ReflectedWavefront(),
        speed_of_sound=float(scene["speed"]),
        wave_data=WaveData(azimuth=angles, elevation=zero, t0=zero + np.float32(scene["start_s"])),
        interpolate=FastInterpLinspace(0.0, 1 / float(scene["rate_hz"]), scene["traces"].shape[2]),
        modulation_frequency=float(scene["center_hz"]),
        apodization=PlaneWaveReceiveApodization(Rectangular(), float(scene["f_number"])),
        spec=Spec(
            {
                "signal": ["transmits", "receivers", "signal_time"],
                "receiver": ["receivers"],
                "point_position": ["points"],
                "wave_data": ["transmits"],
            }
        ),
        scan=places,
    )


def main() -> None:
    """Beamform, as its manual does: compiled by JAX once, then called."""
    with np.load(sys.argv[1]) as file:
        setup = setup_of(dict(file))
    run = jax.jit(
        get_das_beamformer(setup, compensate_for_apodization_overlap=False, log_compress=False, scan_convert=False)
    )
    seconds = []
    for _ in range(1 + int(sys.argv[3])):
        start = perf_counter()
        picture = np.asarray(run(**setup.data))
        seconds.append(perf_counter() - start)
    np.savez(sys.argv[2], picture=picture.T, first_s=seconds[0], seconds=np.median(seconds[1:]))


if __name__ == "__main__":
    main()
