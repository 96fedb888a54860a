"""Sequences of events against isochromats on a fine grid of the body, pulse by pulse."""

from dataclasses import replace

import numpy as np
import pytest

from isocenter.core.arrays import FloatArray
from isocenter.core.errors import DataError, NotSupportedError, OptionError
from isocenter.modalities import mri
from isocenter.modalities.mri import bloch
from isocenter.modalities.mri.event_acquisition import acquisition_of
from isocenter.modalities.mri.event_sequence import EventSequence, ReceiverWindow, RfPulse, Waveform
from isocenter.modalities.mri.imperfections import Imperfections
from isocenter.modalities.mri.motion import Motion
from isocenter.modalities.mri.specific_absorption import rectangular_energy_hz2_s, whole_body_sar_w_per_kg
from isocenter.physics.bodies import BODIES
from isocenter.physics.planar_shapes import Ellipse
from isocenter.physics.properties import proton_density, relaxation_s
from isocenter.physics.tissues import tissue

FOV_MM, N = 160.0, 12
TEMPLATE = mri.Acquisition(
    1, (1, N, N), (5.0, FOV_MM, FOV_MM), field_t=3.0, coils=mri.CoilArray(1, 256.0, radius_mm=1e6)
)
BODY = BODIES["disc"](radius_mm=50.0, center_mm=(8.0, -5.0), of="white matter")


def blocks(parts: list[tuple[float, float]]) -> Waveform:
    """Return a waveform of rectangles (duration, amplitude), with edges of a microsecond."""
    times, values, now = [0.0], [0.0], 0.0
    for duration_s, hz_per_m in parts:
        times += [now + 1e-6, now + duration_s - 1e-6]
        values += [hz_per_m, hz_per_m]
        now += duration_s
    return Waveform(np.array([*times, now]), np.array([*values, 0.0]))


def train(flips_deg: list[float], *, n_lines: int, spacing_s: float = 6e-3) -> EventSequence:
    """Return pulses with a readout between each two: unspoiled, so that every pathway comes back."""
    delta = 1000 / FOV_MM
    pulses, windows, along_x, along_y, along_z = [], [], [], [], []
    for index, flip in enumerate(flips_deg):
        start = index * spacing_s
        pulses.append(RfPulse(start + 1e-4, np.deg2rad(flip), 0.6 * index, bandwidth_hz=1000.0))
        line = index % n_lines - n_lines // 2
        read = N * delta / 2e-3
        along_x += [(1e-3, 0.0), (1e-3, -read), (2e-3, read), (spacing_s - 4e-3, 0.0)]
        along_y += [(1e-3, 0.0), (1e-3, line * delta / 1e-3), (spacing_s - 2e-3, 0.0)]
        # A slice of 5 mm: what the selection dephases is rewound before the readout, and wound again before the pulse.
        along_z += [(2e-4, 2e5), (3e-4, -2e5 / 3), (spacing_s - 8e-4, 0.0), (3e-4, -2e5 / 3)]
        windows.append(ReceiverWindow(start + 2e-3, 2e-3 / N, N, 0.3 * index))
    return EventSequence(
        tuple(pulses),
        tuple(windows),
        (blocks(along_x), blocks(along_y), blocks(along_z)),
        spacing_s * len(flips_deg),
        fov_m=(0.16, 0.16, 0.005),
    )


def isochromats(sequence: EventSequence, field_hz: float, gradient_hz_per_mm: tuple[float, float]) -> FloatArray:
    """Return the signal of every window from vectors at the points of a quadrature of the disc."""
    nodes, weights = np.polynomial.legendre.leggauss(120)
    angle = np.arange(500) * 2 * np.pi / 500
    radius = 25.0 * (nodes + 1)
    x, y = 8.0 + np.outer(radius, np.cos(angle)).ravel(), -5.0 + np.outer(radius, np.sin(angle)).ravel()
    area = np.repeat(weights * 25.0 * radius * 2 * np.pi / 500, 500)
    t1_s, t2_s = relaxation_s(tissue("white matter"), 3.0)
    vectors = np.zeros((x.size, 3)) + np.array([0.0, 0.0, 1.0])
    own_hz = field_hz + gradient_hz_per_mm[0] * x + gradient_hz_per_mm[1] * y
    now, moment, found = 0.0, np.zeros(3), []

    def advance(vectors: FloatArray, until_s: float) -> FloatArray:
        step = sequence.moment_per_m(until_s) - moment
        # bloch turns from x to y; spins precess the other way.
        turns = -((step[0] * x + step[1] * y) / 1000 + own_hz * (until_s - now))
        return bloch.precess(vectors, turns, until_s - now, t1_s, t2_s)

    for pulse, window in zip(sequence.pulses, sequence.windows, strict=True):
        vectors = bloch.pulse(advance(vectors, pulse.time_s), pulse.flip_rad, -pulse.phase_rad)
        now, moment = pulse.time_s, sequence.moment_per_m(pulse.time_s)
        line = []
        for time_s in window.times_s:
            vectors = advance(vectors, float(time_s))
            now, moment = float(time_s), sequence.moment_per_m(float(time_s))
            line.append((vectors[:, 0] + 1j * vectors[:, 1]) @ area * np.exp(1j * window.phase_rad))
        found.append(line)
    return np.array(found) * proton_density(tissue("white matter")) / FOV_MM**2


@pytest.mark.parametrize(
    ("flips_deg", "field_hz", "gradient"),
    [
        ([30.0] * 12, 0.0, (0.0, 0.0)),
        ([90.0, 150.0, 120.0, 100.0, 60.0, 150.0], 0.0, (0.0, 0.0)),
        ([50.0, 70.0, 20.0, 110.0], 37.0, (0.4, -0.3)),
    ],
)
def test_every_pathway_is_heard_as_isochromats_say(
    flips_deg: list[float], field_hz: float, gradient: tuple[float, float]
) -> None:
    sequence = train(flips_deg, n_lines=4)
    faults = Imperfections(field_hz=field_hz, field_gradient_hz_per_mm=(*gradient, 0.0))
    scan = acquisition_of(sequence, replace(TEMPLATE, imperfections=faults), matrix=(48, 48))
    sensitivity = scan.coils.sensitivities(np.zeros(1), np.zeros(1))[0, 0]
    found = mri.simulate(BODY, scan, np.random.default_rng(0)).data[0, 0] / sensitivity
    expected = 48 * isochromats(sequence, field_hz, gradient)
    assert np.linalg.norm(found - expected) < 0.01 * np.linalg.norm(expected)


def test_a_voxels_own_fields_refocus_in_a_spin_echo() -> None:
    delta = 1000 / FOV_MM
    read = N * delta / 2e-3
    # Half a readout before the 180 degree pulse; the echo of both is in the middle of the window.
    along_x = blocks([(3e-3, 0.0), (1e-3, read), (6e-3, 0.0), (2e-3, read)])
    quiet = Waveform(np.zeros(0), np.zeros(0))
    pulses = (RfPulse(1e-3, np.pi / 2, np.pi / 2), RfPulse(6e-3, np.pi, 0.0))
    window = ReceiverWindow(10e-3 + 1e-6, 2e-3 / N, N)
    sequence = EventSequence(pulses, (window,), (along_x, quiet, quiet), 0.013, fov_m=(0.16, 0.16, 0.005))
    found = []
    for rate in (0.0, 50.0):
        template = replace(TEMPLATE, imperfections=Imperfections(r2_prime_per_s=rate))
        scan = acquisition_of(sequence, template, matrix=(N, N))
        found.append(mri.simulate(BODY, scan, np.random.default_rng(0)).data[0, 0, 0])
    echo_s = 11e-3
    assert found[1] / found[0] == pytest.approx(np.exp(-50.0 * np.abs(window.times_s - echo_s)), rel=1e-5)
    assert scan.echo_time_s == pytest.approx(10e-3, abs=1e-4)


def test_selective_pulses_make_slices_at_their_offsets() -> None:
    strength, spacing_s = 2.0e5, 0.1
    rewinding = [(2e-3, strength), (1e-3, -strength), (spacing_s - 3e-3, 0.0)]
    delta = 1000 / FOV_MM
    read = N * delta / 2e-3
    reading = [(2e-3, 0.0), (1e-3, -read), (2e-3, read), (spacing_s - 5e-3, 0.0)]
    order = [2, 0, 1]  # interleaved
    pulses = tuple(
        RfPulse(i * spacing_s + 1e-3, np.pi / 2, 0.0, 0.0, 1000.0, (order[i] - 1) * 2000.0) for i in range(3)
    )
    windows = tuple(ReceiverWindow(i * spacing_s + 3e-3, 2e-3 / N, N) for i in range(3))
    sequence = EventSequence(
        pulses,
        windows,
        (blocks(reading * 3), Waveform(np.zeros(0), np.zeros(0)), blocks(rewinding * 3)),
        0.3,
        fov_m=(0.16, 0.16, 0.005),
    )
    scan = acquisition_of(sequence, TEMPLATE, matrix=(N, N))
    assert scan.encoded_shape[0] == 3
    assert scan.slice_thickness_mm == pytest.approx(5.0)
    assert scan.encoded_fov_mm[0] == pytest.approx(30.0)
    short = BODIES["disc"](radius_mm=50.0, height_mm=16.0, of="white matter")
    # A cylinder 16 mm high has no slices 10 mm away from its middle.
    size = np.abs(mri.simulate(short, scan, np.random.default_rng(0)).data[0]).max(axis=(1, 2))
    assert size[1] > 0
    assert np.all(size[[0, 2]] == 0)


@pytest.mark.parametrize("rewound", [1.0, 0.6])
def test_a_slice_that_is_not_rewound_loses_signal_over_its_thickness(rewound: float) -> None:
    strength, delta = 2.0e5, 1000 / FOV_MM
    read = N * delta / 2e-3
    along_x = blocks([(2e-3, 0.0), (1e-3, -read), (2e-3, read)])
    along_z = blocks([(2e-3, strength), (1e-3, -strength * rewound), (2e-3, 0.0)])
    pulse = RfPulse(1e-3, np.pi / 2, 0.0, 0.0, 1000.0, 400.0)
    sequence = EventSequence(
        (pulse,),
        (ReceiverWindow(3e-3, 2e-3 / N, N),),
        (along_x, Waveform(np.zeros(0), np.zeros(0)), along_z),
        5e-3,
        fov_m=(0.16, 0.16, 0.005),
    )
    scan = acquisition_of(sequence, TEMPLATE, matrix=(N, N))
    found = mri.simulate(BODY, scan, np.random.default_rng(0)).data[0, 0, 0]
    sensitivity = scan.coils.sensitivities(np.zeros(1), np.zeros(1))[0, 0]
    # The signal is the mean over 5 mm of what 200 cycles per metre for (1 - rewound) ms wind up, 2 mm off centre.
    z_mm = 2.0 + (np.arange(4000) + 0.5) / 4000 * 5.0 - 2.5
    winding = (sequence.moment_per_m(3e-3)[2] - sequence.moment_per_m(1e-3)[2]) / 1000
    mean = np.exp(-2j * np.pi * winding * z_mm).mean()
    middle = Ellipse((8.0, -5.0), (50.0, 50.0)).fourier(sequence.trajectory_per_m()[0, :, :2] / 1000)
    t2_s = relaxation_s(tissue("white matter"), 3.0)[1]
    decay = np.exp(-(sequence.windows[0].times_s - 1e-3) / t2_s) * proton_density(tissue("white matter"))
    expected = -1j * middle * decay * mean * N / FOV_MM**2
    # The coil is uniform to 4e-6 per mm: what is left is its slope.
    assert np.abs(found / sensitivity - expected).max() < 8e-4 * np.abs(middle).max() * N / FOV_MM**2


def test_motion_and_sequences_without_a_field_of_view_are_refused() -> None:
    sequence = train([30.0, 30.0], n_lines=2)
    with pytest.raises(DataError, match="field of view"):
        acquisition_of(replace(sequence, fov_m=None), TEMPLATE)
    motion = Motion(np.array([0.5]), np.zeros((1, 3)), np.ones((1, 3)))
    scan = acquisition_of(sequence, replace(TEMPLATE, imperfections=Imperfections(motion=motion)), matrix=(N, N))
    with pytest.raises(NotSupportedError, match="lie still"):
        mri.simulate(BODY, scan, np.random.default_rng(0))
    uneven = replace(sequence, windows=(sequence.windows[0], sequence.windows[1]._replace(n_samples=3)))
    with pytest.raises(DataError, match="in length"):
        uneven.trajectory_per_m()


def test_absorbed_power_grows_with_field_flip_and_speed() -> None:
    once = whole_body_sar_w_per_kg([rectangular_energy_hz2_s(np.pi, 1e-3)], 0.1, 1.5)
    assert whole_body_sar_w_per_kg([rectangular_energy_hz2_s(np.pi, 1e-3)], 0.1, 3.0) == pytest.approx(4 * once)
    assert whole_body_sar_w_per_kg([rectangular_energy_hz2_s(np.pi / 2, 1e-3)], 0.1, 1.5) == pytest.approx(once / 4)
    assert whole_body_sar_w_per_kg([rectangular_energy_hz2_s(np.pi, 2e-3)], 0.1, 1.5) == pytest.approx(once / 2)
    with pytest.raises(OptionError, match="takes time"):
        rectangular_energy_hz2_s(1.0, 0.0)
    with pytest.raises(OptionError, match="positive"):
        whole_body_sar_w_per_kg([1.0], 0.0, 3.0)
