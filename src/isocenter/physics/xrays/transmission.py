"""How much of each energy comes through a body: closed-form lengths of tissue, then Beer and Lambert by energy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import ShapeError
from isocenter.physics.properties import attenuation_curve_per_mm
from isocenter.physics.tissues import Tissue

_CHUNK = 1 << 14


class HasLineIntegrals(Protocol):
    """A body that X-rays can pass."""

    def contrasts(self, value: Callable[[Tissue], complex]) -> list[tuple[Any, complex]]:
        """Return every shape with the difference of its tissue's value from its surroundings'."""

    def line_integrals(self, starts_mm: FloatArray, ends_mm: FloatArray, value: Callable[..., Any]) -> FloatArray:
        """Return the integral of a tissue's value along segments between LPS points (..., 3)."""


def tissue_lengths_mm(
    body: HasLineIntegrals, starts_mm: FloatArray, ends_mm: FloatArray
) -> tuple[tuple[Tissue, ...], FloatArray]:
    """Return the tissues of a body and the length of each ray in each of them, shape (tissue, ...)."""
    found: dict[str, Tissue] = {}

    def note(tissue: Tissue) -> complex:
        found.setdefault(tissue.name, tissue)
        return 0.0

    body.contrasts(note)
    lengths = [
        body.line_integrals(starts_mm, ends_mm, lambda tissue, name=name: float(tissue.name == name)) for name in found
    ]
    return tuple(found.values()), np.stack(lengths)


def attenuation_table_per_mm(tissues: Sequence[Tissue], energies_kev: FloatArray) -> FloatArray:
    """Return linear attenuation in 1/mm, shape (tissue, energy)."""
    return np.stack([attenuation_curve_per_mm(tissue, energies_kev) for tissue in tissues])


def transmitted(weights: FloatArray, attenuation_per_mm: FloatArray, lengths_mm: FloatArray) -> FloatArray:
    """Return the sum over energies of weights times exp(-sum of attenuation times length), shape (channel, ...).

    Parameters
    ----------
    weights
        What a photon of each energy adds to each channel, in air, shape (channel, energy).
    attenuation_per_mm, lengths_mm
        Shapes (tissue, energy) and (tissue, ...).

    Raises
    ------
    ShapeError
        If energies or tissues do not agree.
    """
    n_tissues, n_energies = attenuation_per_mm.shape
    if weights.ndim != 2 or weights.shape[1] != n_energies or lengths_mm.shape[0] != n_tissues:
        raise ShapeError(
            "Weights, attenuation and lengths do not fit.",
            field="weights, attenuation_per_mm, lengths_mm",
            found=(weights.shape, attenuation_per_mm.shape, lengths_mm.shape),
            expected="(channel, energy), (tissue, energy), (tissue, ...)",
        )
    flat = lengths_mm.reshape(n_tissues, -1)
    out = np.empty((weights.shape[0], flat.shape[1]))
    for first in range(0, flat.shape[1], _CHUNK):
        part = slice(first, first + _CHUNK)
        out[:, part] = weights @ np.exp(-attenuation_per_mm.T @ flat[:, part])
    return out.reshape(weights.shape[0], *lengths_mm.shape[1:])
