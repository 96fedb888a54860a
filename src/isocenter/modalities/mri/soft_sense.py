"""SENSE with several sets of coil maps (soft-SENSE), for objects that are larger than their field of view.

Source: Uecker et al., Magn. Reson. Med. 71 (2014) 990-1001.
"""

from __future__ import annotations

import numpy as np

from isocenter.core.arrays import ComplexArray, FloatArray
from isocenter.core.errors import DataError, NotSupportedError
from isocenter.core.methods import Method, Parameter
from isocenter.core.progress import OnProgress, report
from isocenter.modalities.mri.acquisition import Acquisition
from isocenter.modalities.mri.espirit import espirit
from isocenter.modalities.mri.geometry import encoded_grid, forward_operator
from isocenter.modalities.mri.recon_space import to_recon_space
from isocenter.operators.linear import Identity
from isocenter.solvers.cg import cg
from isocenter.solvers.solution import Iteration

_CALIBRATION = 24
_KERNEL = 6


def estimate_map_sets(data: ComplexArray, acquisition: Acquisition, *, n_maps: int = 2) -> ComplexArray:
    """Return `n_maps` sets of sensitivities (set, coil, z, y, x) of Cartesian slices, weighted by their eigenvalues.

    Raises
    ------
    NotSupportedError, DataError
        If the scan is no Cartesian scan of slices, or has too few lines about the centre.
    """
    if acquisition.trajectory is not None or acquisition.is_3d:
        raise NotSupportedError(
            "Several sets of maps are estimated of Cartesian slices.",
            field="acquisition",
            found="another scan",
            expected="Cartesian slices",
        )
    n_lines = min(acquisition.calibration_lines, _CALIBRATION)
    if n_lines < 2 * _KERNEL - 1:
        raise DataError(
            "Too few lines about the centre of k-space for several sets of maps.",
            field="sampled",
            found=n_lines,
            expected=f"at least {2 * _KERNEL - 1}",
        )
    n_z, n_y, n_x = acquisition.encoded_shape
    middle_y = slice(n_y // 2 - n_lines // 2, n_y // 2 - n_lines // 2 + n_lines)
    middle_x = slice(n_x // 2 - _CALIBRATION // 2, n_x // 2 + _CALIBRATION // 2)
    found = [
        espirit(data[:, z : z + 1, middle_y, middle_x], (1, n_y, n_x), n_maps=n_maps, kernel_width=_KERNEL).maps
        for z in range(n_z)
    ]
    maps: ComplexArray = np.concatenate(found, axis=2).astype(data.dtype)
    return maps


def soft_sense(
    data: ComplexArray,
    acquisition: Acquisition,
    on_progress: OnProgress | None = None,
    *,
    n_maps: int = 2,
    n_iterations: int = 30,
    damping: float = 1e-3,
) -> FloatArray:
    """Return the magnitude (z, y, x): the root of the sum of squares over the images of all sets of maps."""
    report(on_progress, 0, None, "estimating the coils")
    maps = estimate_map_sets(data, acquisition, n_maps=n_maps)
    A = forward_operator(acquisition, encoded_grid(acquisition), maps)

    def watch(iteration: Iteration) -> None:
        report(on_progress, iteration.index, n_iterations, f"residual {iteration.objective:.3g}")

    normal = A.N + damping * Identity(A.in_shape)
    images = cg(normal, A.adjoint(data), n_iterations=n_iterations, tolerance=1e-5, on_iteration=watch).x
    magnitude: FloatArray = np.sqrt(np.sum(np.abs(to_recon_space(images, acquisition)) ** 2, axis=0))
    return magnitude


METHOD = Method(
    "soft-sense",
    "SENSE with several sets of coils, for objects larger than the field of view.",
    "Uecker et al., Magn. Reson. Med. 71 (2014) 990-1001",
    soft_sense,
    (
        Parameter("n_maps", 2, "sets of coils", minimum=1, maximum=4),
        Parameter("n_iterations", 30, "iterations at most", minimum=1, maximum=1000),
        Parameter("damping", 1e-3, "weight of the image's energy against noise", minimum=0.0, maximum=10.0),
    ),
)
