"""Velocity and flow from the phase of images with and without velocity encoding (phase contrast).

Source: Pelc et al., Magn. Reson. Q. 7 (1991) 229-254; multi-coil phase difference, Bernstein et al., Magn. Reson. Med.
32 (1994) 330-334; background phase, Walker et al., J. Magn. Reson. Imaging 3 (1993) 521-530.
"""

from __future__ import annotations

import numpy as np

from isocenter.core.arrays import BoolArray, ComplexArray, FloatArray, require_shape
from isocenter.core.errors import DataError, OptionError


def velocity_m_s(encoded: ComplexArray, reference: ComplexArray, venc_m_s: float) -> FloatArray:
    """Return the velocity (...) along the encoding of images (coil, ...): the phase difference, pi being `venc_m_s`.

    Velocities beyond the encoding velocity fold: `unfold` mends what the neighbours in time or space tell.
    """
    _require_venc(venc_m_s)
    require_shape(reference, encoded.shape, "reference images")
    difference = np.angle(np.sum(encoded * reference.conj(), axis=0))
    velocity: FloatArray = difference / np.pi * venc_m_s
    return velocity


def velocities_m_s(images: ComplexArray, venc_m_s: float) -> FloatArray:
    """Return velocities (3, ...), x, y, z, of a four-point scan (4, coil, ...): a reference, then one per direction."""
    if images.shape[0] != 4:
        raise OptionError(
            "A four-point scan has four images.", field="images", found=images.shape[0], expected="reference, x, y, z"
        )
    return np.stack([velocity_m_s(images[index], images[0], venc_m_s) for index in (1, 2, 3)])


def without_background(velocity: FloatArray, is_static: BoolArray, *, order: int = 1) -> FloatArray:
    """Return velocities (y, x) less the polynomial of `order` that fits the static tissue: eddy currents' phase.

    Raises
    ------
    DataError
        If there are fewer static pixels than unknowns.
    """
    require_shape(is_static, velocity.shape, "mask of static tissue")
    y, x = (np.indices(velocity.shape) / np.array(velocity.shape)[:, None, None]) * 2 - 1
    terms = np.stack([y**i * x**j for i in range(order + 1) for j in range(order + 1 - i)], axis=-1)
    if int(is_static.sum()) < terms.shape[-1]:
        raise DataError(
            "Too little static tissue for the background.",
            field="is_static",
            found=int(is_static.sum()),
            expected=f"at least {terms.shape[-1]} pixels",
        )
    fitted, *_ = np.linalg.lstsq(terms[is_static], velocity[is_static], rcond=None)
    corrected: FloatArray = velocity - terms @ fitted
    return corrected


def unfold(velocity: FloatArray, venc_m_s: float) -> FloatArray:
    """Return velocities (time, ...) unfolded in time from the first frame on, jumps being less than `venc_m_s`."""
    _require_venc(venc_m_s)
    return np.unwrap(velocity, period=2 * venc_m_s, axis=0)


def flow_ml_s(velocity: FloatArray, region: BoolArray, pixel_area_mm2: float) -> FloatArray:
    """Return the flow (...) through a region (y, x) of velocities (..., y, x) in m/s: their integral over its area."""
    require_shape(region, velocity.shape[-2:], "region")
    # 1 m/s through 1 mm^2 is 1 ml/s.
    flow: FloatArray = (velocity * region).sum(axis=(-2, -1)) * pixel_area_mm2
    return flow


def _require_venc(venc_m_s: float) -> None:
    if not (np.isfinite(venc_m_s) and venc_m_s > 0):
        raise OptionError("The encoding velocity is positive.", field="venc_m_s", found=venc_m_s, expected="> 0")
