"""Rendering: the formulas of PS3.3 sec. C.11.2 at hand-computed points, and real lookup tables."""

import math
from pathlib import Path

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.pixels import apply_modality_lut, apply_windowing

from isocenter.core.errors import OptionError
from isocenter.dicom.picture_files import encode_gif, encode_jpeg, encode_png, encode_webp
from isocenter.dicom.rendering import Window, open_for_rendering, render


def test_linear_window_at_the_points_of_the_standard() -> None:
    values = np.array([-10.0, 0.0, 2047.5, 4095.0, 5000.0])  # PS3.3 sec. C.11.2.1.2.1: c=2048, w=4096
    assert Window(2048, 4096).apply(values) == pytest.approx([0, 0, 0.5, 1, 1])


def test_linear_window_of_width_one_is_a_threshold() -> None:
    assert Window(2048, 1).apply(np.array([2047.0, 2047.5, 2048.0])).tolist() == [0, 0, 1]


def test_linear_exact_window_reaches_its_ends_exactly() -> None:
    assert Window(0.0, 2.0, "LINEAR_EXACT").apply(np.array([-1.0, 0.0, 0.5, 1.0])) == pytest.approx([0, 0.5, 0.75, 1])


def test_sigmoid_window_has_half_at_its_centre() -> None:
    shown = Window(40.0, 400.0, "SIGMOID").apply(np.array([40.0, 140.0]))
    assert shown == pytest.approx([0.5, 1 / (1 + math.exp(-1))])
    assert np.isfinite(Window(0, 1e-6, "SIGMOID").apply(np.array([-1e9, 1e9]))).all()


@pytest.mark.parametrize(
    "arguments", [(0, 0.5), (0, 0, "LINEAR_EXACT"), (0, -1, "SIGMOID"), (math.nan, 5), (0, 5, "CUBIC")]
)
def test_invalid_windows_are_refused(arguments: tuple[float, float]) -> None:
    with pytest.raises(OptionError):
        Window(*arguments)


def test_a_ct_slice_is_windowed_in_hounsfield_units(shared_data: Path) -> None:
    file = shared_data / "demo/liver_ct/image/1-01.dcm"
    dataset = pydicom.dcmread(file)
    hounsfield = dataset.pixel_array * float(dataset.RescaleSlope) + float(dataset.RescaleIntercept)
    shown = render(open_for_rendering(file), window=Window(40, 400))
    assert shown.dtype == np.uint8
    inside = (hounsfield > -159) & (hounsfield < 238)
    expected = ((hounsfield - 39.5) / 399 + 0.5) * 255
    assert np.abs(shown[inside] - expected[inside]).max() <= 0.5
    assert (shown[hounsfield < -200] == 0).all()
    assert (shown[hounsfield > 300] == 255).all()


def test_the_stated_window_agrees_with_another_program(shared_data: Path) -> None:
    file = shared_data / "dicom/transfer_syntax/ctimage/CTImage.dcm"
    dataset = pydicom.dcmread(file)
    expected = apply_windowing(apply_modality_lut(dataset.pixel_array, dataset), dataset)
    low, high = expected.min(), expected.max()
    shown = render(open_for_rendering(file))
    assert np.abs(shown - (expected - low) / (high - low) * 255).max() <= 1


def test_modality_and_voi_tables_show_the_same_picture(shared_data: Path) -> None:
    folder = shared_data / "dicom/modalities"
    modality, voi = (render(open_for_rendering(folder / name)).astype(float) for name in ("mlut_18.dcm", "vlut_04.dcm"))
    assert np.corrcoef(modality.ravel(), voi.ravel())[0, 1] > 0.999


def test_monochrome1_is_turned_over(shared_data: Path, tmp_path: Path) -> None:
    file = shared_data / "dicom/modalities/CR-MONO1-10-chest"
    reader = open_for_rendering(file)
    stored = reader.stored(0).astype(float)
    assert np.corrcoef(stored.ravel(), render(reader).ravel())[0, 1] < -0.9


def test_colour_and_palette_pictures_have_three_channels(shared_data: Path) -> None:
    palette = render(open_for_rendering(shared_data / "dicom/transfer_syntax/testpattern/TestPattern_Palette.dcm"))
    colour = render(open_for_rendering(shared_data / "dicom/transfer_syntax/testpattern/TestPattern_RGB.dcm"))
    assert palette.shape == colour.shape == (400, 640, 3)
    assert np.all(palette == colour, axis=-1).mean() > 0.8  # the palette has 256 colours


def test_every_frame_of_an_enhanced_object_has_its_window(shared_data: Path) -> None:
    file = sorted((shared_data / "dicom/series/philips_enh_fmri").glob("*.dcm"))[0]
    reader = open_for_rendering(file)
    values = reader.stored(3) * 1.85934065934065  # slope of its pixel value transformation
    expected = np.clip((values - (919 - 0.5)) / (1598 - 1) + 0.5, 0, 1) * 255  # its frame VOI: 919, 1598
    assert np.abs(render(reader, 3) - expected).max() <= 1.5


def test_png_is_lossless_and_jpeg_comes_close() -> None:
    picture = np.add.outer(np.arange(64), np.arange(64)).astype(np.uint8)
    assert np.array_equal(imagecodecs.png_decode(encode_png(picture)), picture)
    assert np.abs(imagecodecs.jpeg8_decode(encode_jpeg(picture, 95)).astype(int) - picture).max() <= 4
    colour = np.stack([picture, picture, 255 - picture], axis=-1)
    assert np.array_equal(imagecodecs.png_decode(encode_png(colour)), colour)
    assert imagecodecs.jpeg8_decode(encode_jpeg(colour)).shape == (64, 64, 3)
    assert imagecodecs.webp_decode(encode_webp(picture)).shape == (64, 64, 3)
    assert np.abs(imagecodecs.webp_decode(encode_webp(colour, 100)).astype(int) - colour).mean() <= 8
    assert np.array_equal(imagecodecs.gif_decode(encode_gif([picture, picture]))[1, ..., 0], picture)
    assert np.abs(imagecodecs.gif_decode(encode_gif([colour])).squeeze().astype(int) - colour).max() <= 86


@pytest.mark.parametrize("quality", [0, 101])
def test_a_quality_out_of_range_is_refused(quality: int) -> None:
    with pytest.raises(OptionError):
        encode_jpeg(np.zeros((4, 4), np.uint8), quality)
