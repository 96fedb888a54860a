"""Parts found by name through entry points, so that a third party adds one without touching ours."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType

from isocenter.core.errors import NotFoundError

MODALITIES = "isocenter.modalities"
FORMATS = "isocenter.formats"
IMAGE_FORMATS = "isocenter.image_formats"


@cache
def _registered(group: str) -> Mapping[str, EntryPoint]:
    return {point.name: point for point in sorted(entry_points(group=group), key=lambda point: point.name)}


def names(group: str) -> tuple[str, ...]:
    """Return the names registered in an entry-point group, sorted."""
    return tuple(_registered(group))


def load(group: str, name: str) -> ModuleType:
    """Import and return one registered module; raises `NotFoundError` that lists the known names."""
    point = _registered(group).get(name)
    if point is None:
        raise NotFoundError(
            f"Nothing called {name!r} is registered.", field=group, found=name, expected=", ".join(_registered(group))
        )
    module = point.load()
    if not isinstance(module, ModuleType):
        raise NotFoundError(
            f"{name!r} does not name a module.", field=group, found=type(module).__name__, expected="module"
        )
    return module
