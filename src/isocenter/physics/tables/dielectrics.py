"""Parameters of the four Cole-Cole terms that describe how tissue carries current.

Each row: permittivity at infinite frequency, conductivity at rest in S/m, then four terms (step of permittivity,
relaxation time in s, exponent alpha).
Source: Gabriel, Lau and Gabriel, Phys. Med. Biol. 41 (1996) 2271-2293, table 1, and for the tissues not printed there
the same authors' report AL/OE-TR-1996-0037, appendix C.
"""

from __future__ import annotations

from typing import TypeAlias

Term: TypeAlias = tuple[float, float, float]

SOURCE = "Gabriel, Lau and Gabriel, Phys. Med. Biol. 41 (1996) 2271-2293 and report AL/OE-TR-1996-0037, appendix C"

PS, NS, US, MS = 1e-12, 1e-9, 1e-6, 1e-3

COLE_COLE: dict[str, tuple[float, float, tuple[Term, ...]]] = {
    "blood": (4.0, 0.7, ((56, 8.377 * PS, 0.1), (5200, 132.629 * NS, 0.1))),
    "spongy bone": (
        2.5,
        0.07,
        ((18, 13.263 * PS, 0.22), (300, 79.577 * NS, 0.25), (20000, 159.155 * US, 0.2), (2e07, 15.915 * MS, 0.0)),
    ),
    "cortical bone": (
        2.5,
        0.02,
        ((10, 13.263 * PS, 0.2), (180, 79.577 * NS, 0.2), (5000, 159.155 * US, 0.2), (100000, 15.915 * MS, 0.0)),
    ),
    "grey matter": (
        4.0,
        0.02,
        ((45, 7.958 * PS, 0.1), (400, 15.915 * NS, 0.15), (200000, 106.103 * US, 0.22), (4.5e07, 5.305 * MS, 0.0)),
    ),
    "white matter": (
        4.0,
        0.02,
        ((32, 7.958 * PS, 0.1), (100, 7.958 * NS, 0.1), (40000, 53.052 * US, 0.3), (3.5e07, 7.958 * MS, 0.02)),
    ),
    "cerebrospinal fluid": (4.0, 2.0, ((65, 7.958 * PS, 0.1), (40, 1.592 * NS, 0.0))),
    "adipose": (
        2.5,
        0.01,
        ((3, 7.958 * PS, 0.2), (15, 15.915 * NS, 0.1), (33000, 159.155 * US, 0.05), (1e07, 7.958 * MS, 0.01)),
    ),  # not infiltrated
    "heart": (
        4.0,
        0.05,
        ((50, 7.958 * PS, 0.1), (1200, 159.155 * NS, 0.05), (450000, 72.343 * US, 0.22), (2.5e07, 4.547 * MS, 0.0)),
    ),
    "kidney": (
        4.0,
        0.05,
        ((47, 7.958 * PS, 0.1), (3500, 198.944 * NS, 0.22), (250000, 79.577 * US, 0.22), (3e07, 4.547 * MS, 0.0)),
    ),
    "eye lens": (
        4.0,
        0.3,
        ((42, 7.958 * PS, 0.1), (1500, 79.577 * NS, 0.1), (200000, 159.155 * US, 0.1), (4e07, 15.915 * MS, 0.0)),
    ),  # its cortex
    "liver": (
        4.0,
        0.02,
        ((39, 8.842 * PS, 0.1), (6000, 530.516 * NS, 0.2), (50000, 22.736 * US, 0.2), (3e07, 15.915 * MS, 0.05)),
    ),
    "lung": (
        2.5,
        0.03,
        ((18, 7.958 * PS, 0.1), (500, 63.662 * NS, 0.1), (250000, 159.155 * US, 0.2), (4e07, 7.958 * MS, 0.0)),
    ),  # inflated
    "muscle": (
        4.0,
        0.2,
        ((50, 7.234 * PS, 0.1), (7000, 353.678 * NS, 0.1), (1.2e06, 318.31 * US, 0.1), (2.5e07, 2.274 * MS, 0.0)),
    ),  # across the fibres
    "skin": (
        4.0,
        0.0004,
        ((39, 7.958 * PS, 0.1), (280, 79.577 * NS, 0.0), (30000, 1.592 * US, 0.16), (30000, 1.592 * MS, 0.2)),
    ),  # wet
    "bowel": (
        4.0,
        0.5,
        ((50, 7.958 * PS, 0.1), (10000, 159.155 * NS, 0.1), (500000, 159.155 * US, 0.2), (4e07, 15.915 * MS, 0.0)),
    ),  # small intestine
    "spleen": (
        4.0,
        0.03,
        ((48, 7.958 * PS, 0.1), (2500, 63.662 * NS, 0.15), (200000, 265.258 * US, 0.25), (5e07, 6.366 * MS, 0.0)),
    ),
    "thyroid": (
        4.0,
        0.5,
        ((55, 7.958 * PS, 0.1), (2500, 159.155 * NS, 0.1), (100000, 159.155 * US, 0.2), (4e07, 15.915 * MS, 0.0)),
    ),
    "uterus": (
        4.0,
        0.2,
        ((55, 7.958 * PS, 0.1), (800, 31.831 * NS, 0.1), (300000, 159.155 * US, 0.2), (3.5e07, 1.061 * MS, 0.0)),
    ),
}
