"""Asking for storage commitment: what the other node says is believed, what it does not say is not."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid
from pynetdicom import AE, evt
from pynetdicom.sop_class import StorageCommitmentPushModel

from isocenter.core.errors import NotSupportedError, ProtocolError
from isocenter.dicom.references import Reference
from isocenter.server.dimse.peer import Peer
from isocenter.server.dimse.scu import send
from isocenter.server.dimse.scu_commitment import request_commitment

CT_CLASS = "1.2.840.10008.5.1.4.1.1.2"
INSTANCE = "1.2.840.10008.1.20.1.1"
ASKED = tuple(Reference(CT_CLASS, f"1.2.3.{number}") for number in range(1, 4))


def result(asked: Dataset, failed: dict[str, int], *, left_out: str = "", transaction: str = "") -> tuple[int, Dataset]:
    """Return event type and information of a result."""
    told = Dataset()
    told.TransactionUID = transaction or asked.TransactionUID
    told.ReferencedSOPSequence, told.FailedSOPSequence = [], []
    for item in asked.ReferencedSOPSequence:
        uid = str(item.ReferencedSOPInstanceUID)
        if uid == left_out:
            continue
        if uid in failed:
            item.FailureReason = failed[uid]
            told.FailedSOPSequence.append(item)
        else:
            told.ReferencedSOPSequence.append(item)
    if not failed:
        del told.FailedSOPSequence
    return (2 if failed else 1), told


@pytest.fixture
def scp() -> Iterator[Callable[..., tuple[Peer, list[int]]]]:
    """Return a function that starts a pynetdicom node; `tell` returns the results it reports on the association."""
    with ExitStack() as stack:

        def start(tell: Callable[[Dataset], list[tuple[int, Dataset]]], *, status: int = 0) -> tuple[Peer, list[int]]:
            answers: list[int] = []

            def act(event: evt.Event) -> tuple[int, None]:
                asked = event.action_information

                def report() -> None:
                    sleep(0.1)
                    for kind, told in tell(asked):
                        answer, _ = event.assoc.send_n_event_report(told, kind, StorageCommitmentPushModel, INSTANCE)
                        answers.append(answer.get("Status", -1))

                if status == 0:
                    threading.Thread(target=report, daemon=True).start()
                return status, None

            ae = AE("PACS")
            ae.add_supported_context(StorageCommitmentPushModel)
            server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_N_ACTION, act)])
            stack.callback(server.shutdown)
            return Peer("PACS", "127.0.0.1", server.server_address[1]), answers

        yield start


def test_what_is_safe_there_is_said(scp: Any) -> None:
    peer, answers = scp(lambda asked: [result(asked, {})])
    assert request_commitment(peer, ASKED, ae_title="US") == ASKED
    deadline = monotonic() + 60
    while not answers and monotonic() < deadline:
        sleep(0.01)
    assert answers == [0]


def test_what_is_not_safe_is_named_with_its_reason(scp: Any) -> None:
    peer, _ = scp(lambda asked: [result(asked, {"1.2.3.2": 0x0112})])
    told = request_commitment(peer, ASKED, ae_title="US")
    assert told is not None
    assert [each.failure_reason for each in told] == [0, 0x0112, 0]


def test_what_the_result_leaves_out_is_not_taken_for_safe(scp: Any) -> None:
    peer, _ = scp(lambda asked: [result(asked, {}, left_out="1.2.3.3")])
    told = request_commitment(peer, ASKED, ae_title="US")
    assert told is not None
    assert [each.failure_reason for each in told] == [0, 0, 0x0110]


def test_a_result_of_another_transaction_is_not_ours(scp: Any) -> None:
    peer, answers = scp(
        lambda asked: [result(asked, {}, transaction=generate_uid()), result(asked, {"1.2.3.1": 0x0112})]
    )
    told = request_commitment(peer, ASKED, ae_title="US")
    assert told is not None
    assert [each.failure_reason for each in told] == [0x0112, 0, 0]
    assert answers[0] == 0x0110


def test_a_node_that_does_not_report_here_is_not_waited_for_long(scp: Any) -> None:
    peer, _ = scp(lambda asked: [])
    began = monotonic()
    assert request_commitment(peer, ASKED, ae_title="US", timeout_s=0.5) is None
    assert 0.4 < monotonic() - began < 30


def test_a_refusal_is_an_error(scp: Any) -> None:
    peer, _ = scp(lambda asked: [], status=0x0213)
    with pytest.raises(ProtocolError) as caught:
        request_commitment(peer, ASKED, ae_title="US")
    assert caught.value.found == "failure: resource limitation"


def test_a_node_without_the_service_says_so() -> None:
    ae = AE("PACS")
    ae.add_supported_context("1.2.840.10008.1.1")
    server = ae.start_server(("127.0.0.1", 0), block=False)
    try:
        with pytest.raises(NotSupportedError):
            request_commitment(Peer("PACS", "127.0.0.1", server.server_address[1]), ASKED, ae_title="US")
    finally:
        server.shutdown()


def test_a_node_that_goes_away_without_an_answer_is_an_error() -> None:
    def leave(event: evt.Event) -> tuple[int, None]:
        event.assoc.abort()
        return 0, None

    ae = AE("PACS")
    ae.add_supported_context(StorageCommitmentPushModel)
    server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_N_ACTION, leave)])
    try:
        with pytest.raises(ProtocolError):
            request_commitment(Peer("PACS", "127.0.0.1", server.server_address[1]), ASKED, ae_title="US")
    finally:
        server.shutdown()


def test_our_own_listener_is_asked(serve: Any, copies: Callable[[int], list[Path]]) -> None:
    serving = serve()
    paths = copies(3)
    sent = [each.reference for each in send(paths, serving.peer).results if each.reference is not None]
    told = request_commitment(serving.peer, [*sent, Reference(CT_CLASS, "1.2.3")], ae_title="US")
    assert told is not None
    assert [each.failure_reason for each in told] == [0, 0, 0, 0x0112]
