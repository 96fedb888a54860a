"""Density in g/cm3 and elemental mass fractions of tissues.

Source of the ICRU-44 rows: ICRU Report 44, Tissue Substitutes in Radiation Dosimetry and Measurement, 1989, as printed
with NISTIR 5632 (table 2); of the Woodard rows: Woodard and White, Br. J. Radiol. 59 (1986) 1209-1218.
"""

from __future__ import annotations

_ICRU = "ICRU Report 44 (1989), as in NISTIR 5632 table 2"
_NIST = "NISTIR 5632 table 1"
_WW = "Woodard and White, Br. J. Radiol. 59 (1986) 1209"

COMPOSITIONS: dict[str, tuple[float, dict[str, float], str]] = {
    "air": (0.001205, {"C": 0.000124, "N": 0.755268, "O": 0.231781, "Ar": 0.012827}, _ICRU),
    "water": (1.0, {"H": 0.111898, "O": 0.888102}, _ICRU),
    "adipose": (0.95, {"H": 0.114, "C": 0.598, "N": 0.007, "O": 0.278, "Na": 0.001, "S": 0.001, "Cl": 0.001}, _ICRU),
    "muscle": (
        1.05,
        {"H": 0.102, "C": 0.143, "N": 0.034, "O": 0.710, "Na": 0.001, "P": 0.002, "S": 0.003, "Cl": 0.001, "K": 0.004},
        _ICRU,
    ),
    "soft tissue": (
        1.06,
        {"H": 0.102, "C": 0.143, "N": 0.034, "O": 0.708, "Na": 0.002, "P": 0.003, "S": 0.003, "Cl": 0.002, "K": 0.003},
        _ICRU,
    ),
    "blood": (
        1.06,
        {
            "H": 0.102,
            "C": 0.110,
            "N": 0.033,
            "O": 0.745,
            "Na": 0.001,
            "P": 0.001,
            "S": 0.002,
            "Cl": 0.003,
            "K": 0.002,
            "Fe": 0.001,
        },
        _ICRU,
    ),
    "lung": (
        0.26,
        {"H": 0.103, "C": 0.105, "N": 0.031, "O": 0.749, "Na": 0.002, "P": 0.002, "S": 0.003, "Cl": 0.003, "K": 0.002},
        _ICRU + "; inflated density, Woodard and White",
    ),
    "brain": (
        1.04,
        {"H": 0.107, "C": 0.145, "N": 0.022, "O": 0.712, "Na": 0.002, "P": 0.004, "S": 0.002, "Cl": 0.003, "K": 0.003},
        _ICRU,
    ),
    "grey matter": (
        1.04,
        {"H": 0.107, "C": 0.095, "N": 0.018, "O": 0.767, "Na": 0.002, "P": 0.003, "S": 0.002, "Cl": 0.003, "K": 0.003},
        _WW,
    ),
    "white matter": (
        1.04,
        {"H": 0.106, "C": 0.194, "N": 0.025, "O": 0.661, "Na": 0.002, "P": 0.004, "S": 0.002, "Cl": 0.003, "K": 0.003},
        _WW,
    ),
    "cerebrospinal fluid": (1.01, {"H": 0.111, "O": 0.880, "Na": 0.005, "Cl": 0.004}, _WW),
    "cortical bone": (
        1.92,
        {"H": 0.034, "C": 0.155, "N": 0.042, "O": 0.435, "Na": 0.001, "Mg": 0.002, "P": 0.103, "S": 0.003, "Ca": 0.225},
        _ICRU,
    ),
    "spongy bone": (
        1.18,
        {
            "H": 0.085,
            "C": 0.404,
            "N": 0.028,
            "O": 0.367,
            "Na": 0.001,
            "Mg": 0.001,
            "P": 0.034,
            "S": 0.002,
            "Cl": 0.002,
            "K": 0.001,
            "Ca": 0.074,
            "Fe": 0.001,
        },
        _WW,
    ),
    "skin": (
        1.09,
        {"H": 0.100, "C": 0.204, "N": 0.042, "O": 0.645, "Na": 0.002, "P": 0.001, "S": 0.002, "Cl": 0.003, "K": 0.001},
        _WW,
    ),
    "heart": (
        1.05,
        {"H": 0.104, "C": 0.139, "N": 0.029, "O": 0.718, "Na": 0.001, "P": 0.002, "S": 0.002, "Cl": 0.002, "K": 0.003},
        _WW,
    ),
    "liver": (
        1.06,
        {"H": 0.102, "C": 0.139, "N": 0.030, "O": 0.716, "Na": 0.002, "P": 0.003, "S": 0.003, "Cl": 0.002, "K": 0.003},
        _WW,
    ),
    "kidney": (
        1.05,
        {
            "H": 0.103,
            "C": 0.132,
            "N": 0.030,
            "O": 0.724,
            "Na": 0.002,
            "P": 0.002,
            "S": 0.002,
            "Cl": 0.002,
            "K": 0.002,
            "Ca": 0.001,
        },
        _WW,
    ),
    "spleen": (
        1.06,
        {"H": 0.103, "C": 0.113, "N": 0.032, "O": 0.741, "Na": 0.001, "P": 0.003, "S": 0.002, "Cl": 0.002, "K": 0.003},
        _WW,
    ),
    "eye lens": (
        1.07,
        {"H": 0.096, "C": 0.195, "N": 0.057, "O": 0.646, "Na": 0.001, "P": 0.001, "S": 0.003, "Cl": 0.001},
        _ICRU,
    ),
    "pancreas": (
        1.04,
        {"H": 0.106, "C": 0.169, "N": 0.022, "O": 0.694, "Na": 0.002, "P": 0.002, "S": 0.001, "Cl": 0.002, "K": 0.002},
        _WW,
    ),
    "bowel": (
        1.03,
        {"H": 0.106, "C": 0.115, "N": 0.022, "O": 0.751, "Na": 0.001, "P": 0.001, "S": 0.001, "Cl": 0.002, "K": 0.001},
        _WW + ", wall of the gastrointestinal tract",
    ),
    "bladder wall": (
        1.04,
        {"H": 0.105, "C": 0.096, "N": 0.026, "O": 0.761, "Na": 0.002, "P": 0.002, "S": 0.002, "Cl": 0.003, "K": 0.003},
        _WW + ", empty bladder",
    ),
    "urine": (
        1.02,
        {"H": 0.110, "C": 0.005, "N": 0.010, "O": 0.862, "Na": 0.004, "P": 0.001, "Cl": 0.006, "K": 0.002},
        _WW,
    ),
    "breast": (
        1.02,
        {"H": 0.106, "C": 0.332, "N": 0.030, "O": 0.527, "Na": 0.001, "P": 0.001, "S": 0.002, "Cl": 0.001},
        _ICRU,
    ),
    "thyroid": (
        1.05,
        {
            "H": 0.104,
            "C": 0.119,
            "N": 0.024,
            "O": 0.745,
            "Na": 0.002,
            "P": 0.001,
            "S": 0.001,
            "Cl": 0.002,
            "K": 0.001,
            "I": 0.001,
        },
        _WW,
    ),
    "uterus": (
        1.05,
        {"H": 0.102, "C": 0.143, "N": 0.034, "O": 0.710, "Na": 0.001, "P": 0.002, "S": 0.003, "Cl": 0.001, "K": 0.004},
        "assumed: as skeletal muscle, " + _ICRU,
    ),
    "calcification": (
        3.16,
        {"H": 0.0020, "O": 0.4141, "P": 0.1850, "Ca": 0.3989},
        "hydroxyapatite, Ca5(PO4)3OH: mass fractions by stoichiometry, density of the mineral",
    ),
    "PMMA": (1.19, {"H": 0.080541, "C": 0.599846, "O": 0.319613}, _ICRU),
    "titanium": (4.54, {"Ti": 1.0}, "NISTIR 5632 table 1"),
    "aluminium": (2.699, {"Al": 1.0}, _NIST),
    "beryllium": (1.848, {"Be": 1.0}, _NIST),
    "carbon": (1.7, {"C": 1.0}, _NIST + ", graphite"),
    "copper": (8.96, {"Cu": 1.0}, _NIST),
    "silicon": (2.33, {"Si": 1.0}, _NIST),
    "tin": (7.31, {"Sn": 1.0}, _NIST),
    "tungsten": (19.3, {"W": 1.0}, _NIST),
    "lead": (11.35, {"Pb": 1.0}, _NIST),
    "iron": (7.874, {"Fe": 1.0}, _NIST),
    "cadmium telluride": (6.2, {"Cd": 0.468355, "Te": 0.531645}, "NISTIR 5632 table 2"),
    "caesium iodide": (4.51, {"Cs": 0.511549, "I": 0.488451}, "NISTIR 5632 table 2"),
    "gadolinium oxysulphide": (7.44, {"O": 0.084528, "S": 0.084690, "Gd": 0.830782}, "NISTIR 5632 table 2"),
    "polyethylene": (0.93, {"H": 0.143716, "C": 0.856284}, "NISTIR 5632 table 2"),
    "teflon": (2.25, {"C": 0.240183, "F": 0.759818}, "NISTIR 5632 table 2"),
    "alumina": (3.97, {"O": 0.4707, "Al": 0.5293}, "Al2O3: mass fractions by stoichiometry, density of the crystal"),
}
