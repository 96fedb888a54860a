"""The modalities found through entry points, and which of them a measurement belongs to."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, Protocol, cast

import numpy as np

from isocenter.core import plugins
from isocenter.core.arrays import Array
from isocenter.core.errors import IsocenterWarning, NotFoundError
from isocenter.core.gates import Gate
from isocenter.core.grid import Grid
from isocenter.core.image import Image
from isocenter.core.methods import Fact, Method
from isocenter.core.progress import OnProgress
from isocenter.operators.linear import LinearOperator


class AnyMeasurement(Protocol):
    """What the measurements of all modalities share."""

    @property
    def acquisition(self) -> Any:
        """All that the forward model needs."""

    @property
    def data(self) -> Array:
        """What the detector gave."""


class Modality(Protocol):
    """The names that every package in the entry-point group ``isocenter.modalities`` offers."""

    NAME: str
    TITLE: str
    METHODS: Mapping[str, Method]
    GATES: tuple[Gate, ...]
    EXAMPLE_BODY: str
    Acquisition: type[Any]
    Measurement: type[Any]

    def forward_operator(self, acquisition: Any, grid: Grid) -> LinearOperator:
        """Return the physics: image to noise-free data."""

    def simulate(self, body: Any, acquisition: Any, rng: np.random.Generator) -> Any:
        """Return the scan of a body with its noise."""

    def reconstruct(
        self,
        measurement: Any,
        grid: Grid | None = None,
        *,
        method: str = ...,
        on_progress: OnProgress | None = None,
        **parameters: Any,
    ) -> Image:
        """Return the image, by one of `METHODS`."""

    def default_method(self, measurement: Any) -> str:
        """Return the name of the method that fits the data."""

    def default_grid(self, acquisition: Any) -> Grid:
        """Return the grid that fits the scan."""

    def describe(self, measurement: Any) -> tuple[Fact, ...]:
        """Return what a person wants to know of the data."""

    def example_acquisition(self) -> Any:
        """Return a scan that is quick to simulate."""


def modalities() -> Mapping[str, Modality]:
    """Return every registered modality by name; one that cannot be imported is left out with a warning."""
    found: dict[str, Modality] = {}
    for name in plugins.names(plugins.MODALITIES):
        try:
            found[name] = cast(Modality, plugins.load(plugins.MODALITIES, name))
        except ImportError as error:
            # One broken plug-in must not take the others down.
            warnings.warn(f"The modality {name} cannot be loaded: {error}", IsocenterWarning, stacklevel=2)
    return found


def modality_of(measurement: AnyMeasurement) -> Modality:
    """Return the modality whose `Measurement` this is; raises `NotFoundError`."""
    known = modalities()
    for modality in known.values():
        if isinstance(measurement, modality.Measurement):
            return modality
    raise NotFoundError(
        "This is no measurement of a known modality.",
        field="measurement",
        found=type(measurement).__name__,
        expected=", ".join(known),
    )
