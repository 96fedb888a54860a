"""Kernels give the same numbers on CPU threads and through the CUDA driver."""

import os
import subprocess
import sys

import numpy as np
import pytest

from isocenter.kernels import compile as kernels

# Runs in a process of its own: the simulator must be chosen before numba.cuda is imported.
_SIMULATED = """
import sys
import numpy as np
from isocenter.core.grid import Grid
from isocenter.kernels.compile import launch
from isocenter.kernels.rays import backproject, joseph
from isocenter.modalities.ct.acquisition import Acquisition
from isocenter.modalities.ct.geometry import forward_operator

rng = np.random.default_rng(2)
angles = np.arange(4) * 1.7 + 0.1
grid = Grid((9, 11), (1.3, 1.0), center_mm=(0.5, -0.7, 0.0))
fan = dict(geometry="fan", source_isocenter_mm=60.0, source_detector_mm=110.0)
for extra in ({}, fan):
    scan = Acquisition(angles, 14, 1.6, **extra)
    A = forward_operator(scan, grid)
    image = rng.standard_normal((1, 9, 11)).astype(np.float32)
    data = rng.standard_normal((1, 4, 14)).astype(np.float32)
    rays, out, back = A._rays, np.zeros((1, 4, 14), np.float32), np.zeros((1, 9, 11), np.float32)
    padded = np.pad(image, ((0, 0), (joseph.PAD, joseph.PAD), (joseph.PAD, joseph.PAD))).reshape(1, -1)
    launch(joseph._forward_element, out.size, out, padded, rays, 11, 9, 1.0, 1.3)
    launch(joseph._adjoint_element, back.size, back, data, rays, 1.0, 1.3)
    np.testing.assert_allclose(out[0], A(image[0]), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(back[0], A.adjoint(data[0]), rtol=1e-5, atol=1e-5)

from isocenter.kernels.rays import joseph_volume
from isocenter.operators.detector_views import DetectorViews
from isocenter.operators.projection import ViewProjector

d = np.stack([-np.sin(angles), np.cos(angles), 0 * angles], 1)
u = np.stack([np.cos(angles), np.sin(angles), 0 * angles], 1)
v = np.tile([0.0, 0.0, 2.0], (4, 1))
for curved, lean in ((False, 0.0), (True, 0.0), (False, 0.5)):
    views = DetectorViews(-60.0 * d, 50.0 * d, 3.0 * u, v + lean * d * (not curved), 3, 6, is_curved=curved)
    A = ViewProjector(Grid((4, 6, 5), (1.5, 1.3, 1.0)), views)
    image = rng.standard_normal(A.in_shape).astype(np.float32)
    data = rng.standard_normal(A.out_shape).astype(np.float32)
    r, out, back = A._rays, np.zeros((4, 6, 3), np.float32), np.zeros((6, 5, 4), np.float32)
    steps = tuple(float(s) for s in r.spacing_mm)
    padded = np.ascontiguousarray(np.pad(image.transpose(1, 2, 0), joseph_volume.PAD))
    flags = (r.is_parallel, r.is_axial)
    launch(joseph_volume._forward_element, out.size, out, padded, r.origins, r.bins, r.rows, *flags, *steps)
    by_bin = np.ascontiguousarray(data.transpose(0, 2, 1))
    where = (r.origins, r.bins, r.rows, r.maps, r.arcs, r.is_curved, *flags)
    launch(joseph_volume._adjoint_element, back.size, back, by_bin, *where, *steps)
    np.testing.assert_allclose(out.transpose(0, 2, 1), A(image), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(back.transpose(2, 0, 1), A.adjoint(data), rtol=1e-4, atol=1e-4)

table = np.array([[5.0, 0.3, 0.4, 1.0, 0.01, -0.02], [6.0, -0.3, 0.2, 1.1, -0.02, 0.01], [4.0, 0.1, 0.6, 1, 0, 0]])
filtered = np.pad(rng.standard_normal((1, 3, 14)).astype(np.float32), ((0, 0), (0, 0), (2, 2)))
columns = np.array([[1, 10]] * 9)
for is_fan in (False, True):
    out = np.zeros((1, 9, 11), np.float32)
    launch(backproject._pixel_element, out.size, out, filtered, table, columns, is_fan)
    expected = backproject.backproject(filtered, table, columns, (9, 11), is_fan=is_fan)
    np.testing.assert_allclose(out, expected, rtol=1e-5, atol=1e-5)

from isocenter.kernels.rays import backproject_helix as helix

rows = rng.standard_normal((1, 8, 12, 6)).astype(np.float32)
rows = np.pad(rows, ((0, 0), (0, 0), (0, 0), (1, helix.framed(6) - 7)), mode="edge")
source_z = np.tile(np.arange(8)[None, :, None] * 2.0 - 6.0, (1, 1, 12))
paths = np.tile([100.0, 70.0, 2.6, 1.0], (1, 12, 1))
table = np.array([[-3, 0.7, 0.2, 1, 2, -1], [2, -0.4, 0.6, 0, 1, 1.0]])
columns, out = np.array([[0, 5]] * 4), np.zeros((4, 5, 9), np.float32)
sizes = dict(n_half=2, spacing_z=1.1, n_rows=6, full=0.6)
launch(helix._voxel_element, out.size, out, rows, source_z, paths, table, columns, *sizes.values())
expected = helix.backproject_helix(rows, source_z, paths, table, columns, (9, 4, 5), **sizes)
assert np.count_nonzero(expected) > 20
np.testing.assert_allclose(out.transpose(2, 0, 1), expected, rtol=1e-4, atol=1e-4)
print("equal")
"""


def test_the_cuda_driver_agrees_with_cpu_threads() -> None:
    pytest.importorskip("numba.cuda", reason="numba has no CUDA target here")
    done = subprocess.run(
        [sys.executable, "-c", _SIMULATED],
        env=os.environ | {"NUMBA_ENABLE_CUDASIM": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip().endswith("equal")


def test_a_scalar_runs_like_the_function_it_was_made_of() -> None:
    def square_plus_one(x: float) -> float:
        return x * x + 1.0

    assert kernels.scalar(square_plus_one)(3.0) == 10.0


def test_a_numpy_array_is_not_on_the_gpu() -> None:
    assert not kernels.on_gpu(np.zeros(3))
