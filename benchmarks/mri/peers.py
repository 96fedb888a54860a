"""Other programs on the same scans, run by a Python of their own: SigPy and MRpro; prints times, writes images.

python peers.py SCENE.npz RESULTS.npz N_RUNS KIND...
"""

from __future__ import annotations

import json
import sys
from statistics import median
from time import perf_counter

import numpy as np


def timed(function, n_runs):
    """Return the result and the median time of several runs after a first one."""
    result, seconds = function(), []
    for _ in range(n_runs):
        start = perf_counter()
        result = function()
        seconds.append(perf_counter() - start)
    return result, median(seconds)


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


def mrpro_cases(scene):
    """Yield names and functions of MRpro on torch's CPU."""
    import mrpro
    import torch
    from mrpro.algorithms.optimizers import cg
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
    weights = torch.from_numpy(np.asarray(scene["weights"], dtype=np.float32))[None, None, None]
    sensitivities = maps[None, :, None]
    gram = nufft.gram if np.allclose(scene["weights"], 1) else None

    def sense():
        with torch.no_grad():
            (right,) = nufft.adjoint(torch.from_numpy(scene["spokes"])[None, :, None] * weights)
            right = (sensitivities.conj() * right).sum(dim=1, keepdim=True)
            from mrpro.operators.NonUniformFastFourierOp import NonUniformFastFourierOpGramOp

            toeplitz = gram or NonUniformFastFourierOpGramOp(nufft, weight=weights)

            def normal(image):
                (folded,) = toeplitz(sensitivities * image)
                return ((sensitivities.conj() * folded).sum(dim=1, keepdim=True),)

            (found,) = cg(normal, right, max_iterations=10, tolerance=0.0)
        return found[0, 0, 0].numpy()

    yield "sense", f"{name} CG-SENSE Toeplitz, 10 iterations", sense


def main():
    """Run what is there; a peer that fails says so."""
    scene, n_runs = np.load(sys.argv[1]), int(sys.argv[3])
    report, images = [], {}
    for cases in (sigpy_cases, mrpro_cases):
        try:
            for kind, name, run in cases(scene):
                if kind not in sys.argv[4:]:
                    continue
                image, seconds = timed(run, n_runs)
                images[str(len(report))] = image
                report.append({"kind": kind, "name": name, "seconds": seconds})
        except Exception as error:
            print(f"{cases.__name__}: {type(error).__name__}: {error}", file=sys.stderr)
    np.savez(sys.argv[2], **images)
    print(json.dumps(report))


if __name__ == "__main__":
    main()
