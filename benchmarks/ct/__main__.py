"""CT reconstruction beside ASTRA's CPU, scikit-image and RTK: time and error on the same data, in one run.

    make bench-ct
    python -m benchmarks.ct fbp iterative fdk helix

Data are line integrals in closed form of a phantom whose truth is known; errors are root mean squares against it,
inside the field of view. Times are medians of several runs after a first one.
"""

from __future__ import annotations

import argparse
import platform
from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter

import numba
import numpy as np
from benchmarks.ct import peers

from isocenter.core.grid import Grid
from isocenter.modalities import ct
from isocenter.modalities.ct.fbp import fbp
from isocenter.modalities.ct.fdk import fdk
from isocenter.modalities.ct.geometry import forward_operator
from isocenter.modalities.ct.iterative import cgls, os_sart, sirt
from isocenter.modalities.ct.wfbp import wfbp
from isocenter.physics.bodies import BODIES
from isocenter.physics.body import Body, Component
from isocenter.physics.properties import attenuation_at
from isocenter.physics.shapes import Ellipsoid
from isocenter.physics.tissues import tissue
from isocenter.solvers.cgls import cgls as solve_cgls

Case = tuple[str, Callable[[], np.ndarray]]
Error = Callable[[np.ndarray], float]


def timed(function: Callable[[], np.ndarray], n_runs: int) -> tuple[np.ndarray, float]:
    """Return the result and the median time of several runs after a first one."""
    result, seconds = function(), []
    for _ in range(n_runs):
        start = perf_counter()
        result = function()
        seconds.append(perf_counter() - start)
    return result, median(seconds)


def compare(
    title: str, ours: Case, theirs: list[Case], error: Callable[[np.ndarray], float], n_runs: int, updates: float
):
    """Print one table: time, error against the truth, ratio of times."""
    print(f"\n{title}", flush=True)
    image, our_s = timed(ours[1], n_runs)
    print(
        f"  {ours[0]:<34}{our_s * 1000:>10.1f} ms{1000 * error(image):>10.2f} HU{updates / our_s / 1e9:>10.2f} G/s",
        flush=True,
    )
    for name, run in theirs:
        image, seconds = timed(run, max(1, n_runs // 3))
        print(
            f"  {name:<34}{seconds * 1000:>10.1f} ms{1000 * error(image):>10.2f} HU{seconds / our_s:>9.1f} x",
            flush=True,
        )


def plane(n_views: int, n_bins: int, n: int) -> tuple[ct.Acquisition, Grid, np.ndarray, np.ndarray, np.ndarray]:
    """Return a parallel scan of the Shepp-Logan phantom, its grid, data, truth, and where errors count."""
    width_mm = 0.7
    scan = ct.Acquisition(np.arange(n_views) * np.pi / n_views, n_bins, width_mm, photons_per_bin=None)
    grid = Grid((n, n), (width_mm, width_mm))
    body = BODIES["shepp-logan"]()
    data = ct.simulate(body, scan, np.random.default_rng(0)).data
    truth = body.slice_at(0.0).voxelise(grid, attenuation_at(scan.energy_kev), oversampling=8)
    inside = np.hypot(*(grid.positions_mm()[..., :2].transpose(2, 0, 1))) < 0.95 * n * width_mm / 2
    return scan, grid, data, truth, inside


def rms(truth: np.ndarray, inside: np.ndarray) -> Error:
    """Return the error of an image in parts of water."""
    water = ct.water_per_mm(70.0)
    return lambda image: float(np.sqrt(np.mean((image[inside] - truth[inside]) ** 2))) / water


def bench_fbp(n_runs: int) -> None:
    """Filtered back-projection of a plane."""
    n_views, n_bins, n = 720, 736, 512
    scan, grid, data, truth, inside = plane(n_views, n_bins, n)
    theirs: list[Case] = []
    astra = peers.find("astra")
    if astra is not None:
        there = peers.AstraPlane(astra, scan.angles_rad, n_bins, scan.bin_width_mm, n, grid.spacing_mm[0])
        theirs.append((f"ASTRA {astra.__version__} FBP (CPU)", lambda: there.run("FBP", data)))
    # scikit-image turns about bin and pixel n // 2: half a bin off ours, so its error is not shown here.
    theirs.append(("scikit-image iradon", lambda: peers.skimage_fbp(scan.angles_rad, data, scan.bin_width_mm, n)))
    title = f"FBP, {n} x {n} from {n_views} views x {n_bins} bins, filter included"
    compare(
        title, ("isocenter fbp", lambda: fbp(scan, grid, data)), theirs, rms(truth, inside), n_runs, n_views * n * n
    )


def bench_iterative(n_runs: int) -> None:
    """Twenty iterations of SIRT and CGLS, two of OS-SART."""
    n_views, n_bins, n = 180, 736, 512
    scan, grid, data, truth, inside = plane(n_views, n_bins, n)
    error, updates = rms(truth, inside), 40.0 * n_views * n * n
    astra = peers.find("astra")
    there = None
    if astra is not None:
        there = peers.AstraPlane(astra, scan.angles_rad, n_bins, scan.bin_width_mm, n, grid.spacing_mm[0])
    for name, run in (("SIRT", sirt), ("CGLS", cgls)):
        theirs = [(f"ASTRA {name} (CPU)", lambda name=name: there.run(name, data, 20))] if there else []
        title = f"{name}, 20 iterations, {n} x {n} from {n_views} views x {n_bins} bins"
        compare(
            title,
            (f"isocenter {name.lower()}", lambda run=run: run(scan, grid, data, n_iterations=20)),
            theirs,
            error,
            n_runs,
            updates,
        )
    if there:
        _bench_cgls_at_its_best(n_runs, scan, grid, data, there, error)
    # ASTRA's SART updates after every single view: one of its iterations is a view.
    theirs = [("ASTRA SART (CPU), 2 passes", lambda: there.run("SART", data, 2 * n_views))] if there else []
    compare(
        "OS-SART, 2 passes in 60 subsets, the same scan",
        ("isocenter os-sart", lambda: os_sart(scan, grid, data, n_iterations=2, n_subsets=60)),
        theirs,
        error,
        n_runs,
        updates / 10,
    )


def _bench_cgls_at_its_best(
    n_runs: int, scan: ct.Acquisition, grid: Grid, data: np.ndarray, there: peers.AstraPlane, error: Error
) -> None:
    """Print what CGLS minimises, |A x - y|, and time it again up to where it is nearest the truth.

    ASTRA adds up its inner products in single precision, one by one: its directions lose their conjugacy, and it lags
    behind. With its own projector and exact sums it takes the same path as ours.
    """
    A = forward_operator(scan, grid)
    errors: list[float] = []
    norms = solve_cgls(
        A, data.astype(np.float32), n_iterations=20, on_iteration=lambda step: errors.append(error(step.x))
    ).objectives
    theirs = float(np.linalg.norm(A(there.run("CGLS", data, 20)) - data))
    print(f"  |A x - y| after 20 iterations: {norms[-1]:.3f}, ASTRA's {theirs:.3f}")
    n = int(np.argmin(errors)) + 1
    compare(
        f"CGLS, {n} iterations, beside ASTRA's 20",
        ("isocenter cgls", lambda: cgls(scan, grid, data, n_iterations=n)),
        [("ASTRA CGLS (CPU)", lambda: there.run("CGLS", data, 20))],
        error,
        n_runs,
        2.0 * n * scan.n_views * grid.size,
    )


def bench_fdk(n_runs: int, n: int = 256) -> None:
    """Feldkamp's method on a cube."""
    n_views, voxel_mm = 360 * n // 256, 256.0 / n
    sizes = {"source_isocenter_mm": 500.0, "source_detector_mm": 1000.0}
    sizes |= {"bin_width_mm": 2 * voxel_mm, "row_height_mm": 2 * voxel_mm}
    scan = ct.Acquisition(
        np.arange(n_views) * (2 * np.pi / n_views), n, geometry="cone", photons_per_bin=None, n_rows=n, **sizes
    )
    grid = Grid((n, n, n), (voxel_mm,) * 3)
    body = _ellipsoids()
    data = ct.simulate(body, scan, np.random.default_rng(0)).data
    middle, slab = slice(n // 2 - 8, n // 2 + 8), Grid((16, n, n), (voxel_mm,) * 3)
    truth = body.voxelise(slab, attenuation_at(scan.energy_kev), oversampling=3)
    inside = np.hypot(*(slab.positions_mm()[..., :2].transpose(3, 0, 1, 2))) < 0.9 * scan.fov_radius_mm
    error = rms(truth, inside)
    theirs: list[Case] = []
    itk = peers.find("itk")
    if itk is not None:
        run = peers.rtk_fdk(itk, scan.angles_rad, data, sizes | {"voxel_mm": voxel_mm}, grid.shape)
        theirs.append(("RTK FDK (CPU)", lambda: peers.rtk_volume(run(), truth, middle)))
    title = f"FDK, {n}^3 from {n_views} views x {n} x {n}, filter included; errors in the middle 16 slices"
    ours = ("isocenter fdk", lambda: fdk(scan, grid, data))
    compare(title, ours, theirs, lambda image: error(image[middle]), n_runs, float(n_views) * n**3)


def _ellipsoids() -> Body:
    """Return three ellipsoids: quick to project into millions of rays."""
    water, bone = tissue("water"), tissue("cortical bone")
    return Body(
        "ellipsoids",
        (
            Component("large", Ellipsoid((5.0, -8.0, 3.0), (90.0, 70.0, 80.0)), water),
            Component("small", Ellipsoid((30.0, 10.0, 0.0), (20.0, 12.0, 25.0)), bone, inside="large"),
            Component("other", Ellipsoid((-40.0, -20.0, 5.0), (9.0, 14.0, 12.0)), bone, inside="large"),
        ),
    )


def bench_helix(n_runs: int) -> None:
    """A helix of pitch 1; no peer reconstructs one on a CPU from a package index."""
    turns, n_views = 3, 360
    angles = np.arange(turns * n_views) * (2 * np.pi / n_views)
    scan = ct.Acquisition(
        angles, 368, 2.0, geometry="cone", detector="curved", source_isocenter_mm=595.0, source_detector_mm=1085.6,
        photons_per_bin=None, n_rows=32, row_height_mm=2.0, source_z_mm=(angles - angles.mean()) / (2 * np.pi) * 35.0,
    )  # fmt: skip
    grid = Grid((16, 256, 256), (2.0, 1.4, 1.4))
    body = BODIES["shepp-logan"]()
    data = ct.simulate(body, scan, np.random.default_rng(0)).data
    truth = body.voxelise(grid, attenuation_at(scan.energy_kev), oversampling=3)
    inside = np.hypot(grid.positions_mm()[..., 0], grid.positions_mm()[..., 1]) < 170
    title = "WFBP, 16 x 256 x 256 from a helix of 3 x 360 views x 32 x 368, pitch 1"
    compare(
        title,
        ("isocenter wfbp", lambda: wfbp(scan, grid, data)),
        [],
        rms(truth, inside),
        n_runs,
        # At pitch 1 a voxel is seen by about as many views as one turn has.
        n_views * 16 * 256**2,
    )


BENCHES: Mapping[str, Callable[[int], None]] = {
    "fbp": bench_fbp,
    "iterative": bench_iterative,
    "fdk": bench_fdk,
    "helix": bench_helix,
}


def main() -> None:
    """Run what was asked for, everything by default."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("benches", nargs="*", choices=[*BENCHES, []], help="which ones")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    print(f"{platform.machine()}, {numba.get_num_threads()} threads, Shepp-Logan (closed form), 1 HU = 0.001 of water")
    for name in options.benches or BENCHES:
        BENCHES[name](options.runs)


if __name__ == "__main__":
    main()
