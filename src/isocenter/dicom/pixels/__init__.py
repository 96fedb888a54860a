"""Pixel data: from encoded frames to arrays, one frame at a time."""

from isocenter.dicom.pixels.decode import decode_frame
from isocenter.dicom.pixels.description import PIXEL_DESCRIPTION_TAGS, PixelDescription
from isocenter.dicom.pixels.frames import FrameReader

__all__ = ["PIXEL_DESCRIPTION_TAGS", "FrameReader", "PixelDescription", "decode_frame"]
