"""From k-space to an image: the methods and their parameters."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from isocenter.core.arrays import ComplexArray, FloatArray
from isocenter.core.errors import NotSupportedError, OptionError
from isocenter.core.grid import Grid
from isocenter.core.image import Image
from isocenter.core.methods import Method, Parameter, choose
from isocenter.core.progress import OnProgress, report
from isocenter.core.provenance import ParameterValue, Provenance
from isocenter.functionals.gaussian import GaussianLikelihood
from isocenter.functionals.sparsity import Shifts, WaveletL1
from isocenter.functionals.total_variation import TotalVariation
from isocenter.kernels import fourier
from isocenter.modalities.mri import grappa, partial_fourier, soft_sense
from isocenter.modalities.mri.acquisition import Acquisition
from isocenter.modalities.mri.coil_maps import acquisition_weights, coil_images, estimate_coil_maps
from isocenter.modalities.mri.geometry import default_grid, encoded_grid, forward_operator, require_grid
from isocenter.modalities.mri.measurement import Measurement
from isocenter.modalities.mri.prewhitening import prewhiten
from isocenter.modalities.mri.recon_space import to_recon_space
from isocenter.operators.linear import Identity, LinearOperator
from isocenter.operators.wavelet import WaveletOperator
from isocenter.solvers.cg import cg
from isocenter.solvers.fista import fista
from isocenter.solvers.pdhg import pdhg
from isocenter.solvers.solution import Iteration

TITLE = "MRI"


def _rss(data: ComplexArray, acquisition: Acquisition, on_progress: OnProgress | None) -> FloatArray:
    if acquisition.trajectory is None and acquisition.has_gaps:
        raise OptionError(
            "Lines are missing in the middle of k-space: the root of squares would fold the image.",
            field="method",
            found=f"rss with 1 of {acquisition.acceleration:.2g} lines",
            expected="grappa, sense-cg or cs-wavelet",
        )
    report(on_progress, 0, 1, "Fourier transform")
    images = to_recon_space(coil_images(data, acquisition), acquisition)
    return _root_of_squares(images)


def _grappa(
    data: ComplexArray,
    acquisition: Acquisition,
    on_progress: OnProgress | None,
    *,
    calibration: ComplexArray | None,
    n_lines: int,
    n_samples: int,
) -> FloatArray:
    if acquisition.trajectory is not None or acquisition.is_3d:
        raise NotSupportedError(
            "GRAPPA fills lines of Cartesian slices.",
            field="method",
            found="another scan",
            expected="Cartesian slices",
            remedy="Use sense-cg.",
        )
    report(on_progress, 0, 1, "filling the missing lines")
    filled = grappa.fill(data, acquisition.mask[0], n_lines=n_lines, n_samples=n_samples, calibration=calibration)
    return _root_of_squares(to_recon_space(fourier.ifft(filled, acquisition.fourier_axes), acquisition))


def _partial_fourier(
    data: ComplexArray,
    acquisition: Acquisition,
    on_progress: OnProgress | None,
    *,
    calibration: ComplexArray | None,
    n_iterations: int,
) -> FloatArray:
    report(on_progress, 0, 1, "projecting")
    if acquisition.trajectory is not None or (acquisition.mask_shape[0] > 1 and acquisition.sampled is not None):
        raise NotSupportedError(
            "Partial Fourier is completed along one axis of Cartesian slices.",
            field="method",
            found="another scan",
            expected="Cartesian slices",
            remedy="Use rss, which leaves what was not taken at zero.",
        )
    lines = acquisition.mask[0]
    if acquisition.has_gaps:
        data = grappa.fill(data, lines, calibration=calibration)
        lines = np.any(data != 0, axis=(0, 1, 3))
    axes, samples = acquisition.fourier_axes, acquisition.sample_mask
    if lines.all() and samples.all():
        return _root_of_squares(to_recon_space(fourier.ifft(data, axes), acquisition))
    images: ComplexArray = data
    if not samples.all():
        # First the readout, in which the lines that are not there are left out of account: they are zero.
        images = partial_fourier.pocs(data, samples, -1, axes, n_iterations=n_iterations)
    if not lines.all():
        completed = data if samples.all() else fourier.fft(images, axes) * lines[:, None]
        images = partial_fourier.pocs(completed.astype(data.dtype), lines, -2, axes, n_iterations=n_iterations)
    return _root_of_squares(to_recon_space(images, acquisition))


def _sense_cg(
    data: ComplexArray,
    acquisition: Acquisition,
    on_progress: OnProgress | None,
    *,
    calibration: ComplexArray | None,
    n_iterations: int,
    damping: float,
    maps: str,
) -> FloatArray:
    A, weighted = _model(data, acquisition, on_progress, calibration, maps)

    def watch(iteration: Iteration) -> None:
        report(on_progress, iteration.index, n_iterations, f"residual {iteration.objective:.3g}")

    normal = A.N if damping == 0 else A.N + damping * Identity(A.in_shape)
    x = cg(normal, A.adjoint(weighted), n_iterations=n_iterations, tolerance=1e-5, on_iteration=watch).x
    return np.abs(to_recon_space(x, acquisition))


def _cs_wavelet(
    data: ComplexArray,
    acquisition: Acquisition,
    on_progress: OnProgress | None,
    *,
    calibration: ComplexArray | None,
    n_iterations: int,
    strength: float,
    maps: str,
    shifts: str,
) -> FloatArray:
    A, weighted = _model(data, acquisition, on_progress, calibration, maps)
    n_levels = min(4, *(_halvings(n) for n in acquisition.encoded_shape[-2:]))
    W = WaveletOperator(acquisition.encoded_shape, wavelet="db2", n_levels=n_levels, n_axes=2)
    start = A.adjoint(weighted)
    is_shifted = shifts == "random" and n_levels > 0
    places = Shifts(np.random.default_rng(0), 2**n_levels, (-2, -1)) if is_shifted else None
    prior = WaveletL1(strength * float(np.abs(start).max()), W, shifts=places)

    def watch(iteration: Iteration) -> None:
        report(on_progress, iteration.index, n_iterations, f"objective {iteration.objective:.4g}")

    fit = GaussianLikelihood(A, weighted)
    step = 1 / _norm_bound(A, acquisition) ** 2
    x = fista(
        fit,
        prior,
        np.zeros_like(start),
        step=step,
        n_iterations=n_iterations,
        restart=not is_shifted,
        on_iteration=watch,
    ).x
    return np.abs(to_recon_space(x, acquisition))


def _cs_tv(
    data: ComplexArray,
    acquisition: Acquisition,
    on_progress: OnProgress | None,
    *,
    calibration: ComplexArray | None,
    n_iterations: int,
    strength: float,
    maps: str,
) -> FloatArray:
    A, weighted = _model(data, acquisition, on_progress, calibration, maps)
    start = A.adjoint(weighted)
    size = float(np.abs(start).max())
    # Slices that are not neighbours in Fourier space are no neighbours of a gradient either.
    spacing = (1.0, 1.0, 1.0) if acquisition.is_3d else (1e6, 1.0, 1.0)
    tv = TotalVariation(strength * size, acquisition.encoded_shape, spacing=spacing)

    def watch(iteration: Iteration) -> None:
        report(on_progress, iteration.index, n_iterations, f"objective {iteration.objective:.4g}")

    x = pdhg(
        GaussianLikelihood(A, weighted),
        [(tv.group, tv.gradient_operator)],
        np.zeros_like(start),
        norms=[_norm_bound(A, acquisition), tv.gradient_operator.norm_bound],
        n_iterations=n_iterations,
        on_iteration=watch,
    ).x
    return np.abs(to_recon_space(x, acquisition))


def _model(
    data: ComplexArray,
    acquisition: Acquisition,
    on_progress: OnProgress | None,
    calibration: ComplexArray | None,
    maps: str,
) -> tuple[LinearOperator, ComplexArray]:
    """Return the forward operator with estimated coils, and the data weighted as it needs them."""
    report(on_progress, 0, None, "estimating the coils")
    found = estimate_coil_maps(data, acquisition, method=maps, calibration=calibration)
    grid = encoded_grid(acquisition)
    if acquisition.trajectory is None:
        return forward_operator(acquisition, grid, found), data
    weights = acquisition_weights(acquisition)
    return forward_operator(acquisition, grid, found, weights=weights), data * np.sqrt(weights).astype(data.real.dtype)


def _norm_bound(A: LinearOperator, acquisition: Acquisition) -> float:
    """Return a bound of the model's norm: one for lines, the transform being unitary and the maps of unit energy."""
    if acquisition.trajectory is None:
        return 1.0
    return 1.05 * A.norm(np.random.default_rng(0), n_iterations=15, is_complex=True)


def _root_of_squares(images: ComplexArray) -> FloatArray:
    magnitude: FloatArray = np.sqrt(np.sum(np.abs(images) ** 2, axis=0))
    return magnitude


def _halvings(n: int) -> int:
    return (n & -n).bit_length() - 1


_MAPS = Parameter("maps", "espirit", "how the coils are estimated", choices=("espirit", "walsh"))

METHODS: Mapping[str, Method] = {
    "rss": Method(
        "rss",
        "Fourier transform (of a trajectory: gridding) and root of the sum of squares over the coils.",
        "Roemer et al., Magn. Reson. Med. 16 (1990) 192-225",
        _rss,
    ),
    "sense-cg": Method(
        "sense-cg",
        "Iterative SENSE: coils estimated from the middle of k-space; any undersampling, any trajectory.",
        "Pruessmann et al., Magn. Reson. Med. 46 (2001) 638-651",
        _sense_cg,
        (
            Parameter("n_iterations", 15, "iterations at most", minimum=1, maximum=1000),
            Parameter("damping", 1e-3, "weight of the image's energy against noise", minimum=0.0, maximum=10.0),
            _MAPS,
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
            _MAPS,
            Parameter("shifts", "random", "of the wavelets between iterations", choices=("random", "none")),
        ),
    ),
    "cs-tv": Method(
        "cs-tv",
        "Compressed sensing: SENSE with small total variation; for flat regions with sharp edges.",
        "Block, Uecker and Frahm, Magn. Reson. Med. 57 (2007) 1086-1098",
        _cs_tv,
        (
            Parameter("n_iterations", 100, "iterations", minimum=1, maximum=5000),
            Parameter("strength", 0.002, "weight as part of the largest image value", minimum=0.0, maximum=1.0),
            _MAPS,
        ),
    ),
    "grappa": Method(
        "grappa",
        "GRAPPA: missing lines as sums of their neighbours, learned from the middle; regular undersampling.",
        "Griswold et al., Magn. Reson. Med. 47 (2002) 1202-1210",
        _grappa,
        (
            Parameter("n_lines", 4, "lines in the kernel", minimum=2, maximum=8),
            Parameter("n_samples", 5, "samples along the readout in the kernel", minimum=1, maximum=15),
        ),
    ),
    soft_sense.METHOD.name: soft_sense.METHOD,
    "partial-fourier": Method(
        "partial-fourier",
        "One side of k-space that was left out, by smooth phase (POCS); gaps are filled by GRAPPA before.",
        "Haacke, Lindskog and Lin, J. Magn. Reson. 92 (1991) 126-145",
        _partial_fourier,
        (Parameter("n_iterations", 10, "iterations", minimum=1, maximum=1000),),
    ),
}


# Methods that learn from calibration lines of their own, where a scan took some.
_LEARNING = frozenset({"sense-cg", "cs-wavelet", "cs-tv", "grappa", "partial-fourier"})


def default_method(measurement: Measurement) -> str:
    """Return "sense-cg" for a scan with gaps, "partial-fourier" for an asymmetric echo, else "rss"."""
    acquisition = measurement.acquisition
    if acquisition.has_gaps:
        return "sense-cg"
    is_one_sided = acquisition.taken_samples is not None and bool(acquisition.sample_mask[[0, -1]].any())
    can_complete = acquisition.mask_shape[0] == 1 or acquisition.sampled is None
    return "partial-fourier" if is_one_sided and can_complete else "rss"


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
    calibration = measurement.calibration
    if calibration is not None:
        calibration = prewhiten(calibration, measurement.noise)
    taught = {"calibration": calibration} if chosen.name in _LEARNING else {}
    values = chosen.run(data, acquisition, on_progress, **taught, **settings)
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
