"""The names of UIDs in the standard's registry.

Source: DICOM PS3.6 annex A (Registry of DICOM Unique Identifiers), as pydicom carries it.
"""

from __future__ import annotations

from pydicom._uid_dict import UID_dictionary


def name_of(uid: str) -> str:
    """Return the name of a UID, or the UID itself if the standard has no name for it."""
    entry = UID_dictionary.get(uid)
    return entry[0] if entry else uid


def storage_classes() -> list[tuple[str, str]]:
    """Return UID and name of every storage SOP class of the standard that is not retired, in order of name."""
    found = [
        (uid, entry[0])
        for uid, entry in UID_dictionary.items()
        if entry[1] == "SOP Class" and entry[0].split(" - ")[0].endswith("Storage") and not entry[3]
    ]
    return sorted(found, key=lambda each: each[1])
