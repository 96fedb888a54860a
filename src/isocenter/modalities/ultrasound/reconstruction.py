"""Ultrasound: methods, their parameters, and units."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from isocenter.core.arrays import ComplexArray, FloatArray
from isocenter.core.errors import DataError, OptionError
from isocenter.core.grid import Grid
from isocenter.core.image import Image
from isocenter.core.methods import Method, Parameter, choose
from isocenter.core.progress import OnProgress, report
from isocenter.core.provenance import ParameterValue, Provenance
from isocenter.modalities.ultrasound import beamforming, doppler
from isocenter.modalities.ultrasound.aperture import fitting_f_number
from isocenter.modalities.ultrasound.beamforming import WINDOWS, Beam
from isocenter.modalities.ultrasound.envelope import decibels, depth_gain, despeckled, persisted
from isocenter.modalities.ultrasound.geometry import default_grid, in_probe_mm
from isocenter.modalities.ultrasound.harmonic import HARMONICS
from isocenter.modalities.ultrasound.measurement import Measurement
from isocenter.modalities.ultrasound.migration import migrated

TITLE = "Ultrasound"
ALL_ELEMENTS = 0.01
FOURIER = "fourier"

_F_NUMBER = Parameter(
    "f_number", 0.0, "depth over aperture; 0 takes what fits the width of the elements", minimum=0.0, maximum=20.0
)
_WINDOW = Parameter("window", "tukey", "weights across the aperture", choices=tuple(WINDOWS))
_RANGE = Parameter(
    "dynamic_range_db", 60.0, "what is shown below the brightest echo", unit="dB", minimum=1, maximum=200
)
_GAIN = Parameter(
    "gain_db_cm_mhz",
    0.0,
    "loss of the tissue that is undone with depth (soft tissue: 0.5)",
    unit="dB/(cm.MHz)",
    minimum=0.0,
    maximum=3.0,
)
_PERSISTENCE = Parameter("persistence", 0.0, "part of the frame before that stays", minimum=0.0, maximum=0.95)
_DESPECKLE = Parameter("despeckle", 0, "passes of speckle reducing diffusion", minimum=0, maximum=100)
_HARMONIC = Parameter(
    "harmonic",
    "none",
    "twice the frequency that was sent: filtered out, or of pairs of transmits whose second is inverted",
    choices=tuple(HARMONICS),
)
_SHOWN = (_F_NUMBER, _WINDOW, _RANGE, _GAIN, _PERSISTENCE, _DESPECKLE, _HARMONIC)
_CLUTTER = Parameter("clutter", "polynomial", "how tissue is taken out", choices=("none", "polynomial", "fir", "svd"))
_ORDER = Parameter("order", 1, "order of the polynomial, or components the SVD takes out", minimum=0, maximum=20)
_CUTOFF = Parameter("cutoff", 0.05, "cut-off of the FIR filter as part of the frame rate", minimum=0.001, maximum=0.49)
_SMOOTHING = Parameter("smoothing", 3, "samples each way that are averaged", minimum=1, maximum=15)
_FLOW = (_F_NUMBER, _WINDOW, _CLUTTER, _ORDER, _CUTOFF, _SMOOTHING)

Sum = Callable[[Beam, Any], ComplexArray]


def _capon_sum(settings: Mapping[str, Any]) -> Sum:
    loading = float(settings["loading"])
    return lambda beam, samples: beamforming.least_variance(beam, samples, loading=loading)


_SUMS: Mapping[str, Callable[[Mapping[str, Any]], Sum]] = {
    "das": lambda _: beamforming.delay_and_sum,
    "coherence-factor": lambda _: beamforming.coherence_factor,
    "dmas": lambda _: beamforming.multiply_and_sum,
    "capon": _capon_sum,
}


def _complex(
    measurement: Measurement, grid: Grid, on_progress: OnProgress | None, settings: Mapping[str, Any], name: str
) -> ComplexArray:
    scan = measurement.acquisition
    if name == FOURIER:
        frames = []
        for index, traces in enumerate(measurement.data):
            report(on_progress, index, scan.n_frames, "migrating")
            frames.append(migrated(scan, traces, grid))
        report(on_progress, scan.n_frames, scan.n_frames, "migrating")
        return np.stack(frames)
    return beamforming.pictures(
        scan,
        measurement.data,
        grid,
        _SUMS[name](settings),
        f_number=f_number_of(measurement, float(settings["f_number"])),
        window=str(settings["window"]),
        on_progress=on_progress,
    )


def f_number_of(measurement: Measurement, f_number: float) -> float:
    """Return an F-number: as asked for, or for 0 what fits the width of the elements (all, if that is not known)."""
    scan = measurement.acquisition
    if f_number > 0:
        return f_number
    return fitting_f_number(scan.element_width_mm, scan.wavelength_mm) if scan.element_width_mm else ALL_ELEMENTS


def _shown(name: str) -> Callable[..., FloatArray]:
    def run(measurement: Measurement, grid: Grid, on_progress: OnProgress | None, **settings: Any) -> FloatArray:
        if "harmonic" in settings:
            measurement = HARMONICS[str(settings["harmonic"])](measurement)
        scan = measurement.acquisition
        envelope = np.abs(_complex(measurement, grid, on_progress, settings, name))
        loss = float(settings["gain_db_cm_mhz"])
        if loss:
            depth = in_probe_mm(scan, grid)[..., 2]
            envelope = envelope * depth_gain(depth, attenuation_db_cm_mhz=loss, center_hz=scan.center_hz)
        envelope = persisted(envelope, persistence=float(settings["persistence"]))
        if settings["despeckle"]:
            envelope = despeckled(envelope, n_iterations=int(settings["despeckle"]))
        return decibels(envelope, dynamic_range_db=float(settings["dynamic_range_db"]))

    return run


def _moving(
    measurement: Measurement, grid: Grid, on_progress: OnProgress | None, settings: Mapping[str, Any]
) -> ComplexArray:
    scan = measurement.acquisition
    if scan.n_frames < 3 or scan.frame_hz <= 0:
        raise OptionError(
            "Doppler needs several frames at a known rate.",
            field="n_frames, frame_hz",
            found=f"{scan.n_frames} frames at {scan.frame_hz:g} Hz",
            expected="at least 3 frames and a frame rate",
        )
    if measurement.gaps:
        raise DataError(
            "Doppler compares frames that follow each other, and some are missing.",
            field="frame_times_s",
            found=f"{len(measurement.gaps)} gaps, the first after frame {measurement.gaps[0] + 1}",
            expected="frames at equal times",
            remedy="Take the frames between two gaps.",
        )
    frames = _complex(measurement, grid, on_progress, settings, "das")
    clutter, order = settings["clutter"], int(settings["order"])
    if clutter == "polynomial":
        return doppler.polynomial_filtered(frames, order=order)
    if clutter == "svd":
        return doppler.svd_filtered(frames, n_removed=order)
    if clutter == "fir":
        cutoff = float(settings["cutoff"]) * scan.frame_hz
        return doppler.highpass_filtered(frames, cutoff_hz=cutoff, prf_hz=scan.frame_hz)
    return frames


def _colour(measurement: Measurement, grid: Grid, on_progress: OnProgress | None, **settings: Any) -> FloatArray:
    scan = measurement.acquisition
    velocity: FloatArray = doppler.colour_velocity(
        _moving(measurement, grid, on_progress, settings),
        prf_hz=scan.frame_hz,
        center_hz=scan.center_hz,
        sound_speed_m_s=scan.sound_speed_m_s,
        smoothing=int(settings["smoothing"]),
    ).astype(np.float32)
    return velocity


def _power(measurement: Measurement, grid: Grid, on_progress: OnProgress | None, **settings: Any) -> FloatArray:
    power = doppler.doppler_power(_moving(measurement, grid, on_progress, settings))
    return decibels(np.sqrt(power), dynamic_range_db=float(settings["dynamic_range_db"]))


METHODS: Mapping[str, Method] = {
    "das": Method(
        "das",
        "Delay and sum, transmits compounded: the B-mode picture.",
        "Perrot et al., Ultrasonics 111 (2021) 106309",
        _shown("das"),
        _SHOWN,
    ),
    "coherence-factor": Method(
        "coherence-factor",
        "Delay and sum, darker where channels disagree: fewer side lobes, darker speckle.",
        "Hollman et al., IEEE Ultrason. Symp. 1999, 1257",
        _shown("coherence-factor"),
        _SHOWN,
    ),
    "dmas": Method(
        "dmas",
        "Delay, multiply and sum at baseband: pairs of channels that agree count.",
        "Shen and Hsieh, Ultrasonics 96 (2019) 165",
        _shown("dmas"),
        _SHOWN,
    ),
    "capon": Method(
        "capon",
        "Weights of least variance: the sharpest points, for patient people.",
        "Synnevag et al., IEEE Trans. Ultrason. Ferroelectr. Freq. Control 54 (2007) 1606",
        _shown("capon"),
        (
            *_SHOWN,
            Parameter("loading", 0.05, "robustness: part of the mean added to the diagonal", minimum=0, maximum=10),
        ),
    ),
    FOURIER: Method(
        FOURIER,
        "Stolt's migration of plane waves by FFTs; for linear probes.",
        "Garcia et al., IEEE Trans. Ultrason. Ferroelectr. Freq. Control 60 (2013) 1853",
        _shown(FOURIER),
        (_RANGE, _GAIN, _PERSISTENCE, _DESPECKLE),
    ),
    "colour-doppler": Method(
        "colour-doppler",
        "Velocity along the beam from the phase between frames, positive towards the probe.",
        "Kasai et al., IEEE Trans. Sonics Ultrason. 32 (1985) 458",
        _colour,
        _FLOW,
    ),
    "power-doppler": Method(
        "power-doppler",
        "Power of what moves.",
        "Rubin et al., Radiology 190 (1994) 853",
        _power,
        (*_FLOW, _RANGE),
    ),
}
_QUANTITIES: Mapping[str, tuple[str, str]] = {
    "colour-doppler": ("ultrasound velocity towards the probe", "m/s"),
    "power-doppler": ("ultrasound Doppler power", "dB"),
}


def default_method(_measurement: Measurement) -> str:
    """Return "das"."""
    return "das"


def reconstruct(
    measurement: Measurement,
    grid: Grid | None = None,
    *,
    method: str = "das",
    on_progress: OnProgress | None = None,
    **parameters: ParameterValue,
) -> Image:
    """Return a picture on `grid`, by one of `METHODS`; several frames become an axis "time", but for Doppler.

    Raises
    ------
    OptionError
        If there is no such method, a parameter is wrong, or Doppler has too few frames.
    DataError
        If real traces cannot be demodulated at their sampling rate.
    """
    scan = measurement.acquisition
    chosen = choose(METHODS, method, TITLE)
    settings = chosen.resolve(parameters)
    place = default_grid(scan) if grid is None else grid
    values = chosen.run(measurement, place, on_progress, **settings)
    quantity, unit = _QUANTITIES.get(method, ("ultrasound echo", "dB"))
    is_cine = method not in _QUANTITIES and scan.n_frames > 1
    used = dict(settings)
    if "f_number" in settings:
        used["f_number"] = round(f_number_of(measurement, float(settings["f_number"])), 4)
    if scan.frame_hz:
        used["frame_hz"] = scan.frame_hz
    return Image(
        values if is_cine or method in _QUANTITIES else values[0],
        place,
        quantity=quantity,
        unit=unit,
        axes=("time",) if is_cine else (),
        acquired_at=measurement.acquired_at,
        provenance=Provenance(f"ultrasound.{method}", used, measurement.sources),
        patient=measurement.patient,
        study=measurement.study,
    )
