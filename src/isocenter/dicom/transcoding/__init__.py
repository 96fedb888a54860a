"""Transcoding: the same object in another transfer syntax."""

from isocenter.dicom.transcoding.encode import ENCODERS, LOSSLESS, can_encode, is_lossless
from isocenter.dicom.transcoding.transcode import transcode, transcode_frame

__all__ = ["ENCODERS", "LOSSLESS", "can_encode", "is_lossless", "transcode", "transcode_frame"]
