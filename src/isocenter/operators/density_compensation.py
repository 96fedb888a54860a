"""Density compensation: the area of k-space that every sample of a trajectory stands for.

Weights are in (cycles per field of view) to the power of the axes: 1 for a Cartesian grid, so that the weighted adjoint
of `NonCartesianFourierOperator` is an image of the right scale.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial import ConvexHull, Voronoi

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import DataError, ShapeError
from isocenter.kernels.nufft import Nufft
from isocenter.operators.linear import Shape
from isocenter.operators.non_cartesian import require_trajectory


def radial_weights(trajectory: FloatArray) -> FloatArray:
    """Return the ramp of a radial scan, shape (spoke, sample): |k| to the power of axes - 1, right at the centre, too.

    Spokes are straight, start at the centre or pass it, and cover the directions evenly, as uniform or golden angles
    do: those that reach equally far on both sides half of them, all others every one.

    Raises
    ------
    ShapeError, DataError
        If this is no set of spokes (spoke, sample, axis), or the steps along a spoke are not even.

    Notes
    -----
    The ramp has a kink at 0, for which the sum over samples is corrected by the second Bernoulli polynomial
    (Euler-Maclaurin): without it the image has an offset.
    Source: Glover and Pauly, Magn. Reson. Med. 28 (1992) 275-289; Abramowitz and Stegun, 1964, eq. 23.1.32.
    """
    if trajectory.ndim != 3 or trajectory.shape[1] < 2:
        raise ShapeError(
            "This is no set of spokes.", field="trajectory", found=trajectory.shape, expected="(spoke, sample, axis)"
        )
    n_spokes, n_axes = trajectory.shape[0], trajectory.shape[2]
    steps = np.linalg.norm(np.diff(trajectory, axis=1), axis=-1)
    step = float(np.median(steps))
    if not step > 0 or np.abs(steps - step).max() > 0.01 * step:
        raise DataError(
            "The samples of a spoke are not evenly spaced.",
            field="trajectory",
            found=f"steps of {steps.min():.4g} to {steps.max():.4g}",
            expected="equal steps",
            remedy="Use the weights of Pipe and Menon, which suit every trajectory.",
        )
    unit = np.diff(trajectory[:, [0, -1]], axis=1)[:, 0]
    unit /= np.linalg.norm(unit, axis=-1, keepdims=True)
    along = np.einsum("sna,sa->sn", trajectory, unit)
    arms = n_spokes * np.ones_like(along)
    shorter, longer = sorted((-float(along.min()), float(along.max())))
    is_through = shorter > 0.5 * step
    if is_through:
        # An asymmetric echo reaches the rim in one direction only.
        is_both = np.abs(along) <= (longer if shorter > 0.9 * longer else shorter) + step / 2
        arms[is_both] *= 2
    solid_angle = (2 if n_axes == 2 else 4) * np.pi
    weights: FloatArray = solid_angle * np.abs(along) ** (n_axes - 1) * step / arms
    if n_axes == 2:
        spoke, nearest = np.arange(n_spokes), np.abs(along).argmin(axis=1)
        offset = np.minimum(np.abs(along[spoke, nearest]) / step, 1.0)
        kink = (offset**2 - offset + 1 / 6) * step**2 * (1.0 if is_through else 0.5)
        weights[spoke, nearest] += solid_angle * kink / arms[spoke, nearest]
    return weights


def iterative_weights(trajectory: FloatArray, shape: Shape, *, n_iterations: int = 30) -> FloatArray:
    """Return the weights that make the gridded density one everywhere, for any trajectory, shape of the samples.

    Parameters
    ----------
    trajectory, shape
        As of `NonCartesianFourierOperator`: cycles per field of view, and the image's last axes.

    Notes
    -----
    w is divided by its convolution with the transform of the field of view's autocorrelation until that is one.
    Source: Pipe and Menon, Magn. Reson. Med. 41 (1999) 179-186; kernel, Johnson and Pipe, Magn. Reson. Med. 61 (2009)
    439-447.
    """
    image_shape = require_trajectory(trajectory, shape)
    n_axes = len(image_shape)
    twice = tuple(2 * n for n in image_shape)
    phases = trajectory.reshape(-1, n_axes) * (2 * np.pi / np.array(image_shape))
    transform = Nufft(phases, twice, is_double=True, tolerance=1e-5)
    profile = _autocorrelation(twice, image_shape)
    weights = np.ones(phases.shape[0])
    for _ in range(n_iterations):
        spread = transform.adjoint(weights.astype(complex)[None]) * profile
        density = transform.forward(spread)[0].real
        weights = weights / np.maximum(density, 1e-12 * density.max())
    # Over a Cartesian grid the kernel sums up to the profile at the image's origin: weights of 1 have density 1.
    found: FloatArray = weights.reshape(trajectory.shape[:-1])
    return found


def _autocorrelation(twice: tuple[int, ...], shape: tuple[int, ...]) -> FloatArray:
    """Return the overlap of two discs (balls) as wide as the field, over the distance of their centres, per pixel."""
    axes = [(np.arange(n) - n // 2) / m for n, m in zip(twice, shape, strict=True)]
    distance = np.minimum(np.sqrt(sum(a**2 for a in np.meshgrid(*axes, indexing="ij"))), 1.0)
    if len(shape) == 2:
        overlap: FloatArray = 2 / np.pi * (np.arccos(distance) - distance * np.sqrt(1 - distance**2))
    else:
        overlap = 1 - 1.5 * distance + 0.5 * distance**3
    return overlap / float(np.prod(shape))


def voronoi_weights(trajectory: FloatArray) -> FloatArray:
    """Return the area of every sample's Voronoi cell, two axes; samples at one place share theirs.

    Cells of the rim end at the sampled region's hull, moved out by half the distance to the next sample inwards.

    Raises
    ------
    ShapeError, DataError
        If the trajectory has not two axes, or fewer than four places.

    Notes
    -----
    Source: Rasche et al., IEEE Trans. Med. Imaging 18 (1999) 385-392.
    """
    if trajectory.shape[-1] != 2:
        raise ShapeError("Areas need two axes.", field="trajectory", found=trajectory.shape, expected="(*samples, 2)")
    points = trajectory.reshape(-1, 2)
    extent = float(np.abs(points).max())
    places, inverse, counts = np.unique(
        np.round(points / (1e-9 * extent or 1.0)), axis=0, return_inverse=True, return_counts=True
    )
    places = places * (1e-9 * extent)
    if len(places) < 4:
        raise DataError("Too few places for areas.", field="trajectory", found=len(places), expected="at least 4")
    cells = Voronoi(np.concatenate([places, _rim(places)]))
    areas = np.array(
        [ConvexHull(cells.vertices[cells.regions[cells.point_region[i]]]).volume for i in range(len(places))]
    )
    weights: FloatArray = (areas / counts)[inverse.ravel()].reshape(trajectory.shape[:-1])
    return weights


def _rim(places: FloatArray) -> FloatArray:
    """Return points around the places: every hull edge's neighbours mirrored at a line half a step outside."""
    hull = ConvexHull(places)
    mirrored = []
    for normal_x, normal_y, offset in hull.equations:
        depth = -(places @ np.array([normal_x, normal_y]) + offset)
        inner = depth[depth > 1e-9 * np.abs(places).max()]
        line = 0.5 * float(inner.min()) if inner.size else 0.5
        near = places[depth <= 4 * line]
        reflected = near + 2 * (depth[depth <= 4 * line] + line)[:, None] * np.array([normal_x, normal_y])
        mirrored.append(reflected)
    return np.concatenate(mirrored)
