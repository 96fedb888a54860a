"""What MRI sees: relaxation at 1.5 T and 3 T, proton density, diffusion and the shift of fat."""

from __future__ import annotations

from isocenter.physics.tables.rows import Property

_STANISZ = "Stanisz et al., Magn. Reson. Med. 54 (2005) 507-512, table 1; excised tissue at 37 Cel"
_DEBAZELAIRE = "de Bazelaire et al., Radiology 230 (2004) 652-659; living volunteers"
_LIN = "Lin et al., J. Comput. Assist. Tomogr. 25 (2001) 190-198"
_DAOUST = "Daoust et al., PLoS One 12 (2017) e0172526"
_KRYNICKI = "Krynicki, Physica 32 (1966) 167-178, pure water at 25 Cel"
_MEIBOOM = "Meiboom, J. Chem. Phys. 34 (1961) 375-388, neutral water at 25 Cel, with the exchange on natural O-17"

RELAXATION = (
    Property(
        "t1_1.5t",
        "ms",
        _STANISZ,
        {
            "grey matter": (1124, 50),
            "white matter": (884, 50),
            "muscle": (1008, 20),
            "heart": (1030, 34),
            "blood": (1441, 120),
            "liver": (576, 30),
            "kidney": (690, 30),
        },
    ),
    Property(
        "t2_1.5t",
        "ms",
        _STANISZ,
        {
            "grey matter": (95, 8),
            "white matter": (72, 4),
            "muscle": (44, 6),
            "heart": (40, 6),
            "blood": (290, 30),
            "liver": (46, 6),
            "kidney": (55, 3),
        },
    ),
    Property(
        "t1_3t",
        "ms",
        _STANISZ,
        {
            "grey matter": (1820, 114),
            "white matter": (1084, 45),
            "muscle": (1412, 13),
            "heart": (1471, 31),
            "blood": (1932, 85),
            "liver": (812, 64),
            "kidney": (1194, 27),
        },
    ),
    Property(
        "t2_3t",
        "ms",
        _STANISZ,
        {
            "grey matter": (99, 7),
            "white matter": (69, 3),
            "muscle": (50, 4),
            "heart": (47, 11),
            "blood": (275, 50),
            "liver": (42, 3),
            "kidney": (56, 4),
        },
    ),
    Property(
        "t1_1.5t",
        "ms",
        _DEBAZELAIRE,
        {
            "spleen": (1057, 42),
            "adipose": (343, 37),
            "pancreas": (584, 14),
            "spongy bone": (549, 52),
            "uterus": (1309, 35),
        },
    ),
    Property(
        "t2_1.5t",
        "ms",
        _DEBAZELAIRE,
        {"spleen": (79, 15), "adipose": (58, 4), "pancreas": (46, 6), "spongy bone": (49, 8), "uterus": (117, 14)},
    ),
    Property(
        "t1_3t",
        "ms",
        _DEBAZELAIRE,
        {
            "spleen": (1328, 31),
            "adipose": (382, 13),
            "pancreas": (725, 71),
            "spongy bone": (586, 73),
            "uterus": (1514, 156),
        },
    ),
    Property(
        "t2_3t",
        "ms",
        _DEBAZELAIRE,
        {"spleen": (61, 9), "adipose": (68, 4), "pancreas": (43, 7), "spongy bone": (49, 4), "uterus": (79, 10)},
    ),
    Property("t1_1.5t", "ms", _LIN, {"cerebrospinal fluid": (4070, 65)}),
    Property("t1_3t", "ms", _LIN, {"cerebrospinal fluid": (4163, 263)}),
    Property("t2_1.5t", "ms", _DAOUST, {"cerebrospinal fluid": (2200, 300)}),
    Property("t2_3t", "ms", _DAOUST, {"cerebrospinal fluid": (2200, 300)}),
    Property("t1_1.5t", "ms", _KRYNICKI, {"water": (3570, 100)}),
    Property("t1_3t", "ms", _KRYNICKI, {"water": (3570, 100)}),
    Property("t2_1.5t", "ms", _MEIBOOM, {"water": (2470, 300)}),
    Property("t2_3t", "ms", _MEIBOOM, {"water": (2470, 300)}),
    Property(
        "proton_density",
        "1",
        "Tofts (ed.), Quantitative MRI of the Brain, 2003, ch. 4; water content relative to water",
        {"grey matter": (0.82, 0.05), "white matter": (0.70, 0.05), "cerebrospinal fluid": (1.0, 0.02)},
    ),
    Property("proton_density", "1", "by definition", {"water": (1.0, 1e-6)}),
    Property(
        "proton_density",
        "1",
        "assumed: usual water content (adipose and spongy bone: of fat and water) relative to water, no table compared",
        {
            "muscle": (0.78, 0.1),
            "heart": (0.79, 0.1),
            "blood": (0.83, 0.1),
            "liver": (0.72, 0.1),
            "kidney": (0.79, 0.1),
            "spleen": (0.79, 0.1),
            "adipose": (0.90, 0.1),
            "pancreas": (0.75, 0.1),
            "uterus": (0.79, 0.1),
            "spongy bone": (0.5, 0.2),
        },
    ),
    Property(
        "apparent_diffusion",
        "mm2/s",
        "Helenius et al., AJNR Am. J. Neuroradiol. 23 (2002) 194-199",
        {"grey matter": (0.89e-3, 0.04e-3), "white matter": (0.70e-3, 0.03e-3)},
    ),
    Property(
        "apparent_diffusion",
        "mm2/s",
        "Holz, Heil and Sacco, Phys. Chem. Chem. Phys. 2 (2000) 4740-4742, at 20 Cel",
        {"water": (2.02e-3, 0.02e-3)},
    ),
    Property(
        "chemical_shift",
        "1",
        "Hamilton et al., NMR Biomed. 24 (2011) 784-790: main peak of fat at 1.3 ppm, water at 4.7 ppm",
        {"adipose": (-3.4e-6, 0.1e-6)},
    ),
)
