"""The transfer syntaxes of the standard, by UID.

Source: DICOM PS3.6 table A-1, as pydicom carries it.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydicom._uid_dict import UID_dictionary

# Newer than pydicom's registry (supplements 232 and 244).
_NEWER = {
    "1.2.840.10008.1.2.4.110": "JPEG XL Lossless",
    "1.2.840.10008.1.2.4.111": "JPEG XL JPEG Recompression",
    "1.2.840.10008.1.2.4.112": "JPEG XL",
    "1.2.840.10008.1.2.8.1": "Deflated Image Frame Compression",
}
_REGISTERED = {
    uid: entry[0].split(":")[0]
    for uid, entry in UID_dictionary.items()
    if entry[1] == "Transfer Syntax" and not entry[3]
}
TRANSFER_SYNTAXES: Mapping[str, str] = dict(sorted((_REGISTERED | _NEWER).items()))
"""Name by UID, without the retired ones."""
