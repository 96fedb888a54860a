"""Properties of tissues by name: (value, UCUM unit, uncertainty, source).

Relaxation at 1.5 T and 3 T, relative proton density, sound speed, mass density is in the composition table.
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
for _name, _speed, _spread in (
    ("water", 1482.0, 3.0),
    ("adipose", 1450.0, 25.0),
    ("muscle", 1580.0, 20.0),
    ("blood", 1584.0, 10.0),
    ("brain", 1562.0, 10.0),
    ("liver", 1595.0, 15.0),
    ("kidney", 1567.0, 12.0),
    ("spleen", 1567.0, 12.0),
):
    PROPERTIES.setdefault(_name, {})["sound_speed"] = (_speed, "m/s", _spread, _DUCK)
