"""Whatever happens to the bytes of an MR raw file, it is read or refused with an error that names it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isocenter.core.errors import IsocenterError
from isocenter.formats import bart_cfl, ismrmrd, nifti_mrs, twix
from isocenter.modalities import mri

from .mrd_peer import Writer, epi_description, header

pytestmark = pytest.mark.filterwarnings("ignore::isocenter.core.errors.IsocenterWarning")


def epi_file(path: Path, rng: np.random.Generator) -> Path:
    times = {"rampUpTime": 100.0, "rampDownTime": 100.0, "flatTopTime": 300.0, "acqDelayTime": 22.0}
    description = epi_description(**times, numSamples=130, dwellTime=3.5)
    recon = ((1, 8, 32), (5.0, 200.0, 200.0))
    xml = header((1, 8, 64), (5.0, 200.0, 400.0), recon=recon, trajectory="epi", description=description)
    writer = Writer(path / "epi.h5", xml)
    for index in range(11):
        flags = [24] * (index < 3) + [22] * (index % 2)
        samples = rng.standard_normal((2, 130)) + 1j * rng.standard_normal((2, 130))
        writer.add(samples, flags=flags, kspace_encode_step_1=max(0, index - 3))
    writer.add_waveform(rng.integers(0, 99, (1, 20)), kind=0, sample_time_us=2500.0, stamp=1)
    writer.close()
    return path / "epi.h5"


def cfl_file(path: Path, rng: np.random.Generator) -> Path:
    bart_cfl.write_array(path / "scan.cfl", rng.standard_normal((8, 6, 1, 2)) + 0j)
    return path / "scan.hdr"


def mrs_file(path: Path, rng: np.random.Generator) -> Path:
    nibabel = pytest.importorskip("nibabel")
    image = nibabel.Nifti1Image((rng.standard_normal((1, 1, 1, 32, 2)) + 0j).astype(np.complex64), np.eye(4))
    image.header.set_zooms([1.0, 1.0, 1.0, 5e-4, 1.0])
    image.header["intent_name"] = b"mrs_v0_9"
    said = b'{"SpectrometerFrequency": [123.2], "ResonantNucleus": ["1H"]}'
    image.header.extensions.append(nibabel.nifti1.Nifti1Extension(44, said))
    nibabel.save(image, path / "svs.nii")
    return path / "svs.nii"


READERS: dict[str, tuple[Callable[..., Path], Callable[..., Any]]] = {
    "ISMRMRD": (epi_file, ismrmrd.read),
    "BART": (cfl_file, lambda path: bart_cfl.read(path, fov_mm=100.0)),
    "NIfTI-MRS": (mrs_file, nifti_mrs.read),
}


def require_named(read: Callable[..., Any], path: Path) -> bool:
    """Read a file; return whether it was refused, by an error of the project's."""
    try:
        found = read(path)
        if isinstance(found, mri.Measurement) and found.acquisition.n_coils < 100:
            mri.describe(found)
    except IsocenterError:
        return True
    return False


@pytest.mark.parametrize("name", READERS)
def test_changed_bytes_are_read_or_refused(name: str, rng: np.random.Generator, tmp_path: Path) -> None:
    make, read = READERS[name]
    path = make(tmp_path, rng)
    whole = path.read_bytes()
    assert not require_named(read, path)
    n_refused = 0
    for _ in range(50):
        changed = bytearray(whole)
        reach = min(len(whole), 6000)
        for place in rng.integers(0, reach, rng.integers(1, 6)):
            changed[place] = rng.integers(0, 256)
        path.write_bytes(changed)
        n_refused += require_named(read, path)
    assert n_refused > 0


@pytest.mark.parametrize("name", [name for name in READERS if name != "BART"])  # its sizes may end early: they are 1
def test_files_that_end_early_are_refused(name: str, rng: np.random.Generator, tmp_path: Path) -> None:
    make, read = READERS[name]
    path = make(tmp_path, rng)
    whole = path.read_bytes()
    refused = []
    for part in (0.0, 0.1, 0.3, 0.5, 0.8):
        path.write_bytes(whole[: int(len(whole) * part)])
        refused.append(require_named(read, path))
    assert all(refused)


def test_changed_bytes_of_siemens_files_are_read_or_refused(
    shared_data: Path, rng: np.random.Generator, tmp_path: Path
) -> None:
    pytest.importorskip("twixtools")
    whole = (shared_data / "raw_mri/twix_gre/gre.dat").read_bytes()
    path = tmp_path / "gre.dat"
    # The directory, the header's sizes, and the first blocks of samples.
    start = int.from_bytes(whole[16:24], "little")
    blocks = start + int.from_bytes(whole[start : start + 4], "little")
    n_refused = 0
    for index in range(12):
        changed = bytearray(whole)
        begin, end = ((0, 200), (start, start + 100), (blocks, blocks + 192))[index % 3]
        for place in rng.integers(begin, end, 3):
            changed[place] = rng.integers(0, 256)
        path.write_bytes(changed)
        n_refused += require_named(twix.read, path)
    assert n_refused > 0
    # A block of no length would be followed for ever.
    changed = bytearray(whole)
    changed[blocks + 40 : blocks + 48] = (1 << 5).to_bytes(8, "little")
    changed[blocks : blocks + 4] = bytes(4)
    path.write_bytes(changed)
    with pytest.raises(IsocenterError, match="impossible length"):
        twix.read(path)
    path.write_bytes(whole[:900_000])
    with pytest.raises(IsocenterError, match="cut off"):
        twix.read(path)
