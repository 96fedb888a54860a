"""Damaged bytes at every parser: an answer or one of our errors, quickly, in bounded memory.

Valid inputs are mutated with an eye for their structure: lengths, tags, nesting, cuts, splices. The ordinary tests run
for a second per parser, ``make fuzz MINUTES=60`` for longer. An input that breaks the rule is written to a file.
"""

import os
import random
import resource
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom.data import get_testdata_file

from isocenter.archive.entry import read_entry
from isocenter.archive.tar_blocks import BLOCK, Member, member_header, read_member, token_of
from isocenter.core.errors import IsocenterError
from isocenter.dicom.header import scan_header
from isocenter.dicom.identifier import decode_identifier, encode_identifier
from isocenter.dicom.json_model import read_json
from isocenter.dicom.part10 import dataset_start
from isocenter.dicom.pixels import PIXEL_DESCRIPTION_TAGS, FrameReader
from isocenter.protocols.dicomweb import read_accept
from isocenter.protocols.dimse import commands
from isocenter.protocols.dimse.messages import MessageAssembler
from isocenter.protocols.multipart import MultipartReader
from isocenter.protocols.upper_layer import pdus
from isocenter.protocols.upper_layer.user_information import (
    ExtendedNegotiation,
    UserIdentity,
    UserInformation,
    encode_user_information,
)

SECONDS = 60 * float(os.environ.get("ISOCENTER_FUZZ_MINUTES", "0")) / 12 or 1.0
MAX_INPUT_S = 2.0
MAX_GROWTH_KB = 400_000
IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
LENGTHS = [b"\x00\x00", b"\xff\xff", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x00\x00\x00\x00", b"\xfe\xff\x00\xe0"]
FILES = (
    "CT_small.dcm",
    "MR_small_RLE.dcm",
    "MR_small_bigendian.dcm",
    "JPEG2000.dcm",
    "SC_rgb_rle_2frame.dcm",
    "image_dfl.dcm",
    "rtplan.dcm",
    "examples_palette.dcm",
    "nested_priv_SQ.dcm",
    "reportsi.dcm",
)


def mutated(rng: random.Random, seeds: list[bytes]) -> bytes:
    """Return a valid input after a few changes."""
    data = bytearray(rng.choice(seeds))
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        at = rng.randrange(len(data) + 1) if rng.random() < 0.5 else rng.randrange(min(len(data), 400) + 1)
        kind = rng.randrange(7)
        if kind == 0 and at < len(data):
            data[at] = rng.randrange(256)
        elif kind == 1:
            extreme = rng.choice(LENGTHS)
            data[at : at + len(extreme)] = extreme
        elif kind == 2:
            del data[at:]
        elif kind == 3:
            del data[at : at + rng.randrange(1, 64)]
        elif kind == 4:
            data[at:at] = rng.randbytes(rng.randrange(1, 16))
        elif kind == 5:
            other = rng.choice(seeds)
            start = rng.randrange(len(other) + 1)
            data[at:at] = other[start : start + rng.randrange(1, 256)]
        else:
            part = bytes(data[at : at + rng.randrange(1, 40)])
            data[at:at] = part * rng.randrange(1, 60)
    return bytes(data)


def file_seeds() -> list[bytes]:
    return [Path(str(get_testdata_file(name, download=False))).read_bytes()[:200_000] for name in FILES]


def pdu_seeds() -> list[bytes]:
    user = UserInformation(
        16384,
        "1.2.3",
        "VERSION",
        {"1.2.840.10008.5.1.4.1.1.2": (True, True)},
        (1, 1),
        (ExtendedNegotiation("1.2.3", b"\1\1"),),
        identity=UserIdentity(2, b"name", b"secret"),
    )
    context = pdus.ProposedContext(1, "1.2.840.10008.1.1", (IMPLICIT, EXPLICIT))
    request = pdus.AssociateRequest("CALLED", "CALLING", (context,) * 3, user)
    accept = pdus.AssociateAccept("CALLED", "CALLING", (pdus.AnsweredContext(1, 0, IMPLICIT),), user)
    others = [pdus.AssociateReject(1, 1, 3), pdus.ReleaseRequest(), pdus.Abort(0, 0)]
    return [pdus.encode(each) for each in (request, accept, *others)] + [encode_user_information(user)]


def command_seeds() -> list[bytes]:
    store = {"AffectedSOPClassUID": "1.2.3", "CommandField": 1, "MessageID": 7, "CommandDataSetType": 0, "Priority": 0}
    return [commands.encode(store), commands.encode({"CommandField": 0x8020, "Status": 0xFF00, "ErrorComment": "no"})]


def fragments(data: bytes) -> None:
    assembler, body = MessageAssembler(), memoryview(data)
    for _ in assembler.pieces(pdus.pdvs(body)):
        pass


def fragment_seeds() -> list[bytes]:
    command = command_seeds()[0]
    return [
        pdus.pdv_header(1, len(command), is_command=True, is_last=True)[6:] + command,
        pdus.pdv_header(1, 6, is_command=True, is_last=False)[6:] + command[:6],
    ]


def pdu(data: bytes) -> None:
    if len(data) >= 6:
        pdus.decode(data[0], data[6:])


def header(data: bytes) -> None:
    found = scan_header(data, PIXEL_DESCRIPTION_TAGS | {0x00100010, 0x00400275})
    found.text(0x00100010)
    found.items(0x00400275)


def frame_reader(data: bytes) -> None:
    reader = FrameReader(scan_header(data, PIXEL_DESCRIPTION_TAGS))
    for index in {0, max(0, min(reader.n_frames, 50) - 1)}:
        reader.encoded(index)


def identifier(data: bytes) -> None:
    decode_identifier(data, EXPLICIT)
    decode_identifier(data, IMPLICIT)


def multipart(data: bytes) -> None:
    reader = MultipartReader(b"BOUNDARY")
    for start in range(0, len(data), 97):
        for _ in reader.feed(data[start : start + 97]):
            pass
    reader.close()


def multipart_seeds() -> list[bytes]:
    part = b"--BOUNDARY\r\nContent-Type: application/dicom\r\nContent-Length: 4\r\n\r\nDICM\r\n"
    return [part * 2 + b"--BOUNDARY--\r\n", b"preamble\r\n" + part + b"--BOUNDARY--epilogue"]


def segment_block(data: bytes) -> None:
    token_of(data[:BLOCK])
    read_member(data[:BLOCK], "0" * 32)


PARSERS: dict[str, tuple[Callable[[bytes], object], Callable[[], list[bytes]]]] = {
    "pdu": (pdu, pdu_seeds),
    "command set": (commands.decode, command_seeds),
    "message fragments": (fragments, fragment_seeds),
    "header": (header, file_seeds),
    "entry": (read_entry, file_seeds),
    "json": (lambda data: read_json(data, str), file_seeds),
    "frames": (frame_reader, file_seeds),
    "data set start": (dataset_start, file_seeds),
    "identifier": (
        identifier,
        lambda: [
            encode_identifier({"PatientName": "A*", "QueryRetrieveLevel": "STUDY", "StudyInstanceUID": "1.2"}, syntax)
            for syntax in (IMPLICIT, EXPLICIT)
        ],
    ),
    "multipart": (multipart, multipart_seeds),
    "accept": (
        lambda data: read_accept(data.decode("latin-1")),
        lambda: [b'multipart/related; type="application/dicom"; transfer-syntax=*; q=0.5, image/jpeg, */*;q=0.1'],
    ),
    "segment": (
        segment_block,
        lambda: [member_header(Member("a", "b", 3, 4, "c", "0" * 32))],
    ),
}


@pytest.mark.parametrize("name", PARSERS)
def test_damaged_bytes_are_read_or_refused(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    parse, make_seeds = PARSERS[name]
    seeds = make_seeds()
    for seed in seeds:
        try:
            parse(seed)
        except IsocenterError:
            continue
    rng = random.Random(time.time_ns() if SECONDS > 1 else name)
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    until, n_inputs = time.monotonic() + SECONDS, 0
    while time.monotonic() < until or n_inputs <= 20:
        data = mutated(rng, seeds)
        began = time.thread_time()
        try:
            parse(data)
        except IsocenterError:
            pass
        except Exception as error:
            kept = tmp_path_factory.getbasetemp() / f"fuzz-{name.replace(' ', '-')}.bin"
            kept.write_bytes(data)
            raise AssertionError(f"{type(error).__name__}: {error}; the input is in {kept}") from error
        n_inputs += 1
        assert time.thread_time() - began < MAX_INPUT_S, f"{name} took too long over {len(data)} bytes"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < MAX_GROWTH_KB
