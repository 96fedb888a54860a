"""Pulseq files, written here by hand, against areas and angles that their numbers say."""

from pathlib import Path

import numpy as np
import pytest

from isocenter.core.errors import DataError, FileFormatError, NotSupportedError
from isocenter.formats.pulseq import read_pulseq
from isocenter.modalities.mri.specific_absorption import sar_of

# A rectangular pulse of 1 ms and 250 Hz is 90 degrees; x is prewound and read; y is a triangle and an arbitrary shape.
FILE_14 = """# Pulseq sequence file
[VERSION]
major 1
minor 4
revision 0

[DEFINITIONS]
BlockDurationRaster 1e-05
FOV 0.2 0.2 0.005
GradientRasterTime 1e-05
Name by hand
RadiofrequencyRasterTime 1e-06

# NUM DUR RF GX GY GZ ADC EXT
[BLOCKS]
1 110 1 0 0 0 0 0
2 100 0 1 2 0 0 0
3 120 0 3 4 0 1 0

[RF]
# id amplitude mag_id phase_id time_shape_id delay freq phase
1 250 1 2 0 50 0 0.5

[TRAP]
# id amplitude rise flat fall delay
1 -100000 100 700 100 0
2 40000 200 0 200 300
3 100000 100 800 100 0

[GRADIENTS]
# id amplitude shape time delay
4 50000 3 0 0

[ADC]
1 80 10000 100 0 0

[SHAPES]

shape_id 1
num_samples 1000
1
0
0
997

shape_id 2
num_samples 1000
0
0
998

shape_id 3
num_samples 100
0.01
0.01
98
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "by_hand.seq"
    path.write_text(text, encoding="utf-8")
    return path


def test_pulses_windows_and_areas_are_those_of_the_numbers(tmp_path: Path) -> None:
    sequence = read_pulseq(written(tmp_path, FILE_14))
    assert sequence.name == "by hand"
    assert sequence.duration_s == pytest.approx(3.3e-3)
    assert sequence.fov_m == (0.2, 0.2, 0.005)
    (pulse,) = sequence.pulses
    assert pulse.flip_rad == pytest.approx(np.pi / 2)
    assert pulse.phase_rad == pytest.approx(0.5)
    assert pulse.time_s == pytest.approx(0.55e-3)
    assert pulse.energy_hz2_s == pytest.approx(250.0**2 * 1e-3)
    (window,) = sequence.windows
    assert window.times_s[[0, -1]] == pytest.approx([2.1e-3 + 0.1e-3 + 5e-6, 2.1e-3 + 0.1e-3 + 795e-6])
    k = sequence.trajectory_per_m()[0]
    # Prewinding: 100000 Hz/m times 0.8 ms; ramp up of the readout: 5 per metre; then 1 per metre every 10 us.
    assert k[:, 0] == pytest.approx(-80.0 + 5.0 + 0.5 + np.arange(80))
    # The triangle has 40000 times 0.2 ms; the shape is a ramp of 500 Hz/m every 10 us that begins at half a step.
    t = window.times_s - 2.1e-3
    assert k[:, 1] == pytest.approx(8.0 + 50000 * t**2 / (2 * 1e-3) + 250 * t, rel=1e-9)
    assert np.all(k[:, 2] == 0)


def test_other_versions_say_the_same(tmp_path: Path) -> None:
    newer = (
        FILE_14.replace("minor 4", "minor 5")
        .replace("1 250 1 2 0 50 0 0.5", "1 250 1 2 0 500 50 0 0 0 0.5 e")
        .replace("4 50000 3 0 0\n", "4 50000 250 50250 3 0 0\n")
        .replace("1 80 10000 100 0 0", "1 80 10000 100 0 0 0 0 0")
    )
    older = (
        FILE_14.replace("minor 4", "minor 2")
        .replace("1 110 1 0", "1 1 1 0")
        .replace("2 100 0 1", "2 2 0 1")
        .replace("3 120 0 3", "3 0 0 3")
        .replace("1 250 1 2 0 50 0 0.5", "1 250 1 2 50 0 0.5")
        .replace("4 50000 3 0 0\n", "4 50000 3 0\n")
        .replace("[ADC]", "[DELAYS]\n1 1100\n2 1000\n\n[ADC]")
    )
    expected = read_pulseq(written(tmp_path, FILE_14))
    for text in (newer, older):
        found = read_pulseq(written(tmp_path, text))
        assert found.pulses[0][:4] == pytest.approx(expected.pulses[0][:4])
        assert found.trajectory_per_m() == pytest.approx(expected.trajectory_per_m(), abs=1e-6)


def test_a_refocusing_pulse_turns_kspace_around(tmp_path: Path) -> None:
    text = FILE_14.replace("2 100 0 1 2 0 0 0\n", "2 100 0 1 2 0 0 0\n9 110 2 0 0 0 0 0\n")
    text = text.replace("1 250 1 2 0 50 0 0.5", "1 250 1 2 0 50 0 0.5\n2 500 1 2 0 50 0 0")
    k = read_pulseq(written(tmp_path, text)).trajectory_per_m()[0]
    assert k[0, :2] == pytest.approx([80.0 + 5.5, -8.0 + 25e6 * 105e-6**2 + 250 * 105e-6])


@pytest.mark.parametrize(
    ("change", "by", "error", "message"),
    [
        ("minor 4", "minor 9", FileFormatError, "no Pulseq file"),
        ("[BLOCKS]", "[BLOKS]", FileFormatError, "no blocks"),
        ("3 120 0 3 4 0 1 0", "3 120 0 7 4 0 1 0", FileFormatError, "not there"),
        ("num_samples 100\n", "num_samples 99\n", FileFormatError, "another length"),
        ("3 120 0 3 4 0 1 0", "3 120 0 3 4 0 0 0", DataError, "receiver windows"),
        ("[SHAPES]", "[EXTENSIONS]\nextension ROTATIONS 1\n[SHAPES]", NotSupportedError, "Rotations"),
    ],
)
def test_files_that_make_no_sense_are_refused(
    tmp_path: Path, change: str, by: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        read_pulseq(written(tmp_path, FILE_14.replace(change, by)))


def test_the_power_of_a_sequence_is_that_of_its_pulse(tmp_path: Path) -> None:
    sequence = read_pulseq(written(tmp_path, FILE_14))
    field_t, gyromagnetic = 3.0, 42.577478518e6
    b1_t = 250.0 / gyromagnetic
    # The mean over a disc of sigma (omega B1 r)^2 / (2 rho), by a sum over rings.
    r = (np.arange(2000) + 0.5) * 0.15 / 2000
    rings = 0.5 * (2 * np.pi * gyromagnetic * field_t * b1_t * r) ** 2 / 2000.0
    expected = (rings * r).sum() / r.sum() * 1e-3 / 3.3e-3
    assert sar_of(sequence, field_t) == pytest.approx(expected, rel=1e-5)
