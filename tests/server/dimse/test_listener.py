"""Associations: who gets one, what ends it, and that the node outlives every peer."""

from __future__ import annotations

import socket
from collections.abc import Callable
from time import monotonic, sleep
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isocenter.core.errors import OptionError
from isocenter.protocols.dimse import commands
from isocenter.protocols.upper_layer import pdus
from isocenter.protocols.upper_layer.pdus import (
    Abort,
    AssociateAccept,
    AssociateReject,
    ReleaseRequest,
    ReleaseResponse,
)
from isocenter.protocols.upper_layer.user_information import UserInformation
from isocenter.server.dimse.allow_list import AllowList
from isocenter.server.dimse.listener import DimseListener
from isocenter.server.dimse.scu import echo

VERIFICATION, CT, IMPLICIT = "1.2.840.10008.1.1", "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2"
ECHO = {"CommandField": commands.C_ECHO_RQ, "AffectedSOPClassUID": VERIFICATION}
REQUEST = pdus.encode(
    pdus.AssociateRequest(
        "ISOCENTER", "WIRE", (pdus.ProposedContext(1, VERIFICATION, (IMPLICIT,)),), UserInformation(0, "1.2.3", "WIRE")
    )
)
DATA = b"\x04\0\0\0\0\x06\0\0\0\2\1\3"


@pytest.mark.parametrize(
    ("said", "abort"),
    [
        (b"\x0a\0\0\0\0\0", Abort(2, 1)),  # no such PDU
        (REQUEST, Abort(2, 2)),  # a second request
        (pdus.encode(AssociateReject(1, 1, 1)), Abort(2, 2)),  # an answer that nobody asked for
        (pdus.encode(ReleaseResponse()), Abort(2, 2)),
        (b"\x04\0\0\0\0\6\0\0\0\x63\1\3", Abort(2, 6)),  # a value longer than its PDU
        (b"\x04\0\xff\xff\xff\xff", Abort(2, 6)),  # a PDU of 4 GiB
        (b"\x05\0\0\0\0\2\0\0", Abort(2, 6)),  # a release of the wrong length
        (b"\x04\0\0\0\0\7\0\0\0\3\1\3x", Abort(0, 0)),  # a command set that is none
        (b"\x04\0\0\0\0\7\0\0\0\3\1\2x", Abort(0, 0)),  # data without a command
        (b"\x04\0\0\0\0\7\0\0\0\3\5\3x", Abort(0, 0)),  # a context that was not accepted
    ],
)
def test_what_breaks_the_protocol_is_aborted_with_its_reason(
    serve: Callable[..., Any], dial: Callable[..., Any], said: bytes, abort: Abort
) -> None:
    node = serve()
    wire = dial(node)
    assert isinstance(wire.associate(), AssociateAccept)
    wire.send(said)
    assert wire.pdu() == abort
    assert wire.pdu() is None
    echo(node.peer)
    assert [event.action for event in node.events] == ["abort-association"]


def test_a_peer_that_still_talks_hears_the_abort(serve: Callable[..., Any], dial: Callable[..., Any]) -> None:
    node = serve()
    for _ in range(5):
        wire = dial(node)
        wire.associate()
        # Closing on unread bytes would reset the connection: many systems then throw the abort away unread.
        wire.send(b"\x0a\0\0\0\0\0" + bytes(200_000))
        sleep(0.02)
        assert wire.pdu() == Abort(2, 1)
        assert wire.stream.recv(1) == b""  # an end, not a reset


@pytest.mark.parametrize("said", [DATA, pdus.encode(ReleaseRequest()), b"\x0a\0\0\0\0\0", b"\1\0\0\0\0\4\0\1\0\0"])
def test_an_association_begins_with_a_request(serve: Callable[..., Any], dial: Callable[..., Any], said: bytes) -> None:
    node = serve()
    wire = dial(node)
    wire.send(said)
    assert wire.pdu() == Abort(0, 0)  # action AA-1 of PS3.8: as the service user
    echo(node.peer)


def test_each_context_gets_its_result(serve: Callable[..., Any], dial: Callable[..., Any]) -> None:
    deflated, jpeg = "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.50"
    answer = dial(serve()).associate(
        (1, CT, (jpeg, IMPLICIT)),
        (3, "1.3.46.670589.2.3", (IMPLICIT,)),  # a private class
        (5, "1.2.840.10008.5.1.4.1.2.2.1", (deflated, IMPLICIT)),  # study root find
        (7, "1.2.840.10008.5.1.1.33", (IMPLICIT,)),  # print storage, not offered
        (9, "1.2.840.10008.5.1.4.31", (IMPLICIT,)),  # worklist, not offered
        (11, VERIFICATION, (jpeg,)),
        (13, CT, ()),
    )
    assert isinstance(answer, AssociateAccept)
    # PS3.8 table 9-18: 0 accepted, 3 abstract syntax not supported, 4 transfer syntaxes not supported.
    assert [(c.context_id, c.result) for c in answer.contexts] == [
        (1, 0),
        (3, 0),
        (5, 0),
        (7, 3),
        (9, 3),
        (11, 4),
        (13, 4),
    ]
    assert [c.transfer_syntax for c in answer.contexts[:3]] == [jpeg, IMPLICIT, IMPLICIT]


def test_callers_are_checked_by_title_and_address(serve: Callable[..., Any], dial: Callable[..., Any]) -> None:
    node = serve(allow=("CT1", "MR1@10.9.8.7", "MR2@127.0.0.1"))
    rejected = AssociateReject(1, 1, 3)  # permanent, by the user, calling AE title not recognised
    assert isinstance(dial(node).associate(calling="CT1"), AssociateAccept)
    assert isinstance(dial(node).associate(calling="MR2"), AssociateAccept)
    assert dial(node).associate(calling="MR1") == rejected
    assert dial(node).associate(calling="") == rejected
    assert dial(node).associate(calling="CT1", called="OTHER") == AssociateReject(1, 1, 7)
    assert {event.action for event in node.events} == {"reject-association"}


@pytest.mark.parametrize("entry", ["", "A" * 17, "A\\B", "A\nB", "CT1@somewhere", "@10.0.0.1"])
def test_malformed_entries_of_the_allow_list_are_refused(entry: str) -> None:
    with pytest.raises(OptionError, match="allow"):
        AllowList.parse((entry,))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.168.1.4", "pacs.example"])
def test_beyond_loopback_somebody_has_to_be_named(host: str) -> None:
    with pytest.raises(OptionError, match="who may call"):
        DimseListener(None, host=host)  # type: ignore[arg-type] # it never comes to use it


def test_a_full_node_says_so_and_takes_the_next_when_there_is_room(
    serve: Callable[..., Any], dial: Callable[..., Any]
) -> None:
    node = serve(max_associations=1)
    first = dial(node)
    assert isinstance(first.associate(), AssociateAccept)
    assert dial(node).associate() == AssociateReject(2, 3, 2)  # transient, local limit exceeded
    first.send(pdus.encode(ReleaseRequest()))
    assert isinstance(first.pdu(), ReleaseResponse)
    first.stream.close()
    deadline = monotonic() + 60
    answer = None
    while not isinstance(answer, AssociateAccept):
        assert monotonic() < deadline, "the place was not given back"
        wire = dial(node)
        answer = wire.associate()
        wire.stream.close()


def test_silence_ends_an_association(serve: Callable[..., Any], dial: Callable[..., Any]) -> None:
    node = serve(idle_timeout_s=1.5, request_timeout_s=1.5)
    idle, mute = dial(node), dial(node)
    assert isinstance(idle.associate(), AssociateAccept)
    assert idle.pdu() == Abort(0, 0)
    assert mute.pdu() is None  # no association yet: ARTIM expired, action AA-2 closes


def test_a_pdu_that_drips_ends_an_association(serve: Callable[..., Any], dial: Callable[..., Any]) -> None:
    wire = dial(serve(idle_timeout_s=0.2))
    assert isinstance(wire.associate(), AssociateAccept)
    wire.send(b"\x04\0\0\0\x10\0")
    wire.stream.settimeout(0.05)
    deadline = monotonic() + 60
    head = b""
    while not head and monotonic() < deadline:
        try:
            wire.send(b"\0")
            head = wire.stream.recv(1)
        except TimeoutError:
            continue
    assert head == b"\7"


def test_stopping_ends_every_association(serve: Callable[..., Any], dial: Callable[..., Any]) -> None:
    node = serve()
    wire = dial(node)
    assert isinstance(wire.associate(), AssociateAccept)
    node.listener.stop()
    assert wire.pdu() in (None, Abort(0, 0))
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", node.peer.port), timeout=1)


def test_a_request_cut_off_anywhere_harms_nobody(serve: Callable[..., Any], dial: Callable[..., Any]) -> None:
    node = serve()
    for end in range(0, len(REQUEST), 7):
        wire = dial(node)
        wire.send(REQUEST[:end])
        wire.stream.close()
    echo(node.peer)


@pytest.fixture
def node(serve: Callable[..., Any]) -> Any:
    """Return one node for all examples."""
    return serve()


@given(st.booleans(), st.lists(st.binary(max_size=40), max_size=4), st.sampled_from([b"", b"\1\0", b"\4\0\0\0", DATA]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_leave_the_node_alive(
    node: Any, dial: Callable[..., Any], is_associated: bool, said: list[bytes], first: bytes
) -> None:
    wire = dial(node)
    if is_associated:
        wire.associate()
    try:
        wire.send(first + b"".join(said))
        wire.stream.shutdown(socket.SHUT_WR)
        while wire.framed()[0]:
            pass
    except OSError:
        pass  # aborted while it was still talking
    wire.stream.close()
    echo(node.peer)


def test_a_verification_is_answered_and_released(serve: Callable[..., Any], dial: Callable[..., Any]) -> None:
    wire = dial(serve())
    wire.associate()
    wire.command(1, **ECHO)
    found = wire.response()
    assert (found["CommandField"], found["Status"], found["MessageIDBeingRespondedTo"]) == (commands.C_ECHO_RSP, 0, 1)
    wire.command(1, CommandField=commands.C_STORE_RQ, AffectedSOPClassUID=CT, AffectedSOPInstanceUID="1.2.3")
    assert wire.response()["Status"] == 0x0211  # no such operation in this context
    wire.command(1, b"not expected", **ECHO)
    assert wire.response()["Status"] == 0
    wire.command(1, CommandField=commands.C_CANCEL_RQ, MessageIDBeingRespondedTo=1)
    wire.command(1, **ECHO)
    assert wire.response()["Status"] == 0  # a late cancel is passed over
    wire.send(pdus.encode(ReleaseRequest()))
    assert wire.pdu() == ReleaseResponse()
    assert wire.pdu() is None
