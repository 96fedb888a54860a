"""What several scans of one place tell together: the methods of a series, and their parameters, as a table."""

from __future__ import annotations

from collections.abc import Mapping

from isocenter.core.image import Image
from isocenter.core.methods import Method, Parameter, choose
from isocenter.core.progress import OnProgress
from isocenter.core.provenance import ParameterValue
from isocenter.modalities.mri import contrast_maps, motion_images, scan_images
from isocenter.modalities.mri.series import Series

_MAPS = Parameter("maps", "walsh", "how the coils are estimated", choices=("walsh", "espirit"))
_BODY = Parameter("threshold", 0.1, "part of the largest magnitude above which is body", minimum=0.0, maximum=1.0)
_SIGN = Parameter("phase_sign", 1, "1 where phase grows with the field, -1 where it falls", minimum=-1, maximum=1)

SERIES_METHODS: Mapping[str, Method] = {
    "images": Method(
        "images",
        "An image of every echo, encoding or moment, each by a method for one scan (see: isocenter info FILE).",
        "the method's own",
        scan_images.images,
        (Parameter("by", "", "how every scan is reconstructed; left out, what fits the first"),),
    ),
    "water-fat": Method(
        "water-fat",
        "Water, fat, fat fraction, field and R2* from three or more echo times (Dixon, six fat peaks).",
        "Reeder et al., Magn. Reson. Med. 51 (2004) 35-45; Hernando et al., ibid. 59 (2008) 571-580",
        contrast_maps.water_and_fat,
        (
            Parameter("smoothness", 0.05, "weight of the field's smoothness", minimum=0.0, maximum=10.0),
            Parameter("field_range_hz", 0.0, "fields searched, plus and minus; 0: by the echoes", "Hz", 0.0, 2000.0),
            _BODY,
            _SIGN,
            _MAPS,
        ),
    ),
    "susceptibility": Method(
        "susceptibility",
        "Local field and magnetic susceptibility (QSM) from the phase of one or more echoes of a volume.",
        "Liu et al., NMR Biomed. 24 (2011) 1129-1136 (background); Bilgic et al., Magn. Reson. Med. 72 (2014) 1444",
        contrast_maps.susceptibility_map,
        (
            Parameter("inversion", "regularised", "how the dipoles are undone", choices=("regularised", "truncated")),
            Parameter("smoothness", 1e-4, "weight of the map's gradients", minimum=0.0, maximum=1.0),
            Parameter("n_iterations", 60, "iterations of background removal and inversion", minimum=1, maximum=1000),
            _BODY,
            _SIGN,
            _MAPS,
        ),
    ),
    "swi": Method(
        "swi",
        "Magnitude weighted by the filtered phase, veins dark (SWI), and its minimum over neighbouring slices.",
        "Haacke et al., Magn. Reson. Med. 52 (2004) 612-618",
        contrast_maps.susceptibility_weighted,
        (
            Parameter("echo", 0, "which echo, counted from 1; 0 is the last", minimum=0, maximum=1000),
            Parameter("filter_width", 64, "samples of the phase's high-pass filter", minimum=2, maximum=4096),
            Parameter("power", 4, "how often the phase mask is applied", minimum=1, maximum=16),
            Parameter("slab_mm", 8.0, "thickness of the minimum projection", "mm", 0.0, 200.0),
            _SIGN,
            _MAPS,
        ),
    ),
    "flow": Method(
        "flow",
        "Velocity from a reference and one or three velocity-encoded sets (phase contrast).",
        "Pelc et al., Magn. Reson. Q. 7 (1991) 229-254; Bernstein et al., Magn. Reson. Med. 32 (1994) 330-334",
        motion_images.velocities,
        (
            Parameter("venc_cm_s", 100.0, "velocity at which the phase is pi", "cm/s", 0.1, 10000.0),
            Parameter("background", "none", "phase of eddy currents, by static tissue", choices=("none", "linear")),
            _BODY,
            _MAPS,
        ),
    ),
    "dynamic": Method(
        "dynamic",
        "Frames of a repeated, undersampled scan as a background of low rank plus sparse changes (L + S).",
        "Otazo, Candes and Sodickson, Magn. Reson. Med. 73 (2015) 1125-1136",
        motion_images.frames,
        (
            Parameter("low_rank", 0.01, "weight as part of the largest singular value", minimum=0.0, maximum=1.0),
            Parameter("sparse", 0.01, "weight as part of the largest temporal frequency", minimum=0.0, maximum=1.0),
            Parameter("n_iterations", 50, "iterations", minimum=1, maximum=1000),
            Parameter("maps", "espirit", "how the coils are estimated", choices=("espirit", "walsh")),
        ),
    ),
}

# On which counter of a file the scans of a method follow each other, unless another is named.
COUNTERS: Mapping[str, str] = {
    "images": "contrast",
    "water-fat": "contrast",
    "susceptibility": "contrast",
    "swi": "contrast",
    "flow": "set",
    "dynamic": "repetition",
}


def reconstruct_series(
    series: Series, method: str, *, on_progress: OnProgress | None = None, **parameters: ParameterValue
) -> Mapping[str, Image]:
    """Return the images and maps of one of `SERIES_METHODS` by their names; raises `OptionError` and `DataError`."""
    chosen = choose(SERIES_METHODS, method, "A series of MR scans")
    settings = chosen.resolve(parameters)
    found: Mapping[str, Image] = chosen.run(series, on_progress, settings)
    return found
