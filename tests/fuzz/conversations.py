"""Valid conversations with a DICOM node, message by message, and what damage may be done to them."""

import random
import struct
from pathlib import Path

from pydicom.data import get_testdata_file

from isocenter.dicom.identifier import encode_identifier
from isocenter.dicom.part10 import dataset_start
from isocenter.protocols.dimse import commands
from isocenter.protocols.upper_layer import pdus
from isocenter.protocols.upper_layer.user_information import UserIdentity, UserInformation

VERIFICATION, CT_STORAGE = "1.2.840.10008.1.1", "1.2.840.10008.5.1.4.1.1.2"
FIND, GET, MOVE = (f"1.2.840.10008.5.1.4.1.2.2.{number}" for number in (1, 3, 2))
IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
INSTANCE = "1.3.6.1.4.1.5962.1.1.1.1.1.20040119072730.12322"
EXTREMES = (b"\0", b"\xff", b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xfe\xff\x00\xe0", b"\xff\xff")

Conversation = list[bytes]


def association_request() -> bytes:
    """Return the request that every conversation begins with."""
    classes = (VERIFICATION, CT_STORAGE, FIND, GET, MOVE)
    contexts = tuple(pdus.ProposedContext(2 * n + 1, uid, (EXPLICIT, IMPLICIT)) for n, uid in enumerate(classes))
    user = UserInformation(
        16384, "1.2.3", "FUZZ", {CT_STORAGE: (True, True)}, (1, 1), identity=UserIdentity(2, b"name", b"secret")
    )
    return pdus.encode(pdus.AssociateRequest("ISOCENTER", "FUZZ", contexts, user))


def conversations() -> list[Conversation]:
    """Return an echo, a store, a find, a get and a move, each from request to release."""
    content = Path(str(get_testdata_file("CT_small.dcm", download=False))).read_bytes()
    dataset = content[dataset_start(content) :]
    identifier = encode_identifier({"PatientName": "A*", "QueryRetrieveLevel": "STUDY"}, EXPLICIT)
    wanted = encode_identifier({"QueryRetrieveLevel": "STUDY", "StudyInstanceUID": "1.2.3"}, EXPLICIT)
    store = {"AffectedSOPInstanceUID": INSTANCE, "Priority": 0}
    bodies = [
        message(1, VERIFICATION, commands.C_ECHO_RQ, None),
        message(3, CT_STORAGE, commands.C_STORE_RQ, dataset, **store),
        message(5, FIND, commands.C_FIND_RQ, identifier, Priority=0),
        message(7, GET, commands.C_GET_RQ, wanted, Priority=0),
        message(9, MOVE, commands.C_MOVE_RQ, wanted, Priority=0, MoveDestination="NOBODY"),
    ]
    request, release = association_request(), pdus.encode(pdus.ReleaseRequest())
    return [[request, *body, release] for body in bodies] + [
        [request, *(pdu for body in bodies for pdu in body), release]
    ]


def message(context_id: int, class_uid: str, field: int, dataset: bytes | None, **values: str | int) -> list[bytes]:
    """Return a command and its data set as PDUs of at most 16 KiB."""
    kind = commands.NO_DATASET if dataset is None else commands.WITH_DATASET
    command: dict[str, str | int] = {
        "AffectedSOPClassUID": class_uid, "CommandField": field, "MessageID": 1, "CommandDataSetType": kind, **values,
    }  # fmt: skip
    found = fragments(context_id, commands.encode(command), is_command=True)
    return found if dataset is None else found + fragments(context_id, dataset, is_command=False)


def fragments(context_id: int, data: bytes, *, is_command: bool) -> list[bytes]:
    """Return the PDUs that carry a command or a data set."""
    parts = [data[start : start + 16000] for start in range(0, len(data), 16000)]
    return [
        pdus.pdv_header(context_id, len(part), is_command=is_command, is_last=part is parts[-1]) + part
        for part in parts
    ]


def damaged(rng: random.Random, valid: list[Conversation]) -> Conversation:
    """Return a valid conversation after a few changes: to its order, to lengths, to bytes."""
    found = list(rng.choice(valid))
    for _ in range(rng.choice((1, 1, 2, 3, 6))):
        at = rng.randrange(len(found))
        kind = rng.randrange(8)
        if kind == 0:
            found.insert(rng.randrange(len(found) + 1), found[at])
        elif kind == 1 and len(found) > 1:
            found.append(found.pop(at))
        elif kind == 2 and len(found) > 1:
            del found[at]
        elif kind == 3:
            found.insert(at, rng.choice(rng.choice(valid)))
        elif kind == 4:
            found[at] = found[at][: rng.randrange(len(found[at]) + 1)]
        elif kind == 5:
            found[at] = with_length(found[at], rng.choice((0, 1, 6, 0x7FFFFFFF, 0xFFFFFFFF, rng.randrange(1 << 18))))
        else:
            found[at] = with_bytes(rng, found[at])
    return found


def with_length(pdu: bytes, length: int) -> bytes:
    """Return a PDU that says it has another length."""
    return pdu[:2] + struct.pack(">L", length) + pdu[6:]


def with_bytes(rng: random.Random, pdu: bytes) -> bytes:
    """Return a PDU with a few bytes replaced, most of them near its beginning."""
    data = bytearray(pdu)
    for _ in range(rng.choice((1, 1, 2, 8))):
        at = rng.randrange(min(len(data), 300) + 1)
        value = rng.choice((*EXTREMES, bytes([rng.randrange(256)]), rng.randbytes(3)))
        data[at : at + len(value)] = value
    return bytes(data)
