"""A multipart body reads the same however it is cut into chunks, and as Python's own e-mail parser reads it."""

from email.parser import BytesParser
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isocenter.core.errors import NotSupportedError, ProtocolError
from isocenter.protocols.multipart import (
    MAX_HEADER_BYTES,
    MultipartReader,
    PartData,
    PartEnd,
    PartStart,
    boundary_of,
    media_type,
    write_multipart,
)

BOUNDARY = "edge-7"
PARTS = [
    ({"Content-Type": "application/dicom"}, b"first"),
    ({"Content-Type": "application/dicom", "Content-Location": "x:y"}, b"\r\n--edge-8 is not the edge\r\n--edge\r\n"),
    ({}, b""),
    ({"Content-Type": "application/dicom"}, bytes(range(256)) * 20),
]


def body(parts: list[tuple[dict[str, str], bytes]] = PARTS) -> bytes:
    return b"".join(write_multipart(((headers, [data]) for headers, data in parts), BOUNDARY))


def read(data: bytes, cuts: list[int] | None = None) -> list[tuple[dict[str, str], bytes]]:
    """Return the parts of a body fed in chunks that end at `cuts`."""
    reader, parts, is_open = MultipartReader(BOUNDARY.encode()), [], False
    edges = [0, *sorted(cuts or []), len(data)]
    for start, stop in pairwise(edges):
        for event in reader.feed(data[start:stop]):
            if isinstance(event, PartStart):
                assert not is_open
                parts.append((dict(event.headers), b""))
            elif isinstance(event, PartData):
                assert is_open
                parts[-1] = (parts[-1][0], parts[-1][1] + event.data)
            is_open = not isinstance(event, PartEnd)
    reader.close()
    assert not is_open
    return parts


def test_what_is_written_is_read_back() -> None:
    expected = [({name.lower(): value for name, value in headers.items()}, data) for headers, data in PARTS]
    assert read(body()) == expected


@given(st.lists(st.integers(0, len(body())), max_size=8))
def test_cutting_the_body_anywhere_changes_nothing(cuts: list[int]) -> None:
    assert read(body(), cuts) == read(body())


def test_one_byte_at_a_time() -> None:
    assert read(body(), list(range(1, len(body())))) == read(body())


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=4), st.lists(st.integers(0, 400), max_size=4))
def test_any_content_that_does_not_hold_the_boundary_survives(contents: list[bytes], cuts: list[int]) -> None:
    data = body([({"A": "b"}, content) for content in contents])
    assert [content for _, content in read(data, [cut for cut in cuts if cut < len(data)])] == contents


def test_the_email_parser_of_python_agrees() -> None:
    header = f'Content-Type: multipart/related; type="application/dicom"; boundary={BOUNDARY}\r\n\r\n'.encode()
    parts = [({"Content-Type": "text/plain"}, b"first"), ({"Content-Type": "text/plain"}, b"second\r\n line")]
    message = BytesParser().parsebytes(header + body(parts))
    theirs = [part.get_payload(decode=True) for part in message.get_payload()]
    assert theirs == [data for _, data in read(body(parts))]


def test_preamble_epilogue_and_padding_mean_nothing() -> None:
    data = b"a preamble\r\n--edge-7 \t \r\n\r\nx\r\n--edge-7--\r\nan epilogue" + b"\r\n--edge-7\r\n" * 3
    assert read(data) == [({}, b"x")]
    assert read(data, list(range(len(data)))) == [({}, b"x")]


def test_an_epilogue_is_not_kept() -> None:
    reader = MultipartReader(b"b")
    list(reader.feed(b"--b\r\n\r\nx\r\n--b--"))
    for _ in range(100):
        list(reader.feed(bytes(1000)))
    assert len(reader._kept) < 100


def test_data_are_given_out_as_they_come() -> None:
    reader = MultipartReader(b"b")
    list(reader.feed(b"--b\r\n\r\n"))
    for _ in range(10):
        n_given = sum(len(event.data) for event in reader.feed(bytes(1000)) if isinstance(event, PartData))
        assert n_given >= 900
    assert len(reader._kept) < 10


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no boundary at all",
        body()[:-4],
        body()[:40],
        b"--edge-7\r\nContent-Type: x",
        b"--edge-7\r\nno colon\r\n\r\nx\r\n--edge-7--",
        b"--edge-7\r\n" + b"A: " + b"x" * (MAX_HEADER_BYTES + 1),
        body().replace(b"edge-7", b"edge-6"),
    ],
    ids=["empty", "none", "no end", "cut", "in headers", "no colon", "long headers", "another boundary"],
)
def test_a_body_that_breaks_the_rules_is_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        read(data)


@pytest.mark.parametrize(
    ("header", "boundary"),
    [
        ("multipart/related; boundary=abc", b"abc"),
        ('Multipart/Related;type="application/dicom";boundary="a b:c"', b"a b:c"),
        ('multipart/related; type="x; boundary=no"; boundary=yes', b"yes"),
        (f"multipart/related; boundary={'b' * 73}", b"b" * 73),  # as Orthanc sends it
    ],
)
def test_the_boundary_is_found(header: str, boundary: bytes) -> None:
    assert boundary_of(header) == boundary


@pytest.mark.parametrize(
    "header", ["multipart/related", 'multipart/related; boundary=""', "multipart/related; boundary=é"]
)
def test_a_missing_or_malformed_boundary_is_refused(header: str) -> None:
    with pytest.raises(ProtocolError):
        boundary_of(header)


def test_another_media_type_is_not_taken() -> None:
    with pytest.raises(NotSupportedError):
        boundary_of("multipart/form-data; boundary=x")


def test_a_media_type_and_its_parameters() -> None:
    kind, parameters = media_type('Application/DICOM; Transfer-Syntax="1.2.3" ; q=0.5')
    assert (kind, dict(parameters)) == ("application/dicom", {"transfer-syntax": "1.2.3", "q": "0.5"})
