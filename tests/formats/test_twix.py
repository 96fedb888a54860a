"""Siemens raw files: what real ones hold, what changed ones say, and what is wrong with damaged ones."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isocenter.core import plugins
from isocenter.core.errors import DataError, FileFormatError, MissingExtraError, NotSupportedError, OptionError
from isocenter.formats import registry, twix
from isocenter.modalities import mri

twixtools = pytest.importorskip("twixtools")


@pytest.fixture
def gre(shared_data: Path) -> Path:
    return shared_data / "raw_mri/twix_gre/gre.dat"


def test_a_real_file_is_read_with_its_geometry(gre: Path) -> None:
    assert registry.sniff(gre) == "twix"
    scan = registry.read(gre)
    acquisition = scan.acquisition
    assert scan.data.shape == (2, 1, 160, 320)
    assert acquisition.encoded_fov_mm == pytest.approx((4, 200, 400))
    assert acquisition.recon_matrix == (1, 160, 160)
    # The slice's normal and position of the protocol, rows and columns at right angles to it.
    assert acquisition.slice_dir == pytest.approx((0, 0.0383878, 0.9992630), abs=1e-6)
    assert acquisition.read_dir == pytest.approx((-1, 0, 0), abs=1e-6)
    assert acquisition.phase_dir == pytest.approx((0, 0.9992630, -0.0383878), abs=1e-6)
    assert acquisition.center_mm == pytest.approx((-2.5897, 53.9224, -53.9995), abs=1e-3)
    assert acquisition.echo_time_s == pytest.approx(0.003)
    assert scan.patient is None  # the file was made anonymous
    assert mri.default_method(scan) == "rss"


def rewritten(gre: Path, path: Path, change: Any) -> Path:
    """Return a file that the vendor-format library wrote after a change of its blocks."""
    scans = twixtools.read_twix(str(gre), verbose=False, keep_acqend=True)
    change(scans)
    twixtools.write_twix(scans, str(path))
    return path


def local(block: Any, **counters: int) -> Any:
    """Return a block as a copy that can be changed, with other counters."""
    copy = block.convert_to_local()
    for name, value in counters.items():
        setattr(copy.mdh.Counter, name, value)
    return copy


def test_echoes_and_calibration_lines_are_told_apart(gre: Path, tmp_path: Path) -> None:
    def change(scans: list[dict[str, Any]]) -> None:
        blocks = scans[0]["mdb"]
        lines, end = blocks[:-1], blocks[-1]
        echo = [local(block, Eco=1) for block in lines]
        for block in echo:
            block.data = block.data * 0.5
        reference = [local(block) for block in lines[70:90]]
        for block in reference:
            block.add_flag("PATREFSCAN")
        noise = [local(lines[0])]
        noise[0].add_flag("NOISEADJSCAN")
        scans[0]["mdb"] = [*noise, *reference, *[local(block) for block in lines], *echo, end]

    path = rewritten(gre, tmp_path / "echoes.dat", change)
    scan = twix.read(path)
    assert scan.available == {"contrast": 2, "repetition": 1, "phase": 1, "set": 1}
    assert scan.calibration is not None
    assert scan.calibration.shape == (2, 1, 20, 320)
    assert scan.noise is not None
    assert scan.noise.shape == (2, 320)
    assert twix.read(path, use_noise=False).noise is None
    first, second = twix.read_series(path, echo_times_ms="3,15").frames
    assert second.data == pytest.approx(first.data * 0.5)
    assert second.acquisition.echo_time_s == pytest.approx(0.015)
    with pytest.raises(DataError, match="no such image"):
        twix.read(path, contrast=2)


def test_damaged_files_are_refused(gre: Path, tmp_path: Path) -> None:
    (tmp_path / "cut.dat").write_bytes(gre.read_bytes()[:900_000])
    with pytest.raises(FileFormatError) as caught:
        twix.read(tmp_path / "cut.dat")
    assert caught.value.file == "cut.dat"
    (tmp_path / "other.dat").write_bytes(b"no raw data" * 1000)
    assert not twix.sniff(tmp_path / "other.dat")
    assert not twix.sniff(tmp_path / "none.dat")
    with pytest.raises(OptionError, match="no such measurement"):
        twix.read(gre, scan=3)


def test_samples_that_are_no_numbers_are_named(gre: Path, tmp_path: Path) -> None:
    def change(scans: list[dict[str, Any]]) -> None:
        blocks = [local(block) for block in scans[0]["mdb"][:-1]]
        data = np.array(blocks[7].data)
        data[1, 30] = np.nan
        blocks[7].data = data
        scans[0]["mdb"] = [*blocks, scans[0]["mdb"][-1]]

    with pytest.raises(DataError, match="not numbers") as caught:
        twix.read(rewritten(gre, tmp_path / "nan.dat", change))
    assert caught.value.field == "scan counter 8"


@pytest.mark.parametrize(
    ("space", "general", "match"),
    [({"ucTrajectory": 2}, {}, "Only Cartesian"), ({}, {"alRegridMode": [2, 1]}, "on ramps")],
)
def test_what_is_not_read_is_said(space: dict[str, int], general: dict[str, Any], match: str) -> None:
    protocol = {
        "sKSpace": {"lBaseResolution": 64, "lPhaseEncodingLines": 64, **space},
        "sSliceArray": {"asSlice": [{"dThickness": 5.0, "dPhaseFOV": 200.0, "dReadoutFOV": 200.0}]},
    }
    with pytest.raises(NotSupportedError, match=match) as caught:
        twix._encoding(protocol, general, "scan.dat")
    assert "ISMRMRD" in str(caught.value.remedy)


def test_a_quaternion_is_a_rotation() -> None:
    assert twix.rotation(np.zeros(4)) == pytest.approx(np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1]]))
    half = twix.rotation(np.array([0.5**0.5, 0, 0, 0.5**0.5]))  # a quarter turn about z
    assert half == pytest.approx(np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]]), abs=1e-12)


def test_without_the_reader_the_extra_is_named(gre: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "twixtools", None)
    with pytest.raises(MissingExtraError, match="twixtools") as caught:
        twix.read(gre)
    assert "isocenter[twix]" in str(caught.value.remedy)
    assert "twix" in plugins.names(plugins.FORMATS)
