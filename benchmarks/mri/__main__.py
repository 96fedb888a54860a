"""MRI reconstruction beside SigPy, BART, MRpro and raw FINUFFT: time and error on the same data, in one run.

    make bench-mri
    python -m benchmarks.mri nufft sense espirit wavelet

Data are a head's k-space in closed form, 12 coils, 256 x 256, with noise. Times are medians of several runs after a
first one; BART's include what a command costs, as its users pay it. Errors are relative, after the best scale, against
the image of a full scan without noise; of the NUFFT, against FINUFFT in double precision at 1e-9.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

import finufft
import numpy as np
from benchmarks.mri import scenes
from benchmarks.mri.peers import timed

from isocenter.functionals.gaussian import GaussianLikelihood
from isocenter.functionals.sparsity import WaveletL1
from isocenter.kernels.nufft import Nufft
from isocenter.kernels.processors import available_threads
from isocenter.modalities.mri.espirit import espirit
from isocenter.modalities.mri.trajectories import density_weights
from isocenter.operators.linear import LinearOperator
from isocenter.operators.non_cartesian import NonCartesianFourierOperator
from isocenter.operators.sampled_fourier import SampledFourierOperator
from isocenter.operators.sensitivity import SensitivityOperator
from isocenter.operators.wavelet import WaveletOperator
from isocenter.solvers.cg import cg
from isocenter.solvers.fista import fista

HERE = Path(__file__).resolve().parents[2]
PEERS = HERE / ".venv" / "mri-peers" / "bin" / "python"
KINDS = ("nufft", "sense", "espirit", "wavelet")
LAMBDA = 0.002


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
    for kind in kinds:
        ours: list[tuple[str, Callable[[], np.ndarray]]] = list(_OURS[kind](scene))
        rows = [(name, *timed(run, options.runs)) for name, run in ours]
        rows += [(entry["name"], entry["image"], entry["seconds"]) for entry in theirs if entry["kind"] == kind]
        rows += _bart(kind, scene, options.runs)
        print(f"\n{_TITLES[kind]}")
        for name, image, seconds in rows:
            error = _ERRORS[kind](scene, np.squeeze(image))
            print(f"  {name:<48}{1000 * seconds:>9.1f} ms{error:>12.2e}{seconds / rows[0][2]:>8.2f} x", flush=True)
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\nPeak memory of this process: {peak_mib:.0f} MiB")


def _scene() -> dict[str, np.ndarray]:
    trajectory, spokes = scenes.spokes()
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


def _nufft(scene: dict[str, np.ndarray]):
    x = np.ascontiguousarray(scene["image"][None] * scene["maps"])
    phases = scene["trajectory"].reshape(-1, 2) * (2 * np.pi / scenes.N)
    for tolerance in (1e-3, 1e-5):
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


def _sense(scene: dict[str, np.ndarray]):
    def run() -> np.ndarray:
        A = NonCartesianFourierOperator(
            scene["trajectory"], scene["maps"].shape, weights=scene["weights"].astype(float), tolerance=1e-4
        )
        model = A @ SensitivityOperator(scene["maps"])
        return cg(model.N, model.adjoint(A.weighted(scene["spokes"])), n_iterations=10, tolerance=0.0).x

    yield "isocenter CG-SENSE Toeplitz, 10 iterations, all in", run
    A = NonCartesianFourierOperator(
        scene["trajectory"], scene["maps"].shape, weights=scene["weights"].astype(float), tolerance=1e-4
    )
    model = A @ SensitivityOperator(scene["maps"])
    yield (
        "isocenter CG-SENSE Toeplitz, operator made before",
        lambda: cg(model.N, model.adjoint(A.weighted(scene["spokes"])), n_iterations=10, tolerance=0.0).x,
    )


def _espirit(scene: dict[str, np.ndarray]):
    middle = slice(scenes.N // 2 - 12, scenes.N // 2 + 12)
    block = scene["kspace"][:, None, middle, middle]
    yield "isocenter espirit, 24 x 24", lambda: espirit(block, (1, scenes.N, scenes.N)).maps[0, :, 0]


def _lines_model(scene: dict[str, np.ndarray]) -> tuple[LinearOperator, np.ndarray]:
    shape = scene["maps"].shape
    mask = scene["lines"][:, None]
    model = SampledFourierOperator(mask, shape, (-2, -1)) @ SensitivityOperator(scene["maps"])
    return model, scene["kspace"] * mask


def _wavelet(scene: dict[str, np.ndarray]):
    A, data = _lines_model(scene)
    W = WaveletOperator((scenes.N, scenes.N), wavelet="db4", n_levels=4)

    def run() -> np.ndarray:
        start = np.zeros((scenes.N, scenes.N), dtype=np.complex64)
        return fista(GaussianLikelihood(A, data), WaveletL1(LAMBDA, W), start, step=1.0, n_iterations=50).x

    yield "isocenter L1-wavelet FISTA, 50 iterations", run


def _bart(kind: str, scene: dict[str, np.ndarray], n_runs: int) -> list[tuple[str, np.ndarray, float]]:
    """Return BART's rows; arrays go through its files, in its order of axes."""
    if shutil.which("bart") is None:
        return []
    with tempfile.TemporaryDirectory() as folder:
        paths = {name: str(Path(folder) / name) for name in ("traj", "data", "maps", "image", "out", "back", "weights")}
        points = np.zeros((3, *scene["trajectory"].shape[1::-1]), dtype=np.complex64)
        points[0], points[1] = (scene["trajectory"][..., axis].T for axis in (1, 0))
        _write_cfl(paths["traj"], points)
        _write_cfl(paths["maps"], scene["maps"].transpose(2, 1, 0)[:, :, None])
        if kind in ("nufft", "sense"):
            _write_cfl(paths["data"], scene["spokes"].transpose(2, 1, 0)[None])
            _write_cfl(paths["image"], (scene["image"][None] * scene["maps"]).transpose(2, 1, 0)[:, :, None])
            _write_cfl(paths["weights"], np.sqrt(scene["weights"]).T[None].astype(np.complex64))
        else:
            lines = np.ones_like(scene["lines"]) if kind == "espirit" else scene["lines"]
            data = scene["kspace"] * lines[:, None]
            _write_cfl(paths["data"], data.transpose(2, 1, 0)[:, :, None].astype(np.complex64))
        model = [paths["data"], paths["maps"], paths["back"]]
        commands = {
            "nufft": [
                ["nufft", paths["traj"], paths["image"], paths["out"]],
                ["nufft", "-a", "-d", f"{scenes.N}:{scenes.N}:1", paths["traj"], paths["out"], paths["back"]],
            ],
            "sense": [["pics", "-i10", "-l2", "-r0", "-S", "-p", paths["weights"], "-t", paths["traj"], *model]],
            "espirit": [["ecalib", "-m1", "-r24", "-k6", paths["data"], paths["back"]]],
            "wavelet": [["pics", "-i50", "-e", f"-RW:3:0:{LAMBDA}", "-S", "-w1", *model]],
        }[kind]

        def run() -> np.ndarray:
            for command in commands:
                subprocess.run(["bart", *command], check=True, capture_output=True)
            return _read_cfl(paths["back"])

        version = subprocess.run(["bart", "version"], capture_output=True, text=True, check=False).stdout.strip()
        start = perf_counter()
        try:
            image, seconds = timed(run, max(1, n_runs // 2))
        except subprocess.CalledProcessError as error:
            print(f"BART: {error.stderr.decode(errors='replace').strip()[-200:]}", file=sys.stderr)
            return []
        assert perf_counter() > start
        image = np.squeeze(image).T
        return [(f"BART {version} {commands[-1][0]}", image, seconds)]


def _write_cfl(path: str, array: np.ndarray) -> None:
    shape = " ".join(str(n) for n in (*array.shape, *(1,) * (16 - array.ndim)))
    Path(path + ".hdr").write_text(f"# Dimensions\n{shape}\n")
    Path(path + ".cfl").write_bytes(array.astype(np.complex64).tobytes(order="F"))


def _read_cfl(path: str) -> np.ndarray:
    shape = [int(n) for n in Path(path + ".hdr").read_text().splitlines()[1].split()]
    return np.fromfile(path + ".cfl", dtype=np.complex64).reshape(shape, order="F")


def _scaled_error(truth: np.ndarray, found: np.ndarray) -> float:
    scale = np.vdot(found, truth) / np.vdot(found, found)
    return float(np.linalg.norm(scale * found - truth) / np.linalg.norm(truth))


def _nufft_error(scene: dict[str, np.ndarray], found: np.ndarray) -> float:
    x = (scene["image"][None] * scene["maps"]).astype(complex)
    phases = scene["trajectory"].reshape(-1, 2) * (2 * np.pi / scenes.N)
    exact = Nufft(phases, (scenes.N, scenes.N), n_images=scenes.N_COILS, is_double=True, tolerance=1e-9)
    return _scaled_error(exact.adjoint(exact.forward(x)), found)


def _maps_error(scene: dict[str, np.ndarray], found: np.ndarray) -> float:
    """Return the part of the true sensitivities that the maps do not span, where the head is."""
    norm = np.linalg.norm(found, axis=0)
    unit = found / np.where(norm > 0, norm, 1)
    body = np.abs(scene["image"]) > 0.1 * np.abs(scene["image"]).max()
    rest = scene["maps"] - unit * np.sum(unit.conj() * scene["maps"], axis=0)
    return float(np.linalg.norm(rest[:, body]) / np.linalg.norm(scene["maps"][:, body]))


def _image_error(scene: dict[str, np.ndarray], found: np.ndarray) -> float:
    return _scaled_error(scene["image"], found)


_OURS = {"nufft": _nufft, "sense": _sense, "espirit": _espirit, "wavelet": _wavelet}
_ERRORS = {"nufft": _nufft_error, "sense": _image_error, "espirit": _maps_error, "wavelet": _image_error}
_TITLES = {
    "nufft": "NUFFT, forward and adjoint",
    "sense": "CG-SENSE, radial, density weights",
    "espirit": "ESPIRiT, one set of maps",
    "wavelet": f"L1-wavelet compressed sensing, fourfold, lambda {LAMBDA}",
}

if __name__ == "__main__":
    main()
