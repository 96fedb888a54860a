"""Filtered back-projection beside scikit-image: time and error on the same sinogram, in one run."""

from __future__ import annotations

import argparse
import platform
from collections.abc import Callable
from statistics import median
from time import perf_counter

import numpy as np
import skimage
from skimage.transform import iradon

from isocenter.core.grid import Grid
from isocenter.modalities import ct
from isocenter.modalities.ct.fbp import fbp
from isocenter.physics.bodies import BODIES
from isocenter.physics.properties import attenuation_at

N_VIEWS, N_BINS, N_PIXELS, WIDTH_MM = 720, 736, 512, 0.7


def timed(function: Callable[[], np.ndarray], n_runs: int) -> tuple[np.ndarray, float]:
    """Return the result and the median time of several runs after a first one."""
    result, seconds = function(), []
    for _ in range(n_runs):
        start = perf_counter()
        result = function()
        seconds.append(perf_counter() - start)
    return result, median(seconds)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    n_runs = parser.parse_args().runs
    # scikit-image turns about bin and pixel n // 2, not about the middle: the scan and the grid are laid out so.
    scan = ct.Acquisition(
        np.arange(N_VIEWS) * np.pi / N_VIEWS,
        N_BINS,
        WIDTH_MM,
        detector_offset_mm=-WIDTH_MM / 2,
        photons_per_bin=None,
    )
    middle_mm = (-WIDTH_MM / 2, -WIDTH_MM / 2, 0.0)
    body, grid = BODIES["shepp-logan"](), Grid((N_PIXELS, N_PIXELS), (WIDTH_MM, WIDTH_MM), center_mm=middle_mm)
    sinogram = ct.simulate(body, scan, np.random.default_rng(0)).data
    truth = body.slice_at(0.0).voxelise(grid, attenuation_at(scan.energy_kev), oversampling=8)

    ours, our_s = timed(lambda: fbp(scan, grid, sinogram), n_runs)
    # Its angles run the other way round for an image whose rows grow downwards.
    degrees, columns = -np.degrees(scan.angles_rad), np.ascontiguousarray(sinogram.T)
    options = {"output_size": N_PIXELS, "circle": False, "filter_name": "ramp"}
    theirs, their_s = timed(lambda: iradon(columns, theta=degrees, **options) / WIDTH_MM, n_runs)

    inside = np.hypot(*(grid.positions_mm()[..., :2].transpose(2, 0, 1))) < 0.95 * N_PIXELS * WIDTH_MM / 2
    print(f"{N_PIXELS} x {N_PIXELS} from {N_VIEWS} views x {N_BINS} bins, float32, filter included, median of {n_runs}")
    print(
        f"{platform.machine()}, scikit-image {skimage.__version__}, Shepp-Logan (closed form), errors inside the field"
    )
    print(f"{'':<16}{'time':>10}{'RMSE':>14}{'RMSE':>10}")
    water = ct.water_per_mm(scan.energy_kev)
    for name, image, seconds in (("isocenter", ours, our_s), ("iradon", theirs, their_s)):
        error = _rmse(image[inside], truth[inside])
        print(f"{name:<16}{seconds * 1000:>7.0f} ms{error:>9.6f} 1/mm{1000 * error / water:>7.1f} HU")
    print(f"isocenter is {their_s / our_s:.1f} times as fast")


def _rmse(image: np.ndarray, truth: np.ndarray) -> float:
    return float(np.sqrt(np.mean((image - truth) ** 2)))


if __name__ == "__main__":
    main()
