"""Metadata and bulk data of a STOW-RS request, held until the body has ended.

Source: DICOM PS3.18 sec. 10.5.1 (Store Request): the BulkDataURI of the metadata is the Content-Location of a part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import orjson

from isocenter.core.errors import DataError, IsocenterError, TooLargeError
from isocenter.dicom.from_metadata import BulkPart
from isocenter.dicom.json_model import JsonDataset
from isocenter.dicom.xml_reader import from_xml
from isocenter.protocols.multipart import media_type

DICOM_XML = "application/dicom+xml"
METADATA = ("application/dicom+json", "application/json", DICOM_XML)
MAX_BYTES = 512 * 1024**2
"""Of one request: they are held in memory."""


@dataclass(frozen=True)
class Description:
    """One part of metadata: a list of data sets in JSON, or one data set in XML."""

    media: str
    data: bytes

    def datasets(self) -> Iterator[tuple[JsonDataset, IsocenterError | None]]:
        """Yield each data set, or what is wrong with it."""
        try:
            if self.media == DICOM_XML:
                yield from_xml(self.data), None
                return
            read = orjson.loads(self.data)
        except IsocenterError as error:
            yield {}, error
            return
        except orjson.JSONDecodeError:
            read = None
        for each in read if isinstance(read, list) else [read]:
            is_dataset = isinstance(each, dict) and all(isinstance(element, dict) for element in each.values())
            yield (each, None) if is_dataset else ({}, DataError("The metadata are no data set.", field="body"))


@dataclass
class Apart:
    """What came apart: descriptions, and bulk data by Content-Location."""

    descriptions: list[Description] = field(default_factory=list)
    bulk: dict[str, list[BulkPart]] = field(default_factory=dict)
    _n_bytes: int = 0
    _headers: Mapping[str, str] | None = None
    _data: bytearray = field(default_factory=bytearray)

    @property
    def is_open(self) -> bool:
        """Whether the current part belongs here."""
        return self._headers is not None

    def start(self, headers: Mapping[str, str]) -> bool:
        """Begin a part, and return whether it belongs here: metadata, or bulk data with a Content-Location."""
        media, _ = media_type(headers.get("content-type", ""))
        if media not in METADATA and not headers.get("content-location"):
            return False
        self._headers = headers
        return True

    def write(self, data: bytes | memoryview) -> None:
        """Add to the current part; raises `TooLargeError`."""
        self._n_bytes += len(data)
        if self._n_bytes > MAX_BYTES:
            raise TooLargeError(
                "The metadata and bulk data are too large.", field="body", expected=f"at most {MAX_BYTES} bytes"
            )
        self._data += data

    def end(self) -> None:
        """Keep the current part."""
        if self._headers is None:
            return
        media, parameters = media_type(self._headers.get("content-type", ""))
        if media in METADATA:
            self.descriptions.append(Description(media, bytes(self._data)))
        else:
            part = BulkPart(media, parameters.get("transfer-syntax", ""), bytes(self._data))
            self.bulk.setdefault(self._headers["content-location"], []).append(part)
        self._headers = None
        self._data = bytearray()
