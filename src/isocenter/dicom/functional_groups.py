"""Attributes of one frame: from its functional groups, those shared by all frames, or the object itself.

Source: DICOM PS3.3 sec. C.7.6.16 (Multi-frame Functional Groups).
"""

from __future__ import annotations

from functools import cached_property

from isocenter.core.errors import DataError
from isocenter.dicom.dictionary import tag_of, tags_of
from isocenter.dicom.header import Header

SHARED_GROUPS = tag_of("SharedFunctionalGroupsSequence")
PER_FRAME_GROUPS = tag_of("PerFrameFunctionalGroupsSequence")
FUNCTIONAL_GROUP_TAGS = tags_of("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")


class FrameAttributes:
    """Where an attribute of a frame is found, whether the object is enhanced or not.

    Parameters
    ----------
    header
        Scanned for `FUNCTIONAL_GROUP_TAGS` and for the attributes themselves.
    """

    def __init__(self, header: Header) -> None:
        self.header = header

    @cached_property
    def shared(self) -> Header | None:
        """The groups that hold for all frames."""
        items = self.header.items(SHARED_GROUPS)
        return items[0] if items else None

    @cached_property
    def per_frame(self) -> tuple[Header, ...]:
        """The groups of every frame, in frame order."""
        return self.header.items(PER_FRAME_GROUPS)

    @property
    def is_enhanced(self) -> bool:
        """Whether the object has functional groups at all."""
        return self.shared is not None or bool(self.per_frame)

    def group(self, frame: int, sequence: int) -> Header | None:
        """Return the first item of a functional group of one frame, or None; raises as `items`."""
        found = self.items(frame, sequence)
        return found[0] if found else None

    def items(self, frame: int, sequence: int) -> tuple[Header, ...]:
        """Return the items of a functional group of one frame, empty if it has no such group.

        Raises `DataError` if the object has per-frame groups, but none for this frame.
        """
        if self.per_frame and frame >= len(self.per_frame):
            raise DataError(
                "A frame has no functional groups.",
                field="PerFrameFunctionalGroupsSequence",
                found=f"{len(self.per_frame)} items",
                expected=f"at least {frame + 1}",
            )
        holders = (self.per_frame[frame] if self.per_frame else None, self.shared)
        for holder in holders:
            items = holder.items(sequence) if holder is not None else ()
            if items:
                return items
        return ()

    def numbers(self, frame: int, sequence: int, tag: int) -> tuple[float, ...]:
        """Return the numbers of an attribute: from the frame's group if it has them, else from the object."""
        group = self.group(frame, sequence) if self.is_enhanced else None
        found = group.numbers(tag) if group is not None else ()
        return found or self.header.numbers(tag)

    def texts(self, frame: int, sequence: int, tag: int) -> tuple[str, ...]:
        """Return the texts of an attribute: from the frame's group if it has them, else from the object."""
        group = self.group(frame, sequence) if self.is_enhanced else None
        found = group.texts(tag) if group is not None else ()
        return found or self.header.texts(tag)
