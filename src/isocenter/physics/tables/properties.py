"""Properties of tissues by name: (value, UCUM unit, uncertainty, source).

Relaxation at 1.5 T and 3 T, proton density, acoustics, conductivity, optics, stiffness and tracer uptake. A tissue has
the properties for which a source is named here, and no others. Mass density stands in the composition table.
"""

from __future__ import annotations

from typing import TypeAlias

Row: TypeAlias = tuple[float, str, float, str]

_STANISZ = "Stanisz et al., Magn. Reson. Med. 54 (2005) 507-512, table 1"
_DEBAZELAIRE = "de Bazelaire et al., Radiology 230 (2004) 652-659"
_DUCK = "Duck, Physical Properties of Tissue, 1990, ch. 4"
_PD = "Tofts (ed.), Quantitative MRI of the Brain, 2003, ch. 4; water content relative to water"


def _relaxation(t1_15: Row, t2_15: Row, t1_3: Row, t2_3: Row, proton_density: float) -> dict[str, Row]:
    density = (proton_density, "1", 0.05, _PD)
    return {"t1_1.5t": t1_15, "t2_1.5t": t2_15, "t1_3t": t1_3, "t2_3t": t2_3, "proton_density": density}


def _ms(value: float, spread: float, source: str) -> Row:
    return (value, "ms", spread, source)


PROPERTIES: dict[str, dict[str, Row]] = {
    "grey matter": _relaxation(
        _ms(1124, 50, _STANISZ), _ms(95, 8, _STANISZ), _ms(1820, 114, _STANISZ), _ms(99, 7, _STANISZ), 0.82
    ),
    "white matter": _relaxation(
        _ms(884, 50, _STANISZ), _ms(72, 4, _STANISZ), _ms(1084, 45, _STANISZ), _ms(69, 3, _STANISZ), 0.70
    ),
    "muscle": _relaxation(
        _ms(1008, 20, _STANISZ), _ms(44, 6, _STANISZ), _ms(1412, 13, _STANISZ), _ms(50, 4, _STANISZ), 0.78
    ),
    "heart": _relaxation(
        _ms(1030, 34, _STANISZ), _ms(40, 6, _STANISZ), _ms(1471, 31, _STANISZ), _ms(47, 11, _STANISZ), 0.79
    ),
    "blood": _relaxation(
        _ms(1441, 120, _STANISZ), _ms(290, 30, _STANISZ), _ms(1932, 85, _STANISZ), _ms(275, 50, _STANISZ), 0.83
    ),
    "liver": _relaxation(
        _ms(576, 30, _STANISZ), _ms(46, 6, _STANISZ), _ms(812, 64, _STANISZ), _ms(42, 3, _STANISZ), 0.72
    ),
    "kidney": _relaxation(
        _ms(690, 30, _STANISZ), _ms(55, 3, _STANISZ), _ms(1194, 27, _STANISZ), _ms(56, 4, _STANISZ), 0.79
    ),
    "spleen": _relaxation(
        _ms(1057, 42, _DEBAZELAIRE),
        _ms(79, 15, _DEBAZELAIRE),
        _ms(1328, 31, _DEBAZELAIRE),
        _ms(61, 9, _DEBAZELAIRE),
        0.79,
    ),
    "adipose": _relaxation(
        _ms(343, 37, _DEBAZELAIRE), _ms(58, 4, _DEBAZELAIRE), _ms(382, 13, _DEBAZELAIRE), _ms(68, 4, _DEBAZELAIRE), 0.90
    ),
    "cerebrospinal fluid": _relaxation(
        _ms(4070, 65, "Lin et al., J. Comput. Assist. Tomogr. 25 (2001) 190"),
        _ms(2200, 300, "Daoust et al., PLoS One 12 (2017) e0172526"),
        _ms(4163, 263, "Lin et al., J. Comput. Assist. Tomogr. 25 (2001) 190"),
        _ms(2200, 300, "Daoust et al., PLoS One 12 (2017) e0172526"),
        1.0,
    ),
}


def _add(key: str, unit: str, source: str, values: dict[str, tuple[float, float]]) -> None:
    """Add one property to many tissues: value and uncertainty by tissue."""
    for name, (value, spread) in values.items():
        PROPERTIES.setdefault(name, {})[key] = (value, unit, spread, source)


_add(
    "sound_speed",
    "m/s",
    _DUCK,
    {
        "water": (1482.0, 3.0),
        "adipose": (1450.0, 25.0),
        "muscle": (1580.0, 20.0),
        "blood": (1584.0, 10.0),
        "brain": (1562.0, 10.0),
        "liver": (1595.0, 15.0),
        "kidney": (1567.0, 12.0),
        "spleen": (1567.0, 12.0),
    },
)
_add(
    "acoustic_attenuation",
    "dB/(cm.MHz)",
    "Culjat et al., Ultrasound Med. Biol. 36 (2010) 861-873, table 1",
    {
        "water": (0.0022, 0.0003),
        "adipose": (0.48, 0.2),
        "muscle": (1.09, 0.3),
        "blood": (0.2, 0.05),
        "brain": (0.6, 0.2),
        "heart": (0.52, 0.15),
        "kidney": (1.0, 0.3),
        "liver": (0.5, 0.15),
        "soft tissue": (0.54, 0.2),
        "cortical bone": (6.9, 2.0),
    },
)
_add(
    "conductivity_100khz",
    "S/m",
    "Gabriel, Lau and Gabriel, Phys. Med. Biol. 41 (1996) 2271-2293, parametric model at 100 kHz",
    {
        # The authors expect 15 to 25 % at low frequencies; muscle is across its fibres, skin is wet.
        "blood": (0.703, 0.14),
        "cerebrospinal fluid": (2.0, 0.4),
        "grey matter": (0.134, 0.027),
        "white matter": (0.0818, 0.016),
        "adipose": (0.0244, 0.005),
        "muscle": (0.362, 0.07),
        "heart": (0.215, 0.04),
        "liver": (0.0846, 0.017),
        "kidney": (0.171, 0.034),
        "lung": (0.107, 0.021),
        "cortical bone": (0.0208, 0.004),
        "spongy bone": (0.0839, 0.017),
        "skin": (0.0658, 0.013),
    },
)
_OPTICS = "Strangman, Franceschini and Boas, NeuroImage 18 (2003) 865-879, table 1, 830 nm"
_add(
    "optical_absorption_830nm",
    "/mm",
    _OPTICS,
    {
        "skin": (0.0191, 0.004),
        "cortical bone": (0.0136, 0.003),
        "cerebrospinal fluid": (0.0026, 0.001),
        "grey matter": (0.0186, 0.004),
        "white matter": (0.0186, 0.004),
    },
)
_add(
    "optical_reduced_scattering_830nm",
    "/mm",
    _OPTICS,
    {
        "skin": (0.66, 0.13),
        "cortical bone": (0.86, 0.17),
        "cerebrospinal fluid": (0.01, 0.005),
        "grey matter": (1.11, 0.2),
        "white matter": (1.11, 0.2),
    },
)
_add(
    "shear_storage_modulus",
    "kPa",
    "Green, Bilston and Sinkus, NMR Biomed. 21 (2008) 755-764, MR elastography at 90 Hz",
    {"grey matter": (3.1, 0.1), "white matter": (2.7, 0.1)},
)
_add(
    "shear_stiffness_60hz",
    "kPa",
    "Rouviere et al., Radiology 240 (2006) 440-448, healthy volunteers",
    {"liver": (2.0, 0.3)},
)
_add(
    "fdg_suv_mean",
    "g/ml{SUVbw}",
    "Wang et al., Mol. Imaging Biol. 9 (2007) 83-90, cerebellum",
    {"grey matter": (8.0, 2.2)},
)
