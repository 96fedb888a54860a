"""PDUs against pynetdicom, and against bytes that are none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isocenter.protocols.upper_layer import pdus
from isocenter.protocols.upper_layer.errors import INVALID_PARAMETER, UNRECOGNISED_PDU, PduError
from isocenter.protocols.upper_layer.pdus import (
    Abort,
    AnsweredContext,
    AssociateAccept,
    AssociateReject,
    AssociateRequest,
    Pdu,
    ProposedContext,
    ReleaseRequest,
    ReleaseResponse,
    decode,
    encode,
)
from isocenter.protocols.upper_layer.user_information import UserInformation

CT, IMPLICIT, EXPLICIT = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
USER = UserInformation(16384, "1.2.3", "TEST")
REQUEST = AssociateRequest(
    "CALLED",
    "CALLING",
    (ProposedContext(1, CT, (IMPLICIT, EXPLICIT)), ProposedContext(255, "1.2.5", (EXPLICIT,))),
    USER,
)
ACCEPT = AssociateAccept(
    "CALLED", "CALLING", (AnsweredContext(1, 0, EXPLICIT), AnsweredContext(255, 3, IMPLICIT)), USER
)
ALL: tuple[Pdu, ...] = (REQUEST, ACCEPT, AssociateReject(1, 1, 7), ReleaseRequest(), ReleaseResponse(), Abort(2, 6))


@pytest.mark.parametrize("pdu", ALL, ids=lambda pdu: type(pdu).__name__)
def test_a_pdu_comes_back(pdu: Pdu) -> None:
    encoded = encode(pdu)
    assert int.from_bytes(encoded[2:6], "big") == len(encoded) - pdus.HEADER_BYTES
    assert decode(encoded[0], encoded[6:]) == pdu


def test_another_implementation_reads_and_writes_the_same_bytes() -> None:
    theirs = pytest.importorskip("pynetdicom.pdu", reason="pynetdicom is not installed")
    kinds = (theirs.A_ASSOCIATE_RQ, theirs.A_ASSOCIATE_AC, theirs.A_ASSOCIATE_RJ, theirs.A_RELEASE_RQ,
             theirs.A_RELEASE_RP, theirs.A_ABORT_RQ)  # fmt: skip
    for ours, kind in zip(ALL, kinds, strict=True):
        other = kind()
        other.decode(encode(ours))
        assert other.encode() == encode(ours)
    request = theirs.A_ASSOCIATE_RQ()
    request.decode(encode(REQUEST))
    found = [
        (c.context_id, str(c.abstract_syntax), tuple(map(str, c.transfer_syntax))) for c in request.presentation_context
    ]
    assert found == [(c.context_id, c.abstract_syntax, c.transfer_syntaxes) for c in REQUEST.contexts]


def test_data_values_are_views_and_not_copies() -> None:
    buffer = bytearray(pdus.pdv_header(3, 4, is_command=True, is_last=False) + b"abcd")
    ((context_id, control, data),) = pdus.pdvs(memoryview(buffer)[pdus.HEADER_BYTES :])
    buffer[-4:] = b"wxyz"
    assert (context_id, control, bytes(data)) == (3, 1, b"wxyz")


def test_another_implementation_reads_our_data_header() -> None:
    theirs = pytest.importorskip("pynetdicom.pdu", reason="pynetdicom is not installed")
    other = theirs.P_DATA_TF()
    other.decode(pdus.pdv_header(3, 4, is_command=True, is_last=True) + b"abcd")
    (item,) = other.presentation_data_value_items
    # PS3.8 annex E.2: bit 0 of the control header says command, bit 1 last fragment.
    assert (item.context_id, item.presentation_data_value) == (3, b"\3abcd")


@pytest.mark.parametrize(
    ("kind", "body", "reason"),
    [
        (0, b"", UNRECOGNISED_PDU),
        (8, b"\0\0\0\0", UNRECOGNISED_PDU),
        (1, b"\0\1", INVALID_PARAMETER),
        (3, b"\0\1", INVALID_PARAMETER),
        (5, b"", INVALID_PARAMETER),
        (7, b"\0\0\0\0\0", INVALID_PARAMETER),
        (1, encode(REQUEST)[6:-3], INVALID_PARAMETER),
        (1, encode(REQUEST)[6:].replace(b"CALLED", b"CALL\xc9D"), INVALID_PARAMETER),
    ],
)
def test_malformed_pdus_say_what_an_abort_shall_say(kind: int, body: bytes, reason: int) -> None:
    with pytest.raises(PduError) as caught:
        decode(kind, body)
    assert caught.value.reason == reason


@pytest.mark.parametrize("ids", [(2,), (0,), (1, 1)])
def test_context_ids_are_odd_and_unique(ids: tuple[int, ...]) -> None:
    contexts = tuple(ProposedContext(number, CT, (IMPLICIT,)) for number in ids)
    with pytest.raises(PduError, match="context ID"):
        decode(1, encode(AssociateRequest("A", "B", contexts, USER))[6:])


def test_a_title_cannot_break_a_log_line() -> None:
    body = encode(REQUEST)[6:].replace(b"CALLING         ", b"X\nFORGED\r\x1b[1m   ")
    found = decode(1, body)
    assert isinstance(found, AssociateRequest)
    assert found.calling_ae_title == "X?FORGED??[1m"


@given(st.integers(0, 255), st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_a_pdu_or_a_pdu_error(kind: int, body: bytes) -> None:
    try:
        found = decode(kind, body)
    except PduError:
        return
    assert isinstance(found, Pdu)


@given(st.integers(0, 400), st.integers(0, 255), st.integers(0, 400))
@settings(max_examples=500, deadline=None)
def test_a_damaged_request_is_a_request_or_a_pdu_error(position: int, value: int, length: int) -> None:
    body = bytearray(encode(REQUEST)[6:])
    body[position % len(body)] = value
    try:
        assert isinstance(decode(1, bytes(body[: len(body) - length % 40])), AssociateRequest)
    except PduError:
        return


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_data_values_or_a_pdu_error(body: bytes) -> None:
    try:
        values = list(pdus.pdvs(memoryview(body)))
    except PduError:
        return
    assert sum(len(data) + 6 for _, _, data in values) == len(body)
