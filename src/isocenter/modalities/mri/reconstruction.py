"""From k-space to an image: the methods and their parameters."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from isocenter.core.arrays import ComplexArray, FloatArray
from isocenter.core.errors import OptionError
from isocenter.core.grid import Grid
from isocenter.core.image import Image
from isocenter.core.methods import Method, Parameter, choose
from isocenter.core.progress import OnProgress, report
from isocenter.core.provenance import ParameterValue, Provenance
from isocenter.functionals.gaussian import GaussianLikelihood
from isocenter.functionals.sparsity import WaveletL1
from isocenter.kernels import fourier
from isocenter.modalities.mri.acquisition import Acquisition
from isocenter.modalities.mri.coil_maps import estimate_coil_maps
from isocenter.modalities.mri.geometry import default_grid, encoded_grid, forward_operator, require_grid
from isocenter.modalities.mri.measurement import Measurement
from isocenter.modalities.mri.prewhitening import prewhiten
from isocenter.modalities.mri.recon_space import to_recon_space
from isocenter.operators.wavelet import WaveletOperator
from isocenter.solvers.cgls import cgls
from isocenter.solvers.fista import fista
from isocenter.solvers.solution import Iteration

TITLE = "MRI"


def _rss(data: ComplexArray, acquisition: Acquisition, on_progress: OnProgress | None) -> FloatArray:
    if acquisition.has_gaps:
        raise OptionError(
            "Lines are missing in the middle of k-space: the root of squares would fold the image.",
            field="method",
            found=f"rss with 1 of {acquisition.acceleration:.2g} lines",
            expected="sense-cg or cs-wavelet",
        )
    report(on_progress, 0, 1, "Fourier transform")
    images = to_recon_space(fourier.ifft(data, acquisition.fourier_axes), acquisition)
    magnitude: FloatArray = np.sqrt(np.sum(np.abs(images) ** 2, axis=0))
    return magnitude


def _sense_cg(
    data: ComplexArray,
    acquisition: Acquisition,
    on_progress: OnProgress | None,
    *,
    n_iterations: int,
    damping: float,
) -> FloatArray:
    maps = _maps(data, acquisition, on_progress)
    A = forward_operator(acquisition, encoded_grid(acquisition), maps)

    def watch(iteration: Iteration) -> None:
        report(on_progress, iteration.index, n_iterations, f"residual {iteration.objective:.3g}")

    x = cgls(A, data, damping=damping, n_iterations=n_iterations, tolerance=1e-5, on_iteration=watch).x
    return np.abs(to_recon_space(x, acquisition))


def _cs_wavelet(
    data: ComplexArray,
    acquisition: Acquisition,
    on_progress: OnProgress | None,
    *,
    n_iterations: int,
    strength: float,
) -> FloatArray:
    maps = _maps(data, acquisition, on_progress)
    A = forward_operator(acquisition, encoded_grid(acquisition), maps)
    n_levels = min(4, *(_halvings(n) for n in acquisition.encoded_shape[-2:]))
    W = WaveletOperator(acquisition.encoded_shape, wavelet="db2", n_levels=n_levels, n_axes=2)
    start = A.adjoint(data)
    prior = WaveletL1(strength * float(np.abs(start).max()), W)

    def watch(iteration: Iteration) -> None:
        report(on_progress, iteration.index, n_iterations, f"objective {iteration.objective:.4g}")

    # The model's norm is at most one: the transform is unitary, the maps have unit energy.
    fit = GaussianLikelihood(A, data)
    x = fista(fit, prior, np.zeros_like(start), step=1.0, n_iterations=n_iterations, on_iteration=watch).x
    return np.abs(to_recon_space(x, acquisition))


def _maps(data: ComplexArray, acquisition: Acquisition, on_progress: OnProgress | None) -> ComplexArray:
    report(on_progress, 0, None, "estimating the coils")
    return estimate_coil_maps(data, acquisition)


def _halvings(n: int) -> int:
    return (n & -n).bit_length() - 1


METHODS: Mapping[str, Method] = {
    "rss": Method(
        "rss",
        "Fourier transform and root of the sum of squares over the coils; needs every line.",
        "Roemer et al., Magn. Reson. Med. 16 (1990) 192-225",
        _rss,
    ),
    "sense-cg": Method(
        "sense-cg",
        "Iterative SENSE: coils estimated from the middle of k-space; any undersampling.",
        "Pruessmann et al., Magn. Reson. Med. 46 (2001) 638-651",
        _sense_cg,
        (
            Parameter("n_iterations", 15, "iterations at most", minimum=1, maximum=1000),
            Parameter("damping", 1e-3, "weight of the image's energy against noise", minimum=0.0, maximum=10.0),
        ),
    ),
    "cs-wavelet": Method(
        "cs-wavelet",
        "Compressed sensing: SENSE with sparse wavelets; for irregular undersampling and noise.",
        "Lustig, Donoho and Pauly, Magn. Reson. Med. 58 (2007) 1182-1195",
        _cs_wavelet,
        (
            Parameter("n_iterations", 60, "iterations", minimum=1, maximum=5000),
            Parameter("strength", 0.002, "threshold as part of the largest image value", minimum=0.0, maximum=1.0),
        ),
    ),
}


def default_method(measurement: Measurement) -> str:
    """Return "rss" for a full scan, "sense-cg" for one with gaps."""
    return "sense-cg" if measurement.acquisition.has_gaps else "rss"


def reconstruct(
    measurement: Measurement,
    grid: Grid | None = None,
    *,
    method: str | None = None,
    on_progress: OnProgress | None = None,
    **parameters: ParameterValue,
) -> Image:
    """Return signal magnitude (z, y, x) on the scan's own grid, by one of `METHODS`; None takes what fits the data.

    Raises
    ------
    OptionError
        If there is no such method, a parameter is wrong, or the method cannot use these data.
    GeometryError
        If `grid` is another than the scan's own.
    DataError
        If too few calibration lines were taken to estimate the coils.
    """
    acquisition = measurement.acquisition
    chosen = choose(METHODS, method or default_method(measurement), TITLE)
    settings = chosen.resolve(parameters)
    place = default_grid(acquisition) if grid is None else require_grid(acquisition, grid)
    data = prewhiten(measurement.data, measurement.noise)
    values = chosen.run(data, acquisition, on_progress, **settings)
    return Image(
        values.astype(np.float32),
        place,
        quantity="MR signal magnitude",
        unit="1",
        acquired_at=measurement.acquired_at,
        provenance=Provenance(f"mri.{chosen.name}", settings, measurement.sources),
        patient=measurement.patient,
        study=measurement.study,
    )
