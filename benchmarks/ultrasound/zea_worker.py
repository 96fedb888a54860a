"""zea's delay and sum in an environment of its own: a scene from a file, picture and times to another.

python zea_worker.py SCENE.npz RESULT.npz RUNS BACKEND

BACKEND is one of Keras: jax or torch. It is a pipeline of zea's own `Beamform`: on JAX compiled as a whole, over
patches of as many pixels as it chooses itself; on PyTorch not compiled: its first call took minutes.
To make it the same sum as ours, three of its inputs are chosen:

- Lengths are in mm, and the speed of sound in mm/s. zea adds 1e-6 to the distance of an element when it finds its
  angle: 1e-6 m would move the edge of the aperture by 4 micrometres.
- The F-number is less by five in a million, by which our boxcar is wider.
- Each trace gets one zero at its end: zea goes on with the last sample, we with zero.

A plane wave is what the probe's elements send, the nearest first: `peers.with_sending_elements` makes it plane.
"""

from __future__ import annotations

import os
import sys
from time import perf_counter, process_time

os.environ["KERAS_BACKEND"] = sys.argv[4]

import numpy as np
from keras import ops
from zea.beamform.delays import compute_t0_delays_planewave
from zea.ops import Beamform, Pipeline

MM_PER_M = 1e3
WIDER = 1.000005


def inputs_of(scene: dict[str, np.ndarray]) -> dict[str, np.ndarray | float]:
    """Return zea's own description of a scene of plane waves, in mm and s."""
    x_mm, angles, speed = scene["x_m"] * MM_PER_M, scene["angles_rad"], float(scene["speed"]) * MM_PER_M
    elements = np.stack([x_mm, np.zeros_like(x_mm), np.zeros_like(x_mm)], axis=-1)
    x, z = scene["pixels_x_m"] * MM_PER_M, scene["pixels_z_m"] * MM_PER_M
    grid = np.stack([x, np.zeros_like(x), z], axis=-1)
    # Its waves start when the first element fires; ours pass the middle of the probe at time 0.
    first_s = (np.sin(angles)[:, np.newaxis] * x_mm / speed).min(axis=1)
    fired_s = compute_t0_delays_planewave(elements, angles, sound_speed=speed)
    tables = {
        "flatgrid": grid.reshape(-1, 3),
        "grid": grid,
        "probe_geometry": elements,
        "polar_angles": angles,
        "focus_distances": np.zeros_like(angles),
        "transmit_origins": np.zeros((angles.size, 3)),
        "t0_delays": fired_s,
        "tx_apodizations": np.ones_like(fired_s),
        "initial_times": float(scene["start_s"]) - first_s,
        "t_peak": np.zeros_like(angles),
        "sound_speed": np.asarray(speed),
        "sampling_frequency": scene["rate_hz"],
        "demodulation_frequency": scene["center_hz"],
    }
    return {name: table.astype(np.float32) for name, table in tables.items()} | {
        "f_number": float(scene["f_number"]) / WIDER
    }


def main() -> None:
    """Beamform, traces and picture as arrays of NumPy."""
    with np.load(sys.argv[1]) as file:
        scene = dict(file)
    traces = np.pad(scene["traces"], ((0, 0), (0, 0), (0, 1))).transpose(0, 2, 1)
    data = np.stack([traces.real, traces.imag], axis=-1).astype(np.float32)
    pipeline = Pipeline(
        [Beamform(with_batch_dim=False)],
        with_batch_dim=False,
        jit_options="pipeline" if sys.argv[4] == "jax" else None,
    )
    inputs = pipeline.prepare_parameters(**inputs_of(scene))
    seconds, busy = [], []
    for _ in range(1 + int(sys.argv[3])):
        start, start_busy = perf_counter(), process_time()
        made = pipeline(data=ops.convert_to_tensor(data), return_numpy=True, **inputs)["data"]
        seconds.append(perf_counter() - start)
        busy.append(process_time() - start_busy)
    picture = made[..., 0] + 1j * made[..., 1]
    np.savez(
        sys.argv[2],
        picture=picture,
        first_s=seconds[0],
        seconds=np.median(seconds[1:] or seconds),
        busy_s=np.median(busy[1:] or busy),
    )


if __name__ == "__main__":
    main()
