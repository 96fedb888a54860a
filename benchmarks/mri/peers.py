"""Other programs on the same scans, run by a Python of their own: SigPy and MRpro; prints times, writes images.

python peers.py SCENE.npz RESULTS.npz N_RUNS KIND...
"""

from __future__ import annotations

import ctypes
import gc
import json
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np


def measured(function, n_runs):
    """Return the result, the median time of several runs after a first one, and the MiB that they took beside it.

    The peak of the process is set back before the runs and compared with what it held then: data, code, and what the
    first run left behind. Memory that only the allocator still held is given back before.
    """
    result, seconds = function(), []
    gc.collect()
    _give_back()
    Path("/proc/self/clear_refs").write_text("5")
    held = _kib("VmRSS")
    for _ in range(n_runs):
        start = perf_counter()
        result = function()
        seconds.append(perf_counter() - start)
    return result, median(seconds), (_kib("VmHWM") - held) / 1024


def _give_back():
    try:
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    except (OSError, AttributeError):
        return  # another C library keeps what it has; the figure is then from below


def _kib(name):
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith(name + ":")).split()[1])


def sigpy_cases(scene):
    """Yield names and functions of SigPy."""
    import sigpy
    import sigpy.mri
    from sigpy.mri.app import EspiritCalib, L1WaveletRecon, SenseRecon

    trajectory, maps, weights = scene["trajectory"], scene["maps"], scene["weights"]
    points = trajectory.astype(np.float32)
    x = scene["image"][None] * maps

    def pair():
        return sigpy.nufft_adjoint(sigpy.nufft(x, points), points, oshape=x.shape)

    yield "nufft", f"SigPy {sigpy.__version__} NUFFT pair", pair

    def sense():
        app = SenseRecon(
            scene["spokes"], maps, coord=points, weights=weights, max_iter=10, lamda=0, show_pbar=False, tol=0
        )
        return app.run()

    yield "sense", f"SigPy {sigpy.__version__} SenseRecon, 10 iterations", sense

    def espirit():
        return EspiritCalib(scene["kspace"], calib_width=24, show_pbar=False).run()

    yield "espirit", f"SigPy {sigpy.__version__} EspiritCalib", espirit

    def wavelet():
        data = scene["kspace"] * scene["lines"][:, None]
        return L1WaveletRecon(data, maps, lamda=float(scene["lamda"]), max_iter=50, show_pbar=False).run()

    yield "wavelet", f"SigPy {sigpy.__version__} L1WaveletRecon, 50 iterations", wavelet
    yield from sigpy_objectives(scene)
    yield from sigpy_stars(scene)


def sigpy_objectives(scene):
    """Yield SigPy's minimisation with Haar wavelets of four levels, which are the same transform everywhere."""
    import sigpy
    import sigpy.mri

    mask = np.broadcast_to(scene["lines"][:, None], scene["kspace"].shape).astype(np.float32)
    A = sigpy.mri.linop.Sense(scene["maps"], weights=mask)
    W = sigpy.linop.Wavelet(A.ishape, wave_name="haar", level=4)
    prior = sigpy.prox.UnitaryTransform(sigpy.prox.L1Reg(W.oshape, float(scene["lamda"])), W)
    data = (scene["kspace"] * mask).astype(np.complex64)
    for n_iterations in (50, 200):

        def run(n_iterations=n_iterations):
            app = sigpy.app.LinearLeastSquares(A, data, proxg=prior, max_iter=n_iterations, show_pbar=False)
            return app.run()

        yield "objective", f"SigPy {sigpy.__version__} LinearLeastSquares, {n_iterations} iterations", run


def sigpy_stars(scene):
    """Yield SigPy on the stack of stars, as a transform in three dimensions and partition by partition."""
    import sigpy
    from sigpy.mri.app import SenseRecon

    data, maps, plane = scene["stars_data"], scene["stars_maps"], scene["stars_trajectory"]
    n_z, weights = data.shape[1], scene["stars_weights"]
    options = {"max_iter": 10, "lamda": 0, "show_pbar": False, "tol": 0}
    points = np.zeros((n_z, *plane.shape[:2], 3), dtype=np.float32)
    points[..., 0] = (np.arange(n_z) - n_z // 2)[:, None, None]
    points[..., 1:] = plane
    everywhere = np.broadcast_to(weights, data.shape[1:])

    def together():
        return SenseRecon(data, maps, coord=points, weights=everywhere, **options).run()

    def apart():
        hybrid = sigpy.ifft(data, axes=(1,))
        there = plane.astype(np.float32)
        return np.stack(
            [SenseRecon(hybrid[:, z], maps[:, z], coord=there, weights=weights, **options).run() for z in range(n_z)]
        )

    yield "stars", f"SigPy {sigpy.__version__} SenseRecon in 3D, 10 iterations", together
    yield "stars", f"SigPy {sigpy.__version__} SenseRecon, partition by partition", apart


def mrpro_cases(scene):
    """Yield names and functions of MRpro on torch's CPU."""
    import mrpro
    import torch
    from mrpro.data import KTrajectory
    from mrpro.operators import NonUniformFastFourierOp

    torch.set_num_threads(int(scene["n_threads"]))
    trajectory, maps = scene["trajectory"], torch.from_numpy(scene["maps"])
    n = maps.shape[-1]
    ky, kx = (torch.from_numpy(np.ascontiguousarray(trajectory[..., a], dtype=np.float32)) for a in (0, 1))
    path = KTrajectory(torch.zeros(1, 1, 1, 1, 1), ky[None, None, None], kx[None, None, None])
    nufft = NonUniformFastFourierOp([-2, -1], [n, n], [n, n], path)
    images = (torch.from_numpy(scene["image"])[None] * maps)[None, :, None]

    def pair():
        with torch.no_grad():
            (samples,) = nufft(images)
            (back,) = nufft.adjoint(samples)
        return back[0, :, 0].numpy()

    name = f"MRpro {mrpro.__version__}"
    yield "nufft", f"{name} NUFFT pair", pair
    yield (
        "sense",
        f"{name} CG-SENSE Toeplitz, 10 iterations",
        _mrpro_sense(nufft, scene["spokes"][:, None], scene["maps"][:, None], scene["weights"]),
    )
    plane, n = scene["stars_trajectory"], scene["stars_maps"].shape[-1]
    ky, kx = (torch.from_numpy(np.ascontiguousarray(plane[..., a], dtype=np.float32)) for a in (0, 1))
    path = KTrajectory(torch.zeros(1, 1, 1, 1, 1), ky[None, None, None], kx[None, None, None])
    stars = NonUniformFastFourierOp([-2, -1], [n, n], [n, n], path)
    yield (
        "stars",
        f"{name} CG-SENSE Toeplitz, partitions first",
        _mrpro_sense(stars, scene["stars_data"], scene["stars_maps"], scene["stars_weights"]),
    )


def _mrpro_sense(nufft, data, maps, weights):
    """Return ten iterations with MRpro's Toeplitz operator; of a stack, after its own transform along partitions."""
    import torch
    from mrpro.algorithms.optimizers import cg
    from mrpro.operators import FastFourierOp
    from mrpro.operators.NonUniformFastFourierOp import NonUniformFastFourierOpGramOp

    weights = torch.from_numpy(np.asarray(weights, dtype=np.float32))[None, None, None]
    sensitivities = torch.from_numpy(np.ascontiguousarray(maps))[None]
    along = FastFourierOp(dim=(-3,))

    def run():
        with torch.no_grad():
            samples = torch.from_numpy(np.ascontiguousarray(data))[None]
            if samples.shape[2] > 1:
                (samples,) = along.adjoint(samples)
            (right,) = nufft.adjoint(samples * weights)
            right = (sensitivities.conj() * right).sum(dim=1, keepdim=True)
            toeplitz = NonUniformFastFourierOpGramOp(nufft, weight=weights)

            def normal(image):
                (folded,) = toeplitz(sensitivities * image)
                return ((sensitivities.conj() * folded).sum(dim=1, keepdim=True),)

            (found,) = cg(normal, right, max_iterations=10, tolerance=0.0)
        return np.squeeze(found.numpy())

    return run


def main():
    """Run what is there; a peer that fails says so."""
    scene, n_runs = np.load(sys.argv[1]), int(sys.argv[3])
    report, images = [], {}
    for cases in (sigpy_cases, mrpro_cases):
        try:
            for kind, name, run in cases(scene):
                if kind not in sys.argv[4:]:
                    continue
                image, seconds, mib = measured(run, 1 if kind in ("stars", "objective") else n_runs)
                images[str(len(report))] = image
                report.append({"kind": kind, "name": name, "seconds": seconds, "mib": mib})
        except Exception as error:
            print(f"{cases.__name__}: {type(error).__name__}: {error}", file=sys.stderr)
    np.savez(sys.argv[2], **images)
    print(json.dumps(report))


if __name__ == "__main__":
    main()
