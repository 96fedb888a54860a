"""What the index keeps of one instance, read from its header alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from isocenter.archive.attributes import SEQUENCE_TAGS, STORED_TAGS, is_number
from isocenter.archive.frame_table import table_of
from isocenter.core.errors import DataError, FileFormatError, IsocenterError
from isocenter.dicom.dictionary import vr_of
from isocenter.dicom.elements import Buffer
from isocenter.dicom.header import Header, scan_header
from isocenter.dicom.pixels.description import PIXEL_DESCRIPTION_TAGS
from isocenter.dicom.uids import is_kept_uid as is_kept_uid

UID_KEYWORDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID")
_KINDS: Mapping[str, str] = {
    keyword: "sequence" if keyword in SEQUENCE_TAGS else "number" if is_number(keyword) else vr_of(tag)
    for keyword, tag in STORED_TAGS.items()
}
_TAGS = frozenset(STORED_TAGS.values()) | frozenset(SEQUENCE_TAGS.values()) | PIXEL_DESCRIPTION_TAGS


class Values(Mapping[str, "str | int | None"]):
    """The indexed values of a header by keyword, each decoded when it is first asked for.

    Most instances belong to a series that is known: then only what describes the instance itself is looked at.
    """

    def __init__(self, header: Header) -> None:
        self._header = header
        self._decoded: dict[str, str | int | None] = {}

    def __getitem__(self, keyword: str) -> str | int | None:
        if keyword not in self._decoded:
            self._decoded[keyword] = _value(self._header, keyword, STORED_TAGS[keyword])
        return self._decoded[keyword]

    def __iter__(self) -> Iterator[str]:
        return iter(STORED_TAGS)

    def __len__(self) -> int:
        return len(STORED_TAGS)


@dataclass(frozen=True)
class Entry:
    """The indexed values of an instance; `frames` says where its encapsulated frames lie (see `frame_table`)."""

    transfer_syntax_uid: str
    values: Mapping[str, str | int | None]
    frames: bytes | None

    def uid(self, keyword: str) -> str:
        """Return one of `UID_KEYWORDS`."""
        return str(self.values[keyword])


def read_entry(file: Buffer, sop_instance_uid: str | None = None) -> Entry:
    """Return the indexed values of a DICOM file's bytes, without decoding anything.

    Raises
    ------
    DataError, FileFormatError
        If it is no DICOM file, is cut off, lacks a UID, or is another instance than `sop_instance_uid` announced.
    """
    if len(file) == 0:
        raise DataError("What was sent is empty.", found="0 bytes", expected="a DICOM data set")
    try:
        entry = _read(file)
    except IsocenterError:
        raise
    except (ValueError, LookupError, ArithmeticError) as error:  # a damaged value that no reader foresaw
        raise DataError("The data set is damaged.", found=type(error).__name__) from None
    _check_uids(entry, sop_instance_uid)
    return entry


def _read(view: Buffer) -> Entry:
    if bytes(view[128:132]) != b"DICM":
        raise FileFormatError(
            "This is not a DICOM file.",
            field="preamble",
            found=repr(bytes(view[128:132]) or bytes(view[:4])),
            expected="DICM at byte 128",
            remedy="Send a DICOM file as PS3.10 describes it, with its preamble.",
        )
    header = scan_header(view, _TAGS)
    frames = table_of(header)
    # The values are copies, the bytes they came from may be gone when they are decoded.
    return Entry(header.transfer_syntax_uid, Values(replace(header, buffer=b"")), frames)


def _value(header: Header, keyword: str, tag: int) -> str | int | None:
    kind = _KINDS[keyword]
    if kind == "sequence":
        found = [item.text(tag) for item in header.items(SEQUENCE_TAGS[keyword])]
        return "\\".join(found) if any(found) else ""
    if kind == "number":
        try:
            return header.integer(tag)
        except IsocenterError:
            return None  # a value that is no number cannot be searched; the data set is still worth keeping
    text = header.text(tag)
    if kind == "DA":
        return text.replace(".", "")  # the form of ACR-NEMA, PS3.5 table 6.2-1
    return text.replace(":", "") if kind == "TM" else text


def _check_uids(entry: Entry, announced: str | None) -> None:
    for keyword in UID_KEYWORDS:
        if not is_kept_uid(entry.uid(keyword)):
            raise DataError(
                f"The data set has no valid {keyword}.",
                field=keyword,
                found=entry.uid(keyword)[:64] or "nothing",
                expected="a UID",
            )
    if announced is not None and entry.uid("SOPInstanceUID") != announced:
        raise DataError(
            "The data set is another instance than announced.",
            field="SOPInstanceUID",
            found=entry.uid("SOPInstanceUID"),
            expected=announced,
        )
