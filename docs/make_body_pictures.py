"""Draw the bodies anew: three planes of each, as an X-ray sees them and coloured by tissue."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke
from scipy.ndimage import distance_transform_edt

from isocenter.core.grid import Grid
from isocenter.physics.bodies import BODIES
from isocenter.physics.body import Body
from isocenter.physics.properties import attenuation_at, density

IMAGES = Path(__file__).parent / "images" / "bodies"
STEP_MM = 1.0
MIN_LABEL_DEPTH_MM = 7.0
COLOURS = {
    "air": "#bfe3f5",
    "lung": "#8fc7e8",
    "adipose": "#f2e08c",
    "muscle": "#b5544d",
    "skin": "#e3b08f",
    "soft tissue": "#d98f86",
    "blood": "#8c1c1c",
    "heart": "#cf3a3a",
    "grey matter": "#8e8aa8",
    "white matter": "#e9e6f2",
    "cerebrospinal fluid": "#5f9fd0",
    "water": "#3f7fbf",
    "urine": "#d9c23c",
    "cortical bone": "#f7f4e6",
    "spongy bone": "#d8c49a",
    "liver": "#7a4a2b",
    "spleen": "#5c2d5c",
    "kidney": "#a0632f",
    "pancreas": "#d9a13b",
    "bowel": "#c98aa0",
    "bladder wall": "#b07a3a",
    "uterus": "#d0679a",
    "eye lens": "#2aa198",
    "titanium": "#404040",
}


@dataclass(frozen=True)
class View:
    """What to draw of a body: where its three planes meet, in LPS mm, and the grey window."""

    meeting_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    options: dict[str, Any] = field(default_factory=dict)
    window: tuple[float, float] = (0.0, 0.04)
    by_density: bool = False


VIEWS = {
    "head": View((31.0, 4.0, 5.0), {"lesions": True, "fiducials": True}, (0.017, 0.026)),
    "thorax": View((20.0, -42.0, 8.0), {"lesions": True, "contrast_mg_per_ml": 12.0}),
    "abdomen": View((0.0, -30.0, 20.0), {"lesions": True}, (0.017, 0.026)),
    "abdomen-pregnant": View((4.0, -48.0, -48.0), {"pregnancy_weeks": 16}, (0.017, 0.026)),
    "shepp-logan": View(window=(0.0, 1.0), by_density=True),
    "shepp-logan-3d": View((0.0, 0.0, -16.0), window=(0.0, 0.5), by_density=True),
    "forbild-head": View(window=(1.0, 1.1), by_density=True),
    "disc": View(),
}


def main() -> None:
    """Draw every body."""
    mpl.use("Agg")
    IMAGES.mkdir(parents=True, exist_ok=True)
    for name, view in VIEWS.items():
        draw(name, BODIES[name.removesuffix("-pregnant")](**view.options), view)


def draw(name: str, body: Body, view: View) -> None:
    """Draw the three planes of one body; a second row shows tissues where components have their own."""
    low, high = bounds_mm(body)
    grids = planes(low, high, view.meeting_mm)
    sizes = [grid_size(grid) for _, grid, _, _ in grids]
    n_rows = 1 if body.is_additive or len(body.components) == 1 else 2
    figure, panels = plt.subplots(
        n_rows,
        3,
        figsize=(11, (3.9 if n_rows == 1 else 7.0)),
        layout="constrained",
        squeeze=False,
        width_ratios=[width for width, _ in sizes],
    )
    value = density if view.by_density else attenuation_at(60.0)
    unit = "density relative to water" if view.by_density else "attenuation at 60 keV, 1/mm"
    for column, (title, grid, across, down) in enumerate(grids):
        shown = body.voxelise(grid, value, oversampling=2).squeeze()
        grey = show(panels[0, column], shown, grid, down, cmap="gray", vmin=view.window[0], vmax=view.window[1])
        panels[0, column].set_title(title, fontsize=11)
        mark_sides(panels[0, column], across, down)
        if n_rows == 2:
            draw_tissues(panels[1, column], body, grid, down)
    figure.colorbar(grey, ax=panels, shrink=0.8 / n_rows, anchor=(0.0, 0.9), label=unit)
    if n_rows == 2:
        present = dict.fromkeys(component.tissue.name for component in body.components)
        keys = [Patch(facecolor=colour_of(tissue), edgecolor="black", label=tissue) for tissue in present]
        figure.legend(handles=keys, loc="outside lower center", ncols=8, fontsize=9, frameon=False)
    figure.savefig(IMAGES / f"{name}.png", dpi=90)
    plt.close(figure)


def bounds_mm(body: Body) -> tuple[np.ndarray, np.ndarray]:
    """Return the corners of the box around a body with a little air."""
    spans = [(np.asarray(c.shape.center_mm), c.shape.extent_mm(np.eye(3))) for c in body.components]
    return (
        np.min([center - reach for center, reach in spans], axis=0) - 6,
        np.max([center + reach for center, reach in spans], axis=0) + 6,
    )


def planes(
    low: np.ndarray, high: np.ndarray, meeting_mm: tuple[float, float, float]
) -> list[tuple[str, Grid, str, str]]:
    """Return title, one-sample-thick grid and the sides that x and y of the picture grow to, for three planes."""
    counts = np.ceil((high - low) / STEP_MM).astype(int)
    middle = (low + high) / 2
    found = []
    for title, axis, across, down in (("axial", 2, "L", "P"), ("coronal", 1, "L", "H"), ("sagittal", 0, "P", "H")):
        center, shape = middle.copy(), counts.copy()
        center[axis], shape[axis] = meeting_mm[axis], 1
        x, y, z = center
        found.append((title, Grid(tuple(shape[::-1]), (STEP_MM,) * 3, center_mm=(x, y, z)), across, down))
    return found


def grid_size(grid: Grid) -> tuple[int, int]:
    """Return columns and rows of the picture of a plane."""
    rows, columns = (n for n in grid.shape if n > 1)
    return columns, rows


def show(panel: plt.Axes, values: np.ndarray, grid: Grid, down: str, **settings: Any) -> Any:
    """Show a plane with the patient's back or feet at the bottom."""
    columns, rows = grid_size(grid)
    panel.set_xticks([])
    panel.set_yticks([])
    origin = "upper" if down == "P" else "lower"
    return panel.imshow(
        values, origin=origin, extent=(0, columns, rows, 0) if down == "P" else (0, columns, 0, rows), **settings
    )


def mark_sides(panel: plt.Axes, across: str, down: str) -> None:
    """Write the patient's sides on the edges: R and L, A and P, H and F."""
    opposite = {"L": "R", "P": "A", "H": "F"}
    bottom, top = (down, opposite[down]) if down == "P" else (opposite[down], down)
    for x, y, letter in ((0.02, 0.5, opposite[across]), (0.98, 0.5, across), (0.5, 0.02, bottom), (0.5, 0.98, top)):
        panel.text(
            x,
            y,
            letter,
            transform=panel.transAxes,
            color="#ffd24d",
            fontsize=10,
            weight="bold",
            path_effects=[withStroke(linewidth=2, foreground="black")],
            ha="left" if x < 0.1 else "right" if x > 0.9 else "center",
            va="bottom" if y < 0.1 else "top" if y > 0.9 else "center",
        )


def colour_of(tissue: str) -> str:
    """Return the colour of a tissue; blood with contrast is drawn orange."""
    return COLOURS.get(tissue, "#ff7f0e" if tissue.startswith("blood with") else "#999999")


def draw_tissues(panel: plt.Axes, body: Body, grid: Grid, down: str) -> None:
    """Colour a plane by tissue and name the larger parts."""
    labels, names = body.labels(grid)
    labels = labels.squeeze()
    colours = ["black", *(colour_of(component.tissue.name) for component in body.components)]
    show(
        panel, labels, grid, down, cmap=ListedColormap(colours), vmin=-0.5, vmax=len(names) - 0.5, interpolation="none"
    )
    found = [(*inner_point(labels == number), name) for number, name in enumerate(names) if number]
    columns, _ = grid_size(grid)
    placed: list[tuple[float, float, int]] = []
    for depth_mm, row, column, name in sorted(found, reverse=True):
        meets = any(
            abs(row - r) < 0.04 * columns and abs(column - c) < 0.009 * columns * (len(name) + n) for r, c, n in placed
        )
        if depth_mm < MIN_LABEL_DEPTH_MM or meets:
            continue
        placed.append((row, column, len(name)))
        outline = [withStroke(linewidth=1.8, foreground="black")]
        panel.text(column, row, name, fontsize=7.5, ha="center", va="center", color="white", path_effects=outline)


def inner_point(mask: np.ndarray) -> tuple[float, float, float]:
    """Return depth in mm, row and column of the point of a region that lies deepest within it."""
    depth = distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    row, column = np.unravel_index(int(depth.argmax()), depth.shape)
    return float(depth.max()) * STEP_MM, float(row), float(column)


if __name__ == "__main__":
    main()
