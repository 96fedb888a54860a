"""What nuclear medicine sees, and how warm a body is."""

from __future__ import annotations

from isocenter.physics.tables.rows import Property

_BODY = (
    "adipose",
    "muscle",
    "soft tissue",
    "blood",
    "brain",
    "grey matter",
    "white matter",
    "heart",
    "liver",
    "kidney",
    "spleen",
    "pancreas",
    "bowel",
    "uterus",
)

TRACERS = (
    Property(
        "fdg_suv_mean",
        "g/ml{SUVbw}",
        "Wang et al., Mol. Imaging Biol. 9 (2007) 83-90, cerebellum",
        {"grey matter": (8.0, 2.2)},
    ),
    Property(
        "fdg_suv_mean",
        "g/ml{SUVbw}",
        "Boktor et al., J. Nucl. Med. 54 (2013) 677-682, first visit of 132 patients",
        {"blood": (1.55, 0.38), "liver": (2.17, 0.44)},
    ),
    Property(
        "temperature",
        "Cel",
        "Mackowiak, Wasserman and Levine, JAMA 268 (1992) 1578-1580, mouth of healthy adults",
        dict.fromkeys(_BODY, (36.8, 0.4)),
    ),
)
