"""The virtual scanner: echoes of many small reflectors, each a pulse in its own time, with chance in their places.

It shares nothing with beamforming but the probe: arrival times are computed in double precision from distances,
focused beams are sent element by element, elements hear less from the side, and waves weaken on their way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import exp, log, pi, sqrt

import numpy as np
from numba import prange

from isocenter.core.arrays import FloatArray, IndexArray
from isocenter.kernels.compile import threads
from isocenter.kernels.delays.geometry import PLANE, SPHERICAL
from isocenter.modalities.ultrasound.acquisition import Acquisition
from isocenter.modalities.ultrasound.demodulation import demodulated
from isocenter.modalities.ultrasound.measurement import Measurement
from isocenter.modalities.ultrasound.probe import linear_probe
from isocenter.modalities.ultrasound.transmits import plane_wave
from isocenter.physics.body import Body
from isocenter.physics.tissues import Tissue

EXAMPLE_BODY = "abdomen"
# How bright tissues are beside liver. For pictures that look as they should, not for measurement: textbooks rank them
# (Rumack and Levine, Diagnostic Ultrasound, ch. 1), and scanners differ.
ECHOGENICITY_DB: Mapping[str, float] = {
    "water": -60.0,
    "urine": -60.0,
    "bile": -60.0,
    "cerebrospinal fluid": -60.0,
    "blood": -30.0,
    "air": -60.0,
    "fat": -2.0,
    "skin": 6.0,
    "kidney": -3.0,
    "spleen": 1.0,
    "pancreas": 3.0,
    "muscle": -4.0,
    "cortical bone": 15.0,
    "trabecular bone": 10.0,
}
_PER_CELL = 6.0
_LEAST_MM = 0.5


@dataclass(frozen=True, eq=False)
class Reflectors:
    """Points that send sound back: places (point, 3) in the probe's frame in mm, strengths, and the loss on the way.

    `loss_db_cm_mhz` (point,) holds over the whole way to a point and back.
    """

    places_mm: FloatArray
    strengths: FloatArray
    loss_db_cm_mhz: FloatArray


def reflectors_of(body: Body, acquisition: Acquisition, rng: np.random.Generator) -> Reflectors:
    """Return a body's tissue within the picture as points at random, some in every resolution cell."""
    scan = acquisition
    cell_mm = 2 * scan.wavelength_mm
    thickness = max(scan.height_mm, cell_mm)
    extent = np.array([scan.width_mm, thickness, scan.far_mm - scan.near_mm])
    n_points = max(1, int(_PER_CELL * extent[0] * extent[2] / cell_mm**2 * max(1.0, thickness / cell_mm)))
    places = (rng.random((n_points, 3)) - 0.5) * extent
    places[:, 2] += (scan.near_mm + scan.far_mm) / 2
    tissues = tissues_at(body, places @ scan.direction.T + scan.origin_mm)
    brightness = np.array([0.0 if t is None else 10 ** (ECHOGENICITY_DB.get(t.name, 0.0) / 20) for t in tissues])
    loss = np.array([0.0 if t is None else _loss_of(t) for t in tissues])
    return Reflectors(places, brightness * rng.standard_normal(n_points), loss)


def _loss_of(tissue: Tissue) -> float:
    value = tissue.properties.get("acoustic_attenuation")
    return 0.5 if value is None else float(value.value)


def tissues_at(body: Body, points_mm: FloatArray) -> list[Tissue | None]:
    """Return the tissue at every LPS point (point, 3), None outside of the body."""
    number: IndexArray = np.zeros(len(points_mm), dtype=np.int64)
    for index, component in enumerate(body.components, 1):
        number[component.shape.contains(points_mm)] = index
    kinds: list[Tissue | None] = [None, *(component.tissue for component in body.components)]
    return [kinds[index] for index in number]


def echoes(reflectors: Reflectors, acquisition: Acquisition) -> FloatArray:
    """Return the noise-free real traces (transmit, channel, sample) of points."""
    scan = acquisition
    traces = np.zeros(scan.data_shape[1:], dtype=np.float64)
    width = scan.center_hz * scan.bandwidth / (2 * sqrt(2 * log(2)))
    for index, transmit in enumerate(scan.transmits):
        for times_s, strength in _sent(transmit, reflectors.places_mm, scan):
            _add_echoes(
                traces[index],
                reflectors.places_mm,
                reflectors.strengths * strength,
                reflectors.loss_db_cm_mhz * scan.center_hz * 1e-6 / 10,
                (times_s - scan.start_s),
                np.ascontiguousarray(scan.elements),
                scan.sound_speed_m_s * 1e3,
                scan.sampling_hz,
                scan.center_hz,
                2 * (pi * width) ** 2,
                scan.element_width_mm / scan.wavelength_mm,
            )
    return traces


def _sent(transmit: FloatArray, places_mm: FloatArray, scan: Acquisition) -> list[tuple[FloatArray, FloatArray]]:
    """Return when a transmit meets the points and how strong it is there: at once, or element by element."""
    speed = scan.sound_speed_m_s * 1e3
    point, axis, time_s = transmit[:3], transmit[3:6], transmit[7]
    if transmit[6] == PLANE:
        return [(time_s + (places_mm - point) @ axis / speed, np.ones(len(places_mm)))]
    if transmit[6] != SPHERICAL:
        distance = np.linalg.norm(places_mm - point, axis=1)
        return [(time_s + distance / speed, 1 / np.maximum(distance, _LEAST_MM))]
    # Those elements send that lie within the cone from the focus back to the probe, each so that all meet there.
    ways = scan.elements[:, :3] - point
    along = -(ways @ axis)
    beside = np.linalg.norm(ways + along[:, np.newaxis] * axis, axis=1)
    taking_part = np.nonzero((along > 0) & (beside <= transmit[8] * along))[0]
    out = []
    for e in taking_part:
        fired_s = time_s - np.linalg.norm(ways[e]) / speed
        distance = np.linalg.norm(places_mm - scan.elements[e, :3], axis=1)
        out.append((fired_s + distance / speed, 1 / np.maximum(distance, _LEAST_MM) / len(taking_part)))
    return out


@threads
def _add_echoes(  # type: ignore[no-untyped-def]  # numba infers
    traces, places, strengths, loss_db_mm, sent_s, elements, speed_mm_s, rate_hz, center_hz, decay, width
):
    """Add every point's pulse to every channel's trace, in double precision, each where it truly arrives."""
    reach = sqrt(12.0 / decay)  # below e^-12 a pulse is silent
    for e in prange(traces.shape[0]):
        for p in range(places.shape[0]):
            if strengths[p] == 0:
                continue
            dx, dy, dz = places[p, 0] - elements[e, 0], places[p, 1] - elements[e, 1], places[p, 2] - elements[e, 2]
            distance = sqrt(dx * dx + dy * dy + dz * dz)
            along = dx * elements[e, 3] + dy * elements[e, 4] + dz * elements[e, 5]
            cosine = along / max(distance, 1e-9)
            if cosine <= 0:
                continue
            heard = 1.0
            if width > 0:
                argument = pi * width * sqrt(max(0.0, 1 - cosine * cosine))
                heard = cosine * (np.sin(argument) / argument if argument > 1e-9 else 1.0)
            lost = 10 ** (-loss_db_mm[p] * 2 * distance / 20)
            amplitude = strengths[p] * heard * lost / max(distance, 0.5)
            time = sent_s[p] + distance / speed_mm_s
            first = max(0, int(np.ceil((time - reach) * rate_hz)))
            past = min(traces.shape[1], int(np.floor((time + reach) * rate_hz)) + 1)
            # Pulse and carrier from sample to sample by factors: exp(-d (t + s)^2) = exp(-d t^2) exp(-d s (2 t + s)).
            t, s = first / rate_hz - time, 1 / rate_hz
            pulse, factor = amplitude * exp(-decay * t * t), exp(-decay * s * (2 * t + s))
            turn, c, i = 2 * pi * center_hz * s, np.cos(2 * pi * center_hz * t), np.sin(2 * pi * center_hz * t)
            turn_c, turn_i, shrink = np.cos(turn), np.sin(turn), exp(-2 * decay * s * s)
            for k in range(first, past):
                traces[e, k] += pulse * c
                pulse, factor = pulse * factor, factor * shrink
                c, i = c * turn_c - i * turn_i, c * turn_i + i * turn_c


def simulate(
    body: Body,
    acquisition: Acquisition,
    rng: np.random.Generator,
    *,
    noise: float = 1e-3,
    velocity_m_s: FloatArray | None = None,
) -> Measurement:
    """Scan `body`; the same state of `rng` gives the same traces.

    `noise` is the standard deviation of Gaussian noise, as part of the strongest trace's largest value.
    `velocity_m_s` (x, y, z in the probe's frame) moves all tissue between frames.
    """
    reflectors = reflectors_of(body, acquisition, rng)
    if velocity_m_s is None or not acquisition.frame_hz:
        still = np.broadcast_to(echoes(reflectors, acquisition), acquisition.data_shape)
        return measured(still, acquisition, rng, noise=noise)
    frames = []
    for index in range(acquisition.n_frames):
        step = np.asarray(velocity_m_s) * 1e3 * index / acquisition.frame_hz
        frames.append(echoes(replace(reflectors, places_mm=reflectors.places_mm + step), acquisition))
    return measured(np.stack(frames), acquisition, rng, noise=noise)


def measured(traces: FloatArray, acquisition: Acquisition, rng: np.random.Generator, *, noise: float) -> Measurement:
    """Return real traces (frame, transmit, channel, sample) with noise, demodulated where the scan says so."""
    top = float(np.abs(traces).max())
    noisy = (traces + noise * top * rng.standard_normal(traces.shape)).astype(np.float32)
    if not acquisition.is_demodulated:
        return Measurement(acquisition, noisy)
    as_sent = replace(acquisition, demodulated_hz=0.0)
    return Measurement(replace(acquisition, demodulated_hz=acquisition.center_hz), demodulated(as_sent, noisy)[0])


def example_acquisition() -> Acquisition:
    """Return three plane waves of a small linear probe over the stomach, four times."""
    return Acquisition(
        elements=linear_probe(48, 0.5),
        transmits=np.stack([plane_wave(angle) for angle in (-8.0, 0.0, 8.0)]),
        center_hz=3.5e6,
        bandwidth=0.6,
        sampling_hz=14e6,
        n_samples=1500,
        n_frames=4,
        frame_hz=2000.0,
        near_mm=35.0,
        far_mm=75.0,
        width_mm=24.0,
        pixel_mm=0.25,
        element_width_mm=0.45,
        origin_mm=np.array([46.0, -121.0, 50.0]),
    )
