"""Echo-planar files of the reference library: ramps regridded, ghosts taken out, by what was put in."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from ismrmrd import ACQ_IS_PHASECORR_DATA, ACQ_IS_REVERSE

from isocenter.core.errors import DataError, IsocenterWarning
from isocenter.formats import ismrmrd
from isocenter.modalities.mri import Measurement, reconstruct

from .mrd_peer import Writer, epi_description, header

N_Y, N_X, N_IMAGE = 32, 64, 32  # the readout is oversampled twice
FLAT_US, RAMP_US, DWELL_US = 300.0, 100.0, 3.5
N_SAMPLES = 130
GHOST = (0.7, 0.05)  # rad, rad per pixel of the oversampled readout


def body() -> np.ndarray:
    """Return an object (coil, y, x) of the oversampled field, within its middle half, without symmetry."""
    y, x = np.indices((N_Y, N_X)) - np.array([N_Y // 2, N_X // 2])[:, None, None]
    disc = (((x / 13) ** 2 + (y / 11) ** 2) < 1) * 1.0
    disc += ((x - 6) ** 2 + (y + 4) ** 2 < 9) * 1.5 - ((x + 5) ** 2 + (y - 3) ** 2 < 12) * 0.7
    coils = np.stack([np.exp(0.05 * x + 0.3j), np.exp(-0.05 * x + 0.04j * y)])
    return disc * coils


def positions(delay_us: float) -> np.ndarray:
    """Return the k of every sample: the gradient summed in steps of 1/100 dwell, the centre at half of its area."""
    step = DWELL_US / 100
    t = np.arange(0, FLAT_US + 2 * RAMP_US + step, step)
    gradient = np.clip(np.minimum(t, FLAT_US + 2 * RAMP_US - t) / RAMP_US, 0, 1)
    area = np.concatenate([[0.0], np.cumsum((gradient[1:] + gradient[:-1]) / 2 * step)])
    ends = np.interp([delay_us, delay_us + N_SAMPLES * DWELL_US], t, area)
    middles = np.interp(delay_us + (np.arange(N_SAMPLES) + 0.5) * DWELL_US, t, area)
    return N_X * (middles - area[-1] / 2) / (ends[1] - ends[0])


def line_of(ky: int, k: np.ndarray, *, is_reversed: bool) -> np.ndarray:
    """Return the samples (coil, sample) of a line in the order they are taken, by direct summation."""
    y, x = np.arange(N_Y) - N_Y // 2, np.arange(N_X) - N_X // 2
    profile = np.einsum("cyx,y->cx", body(), np.exp(-2j * np.pi * ky * y / N_Y))
    path = -k if is_reversed else k
    if is_reversed:
        profile = profile * np.exp(1j * (GHOST[0] + GHOST[1] * x))
    return profile @ np.exp(-2j * np.pi * np.outer(x, path) / N_X) / (N_X * N_Y) ** 0.5


def write(
    path: Path, *, delay_us: float, navigators: int = 3, described: bool = True, first_reversed: bool = False
) -> None:
    times = {"rampUpTime": RAMP_US, "rampDownTime": RAMP_US, "flatTopTime": FLAT_US, "acqDelayTime": delay_us}
    description = epi_description(**times, numSamples=N_SAMPLES, dwellTime=DWELL_US)
    fields = {"recon": ((1, N_Y, N_IMAGE), (5.0, 200.0, 200.0)), "trajectory": "epi", "description": description}
    writer = Writer(path, header((1, N_Y, N_X), (5.0, 200.0, 400.0), **fields))
    k = positions(delay_us)
    for index in range(navigators):
        back = (index + first_reversed) % 2 == 1
        flags = [ACQ_IS_PHASECORR_DATA, ACQ_IS_REVERSE][: 1 + back]
        writer.add(line_of(0, k, is_reversed=back), flags=flags, kspace_encode_step_1=N_Y // 2)
    for step in range(N_Y):
        back = step % 2 == 1
        samples = line_of(step - N_Y // 2, k, is_reversed=back)
        writer.add(samples, flags=[ACQ_IS_REVERSE] if back else [], kspace_encode_step_1=step)
    writer.close()


def truth() -> np.ndarray:
    return np.sqrt((np.abs(body()) ** 2).sum(axis=0))[:, N_X // 2 - N_IMAGE // 2 : N_X // 2 + N_IMAGE // 2]


def error(scan: Measurement) -> float:
    found = reconstruct(scan, method="rss").values[0]
    assert found.shape == (N_Y, N_IMAGE)
    return float(np.linalg.norm(found - truth()) / np.linalg.norm(truth()))


def ghost(scan: Measurement) -> float:
    """Return the signal half a field of view from the object, where it has none, as part of the object's."""
    image = reconstruct(scan, method="rss").values[0]
    background = (truth() == 0) & np.roll(truth() > 0, N_Y // 2, axis=0)
    return float(image[background].mean() / image[truth() > 0].mean())


BALANCED = (FLAT_US + 2 * RAMP_US - N_SAMPLES * DWELL_US) / 2


@pytest.mark.parametrize("delay_us", [BALANCED, BALANCED + 6.0], ids=["centred", "late"])
@pytest.mark.parametrize(("navigators", "first_reversed"), [(3, False), (3, True), (2, False)])
def test_ramps_and_ghost_are_corrected_to_the_object(
    delay_us: float, navigators: int, first_reversed: bool, tmp_path: Path
) -> None:
    # The header tells whole microseconds; so does the gradient that was summed.
    delay_us = float(round(delay_us))
    write(tmp_path / "epi.h5", delay_us=delay_us, navigators=navigators, first_reversed=first_reversed)
    assert error(ismrmrd.read(tmp_path / "epi.h5")) < 2e-3


def test_each_correction_is_needed(tmp_path: Path) -> None:
    path = tmp_path / "epi.h5"
    write(path, delay_us=float(round(BALANCED)))
    assert ghost(ismrmrd.read(path)) < 1e-3
    assert ghost(ismrmrd.read(path, correct_ghost=False)) > 0.2
    with pytest.raises(DataError, match="outside the encoded matrix"):
        ismrmrd.read(path, regrid=False)


def test_a_flat_readout_needs_no_grid(tmp_path: Path) -> None:
    path = tmp_path / "flat.h5"
    fields = {"recon": ((1, N_Y, N_IMAGE), (5.0, 200.0, 200.0)), "trajectory": "epi"}
    writer = Writer(path, header((1, N_Y, N_X), (5.0, 200.0, 400.0), **fields))
    k = np.arange(N_X) - N_X // 2 + 0.5
    for index in range(3):
        back = index == 1
        flags = [ACQ_IS_PHASECORR_DATA, ACQ_IS_REVERSE][: 1 + back]
        writer.add(line_of(0, k, is_reversed=back), flags=flags, center=N_X // 2 - back)
    for step in range(N_Y):
        back = step % 2 == 1
        samples = line_of(step - N_Y // 2, k, is_reversed=back)
        flags = [ACQ_IS_REVERSE] if back else []
        writer.add(samples, flags=flags, center=N_X // 2 - back, kspace_encode_step_1=step)
    writer.close()
    assert error(ismrmrd.read(path)) < 1e-5


def test_what_cannot_be_corrected_is_said(tmp_path: Path) -> None:
    write(tmp_path / "none.h5", delay_us=22.0, navigators=0)
    with pytest.warns(IsocenterWarning, match="without navigators"):
        ismrmrd.read(tmp_path / "none.h5")
    write(tmp_path / "one.h5", delay_us=22.0, navigators=1)
    with pytest.raises(DataError, match="do not alternate"):
        ismrmrd.read(tmp_path / "one.h5")


@pytest.mark.parametrize(
    ("times", "match"),
    [
        ({"flatTopTime": 30.0}, "not described, or cannot be"),
        ({"dwellTime": 0.0}, "not described, or cannot be"),
        ({"numSamples": 131.0}, "not the samples"),
    ],
)
def test_impossible_readouts_are_named(times: dict[str, float], match: str, tmp_path: Path) -> None:
    path = tmp_path / "epi.h5"
    known = {"rampUpTime": RAMP_US, "rampDownTime": RAMP_US, "flatTopTime": FLAT_US, "acqDelayTime": 22.0}
    known |= {"numSamples": N_SAMPLES, "dwellTime": DWELL_US}
    writer = Writer(
        path, header((1, 2, N_X), (5.0, 200.0, 400.0), trajectory="epi", description=epi_description(**(known | times)))
    )
    for step in range(2):
        writer.add(np.ones((1, N_SAMPLES)), kspace_encode_step_1=step)
    writer.close()
    with pytest.raises(DataError, match=match) as caught:
        ismrmrd.read(path)
    assert caught.value.file == "epi.h5"


def test_samples_lie_closer_on_the_ramps() -> None:
    steps = [b - a for a, b in pairwise(positions(22.0))]
    assert steps[0] < steps[N_SAMPLES // 2] / 2
