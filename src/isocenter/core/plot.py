"""A quick look at an image: its middle planes in patient orientation, with scale and unit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from isocenter.core.errors import MissingExtraError
from isocenter.core.geometry import Direction, as_vector, orientation_letters

if TYPE_CHECKING:
    from isocenter.core.image import Image


def show(image: Image, path: Path | None = None) -> None:
    """Draw the middle plane along every axis; into the file `path`, or on the screen."""
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        raise MissingExtraError(
            "Pictures need matplotlib.", field="matplotlib", remedy="pip install 'isocenter[plot]'"
        ) from None
    values = np.abs(image.values) if np.iscomplexobj(image.values) else image.values
    values = values.reshape(-1, *image.grid.shape_zyx)[0]
    spacing = image.grid.spacing_zyx_mm
    axes = [axis for axis in range(3) if values.shape[axis] > 1]
    normals = range(3) if len(axes) == 3 else [axis for axis in range(3) if values.shape[axis] == 1][:1]
    normals = list(normals)
    figure, panels = plt.subplots(
        1, len(normals), figsize=(4.6 * len(normals), 4.6), squeeze=False, layout="constrained"
    )
    low, high = image.window()
    for panel, normal in zip(panels[0], normals, strict=True):
        down, across = (axis for axis in range(3) if axis != normal)
        plane = values.take(values.shape[normal] // 2, axis=normal)
        height_mm = plane.shape[0] * spacing[down]
        # The head is shown up, as readers are used to.
        is_upward = _edge(image.grid.direction, down).startswith("H")
        extent = (0, plane.shape[1] * spacing[across], *((0, height_mm) if is_upward else (height_mm, 0)))
        origin: Literal["lower", "upper"] = "lower" if is_upward else "upper"
        picture = panel.imshow(plane, cmap="gray", vmin=low, vmax=high, extent=extent, origin=origin)
        _name_edges(panel, image.grid.direction, down, across)
    figure.colorbar(
        picture, ax=list(panels[0]), shrink=0.7, label=f"{image.quantity} [{image.unit_symbol().symbol or 1}]"
    )
    if path is None:
        plt.show()
    else:
        figure.savefig(path, dpi=110)
    plt.close(figure)


def _name_edges(panel: Any, direction: Direction, down: int, across: int) -> None:
    """Write the patient directions along which the axes grow."""
    panel.set_xlabel(f"mm, to {_edge(direction, across)}")
    panel.set_ylabel(f"mm, to {_edge(direction, down)}")


def _edge(direction: Direction, axis: int) -> str:
    """Return the letters of an array axis; axis 0 is z, the direction's column 2."""
    return orientation_letters(as_vector(np.asarray(direction)[:, 2 - axis]))
