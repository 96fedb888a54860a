"""Motions and spectra of ultrasound by mouse: what readers of echocardiograms expect to be told, kept in the report."""

from __future__ import annotations

import importlib.util
import io
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import UltrasoundImageStorage
from tests.workstation.at_rest import settle, text_of


def _beside(name: str) -> ModuleType:
    """Return the module of this name in this folder."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


phantom = _beside("ct_phantom")
mouse = _beside("test_measuring_by_mouse")
SERIES = f"{phantom.STUDY}.8"
# Columns are 5 ms; rows of the motion 0.5 mm, of the spectrum 2 cm/s with the baseline at row 320.
MS, MOTION_CM, VELOCITY, BASELINE = 5.0, 0.05, 2.0, 320
PEAK, START, LENGTH = 140.0, 100, 60


def echocardiogram() -> bytes:
    """Return a motion above a spectrum: a beat of half a sine, 140 cm/s high and 300 ms long."""
    found = pydicom.dcmread(io.BytesIO(phantom.ct_files(1)[0]))
    for keyword in (
        "PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient", "FrameOfReferenceUID", "RescaleSlope",
        "RescaleIntercept", "RescaleType", "SliceThickness", "KVP",
    ):  # fmt: skip
        delattr(found, keyword)
    found.SOPClassUID, found.Modality, found.SeriesDescription = UltrasoundImageStorage, "US", "Motion and spectrum"
    found.SeriesInstanceUID, found.SOPInstanceUID = SERIES, f"{SERIES}.1"
    found.Rows, found.Columns, found.BitsAllocated, found.BitsStored, found.HighBit = 400, 400, 8, 8, 7
    found.PixelRepresentation = 0
    found.WindowCenter, found.WindowWidth = 128, 256
    rows, columns = np.mgrid[:400, :400]
    wall = 60 + 30 * np.cos(2 * np.pi * columns / 160)
    motion = 160 * np.exp(-(((rows - wall) / 6) ** 2))
    beat = PEAK * np.sin(np.pi * np.clip((columns % 200 - START) / LENGTH, 0, 1))
    velocity = (BASELINE - rows) * VELOCITY
    spectrum = np.where((velocity > 0) & (velocity < beat), 90 + 90 * velocity / np.maximum(beat, 1), 12)
    found.PixelData = np.where(rows < 200, 12 + motion, spectrum).astype(np.uint8).tobytes()

    def region(y0: int, y1: int, kind: int, unit: int, step: float, zero: int) -> Dataset:
        item = Dataset()
        item.RegionSpatialFormat, item.RegionDataType, item.RegionFlags = kind, kind, 0
        item.RegionLocationMinX0, item.RegionLocationMinY0 = 0, y0
        item.RegionLocationMaxX1, item.RegionLocationMaxY1 = 399, y1
        item.ReferencePixelX0, item.ReferencePixelY0 = 0, zero
        item.PhysicalUnitsXDirection, item.PhysicalUnitsYDirection = 4, unit
        item.PhysicalDeltaX, item.PhysicalDeltaY = MS / 1000, step
        return item

    found.SequenceOfUltrasoundRegions = [
        region(0, 199, 2, 3, MOTION_CM, 0),
        region(200, 399, 3, 7, -VELOCITY, BASELINE - 200),
    ]
    found.file_meta.MediaStorageSOPClassUID = found.SOPClassUID
    found.file_meta.MediaStorageSOPInstanceUID = found.SOPInstanceUID
    stream = io.BytesIO()
    pydicom.dcmwrite(stream, found, enforce_file_format=True)
    return stream.getvalue()


def test_motions_and_spectra_tell_time_velocity_and_gradient(
    site: Any, reader: Any, picture: Callable[[Any, str], Path]
) -> None:
    site.store_bytes(echocardiogram())
    reader.open(f"/view/{phantom.STUDY}/{SERIES}")
    page = reader.page
    page.locator(".overlays").first.wait_for()
    settle(page)
    hand = mouse.Page(page)
    readout = page.locator(".bottom-right > :last-child").first

    def pixel_at(place: tuple[float, float]) -> np.ndarray:
        page.mouse.move(*hand.at(place))
        pattern = r"\((\d+), (\d+)\)"
        text = text_of(page, readout, pattern)
        found = re.match(pattern, text)
        assert found, text
        return np.array([int(found[1]), int(found[2])])

    # The picture fills the height: find how shares of the cell are pixels.
    low, high = pixel_at((0.4, 0.3)), pixel_at((0.6, 0.7))
    per_share = (high - low) / np.array([0.2, 0.4])

    def share(column: float, row: float) -> tuple[float, float]:
        x, y = np.array([0.4, 0.3]) + (np.array([column, row]) - low) / per_share
        return float(x), float(y)

    page.keyboard.press("l")
    hand.drag(share(80, 30), share(160, 90))
    for name, value, tolerance in (("Length", 30.0, 1.5), ("Interval", 400.0, 15.0), ("Slope", 7.5, 0.5)):
        assert mouse.value_of(hand.lines(1), "Length", name)[0] == pytest.approx(value, abs=tolerance)
    told = r"[\d.]+ mm\s*Δt \d+ ms\s*slope 7\.\d+ cm/s"
    assert re.search(told, hand.drawn(told))

    page.keyboard.press(".")
    hand.click(share(START + LENGTH / 2, BASELINE - PEAK / VELOCITY))
    lines = hand.lines(2)
    assert mouse.value_of(lines, "Probe", "Peak Blood Velocity") == (pytest.approx(140, abs=6), "cm/s")
    assert mouse.value_of(lines, "Probe", "Peak Gradient") == (pytest.approx(4 * 1.4**2, abs=0.7), "mm[Hg]")

    page.keyboard.press("f")
    beat = [
        share(START + LENGTH * part, BASELINE - PEAK / VELOCITY * np.sin(np.pi * part))
        for part in np.linspace(0, 1, 25)
    ]
    hand.drag(*beat, beat[0])
    lines = hand.lines(3)
    integral, unit = mouse.value_of(lines, "PlanarFreehandROI", "Velocity Time Integral")
    assert integral == pytest.approx(2 * PEAK * LENGTH * MS / 1000 / np.pi, rel=0.04)
    assert unit == "cm"
    assert mouse.value_of(lines, "PlanarFreehandROI", "Mean Gradient")[0] == pytest.approx(2 * 1.4**2, rel=0.08)

    page.keyboard.press("l")
    hand.drag(share(START + 200 + LENGTH / 2, 250), share(START + 200 + LENGTH, 300))
    assert mouse.value_of(hand.lines(4), "Length", "Deceleration Time")[0] == pytest.approx(210, abs=12)
    picture(page, "motion-and-spectrum")
    texts = hand.drawn(r"VTI [\d.]+ cm")
    page.reload()
    page.locator(".overlays").first.wait_for()
    page.get_by_test_id("measurement").nth(3).wait_for()
    again = hand.drawn(r"VTI [\d.]+ cm")
    assert "VTI" in again
    assert sorted(re.findall(r"VTI [\d.]+ cm", again)) == sorted(re.findall(r"VTI [\d.]+ cm", texts))
