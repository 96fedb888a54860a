"""SimpleITK images: the same values and geometry, both in the LPS frame.

Source: ITK Software Guide, sec. 4.1.4 (origin, spacing, direction; physical points in LPS).
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from isocenter.core.errors import MissingExtraError, ShapeError
from isocenter.core.grid import Grid
from isocenter.core.image import Image

_AXES, _QUANTITY, _UNIT, _FRAME, _EXTRA, _PLANE = (
    f"isocenter.{name}" for name in ("axes", "quantity", "unit", "frame_of_reference_uid", "extra", "is_plane")
)


def export(image: Image) -> Any:
    """Return a three-dimensional ``SimpleITK.Image``; a plane becomes one slice, extra axes become components.

    Raises `MissingExtraError` if SimpleITK is not installed.
    """
    sitk = _simpleitk()
    grid, n_extra = image.grid, len(image.axes)
    volumes = image.values.reshape(-1, *grid.shape_zyx)
    values = np.moveaxis(volumes, 0, -1) if n_extra else volumes[0]
    if values.dtype == np.bool_:
        values = values.astype(np.uint8)
    if values.dtype == np.float16:
        values = values.astype(np.float32)
    made = sitk.GetImageFromArray(np.ascontiguousarray(values), isVector=bool(n_extra))
    made.SetSpacing([float(d) for d in reversed(grid.spacing_zyx_mm)])
    made.SetDirection([float(v) for v in np.asarray(grid.direction).ravel()])
    made.SetOrigin([float(v) for v in grid.affine[:3, 3]])
    made.SetMetaData(_QUANTITY, image.quantity)
    made.SetMetaData(_UNIT, image.unit)
    made.SetMetaData(_AXES, json.dumps(image.axes))
    made.SetMetaData(_EXTRA, json.dumps(image.values.shape[:n_extra]))
    made.SetMetaData(_PLANE, json.dumps(grid.ndim == 2))
    if grid.frame_of_reference_uid:
        made.SetMetaData(_FRAME, grid.frame_of_reference_uid)
    return made


def from_simpleitk(source: Any, *, quantity: str = "", unit: str = "") -> Image:
    """Return a two- or three-dimensional ``SimpleITK.Image`` as an image; components become an axis in front.

    `quantity` and `unit` take the place of what the image says; one by others says neither (then "value" and "1").

    Raises
    ------
    MissingExtraError
        If SimpleITK is not installed.
    ShapeError
        If the image has more than three dimensions.
    GeometryError
        If its direction is not orthonormal.
    """
    sitk = _simpleitk()
    dimension = source.GetDimension()
    if dimension not in (2, 3):
        raise ShapeError("Only images of two or three dimensions are understood.", field="source", found=dimension)
    said = {key: source.GetMetaData(key) for key in source.GetMetaDataKeys() if key.startswith("isocenter.")}
    affine = np.eye(4)
    direction = np.asarray(source.GetDirection()).reshape(dimension, dimension)
    affine[:dimension, :dimension] = direction * np.asarray(source.GetSpacing())
    affine[:dimension, 3] = source.GetOrigin()
    values = sitk.GetArrayFromImage(source)
    n_components = source.GetNumberOfComponentsPerPixel()
    is_vector = values.ndim > dimension
    shape = tuple(values.shape[:dimension])
    if dimension == 3 and shape[0] == 1 and json.loads(said.get(_PLANE, "false")):
        shape = shape[1:]
    grid = Grid.from_affine(shape, affine, frame_of_reference_uid=said.get(_FRAME))
    axes: tuple[str, ...] = ("component",) if is_vector else ()
    extra: tuple[int, ...] = (n_components,) if is_vector else ()
    if is_vector and _AXES in said and int(np.prod(json.loads(said[_EXTRA]))) == n_components:
        axes, extra = tuple(json.loads(said[_AXES])), tuple(json.loads(said[_EXTRA]))
    ordered = np.ascontiguousarray(np.moveaxis(values, -1, 0) if is_vector else values)
    return Image(
        ordered.reshape(*extra, *shape),
        grid,
        quantity=quantity or said.get(_QUANTITY, "value"),
        unit=unit or said.get(_UNIT, "1"),
        axes=axes,
    )


def _simpleitk() -> Any:
    try:
        import SimpleITK
    except ImportError as problem:
        raise MissingExtraError(
            "SimpleITK images need the package SimpleITK.", found="not installed", remedy="pip install isocenter[itk]"
        ) from problem
    return SimpleITK
