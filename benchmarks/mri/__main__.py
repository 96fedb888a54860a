"""MRI reconstruction beside SigPy, BART, MRpro and raw FINUFFT: time, error and memory on the same data, in one run.

    make bench-mri
    python -m benchmarks.mri nufft sense espirit wavelet stars objective

Data are a head's k-space in closed form, 12 coils, 256 x 256, with noise; and a small stack of stars. Times are medians
of several runs after a first one (of the stack and the objective, peers run once after a first one); BART's include
what a command costs, as its users pay it. Errors are relative, after the best scale, against the image of a full scan
without noise; of the NUFFT, against FINUFFT in double precision at 1e-9; of the objective, how far it lies above the
least one known. Memory is what a process grew by while it ran, beside data and result; of BART, the command's whole
peak. The bound is the time of transforms and sums alone, at the rates that the machine shows in the first cache in the
same run. The last column compares a peer with the fastest of our rows whose error is no larger, to one per cent.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import finufft
import numpy as np
from benchmarks.mri import bart, machine, scenes
from benchmarks.mri.peers import measured

from isocenter.functionals.gaussian import GaussianLikelihood
from isocenter.functionals.sparsity import Shifts, WaveletL1
from isocenter.kernels.nufft import Nufft
from isocenter.kernels.processors import available_threads
from isocenter.modalities.mri.espirit import espirit
from isocenter.modalities.mri.trajectories import density_weights
from isocenter.operators.non_cartesian import NonCartesianFourierOperator
from isocenter.operators.sampled_fourier import SampledFourierOperator
from isocenter.operators.sensitivity import SensitivityOperator
from isocenter.operators.wavelet import WaveletOperator
from isocenter.solvers.cg import cg
from isocenter.solvers.fista import fista

HERE = Path(__file__).resolve().parents[2]
PEERS = HERE / ".venv" / "mri-peers" / "bin" / "python"
KINDS = ("nufft", "sense", "espirit", "wavelet", "stars", "objective")
LAMBDA = scenes.LAMBDA
Case = tuple[str, Callable[[], np.ndarray]]


class Row(NamedTuple):
    """What one program took for one case, and how well it did."""

    name: str
    seconds: float
    error: float
    mib: float
    is_ours: bool


def main() -> None:
    """Print one table for every kind of reconstruction."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of {', '.join(KINDS)}; all if none is named")
    parser.add_argument("--runs", type=int, default=5, help="runs after a first one (5)")
    parser.add_argument("--peers", type=Path, default=PEERS, help="Python that has SigPy and MRpro")
    options = parser.parse_args()
    kinds = options.kinds or KINDS
    print(f"{platform.machine()}, {available_threads()} processors, {scenes.N_COILS} coils, {scenes.N} x {scenes.N},")
    print(f"{scenes.N_SPOKES} spokes of {scenes.N_SAMPLES} samples; Python {platform.python_version()}")
    scene = _scene()
    theirs = _theirs(scene, options.peers, options.runs, kinds)
    rates = machine.measured()
    print(f"This machine: {rates}")
    for kind in kinds:
        rows = [_row(kind, scene, name, *measured(run, options.runs), True) for name, run in _OURS[kind](scene)]
        rows += [
            _row(kind, scene, entry["name"], entry["image"], entry["seconds"], entry["mib"], False)
            for entry in theirs
            if entry["kind"] == kind
        ]
        rows += [_row(kind, scene, *found, False) for found in bart.rows(kind, scene, max(1, options.runs // 2))]
        _print(kind, rows, machine.bound_s(kind, rates))


def _row(
    kind: str, scene: dict[str, np.ndarray], name: str, image: np.ndarray, seconds: float, mib: float, is_ours: bool
) -> Row:
    is_raw = name.startswith("FINUFFT")
    return Row(name, seconds, _ERRORS[kind](scene, np.squeeze(image), name), mib, is_ours and not is_raw)


def _print(kind: str, rows: Sequence[Row], bound_s: float) -> None:
    print(f"\n{_TITLES[kind]}; bound {1000 * bound_s:.1f} ms")
    ours = [row for row in rows if row.is_ours]
    for row in rows:
        label = f"({'abcdef'[ours.index(row)]})" if row.is_ours else ""
        line = f"{label:>5} {row.name:<52}{1000 * row.seconds:>9.1f} ms{row.error:>11.2e}{row.mib:>7.0f} MiB"
        as_good = [one for one in ours if one.error <= 1.01 * row.error]
        if row.is_ours:
            line += f"{100 * bound_s / row.seconds:>6.0f} % of the bound"
        elif as_good:
            fastest = min(as_good, key=lambda one: one.seconds)
            line += f"{row.seconds / fastest.seconds:>7.2f} x of ({'abcdef'[ours.index(fastest)]})"
        print(line.rstrip(), flush=True)


def _scene() -> dict[str, np.ndarray]:
    trajectory, spokes = scenes.spokes()
    stars = scenes.stack_of_stars()
    shape = (scenes.STARS_N, scenes.STARS_N)
    return {
        "trajectory": trajectory,
        "spokes": spokes,
        "weights": density_weights(trajectory, (scenes.N, scenes.N)).astype(np.float32),
        "maps": scenes.maps(),
        "kspace": scenes.cartesian(),
        "lines": scenes.lines(),
        "image": scenes.truth().astype(np.complex64),
        "lamda": np.array(LAMBDA),
        "n_threads": np.array(available_threads()),
        "stars_weights": density_weights(stars["trajectory"], shape).astype(np.float32),
        **{f"stars_{name}": array for name, array in stars.items()},
    }


def _theirs(scene: dict[str, np.ndarray], python: Path, n_runs: int, kinds: Sequence[str]) -> list[dict]:
    if not python.exists():
        print("SigPy and MRpro are not installed: make bench-mri does")
        return []
    with tempfile.TemporaryDirectory() as folder:
        there, back = Path(folder) / "scene.npz", Path(folder) / "results.npz"
        np.savez(there, **scene)
        command = [str(python), str(Path(__file__).with_name("peers.py")), str(there), str(back), str(n_runs), *kinds]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.stderr.strip():
            print(done.stderr.strip().splitlines()[-1], file=sys.stderr)
        report = json.loads(done.stdout.strip().splitlines()[-1]) if done.returncode == 0 else []
        images = np.load(back) if report else {}
        return [entry | {"image": images[str(index)]} for index, entry in enumerate(report)]


def _nufft(scene: dict[str, np.ndarray]) -> Iterator[Case]:
    x = np.ascontiguousarray(scene["image"][None] * scene["maps"])
    phases = scene["trajectory"].reshape(-1, 2) * (2 * np.pi / scenes.N)
    for tolerance in (1e-3, 1e-4, 1e-6):
        transform = Nufft(phases, (scenes.N, scenes.N), n_images=scenes.N_COILS, tolerance=tolerance)
        yield f"isocenter Nufft pair, {tolerance:g}", lambda t=transform: t.adjoint(t.forward(x)) / scenes.N**2
        points = [np.ascontiguousarray(axis, dtype=np.float32) for axis in phases.T]
        plans = [
            finufft.Plan(kind, (scenes.N, scenes.N), scenes.N_COILS, tolerance, sign, "complex64")
            for kind, sign in ((2, -1), (1, 1))
        ]
        for plan in plans:
            plan.setpts(*points)
        yield (
            f"FINUFFT {finufft.__version__} plans as they are, {tolerance:g}",
            lambda p=plans: p[1].execute(p[0].execute(x)) / scenes.N**2,
        )


def _sense(scene: dict[str, np.ndarray]) -> Iterator[Case]:
    def run() -> np.ndarray:
        A = NonCartesianFourierOperator(
            scene["trajectory"], scene["maps"].shape, weights=scene["weights"].astype(float), tolerance=1e-4
        )
        model = A @ SensitivityOperator(scene["maps"])
        return cg(model.N, model.adjoint(A.weighted(scene["spokes"])), n_iterations=10, tolerance=0.0).x

    yield "isocenter CG-SENSE Toeplitz, 10 iterations, all in", run


def _stars(scene: dict[str, np.ndarray]) -> Iterator[Case]:
    def run() -> np.ndarray:
        maps, weights = scene["stars_maps"], scene["stars_weights"].astype(float)
        A = NonCartesianFourierOperator(
            scene["stars_trajectory"], maps.shape, weights=weights, tolerance=1e-4, cartesian_axes=(-3,)
        )
        model = A @ SensitivityOperator(maps)
        return cg(model.N, model.adjoint(A.weighted(scene["stars_data"])), n_iterations=10, tolerance=0.0).x

    yield "isocenter CG-SENSE Toeplitz, 10 iterations, all in", run


def _espirit(scene: dict[str, np.ndarray]) -> Iterator[Case]:
    middle = slice(scenes.N // 2 - 12, scenes.N // 2 + 12)
    block = scene["kspace"][:, None, middle, middle]
    yield "isocenter espirit, 24 x 24", lambda: espirit(block, (1, scenes.N, scenes.N)).maps[0, :, 0]


def _fit(scene: dict[str, np.ndarray]) -> GaussianLikelihood:
    mask = scene["lines"][:, None]
    model = SampledFourierOperator(mask, scene["maps"].shape, (-2, -1)) @ SensitivityOperator(scene["maps"])
    return GaussianLikelihood(model, scene["kspace"] * mask)


def _minimised(scene: dict[str, np.ndarray], n: int, wavelet: str, n_levels: int, *, is_shifted: bool) -> np.ndarray:
    W = WaveletOperator((scenes.N, scenes.N), wavelet=wavelet, n_levels=n_levels)
    shifts = Shifts(np.random.default_rng(0), 2**n_levels, (0, 1)) if is_shifted else None
    prior = WaveletL1(LAMBDA, W, shifts=shifts)
    start = np.zeros((scenes.N, scenes.N), dtype=np.complex64)
    return fista(_fit(scene), prior, start, step=1.0, n_iterations=n, restart=not is_shifted).x


def _wavelet(scene: dict[str, np.ndarray]) -> Iterator[Case]:
    yield (
        "isocenter L1-wavelet (db4), 50 iterations, all in",
        lambda: _minimised(scene, 50, "db4", 4, is_shifted=False),
    )
    yield (
        "isocenter the same (db2), random shifts, all in",
        lambda: _minimised(scene, 50, "db2", 4, is_shifted=True),
    )


def _objective(scene: dict[str, np.ndarray]) -> Iterator[Case]:
    for n in (50, 200):
        yield (
            f"isocenter L1-wavelet (Haar), {n} iterations, all in",
            lambda n=n: _minimised(scene, n, "haar", 4, is_shifted=False),
        )


def _scaled_error(truth: np.ndarray, found: np.ndarray) -> float:
    scale = np.vdot(found, truth) / np.vdot(found, found)
    return float(np.linalg.norm(scale * found - truth) / np.linalg.norm(truth))


def _nufft_error(scene: dict[str, np.ndarray], found: np.ndarray, _name: str) -> float:
    if "exact pair" not in scene:
        x = (scene["image"][None] * scene["maps"]).astype(complex)
        phases = scene["trajectory"].reshape(-1, 2) * (2 * np.pi / scenes.N)
        exact = Nufft(phases, (scenes.N, scenes.N), n_images=scenes.N_COILS, is_double=True, tolerance=1e-9)
        scene["exact pair"] = exact.adjoint(exact.forward(x))
    return _scaled_error(scene["exact pair"], found)


def _maps_error(scene: dict[str, np.ndarray], found: np.ndarray, _name: str) -> float:
    """Return the part of the true sensitivities that the maps do not span, where the head is."""
    norm = np.linalg.norm(found, axis=0)
    unit = found / np.where(norm > 0, norm, 1)
    body = np.abs(scene["image"]) > 0.1 * np.abs(scene["image"]).max()
    rest = scene["maps"] - unit * np.sum(unit.conj() * scene["maps"], axis=0)
    return float(np.linalg.norm(rest[:, body]) / np.linalg.norm(scene["maps"][:, body]))


def _image_error(scene: dict[str, np.ndarray], found: np.ndarray, _name: str) -> float:
    return _scaled_error(scene["image"], found)


def _stars_error(scene: dict[str, np.ndarray], found: np.ndarray, _name: str) -> float:
    return _scaled_error(scene["stars_image"], found)


def _objective_error(scene: dict[str, np.ndarray], found: np.ndarray, name: str) -> float:
    """Return by how much of it the objective lies above that of 2000 of our iterations, all in double precision."""
    maps, mask = scene["maps"].astype(complex), scene["lines"][:, None]
    model = SampledFourierOperator(mask, maps.shape, (-2, -1)) @ SensitivityOperator(maps)
    fit = GaussianLikelihood(model, (scene["kspace"] * mask).astype(complex))
    prior = WaveletL1(LAMBDA, WaveletOperator((scenes.N, scenes.N), wavelet="haar", n_levels=4))
    if "least objective" not in scene:
        start = np.zeros((scenes.N, scenes.N), dtype=complex)
        scene["least objective"] = np.array(fista(fit, prior, start, step=1.0, n_iterations=2000).objectives[-1])
    image = np.ascontiguousarray(found, dtype=complex)
    # BART's last step is the gradient's: its answer lies one threshold before the minimum.
    image = prior.prox(image, 1.0) if name.startswith("BART") else image
    return float((fit.value(image) + prior.value(image)) / scene["least objective"] - 1)


_OURS = {
    "nufft": _nufft,
    "sense": _sense,
    "espirit": _espirit,
    "wavelet": _wavelet,
    "stars": _stars,
    "objective": _objective,
}
_ERRORS = {
    "nufft": _nufft_error,
    "sense": _image_error,
    "espirit": _maps_error,
    "wavelet": _image_error,
    "stars": _stars_error,
    "objective": _objective_error,
}
_TITLES = {
    "nufft": "NUFFT, forward and adjoint (bound of 1e-3)",
    "sense": "CG-SENSE, radial, density weights",
    "espirit": "ESPIRiT, one set of maps",
    "wavelet": f"L1-wavelet compressed sensing, fourfold, lambda {LAMBDA}",
    "stars": (
        f"CG-SENSE, stack of stars, {scenes.STARS_PARTITIONS} partitions of {scenes.STARS_SPOKES} spokes, "
        f"{scenes.STARS_COILS} coils, {scenes.STARS_N} x {scenes.STARS_N}"
    ),
    "objective": "L1-wavelet objective (Haar, four levels): part above the best known (bound of 50 iterations)",
}

if __name__ == "__main__":
    main()
