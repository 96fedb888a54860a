"""Other programs' reconstructions of the same scans: ASTRA and scikit-image in planes, RTK and ASTRA's CPU in volumes.

They are installed beside the project's own packages (`make bench-ct`) and used where they are there.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parents[2]


def find(name: str) -> Any:
    """Return a peer's module, or None where it is not installed."""
    folder = os.environ.get("ISOCENTER_PEERS", str(HERE / ".venv" / "ct-peers"))
    if folder not in sys.path:
        sys.path.append(folder)
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


class AstraPlane:
    """ASTRA's CPU algorithms on a parallel scan of a square image."""

    def __init__(self, astra: Any, angles_rad: np.ndarray, n_bins: int, bin_width_mm: float, n: int, pixel_mm: float):
        half = n * pixel_mm / 2
        self._astra = astra
        self._volume = astra.create_vol_geom(n, n, -half, half, -half, half)
        # ASTRA's y points up in the picture; rows of ours grow downwards.
        self._scan = astra.create_proj_geom("parallel", bin_width_mm, n_bins, -angles_rad)
        self._projector = astra.create_projector("linear", self._scan, self._volume)

    def run(self, algorithm: str, sinogram: np.ndarray, n_iterations: int = 1) -> np.ndarray:
        """Return the image by "FBP", "SIRT", "SART" or "CGLS"."""
        astra = self._astra
        data = astra.data2d.create("-sino", self._scan, np.ascontiguousarray(sinogram, np.float32))
        image = astra.data2d.create("-vol", self._volume)
        settings = astra.astra_dict(algorithm)
        settings |= {"ProjectorId": self._projector, "ProjectionDataId": data, "ReconstructionDataId": image}
        if algorithm in ("SIRT", "SART"):
            settings["option"] = {"MinConstraint": 0.0}
        run = astra.algorithm.create(settings)
        astra.algorithm.run(run, n_iterations)
        result: np.ndarray = astra.data2d.get(image)
        astra.algorithm.delete(run)
        astra.data2d.delete([data, image])
        return result


def skimage_fbp(angles_rad: np.ndarray, sinogram: np.ndarray, bin_width_mm: float, n: int) -> np.ndarray:
    """Return scikit-image's filtered back-projection; the scan must turn about bin n // 2."""
    from skimage.transform import iradon

    degrees = -np.degrees(angles_rad)
    image: np.ndarray = iradon(
        np.ascontiguousarray(sinogram.T), theta=degrees, output_size=n, circle=False, filter_name="ramp"
    )
    return image / bin_width_mm


def rtk_fdk(itk: Any, angles_rad: np.ndarray, data: np.ndarray, sizes: dict[str, float], shape: tuple[int, ...]) -> Any:
    """Return a function that runs RTK's FDK on CPU threads on (view, row, bin) data, giving a volume (z, y, x).

    RTK turns about its y axis; the volume is put back into our order by `rtk_volume`.
    """
    rtk = itk.RTK
    geometry = rtk.ThreeDCircularProjectionGeometry.New()
    for angle in angles_rad:
        geometry.AddProjection(sizes["source_isocenter_mm"], sizes["source_detector_mm"], float(np.degrees(angle)))
    projections = itk.image_from_array(np.ascontiguousarray(data, np.float32))
    n_rows, n_bins = data.shape[1:]
    projections.SetSpacing([sizes["bin_width_mm"], sizes["row_height_mm"], 1.0])
    projections.SetOrigin([-(n_bins - 1) / 2 * sizes["bin_width_mm"], -(n_rows - 1) / 2 * sizes["row_height_mm"], 0.0])

    def run() -> np.ndarray:
        n_z, n_y, n_x = shape
        empty = itk.image_from_array(np.zeros((n_y, n_z, n_x), np.float32))
        step = sizes["voxel_mm"]
        empty.SetSpacing([step] * 3)
        empty.SetOrigin([-(n_x - 1) / 2 * step, -(n_z - 1) / 2 * step, -(n_y - 1) / 2 * step])
        kind = type(projections)
        fdk = rtk.FDKConeBeamReconstructionFilter[kind].New()
        fdk.SetInput(0, empty)
        fdk.SetInput(1, projections)
        fdk.SetGeometry(geometry)
        fdk.GetRampFilter().SetTruncationCorrection(0.0)
        fdk.GetRampFilter().SetHannCutFrequency(0.0)
        fdk.Update()
        found: np.ndarray = itk.array_from_image(fdk.GetOutput())
        return found

    return run


def rtk_volume(found: np.ndarray, truth: np.ndarray, middle: slice) -> np.ndarray:
    """Return RTK's volume as (z, y, x), turned the way whose `middle` slices fit the truth best."""
    turned = found.transpose(1, 0, 2)
    choices = [volume[:, ::y, ::x] for volume in (turned, turned.transpose(0, 2, 1)) for y in (1, -1) for x in (1, -1)]
    return min(choices, key=lambda volume: float(np.square(volume[middle] - truth).sum()))
