"""Lays a volume where another one lies: in one frame of reference, or by the registration objects of their studies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from isocenter.analysis.rendering.fusion import require_same_frame
from isocenter.analysis.rendering.volume import Volume
from isocenter.archive.archive import Archive
from isocenter.dicom.header import scan_header
from isocenter.dicom.registration import REGISTRATION_TAGS, SPATIAL_REGISTRATION, Way, moved, way_between, ways_of


def in_space_of(below: Volume, above: Volume, archive: Archive, study_uids: Iterable[str]) -> Volume:
    """Return `above` in the frame of reference of `below`.

    Raises `GeometryError` where they have not the same one and no registration object of the studies leads from one to
    the other, or the one that does shears the volume.
    """
    start, end = above.grid.frame_of_reference_uid, below.grid.frame_of_reference_uid
    if start and end and start != end:
        matrix = way_between(_ways(archive, study_uids), start, end)
        if matrix is not None:
            return replace(above, grid=moved(above.grid, matrix, end))
    require_same_frame(below, above)
    return above


def _ways(archive: Archive, study_uids: Iterable[str]) -> list[Way]:
    ways: list[Way] = []
    for study_uid in dict.fromkeys(study_uids):
        for instance in archive.instances(study_uid):
            if instance.sop_class_uid == SPATIAL_REGISTRATION:
                header = scan_header(archive.original(instance), REGISTRATION_TAGS, file=instance.instance_uid)
                ways += ways_of(header)
    return ways
