"""What light sees: absorption, scattering and refraction."""

from __future__ import annotations

from isocenter.physics.tables.rows import Property

_STRANGMAN = "Strangman, Franceschini and Boas, NeuroImage 18 (2003) 865-879, table 1, 830 nm"
_BOLIN = "Bolin et al., Appl. Opt. 28 (1989) 2297-2303, 632.8 nm"

OPTICS = (
    Property(
        "optical_absorption_830nm",
        "/mm",
        _STRANGMAN,
        {
            "skin": (0.0191, 0.004),
            "cortical bone": (0.0136, 0.003),
            "cerebrospinal fluid": (0.0026, 0.001),
            "grey matter": (0.0186, 0.004),
            "white matter": (0.0186, 0.004),
        },
    ),
    Property(
        "optical_reduced_scattering_830nm",
        "/mm",
        _STRANGMAN,
        {
            "skin": (0.66, 0.13),
            "cortical bone": (0.86, 0.17),
            "cerebrospinal fluid": (0.01, 0.005),
            "grey matter": (1.11, 0.2),
            "white matter": (1.11, 0.2),
        },
    ),
    Property("refractive_index_633nm", "1", _BOLIN, {"adipose": (1.455, 0.01)}),
    Property(
        "refractive_index_633nm",
        "1",
        "Hale and Querry, Appl. Opt. 12 (1973) 555-563, interpolated between 625 and 650 nm, 25 Cel",
        {"water": (1.332, 0.001)},
    ),
)
