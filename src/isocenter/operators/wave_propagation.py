"""Sound through anything: a k-space pseudospectral solver in one to three dimensions, with absorption and dispersion.

First-order equations for particle velocity u (on a grid half a step aside), acoustic density r (by its components) and
pressure p; gradients by FFT, with the k-space correction sinc(c k dt / 2) that makes homogeneous steps exact:

    du/dt = -grad p / rho,   dr/dt = -rho div u,   p = c^2 (r - L r)

L r is the power-law absorption a = a0 w^y by fractional Laplacians, with the dispersion that goes with it. At the edges
of the grid a layer soaks up what comes (PML).

Source: Treeby and Cox, J. Biomed. Opt. 15 (2010) 021314; Treeby and Cox, J. Acoust. Soc. Am. 127 (2010) 2741.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import pi, tan
from typing import Any

import numpy as np
from scipy import fft

from isocenter.core.arrays import Array, FloatArray
from isocenter.core.errors import GeometryError, OptionError
from isocenter.core.progress import OnProgress, report

_NEPER_DB = 8.685889638065037
CFL = 0.3


@dataclass(frozen=True, eq=False)
class Medium:
    """What sound goes through; each is one number, or an array of the grid's shape.

    Parameters
    ----------
    sound_speed_m_s, density_kg_m3
        Speed and density.
    attenuation_db_cm_mhz
        Loss at 1 MHz in dB/cm, growing with the power `exponent` of the frequency (one for the whole medium, not 1:
        the dispersion of exactly 1 is not described by this model).
    """

    sound_speed_m_s: FloatArray | float
    density_kg_m3: FloatArray | float = 1000.0
    attenuation_db_cm_mhz: FloatArray | float = 0.0
    exponent: float = 1.5

    def __post_init__(self) -> None:
        for name in ("sound_speed_m_s", "density_kg_m3"):
            values = np.asarray(getattr(self, name))
            if not (np.isfinite(values).all() and (values > 0).all()):
                raise OptionError(f"{name} must be positive.", field=name, expected="more than 0 everywhere")
        loss = np.asarray(self.attenuation_db_cm_mhz)
        if not (np.isfinite(loss).all() and (loss >= 0).all()):
            raise OptionError("Attenuation cannot be negative.", field="attenuation_db_cm_mhz", expected="0 or more")
        if loss.any() and not (0 < self.exponent < 3 and abs(self.exponent - 1) > 1e-3):
            raise OptionError(
                "This power law cannot be computed.",
                field="exponent",
                found=self.exponent,
                expected="above 0, below 3, not 1 (take 1.05 for soft tissue)",
            )


@dataclass(frozen=True, eq=False)
class Field:
    """The pressure at one step, and the time in s it belongs to."""

    index: int
    time_s: float
    pressure: Array


class WavePropagation:
    """Steps of sound on a grid.

    Parameters
    ----------
    shape, spacing_mm
        The grid, in one to three axes, and the distance of its samples, equal along all of them.
    medium
        What is there.
    step_s
        Time step; None takes 0.3 of what sound needs for a sample at its fastest.
    layer
        Samples of the soaking layer at each edge; it lies inside of the grid.

    Raises
    ------
    GeometryError, OptionError
        If the grid is too small for its layers, or the step too long to be stable.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        spacing_mm: float,
        medium: Medium,
        *,
        step_s: float | None = None,
        layer: int = 20,
        dtype: Any = np.float64,
    ) -> None:
        if not (1 <= len(shape) <= 3 and min(shape) > 2 * layer + 2 and spacing_mm > 0):
            raise GeometryError(
                "The grid is too small for its layers.",
                field="shape, layer",
                found=(shape, layer),
                expected=f"one to three axes of more than {2 * layer + 2} samples",
            )
        self.shape, self.spacing_m, self._medium = tuple(shape), spacing_mm * 1e-3, medium
        self._dtype = np.dtype(dtype)
        self._speed = np.asarray(medium.sound_speed_m_s, dtype=self._dtype)
        self._density = np.asarray(medium.density_kg_m3, dtype=self._dtype)
        fastest = float(self._speed.max())
        longest = 2 * self.spacing_m / (pi * fastest * len(shape) ** 0.5)
        self.step_s = CFL * self.spacing_m / fastest if step_s is None else step_s
        if not 0 < self.step_s <= longest:
            raise OptionError(
                "The time step is not stable.", field="step_s", found=step_s, expected=f"up to {longest:.3g} s"
            )
        self._make_gradients(fastest)
        self._make_layers(layer, fastest)
        self._make_losses()

    def _make_gradients(self, reference: float) -> None:
        n_axes = len(self.shape)
        waves = [2 * pi * fft.fftfreq(n, self.spacing_m) for n in self.shape[:-1]]
        waves.append(2 * pi * fft.rfftfreq(self.shape[-1], self.spacing_m))
        grids = [k.reshape([-1 if axis == a else 1 for a in range(n_axes)]) for axis, k in enumerate(waves)]
        self._wave_number = np.sqrt(sum(k**2 for k in grids)).astype(self._dtype)
        correction = np.sinc(reference * self._wave_number * self.step_s / (2 * pi))
        # Of sources (Cox et al., IEEE Int. Ultrason. Symp. 2018).
        self._of_sources = np.cos(reference * self._wave_number * self.step_s / 2).astype(self._dtype)
        kind = np.result_type(self._dtype, np.complex64)
        half = [np.exp(0.5j * k * self.spacing_m) for k in grids]
        self._to_velocity = [(1j * k * correction * h).astype(kind) for k, h in zip(grids, half, strict=True)]
        self._to_density = [(1j * k * correction / h).astype(kind) for k, h in zip(grids, half, strict=True)]

    def _make_layers(self, layer: int, fastest: float) -> None:
        """Return what is left after half a step, along each axis, on both grids."""
        self._kept: list[tuple[Array, Array]] = []
        for axis, n in enumerate(self.shape):
            places = np.arange(n, dtype=float)
            sides = []
            for shift in (0.0, 0.5):
                deep = np.maximum(layer - (places + shift), (places + shift) - (n - 1 - layer))
                part = np.clip(deep / max(layer, 1), 0, 1)
                loss = 2.0 * (fastest / self.spacing_m) * part**4
                kept = np.exp(-loss * self.step_s / 2).astype(self._dtype)
                sides.append(kept.reshape([-1 if axis == a else 1 for a in range(len(self.shape))]))
            self._kept.append((sides[0], sides[1]))

    def _make_losses(self) -> None:
        medium, y = self._medium, self._medium.exponent
        loss = np.asarray(medium.attenuation_db_cm_mhz, dtype=self._dtype)
        self._absorbs = bool(loss.any())
        if not self._absorbs:
            return
        # dB/(cm MHz^y) to Np (rad/s)^-y m^-1.
        neper = 100 * loss * (1e-6 / (2 * pi)) ** y / _NEPER_DB
        with np.errstate(divide="ignore"):
            self._power_loss = np.where(self._wave_number > 0, self._wave_number ** (y - 2), 0).astype(self._dtype)
            self._power_speed = np.where(self._wave_number > 0, self._wave_number ** (y - 1), 0).astype(self._dtype)
        self._loss = (-2 * neper * self._speed ** (y - 1)).astype(self._dtype)
        self._dispersion = (2 * neper * self._speed**y * tan(pi * y / 2)).astype(self._dtype)

    def run(
        self,
        n_steps: int,
        *,
        initial: Array | None = None,
        source: Callable[[int, float], Array] | None = None,
        on_progress: OnProgress | None = None,
    ) -> Iterator[Field]:
        """Yield the pressure after each step, the first at time 0.

        Parameters
        ----------
        initial
            Pressure at time 0, at rest (as light leaves it).
        source
            Given a step and its time, the rate of mass in kg/(m3 s) that is added at every sample.
        """
        zeros = np.zeros(self.shape, dtype=self._dtype)
        n_axes, step = len(self.shape), self.step_s
        pressure = zeros.copy() if initial is None else np.array(initial, dtype=self._dtype)
        density = [pressure / self._speed**2 / n_axes for _ in range(n_axes)]
        # At rest at time 0: half a step back the velocity was the mirror of half a step ahead.
        velocity = [step / 2 * g / self._density for g in self._gradients(pressure)]
        for index in range(n_steps):
            report(on_progress, index, n_steps, "propagating")
            yield Field(index, index * step, pressure)
            gradients = self._gradients(pressure)
            for axis in range(n_axes):
                kept = self._kept[axis][1]
                velocity[axis] = kept * (kept * velocity[axis] - step * gradients[axis] / self._density)
            added = None
            if source is not None:
                rate = np.asarray(source(index, (index + 0.5) * step), dtype=self._dtype)
                added = self._derived(rate, self._of_sources) * (step / n_axes)
            flows = [self._derived(velocity[axis], self._to_density[axis]) for axis in range(n_axes)]
            for axis in range(n_axes):
                kept = self._kept[axis][0]
                density[axis] = kept * (kept * density[axis] - step * self._density * flows[axis])
                if added is not None:
                    density[axis] = density[axis] + added
            pressure = self._speed**2 * self._with_losses(sum(density, zeros), sum(flows, zeros))
        report(on_progress, n_steps, n_steps, "propagating")

    def _with_losses(self, density: Array, flow: Array) -> Array:
        """Return density with what power-law absorption and dispersion add to the equation of state."""
        if not self._absorbs:
            return density
        rate = self._filtered(-self._density * flow, self._power_loss)
        slow = self._filtered(density, self._power_speed)
        out: Array = density - self._loss * rate - self._dispersion * slow
        return out

    def _gradients(self, values: Array) -> list[Array]:
        spectrum = fft.rfftn(values, workers=-1)
        return [fft.irfftn(spectrum * k, self.shape, workers=-1) for k in self._to_velocity]

    def _derived(self, values: Array, k: Array) -> Array:
        out: Array = fft.irfftn(fft.rfftn(values, workers=-1) * k, self.shape, workers=-1)
        return out

    def _filtered(self, values: Array, by: Array) -> Array:
        return self._derived(values, by)
