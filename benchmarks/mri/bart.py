"""BART on the same scans, by its commands: times, answers and peak memory."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
from benchmarks.mri import scenes


def rows(kind: str, scene: dict[str, np.ndarray], n_runs: int) -> list[tuple[str, np.ndarray, float, float]]:
    """Return name, answer, seconds and MiB; arrays go through BART's files, in its order of axes.

    Memory is the command's own peak, its files included.
    """
    if shutil.which("bart") is None:
        print("BART is not installed: apt install bart", file=sys.stderr)
        return []
    version = subprocess.run(["bart", "version"], capture_output=True, text=True, check=False).stdout.strip()
    found = []
    with tempfile.TemporaryDirectory() as folder:
        names = ("traj", "data", "maps", "image", "out", "back", "weights")
        paths = {name: str(Path(folder) / name) for name in names}
        _write_scene(kind, scene, paths)
        for name, commands in _COMMANDS[kind](paths):
            answer, seconds, mib = _measured(commands, paths["back"], 1 if kind in ("stars", "objective") else n_runs)
            found.append((f"BART {version} {name}", np.squeeze(answer).T, seconds, mib))
    return found


def _write_scene(kind: str, scene: dict[str, np.ndarray], paths: dict[str, str]) -> None:
    if kind == "stars":
        n_z = scene["stars_data"].shape[1]
        plane = scene["stars_trajectory"]
        points = np.zeros((3, plane.shape[1], plane.shape[0], n_z), dtype=np.complex64)
        points[0], points[1] = (plane[..., axis].T[..., None] for axis in (1, 0))
        points[2] = np.arange(n_z) - n_z // 2
        weights = np.broadcast_to(np.sqrt(scene["stars_weights"]).T[..., None], points.shape[1:])
        _write_cfl(paths["traj"], points.reshape(3, plane.shape[1], -1, order="F"))
        _write_cfl(paths["weights"], weights.reshape(1, plane.shape[1], -1, order="F"))
        samples = scene["stars_data"].transpose(3, 2, 1, 0)
        _write_cfl(paths["data"], samples.reshape(1, plane.shape[1], -1, samples.shape[3], order="F"))
        _write_cfl(paths["maps"], scene["stars_maps"].transpose(3, 2, 1, 0))
        return
    points = np.zeros((3, *scene["trajectory"].shape[1::-1]), dtype=np.complex64)
    points[0], points[1] = (scene["trajectory"][..., axis].T for axis in (1, 0))
    _write_cfl(paths["traj"], points)
    _write_cfl(paths["maps"], scene["maps"].transpose(2, 1, 0)[:, :, None])
    if kind in ("nufft", "sense"):
        _write_cfl(paths["data"], scene["spokes"].transpose(2, 1, 0)[None])
        _write_cfl(paths["image"], (scene["image"][None] * scene["maps"]).transpose(2, 1, 0)[:, :, None])
        _write_cfl(paths["weights"], np.sqrt(scene["weights"]).T[None])
    else:
        lines = np.ones_like(scene["lines"]) if kind == "espirit" else scene["lines"]
        _write_cfl(paths["data"], (scene["kspace"] * lines[:, None]).transpose(2, 1, 0)[:, :, None])


def _model(paths: dict[str, str]) -> list[str]:
    return [paths["data"], paths["maps"], paths["back"]]


def _nufft(paths: dict[str, str]):
    yield (
        "nufft",
        [
            ["nufft", paths["traj"], paths["image"], paths["out"]],
            ["nufft", "-a", "-d", f"{scenes.N}:{scenes.N}:1", paths["traj"], paths["out"], paths["back"]],
        ],
    )


def _sense(paths: dict[str, str]):
    weights = ["-p", paths["weights"], "-t", paths["traj"]]
    yield "pics -l2, 10 iterations", [["pics", "-i10", "-l2", "-r0", "-S", *weights, *_model(paths)]]


def _espirit(paths: dict[str, str]):
    yield "ecalib", [["ecalib", "-m1", "-r24", "-k6", paths["data"], paths["back"]]]


def _wavelet(paths: dict[str, str]):
    lamda = f"-RW:3:0:{scenes.LAMBDA}"
    yield "pics -RW, random shifts, 50 iterations", [["pics", "-i50", lamda, "-S", "-w1", *_model(paths)]]


def _objective(paths: dict[str, str]):
    haar = ["-n", "-s1", "--wavelet", "haar", f"-RW:3:0:{scenes.LAMBDA}", "-S", "-w1"]
    for n_iterations in (50, 200):
        yield f"pics -RW -n, {n_iterations} iterations", [["pics", f"-i{n_iterations}", *haar, *_model(paths)]]


_COMMANDS = {
    "nufft": _nufft,
    "sense": _sense,
    "espirit": _espirit,
    "wavelet": _wavelet,
    "objective": _objective,
    "stars": _sense,
}


def _measured(commands: list[list[str]], answer: str, n_runs: int) -> tuple[np.ndarray, float, float]:
    peak_kib, seconds = 0, []
    for _ in range(n_runs + 1):
        start = perf_counter()
        for command in commands:
            child = subprocess.Popen(["bart", *command], stdout=subprocess.DEVNULL)
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode:
                raise subprocess.CalledProcessError(child.returncode, child.args)
            peak_kib = max(peak_kib, usage.ru_maxrss)
        seconds.append(perf_counter() - start)
    return _read_cfl(answer), median(seconds[1:]), peak_kib / 1024


def _write_cfl(path: str, array: np.ndarray) -> None:
    shape = " ".join(str(n) for n in (*array.shape, *(1,) * (16 - array.ndim)))
    Path(path + ".hdr").write_text(f"# Dimensions\n{shape}\n")
    Path(path + ".cfl").write_bytes(array.astype(np.complex64).tobytes(order="F"))


def _read_cfl(path: str) -> np.ndarray:
    shape = [int(n) for n in Path(path + ".hdr").read_text().splitlines()[1].split()]
    return np.fromfile(path + ".cfl", dtype=np.complex64).reshape(shape, order="F")
