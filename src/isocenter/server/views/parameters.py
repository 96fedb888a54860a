"""What a view is asked for with: a plane by name or by its place in the patient, its size, its slab, its window."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from isocenter.analysis.rendering.view import DIRECTIONS, View, view_around, whole
from isocenter.analysis.rendering.volume import Volume
from isocenter.core.errors import OptionError
from isocenter.core.geometry import Vector, as_vector
from isocenter.dicom.rendering import WINDOW_FUNCTIONS, Window

MAX_SIDE = 2048


def numbers_of(given: Mapping[str, str], name: str, *counts: int) -> tuple[float, ...] | None:
    """Return the numbers of a parameter, None if it is absent; raises `OptionError` unless they are `counts` many."""
    if name not in given:
        return None
    try:
        found = tuple(float(part) for part in given[name].split(","))
    except ValueError:
        found = ()
    if len(found) not in counts or not all(map(math.isfinite, found)):
        expected = f"{' or '.join(map(str, counts))} numbers, with commas"
        raise OptionError("These are not the numbers asked for.", field=name, found=given[name][:64], expected=expected)
    return found


def number_of(given: Mapping[str, str], name: str, default: float) -> float:
    """Return the number of a parameter, `default` if it is absent; raises `OptionError`."""
    found = numbers_of(given, name, 1)
    return default if found is None else found[0]


def integer_of(given: Mapping[str, str], name: str, default: int) -> int:
    """Return the whole number of a parameter, `default` if it is absent; raises `OptionError`."""
    found = number_of(given, name, default)
    if found != int(found):
        raise OptionError("This is no whole number.", field=name, found=given[name][:32])
    return int(found)


def size_of(given: Mapping[str, str]) -> tuple[int, int] | None:
    """Return rows and columns of ``size=width,height``; raises `OptionError` if there are too many."""
    found = numbers_of(given, "size", 2)
    if found is None:
        return None
    if not all(side == int(side) and 1 <= side <= MAX_SIDE for side in found):
        raise OptionError("The size is not valid.", field="size", found=given["size"][:32], expected=f"1 to {MAX_SIDE}")
    return int(found[1]), int(found[0])


def plane_of(given: Mapping[str, str], volume: Volume) -> View:
    """Return the view asked for: ``origin``, ``row``, ``column``, ``spacing`` and ``size``, or ``plane`` by its name.

    A plane by name shows all of the volume; ``offset`` moves it away from the middle, in mm along its normal.
    """
    size = size_of(given)
    if "origin" in given:
        spacing = numbers_of(given, "spacing", 1, 2) or (1.0,)
        origin, row, column = (_vector(given, name) for name in ("origin", "row", "column"))
        return View(origin, row, column, (spacing[0], spacing[-1]), size or (512, 512))
    name = given.get("plane", "axial")
    if name not in DIRECTIONS:
        raise OptionError("There is no such plane.", field="plane", found=name[:32], expected=", ".join(DIRECTIONS))
    return whole(volume, *DIRECTIONS[name], shape=size).moved(number_of(given, "offset", 0.0))


def camera_of(given: Mapping[str, str], volume: Volume) -> View:
    """Return the view of a body: by its place, or from the front turned by ``azimuth`` and ``elevation`` in degrees.

    Positive angles lead the eye to the patient's left and up; ``zoom`` makes it larger.
    """
    if "origin" in given:
        return plane_of(given, volume)
    azimuth = math.radians(number_of(given, "azimuth", 0.0))
    elevation = math.radians(number_of(given, "elevation", 0.0))
    zoom = number_of(given, "zoom", 1.0)
    if not 0.05 <= zoom <= 50:
        raise OptionError("The zoom is out of range.", field="zoom", found=zoom, expected="0.05 to 50")
    row, column = turned(azimuth, elevation)
    size = size_of(given) or (512, 512)
    grid = volume.grid
    diagonal = float(np.linalg.norm(np.asarray(grid.spacing_zyx_mm) * np.asarray(grid.shape_zyx)))
    spacing = 0.75 * diagonal / min(size) / zoom  # the same for every angle: a body that turns does not grow
    return view_around(as_vector(np.asarray(grid.center_mm)), row, column, (spacing, spacing), size)


def turned(azimuth_rad: float, elevation_rad: float) -> tuple[Vector, Vector]:
    """Return row and column direction of a view whose eye went to the patient's left and up from in front."""
    row = np.array([math.cos(azimuth_rad), math.sin(azimuth_rad), 0.0])
    level = np.array([-math.sin(azimuth_rad), math.cos(azimuth_rad), 0.0])
    normal = level * math.cos(elevation_rad) - np.array([0.0, 0.0, 1.0]) * math.sin(elevation_rad)
    return as_vector(row), as_vector(np.cross(normal, row))


def window_of(given: Mapping[str, str], name: str, default: Window) -> Window:
    """Return the window of ``center,width`` or ``center,width,function``; raises `OptionError`."""
    if name not in given:
        return default
    parts = given[name].split(",")
    function = parts[2].upper().replace("-", "_") if len(parts) == 3 else "LINEAR_EXACT"
    if function not in WINDOW_FUNCTIONS:
        raise OptionError(
            "There is no such window function.", field=name, found=parts[2][:32], expected=", ".join(WINDOW_FUNCTIONS)
        )
    center, width = numbers_of({name: ",".join(parts[:2])}, name, 2) or (0.0, 1.0)
    return Window(center, width, function)


def _vector(given: Mapping[str, str], name: str) -> Vector:
    found = numbers_of(given, name, 3)
    if found is None:
        raise OptionError("The place of the view is not complete.", field=name, expected="x,y,z in the patient (LPS)")
    return (found[0], found[1], found[2])
