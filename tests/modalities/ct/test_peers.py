"""CT beside another package's published arrays: a 32-pixel square of value 1 from 16 views."""

from pathlib import Path

import numpy as np
import pytest

from isocenter.core.grid import Grid
from isocenter.modalities import ct


@pytest.mark.parametrize(("method", "peer", "likeness"), [("fbp", "gridrec_ramlak", 0.9), ("sirt", "sirt", 0.93)])
def test_the_square_is_one_and_looks_as_tomopy_has_it(
    method: str, peer: str, likeness: float, shared_data: Path
) -> None:
    folder = shared_data / "raw_ct" / "tomopy_reference"
    data = np.load(folder / "proj.npy").transpose(1, 0, 2)  # (view, slice, bin) there
    scan = ct.Acquisition(np.arange(16) * np.pi / 16, 48, 1.0, photons_per_bin=None, n_slices=8)
    image = ct.reconstruct(
        ct.Measurement(scan, np.ascontiguousarray(data)),
        Grid((8, 48, 48), (1.0, 1.0, 1.0)),
        method=method,
        scale="attenuation",
    )
    theirs = np.load(folder / f"{peer}.npy")
    inside = np.s_[:, 16:32, 16:32]
    assert image.values[inside].mean() == pytest.approx(1.0, abs=0.005)
    assert abs(image.values[inside].mean() - 1) < abs(theirs[inside].mean() - 1)
    # The square looks the same from four sides: which way round it is cannot be told from this scan.
    assert (
        max(np.corrcoef(np.rot90(image.values, k, (1, 2)).ravel(), theirs.ravel())[0, 1] for k in range(4))
        > likeness - 0.02
    )
