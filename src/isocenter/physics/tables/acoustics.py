"""What ultrasound and elastography see: speed, attenuation, nonlinearity and stiffness."""

from __future__ import annotations

from isocenter.physics.tables.rows import Property

_CULJAT = "Culjat et al., Ultrasound Med. Biol. 36 (2010) 861-873, table 1"

ACOUSTICS = (
    Property(
        "sound_speed",
        "m/s",
        "Duck, Physical Properties of Tissue, 1990, ch. 4",
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
    ),
    Property(
        "sound_speed",
        "m/s",
        _CULJAT,
        {
            "cortical bone": (3476.0, 350.0),
            "heart": (1576.0, 15.0),
            "soft tissue": (1561.0, 20.0),
            "breast": (1510.0, 30.0),
        },
    ),
    Property(
        "acoustic_attenuation",
        "dB/(cm.MHz)",
        _CULJAT,
        {
            "water": (0.0022, 0.0003),
            "adipose": (0.48, 0.2),
            "muscle": (1.09, 0.3),
            "blood": (0.2, 0.05),
            "brain": (0.6, 0.2),
            "breast": (0.75, 0.3),
            "heart": (0.52, 0.15),
            "kidney": (1.0, 0.3),
            "liver": (0.5, 0.15),
            "soft tissue": (0.54, 0.2),
            "cortical bone": (6.9, 2.0),
        },
    ),
    Property(
        "nonlinearity_b_over_a",
        "1",
        "Duck, Ultrasound Med. Biol. 28 (2002) 1-18, table of B/A; uncertainty is ours",
        {
            "water": (5.2, 0.3),
            "blood": (6.1, 0.5),
            "brain": (6.6, 0.5),
            "adipose": (10.0, 1.0),
            "liver": (6.8, 0.5),
            "muscle": (7.4, 0.5),
        },
    ),
    Property(
        "shear_storage_modulus",
        "kPa",
        "Green, Bilston and Sinkus, NMR Biomed. 21 (2008) 755-764, MR elastography at 90 Hz",
        {"grey matter": (3.1, 0.1), "white matter": (2.7, 0.1)},
    ),
    Property(
        "shear_stiffness_60hz",
        "kPa",
        "Rouviere et al., Radiology 240 (2006) 440-448, healthy volunteers",
        {"liver": (2.0, 0.3)},
    ),
)
