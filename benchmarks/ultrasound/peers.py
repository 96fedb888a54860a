"""Other programs' delay and sum of the same traces: ultraspy's CPU kernel, PyMUST's sparse matrix, vbeam on JAX, zea.

They are installed beside the project's own packages (`make bench-ultrasound`) and used where they are there.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from copy import copy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parents[2]


def find(name: str) -> Any:
    """Return a peer's module, or None where it is not installed."""
    folder = os.environ.get("ISOCENTER_PEERS", str(HERE / ".venv" / "us-peers"))
    os.environ.setdefault("ULTRASPY_CPU_LIB", "numba")
    if folder not in sys.path:
        sys.path.append(folder)
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


class Scene:
    """Plane waves of a linear probe on a picture in one plane, as numbers that every program takes; in m, s and Hz."""

    def __init__(self, x_m, angles_rad, rate_hz, center_hz, speed, start_s, f_number, pixels_x_m, pixels_z_m):
        self.x_m, self.angles_rad = x_m, angles_rad
        self.rate_hz, self.center_hz, self.speed, self.start_s = rate_hz, center_hz, speed, start_s
        self.f_number = f_number
        self.pixels_x_m, self.pixels_z_m = pixels_x_m, pixels_z_m


def ultraspy_das(scene: Scene, traces: np.ndarray, *, dense: int = 1) -> np.ndarray:
    """Return the compounded picture by ultraspy's numba kernel.

    It takes the nearest sending element for a plane wave's time: `dense` puts that many times as many there, so that
    the wave comes near to a plane one (its own default is 1).
    """
    kernel = importlib.import_module("ultraspy.cpu.kernels.numba_cores.das")
    n, n_waves = scene.x_m.size, scene.angles_rad.size
    sent = np.linspace(scene.x_m[0], scene.x_m[-1], (n - 1) * dense + 1)
    if dense > 1:  # beyond the probe's ends too: the picture's corners are met by a plane wave
        step = sent[1] - sent[0]
        more = np.arange(1, sent.size // 2) * step
        sent = np.concatenate([sent[0] - more[::-1], sent, sent[-1] + more])
    delays = np.sin(scene.angles_rad)[:, None] * sent / scene.speed

    def probe(places: np.ndarray) -> np.ndarray:
        full = np.zeros((3, n_waves, places.size))
        full[0] = places
        return full

    flat = scene.pixels_x_m.ravel()
    is_same = dense == 1
    return kernel.delay_and_sum(
        traces,
        True,
        probe(sent),
        probe(scene.x_m),
        np.zeros((n_waves, sent.size)),
        np.zeros((n_waves, n)),
        delays,
        0,
        scene.rate_hz,
        scene.center_hz,
        scene.start_s,
        scene.speed,
        np.array([scene.f_number, scene.f_number]),
        flat,
        np.zeros_like(flat),
        scene.pixels_z_m.ravel(),
        1,
        0,
        0,
        0.1,
        0,
        1,
        1,
        is_same,
    )[0, 0].reshape(scene.pixels_x_m.shape)


class PymustDas:
    """PyMUST's matrix for every wave; it is made once, as its manual recommends for several frames."""

    def __init__(self, pymust: Any, scene: Scene, n_samples: int):
        self._matrices = []
        for angle in scene.angles_rad:
            param = pymust.utils.Param()
            param.fs, param.fc, param.c, param.t0 = (
                scene.rate_hz,
                scene.center_hz,
                scene.speed,
                np.array([scene.start_s]),
            )
            param.Nelements = scene.x_m.size
            param.pitch, param.fnumber = float(scene.x_m[1] - scene.x_m[0]), scene.f_number
            delays = np.sin(angle) * scene.x_m[np.newaxis] / scene.speed
            shape = 1j * np.array([n_samples, scene.x_m.size])
            self._matrices.append(pymust.dasmtx(shape, scene.pixels_x_m, scene.pixels_z_m, delays, param))
        self._shape = scene.pixels_x_m.shape

    def __call__(self, traces: np.ndarray) -> np.ndarray:
        total = 0
        for matrix, wave in zip(self._matrices, traces, strict=True):
            total = total + matrix @ wave.T.flatten(order="F")
        return total.reshape(self._shape, order="F")


def vbeam_das(scene: Scene, traces: np.ndarray, *, n_runs: int) -> dict[str, Any] | None:
    """Return vbeam's picture, the time of its first call and the median of others; None where it is not installed."""
    return _apart("vbeam", scene, traces, str(n_runs))


def zea_das(scene: Scene, traces: np.ndarray, *, backend: str, n_runs: int) -> dict[str, Any] | None:
    """Return the same of zea, and the processor's time, on one of Keras's backends (jax, torch)."""
    return _apart("zea", scene, traces, str(n_runs), backend)


def with_sending_elements(scene: Scene, traces: np.ndarray, dense: int) -> tuple[Scene, np.ndarray]:
    """Return a scene with `dense` times the elements, beyond the probe's ends too, the further ones with empty traces.

    For a program whose waves start at its receiving elements: they come near to plane ones, and the sum is the same.
    """
    step = (scene.x_m[1] - scene.x_m[0]) / dense
    beyond = int(np.ceil(scene.pixels_z_m.max() * np.tan(np.abs(scene.angles_rad).max()) / step)) + dense
    n = (scene.x_m.size - 1) * dense + 1
    every = np.zeros((len(traces), n + 2 * beyond, traces.shape[2]), dtype=traces.dtype)
    every[:, beyond : beyond + n : dense] = traces
    more = copy(scene)
    more.x_m = scene.x_m[0] + step * np.arange(-beyond, n + beyond)
    return more, every


def _apart(name: str, scene: Scene, traces: np.ndarray, *options: str) -> dict[str, Any] | None:
    """Return what a peer's worker made in the peer's own environment; None where that is not installed."""
    known = os.environ.get(f"ISOCENTER_{name.upper()}", str(HERE / ".venv" / f"{name}-peer" / "bin" / "python"))
    if not Path(known).exists():
        return None
    with TemporaryDirectory() as folder:
        given, made = Path(folder) / "scene.npz", Path(folder) / "picture.npz"
        np.savez(given, traces=traces, **vars(scene))
        worker = Path(__file__).with_name(f"{name}_worker.py")
        # What a peer says of itself stays out of the table.
        subprocess.run([known, str(worker), str(given), str(made), *options], check=True, stdout=subprocess.DEVNULL)
        with np.load(made) as result:
            return {key: value if value.ndim else float(value) for key, value in result.items()}
