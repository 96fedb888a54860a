"""What arrives goes on: through outages, restarts and crashes, once, and in the form that was asked for."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from io import BytesIO
from time import sleep
from typing import Any

import pydicom
import pytest
from pynetdicom import AE, evt
from pynetdicom.sop_class import StorageCommitmentPushModel

from isocenter.archive.archive import Archive
from isocenter.archive.query import Query
from isocenter.server.routing.backoff import Backoff
from isocenter.server.routing.follower import calling_ae_title

CT_CLASS = "1.2.840.10008.5.1.4.1.1.2"
IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
RLE = "1.2.840.10008.1.2.5"

Make = Callable[..., Any]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def read(archive: Archive, uid: str) -> pydicom.Dataset:
    (row,) = archive.find(Query("IMAGE", {"SOPInstanceUID": uid}))
    (instance,) = archive.instances(row["StudyInstanceUID"], None, uid)
    return pydicom.dcmread(BytesIO(archive.original(instance)))


def syntax_at(archive: Archive, uid: str) -> str:
    return str(read(archive, uid).file_meta.TransferSyntaxUID)


def test_what_matches_goes_on_and_the_rest_stays(node: Make, store: Make, rule: Make, until: Make) -> None:
    a, b = node("a"), node("b", listens=True)
    before = store(a)
    a.route(rule(b.peer, **{"match.Modality": '"CT"', "from_ae": '"ct*"'}))
    wanted = store(a)
    other = store(a, Modality="MR")
    stranger = store(a, origin="DIMSE MR1 127.0.0.1")
    web = store(a, origin="STOW 127.0.0.1")
    until(lambda: b.uids() == {wanted.instance_uid})
    until(lambda: a.states() == {"sent": 1})
    assert a.uids() >= {each.instance_uid for each in (before, other, stranger, web)}
    assert b.uids() == {wanted.instance_uid}
    (event,) = a.events
    assert (event.action, event.count, event.failed, event.study_uids) == ("route", 1, 0, (wanted.study_uid,))
    assert read(a.archive, wanted.instance_uid).PixelData == read(b.archive, wanted.instance_uid).PixelData


def test_a_destination_that_is_down_gets_it_when_it_is_up(node: Make, store: Make, rule: Make, until: Make) -> None:
    port = free_port()
    a = node("a")
    a.route(rule(f"ISOCENTER@127.0.0.1:{port}"))
    uids = {store(a).instance_uid for _ in range(5)}
    until(lambda: a.states() == {"waiting": 5})
    b = node("b", listens=True, port=port)
    until(lambda: b.uids() == uids)
    until(lambda: a.states() == {"sent": 5})


def test_what_waits_survives_a_restart(node: Make, store: Make, rule: Make, until: Make) -> None:
    port = free_port()
    a = node("a")
    a.route(rule(f"ISOCENTER@127.0.0.1:{port}"))
    uids = {store(a).instance_uid for _ in range(3)}
    until(lambda: a.states() == {"waiting": 3})
    a.stop_routing()
    a.restart()
    b = node("b", listens=True, port=port)
    a.route(rule(b.peer))
    until(lambda: b.uids() == uids)
    until(lambda: a.states() == {"sent": 3})


def test_what_came_while_no_router_ran_is_queued(node: Make, store: Make, rule: Make, until: Make) -> None:
    a, b = node("a"), node("b", listens=True)
    before = store(a)
    a.route(rule(b.peer))
    a.stop_routing()
    # As after a crash between storing and queueing: stored, and nobody was told.
    missed = {store(a).instance_uid for _ in range(3)}
    a.restart()
    a.route(rule(b.peer))
    until(lambda: b.uids() == missed)
    assert before.instance_uid not in b.uids()


def test_an_index_made_anew_neither_loses_nor_repeats(node: Make, store: Make, rule: Make, until: Make) -> None:
    a, b = node("a"), node("b", listens=True)
    store(a, origin="first")
    a.route(rule(b.peer))
    sent = {store(a).instance_uid for _ in range(3)}
    until(lambda: a.states() == {"sent": 3})
    a.stop_routing()
    missed = {store(a).instance_uid for _ in range(2)}
    a.archive.close()
    Archive.rebuild_index(a.folder / "archive")
    a.archive = Archive.open(a.folder / "archive", durable=False)
    a.events.clear()
    a.route(rule(b.peer, name='"new rule"'))
    until(lambda: b.uids() == sent | missed)
    until(lambda: a.states() == {"sent": 5})
    later = store(a)
    until(lambda: later.instance_uid in b.uids())
    until(lambda: a.states() == {"sent": 6})
    assert sum(event.count for event in a.events) == 3


def test_numbers_that_are_taken_again_hide_nothing(node: Make, store: Make, rule: Make, until: Make) -> None:
    a, b = node("a"), node("b", listens=True)
    a.route(rule(b.peer))
    sent = [store(a).instance_uid for _ in range(4)]
    until(lambda: a.states() == {"sent": 4})
    a.stop_routing()
    last = a.archive.arrivals.last
    a.archive.removals.delete("ada", sent[2:], reason="a test")
    new = {store(a).instance_uid for _ in range(2)}
    assert a.archive.arrivals.last == last  # the numbers of the deleted are taken again
    a.route(rule(b.peer))
    until(lambda: b.uids() == {*sent, *new})
    assert a.states() == {"sent": 6}


def test_an_archive_that_was_emptied_and_filled_again_is_followed(
    node: Make, store: Make, rule: Make, until: Make
) -> None:
    a, b = node("a"), node("b", listens=True)
    a.route(rule(b.peer))
    sent = [store(a).instance_uid for _ in range(3)]
    until(lambda: a.states() == {"sent": 3})
    a.archive.removals.delete("ada", sent, reason="a test")
    new = {store(a).instance_uid for _ in range(3)}
    until(lambda: b.uids() == {*sent, *new})


def test_what_was_rejected_is_not_sent_and_not_twice_after(node: Make, store: Make, rule: Make, until: Make) -> None:
    a, b = node("a"), node("b", listens=True)
    a.route(rule(b.peer, when='"study stable"', quiet_s="4"))
    stays, goes = store(a).instance_uid, store(a).instance_uid
    until(lambda: a.states() == {"held": 2})
    rejected = a.archive.removals.reject("ada", [stays], "113001")
    until(lambda: b.uids() == {goes})
    until(lambda: a.states() == {"sent": 1, "failed": 1})
    a.archive.removals.restore("ada", rejected.sequence, reason="a mistake")
    assert a.router._queue.retry(0.0) == 1
    until(lambda: b.uids() == {goes, stays})
    sleep(0.5)
    assert a.states() == {"sent": 2}


def test_two_nodes_that_route_to_each_other_do_not_go_round(
    node: Make, store: Make, rule: Make, until: Make, ct_bytes: Make
) -> None:
    a, b = node("a", listens=True), node("b", listens=True)
    # b changes the form, so that other bytes come back under the same UID.
    a.route(rule(b.peer, transfer_syntax=f'"{RLE}"'))
    b.route(rule(a.peer))
    content = ct_bytes()
    stored = store(a, content=content)
    until(lambda: b.uids() == {stored.instance_uid})
    until(lambda: a.states() == b.states() == {"sent": 1})
    assert store(a, content=content).state == "duplicate"
    other = store(a)
    until(lambda: a.states() == b.states() == {"sent": 2})
    assert a.uids() == b.uids() == {stored.instance_uid, other.instance_uid}
    # A node writes down what went after it has told so.
    until(lambda: sum(event.count for event in a.events) == sum(event.count for event in b.events) == 2)


def test_it_goes_in_the_form_that_is_asked_for(node: Make, store: Make, rule: Make, until: Make) -> None:
    a, b = node("a"), node("b", listens=True)
    a.route(rule(b.peer, transfer_syntax=f'"{RLE}"'))
    uid = store(a).instance_uid
    until(lambda: a.states() == {"sent": 1})
    assert syntax_at(b.archive, uid) == RLE
    assert (read(b.archive, uid).pixel_array == read(a.archive, uid).pixel_array).all()


@pytest.fixture
def pacs() -> Iterator[Make]:
    """Return a function that starts another vendor's node; it yields what that has got: UID and transfer syntax."""
    with ExitStack() as stack:

        def start(
            *syntaxes: str, name: str = CT_CLASS, port: int = 0, answer: Callable[[evt.Event], int] = lambda _: 0
        ) -> tuple[str, list[tuple[str, str]]]:
            got: list[tuple[str, str]] = []

            def take(event: evt.Event) -> int:
                got.append((str(event.request.AffectedSOPInstanceUID), str(event.context.transfer_syntax)))
                return answer(event)

            ae = AE("PACS")
            ae.add_supported_context(name, list(syntaxes))
            server = ae.start_server(("127.0.0.1", port), block=False, evt_handlers=[(evt.EVT_C_STORE, take)])
            stack.callback(server.shutdown)
            return f"PACS@127.0.0.1:{server.server_address[1]}", got

        yield start


def test_a_node_that_does_not_take_the_form_gets_one_it_takes(
    node: Make, store: Make, rule: Make, until: Make, pacs: Make
) -> None:
    address, got = pacs(IMPLICIT)
    a = node("a")
    a.route(rule(address, transfer_syntax=f'"{RLE}"'))
    uid = store(a).instance_uid
    until(lambda: a.states() == {"sent": 1})
    assert got == [(uid, IMPLICIT)]


def test_a_refusal_for_ever_is_listed_and_does_not_stop_the_others(
    node: Make, store: Make, rule: Make, until: Make, pacs: Make
) -> None:
    port = free_port()
    a = node("a")
    a.route(rule(f"PACS@127.0.0.1:{port}"))
    bad = store(a).instance_uid
    good = {store(a).instance_uid for _ in range(3)}
    until(lambda: a.states() == {"waiting": 4})
    _, got = pacs(
        EXPLICIT, port=port, answer=lambda event: 0xC123 if event.request.AffectedSOPInstanceUID == bad else 0
    )
    until(lambda: a.states() == {"sent": 3, "failed": 1})
    assert a.reasons() == ["error: cannot understand (C123H)"]
    sleep(0.5)  # longer than the pause after a failure: it is not tried again
    assert sorted(uid for uid, _ in got) == sorted({bad, *good})


def test_a_class_that_is_not_taken_is_a_refusal_for_ever(
    node: Make, store: Make, rule: Make, until: Make, pacs: Make
) -> None:
    address, got = pacs(EXPLICIT, name="1.2.840.10008.5.1.4.1.1.4")
    a = node("a")
    a.route(rule(address))
    store(a)
    until(lambda: a.states() == {"failed": 1})
    assert "takes neither" in a.reasons()[0]
    assert got == []


def test_a_full_node_gets_it_later(node: Make, store: Make, rule: Make, until: Make, pacs: Make) -> None:
    address, got = pacs(EXPLICIT, answer=lambda _: 0xA700 if len(got) < 3 else 0)
    a = node("a")
    a.route(rule(address))
    uid = store(a).instance_uid
    until(lambda: a.states() == {"sent": 1})
    assert got == [(uid, EXPLICIT)] * 3


def test_an_instance_that_the_node_does_not_stand_does_not_block_the_others(
    node: Make, store: Make, rule: Make, until: Make, pacs: Make
) -> None:
    def answer(event: evt.Event) -> int:
        if str(event.request.AffectedSOPInstanceUID) in poison:
            event.assoc.abort()
        return 0

    port = free_port()
    a = node("a")
    a.route(rule(f"PACS@127.0.0.1:{port}"))
    poison = {store(a).instance_uid}
    for _ in range(3):
        store(a)
    until(lambda: a.states() == {"waiting": 4})
    pacs(EXPLICIT, port=port, answer=answer)
    until(lambda: a.states() == {"sent": 3, "waiting": 1})
    poison.clear()
    until(lambda: a.states() == {"sent": 4})


def test_what_nobody_takes_is_given_up_and_can_be_tried_again(node: Make, store: Make, rule: Make, until: Make) -> None:
    port = free_port()
    a = node("a")
    a.route(rule(f"ISOCENTER@127.0.0.1:{port}"), backoff=Backoff(0.05, 0.1, 0.5))
    uid = store(a).instance_uid
    until(lambda: a.states() == {"failed": 1})
    assert "cannot be reached" in a.reasons()[0]
    b = node("b", listens=True, port=port)
    queue = a.router._queue
    assert queue.retry(0.0, "OTHER@127.0.0.1:1") == 0
    assert queue.retry(1e12) == 1
    until(lambda: b.uids() == {uid})


def test_commitment_is_asked_for_after_sending(node: Make, store: Make, rule: Make, until: Make) -> None:
    a, b = node("a"), node("b", listens=True)
    a.route(rule(b.peer, commit="true"))
    uids = {store(a).instance_uid for _ in range(3)}
    until(lambda: a.states() == {"committed": 3})
    assert b.uids() == uids


def test_what_the_destination_has_lost_is_sent_again(node: Make, store: Make, rule: Make, until: Make) -> None:
    a, b = node("a"), node("b", listens=True)
    a.route(rule(b.peer, commit="true", when='"study stable"', quiet_s="1.0"))
    lost, stays = store(a), store(a)
    received: list[int] = []

    def lose() -> None:
        received.append(1)
        if len(received) == 1:  # between being taken and being committed
            b.archive.removals.delete("ada", b.uids(), reason="a test")

    b.archive.arrivals.observers += (lose,)
    until(lambda: a.states() == {"committed": 2})
    assert b.uids() == {lost.instance_uid, stays.instance_uid}
    assert len(received) == 3


@pytest.mark.parametrize(
    ("offers", "status", "state", "reason"),
    [
        (False, 0, "failed", "does not offer storage commitment"),
        (True, 0, "uncommitted", "did not report on the same association"),
        (True, 0x0213, "uncommitted", "refuses storage commitment"),
    ],
)
def test_commitment_that_is_not_given_is_told(
    node: Make, store: Make, rule: Make, until: Make, offers: bool, status: int, state: str, reason: str
) -> None:
    ae = AE("PACS")
    ae.add_supported_context(CT_CLASS, EXPLICIT)
    if offers:
        ae.add_supported_context(StorageCommitmentPushModel)
    handlers = [(evt.EVT_C_STORE, lambda _: 0), (evt.EVT_N_ACTION, lambda _: (status, None))]
    server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    try:
        a = node("a")
        a.route(rule(f"PACS@127.0.0.1:{server.server_address[1]}", commit="true"), commitment_timeout_s=0.3)
        store(a)
        until(lambda: a.states() == {state: 1} and a.reasons() != [])
        assert reason in a.reasons()[0]
        assert "sent" in a.reasons()[0]
        a.stop_routing()
    finally:
        server.shutdown()


def test_commitment_that_is_never_given_is_given_up(node: Make, store: Make, rule: Make, until: Make) -> None:
    ae = AE("PACS")
    ae.add_supported_context(CT_CLASS, EXPLICIT)
    ae.add_supported_context(StorageCommitmentPushModel)
    handlers = [(evt.EVT_C_STORE, lambda _: 0), (evt.EVT_N_ACTION, lambda _: (0, None))]
    server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    try:
        a = node("a")
        address = f"PACS@127.0.0.1:{server.server_address[1]}"
        a.route(rule(address, commit="true"), backoff=Backoff(0.05, 0.05, 0.5), commitment_timeout_s=0.1)
        store(a)
        until(lambda: a.states() == {"failed": 1})
        assert a.router._queue.retry(0.0) == 1
        until(lambda: a.states() == {"uncommitted": 1})  # it is not sent again
        a.stop_routing()
    finally:
        server.shutdown()


def test_a_study_goes_when_it_has_been_quiet(node: Make, store: Make, rule: Make, until: Make) -> None:
    a, b = node("a"), node("b", listens=True)
    a.route(rule(b.peer, when='"study stable"', quiet_s="2.5"))
    until(lambda: a.states() == {})
    for number in range(4):
        store(a)
        until(lambda count=number + 1: a.states() == {"held": count})
        sleep(0.7)
    assert b.uids() == set()  # 2.8 s after the first, but never 2.5 s of quiet
    until(lambda: len(b.uids()) == 4)
    until(lambda: a.states() == {"sent": 4})
    late = store(a)
    until(lambda: a.states() == {"sent": 4, "held": 1})
    until(lambda: late.instance_uid in b.uids())


def test_a_held_study_survives_a_restart(node: Make, store: Make, rule: Make, until: Make) -> None:
    a, b = node("a"), node("b", listens=True)
    text = rule(b.peer, when='"study stable"', quiet_s="3")
    a.route(text)
    store(a)
    until(lambda: a.states() == {"held": 1})
    a.stop_routing()
    a.restart()
    a.route(text)
    until(lambda: len(b.uids()) == 1)


def test_one_destination_gets_an_instance_once_by_the_first_rule(
    node: Make, store: Make, rule: Make, until: Make
) -> None:
    a, b, c = node("a"), node("b", listens=True), node("c", listens=True)
    first = rule(b.peer, name='"first"', transfer_syntax=f'"{RLE}"')
    a.route(first + rule(b.peer, c.peer, name='"second"'))
    uid = store(a).instance_uid
    until(lambda: a.states() == {"sent": 2})
    assert syntax_at(b.archive, uid) == RLE
    assert syntax_at(c.archive, uid) != RLE


def test_a_destination_that_no_rule_names_any_more_is_given_up(
    node: Make, store: Make, rule: Make, until: Make
) -> None:
    a, b = node("a"), node("b", listens=True)
    a.route(rule(f"GONE@127.0.0.1:{free_port()}"))
    store(a)
    until(lambda: a.states() == {"waiting": 1})
    a.stop_routing()
    a.route(rule(b.peer))
    until(lambda: a.states() == {"failed": 1})
    assert a.reasons() == ["No rule names this destination any more."]


def test_corrections_decide_and_go_out(node: Make, store: Make, rule: Make, until: Make) -> None:
    a, b = node("a"), node("b", listens=True)
    first = store(a)
    a.archive.corrections.correct(
        "ada", {"StudyInstanceUID": [first.study_uid]}, {"PatientID": "RIGHT"}, reason="wrong patient"
    )
    a.route(rule(b.peer, **{"match.PatientID": '"RIGHT"'}))
    uid = store(a).instance_uid
    until(lambda: b.uids() == {uid})
    assert [row["PatientID"] for row in b.archive.find(Query("STUDY"))] == ["RIGHT"]


def test_bytes_that_are_gone_are_named(node: Make, store: Make, rule: Make, until: Make) -> None:
    port = free_port()
    a = node("a")
    a.route(rule(f"ISOCENTER@127.0.0.1:{port}"))
    store(a)
    until(lambda: a.states() == {"waiting": 1})
    (path,) = (a.folder / "archive").rglob("*.tar")
    content = path.read_bytes()
    with path.open("r+b") as stream:
        stream.seek(content.index(b"CompressedSamples"))
        stream.write(b"X")
    b = node("b", listens=True, port=port)
    until(lambda: a.states() == {"failed": 1})
    assert b.uids() == set()
    assert a.reasons()[0]


def test_an_observer_that_fails_costs_no_instance(node: Make, store: Make, caplog: pytest.LogCaptureFixture) -> None:
    a = node("a")

    def fail() -> None:
        raise ValueError("Doe^Jane")

    a.archive.arrivals.observers += (fail,)
    with caplog.at_level(logging.ERROR):
        assert store(a).state == "stored"
    assert "ValueError" in caplog.text
    assert "Doe" not in caplog.text


def test_only_what_is_new_is_told(node: Make, store: Make, ct_bytes: Make) -> None:
    a = node("a")
    told: list[int] = []
    a.archive.arrivals.observers += (lambda: told.append(1),)
    content = ct_bytes()
    assert store(a, content=content).state == "stored"
    assert store(a, content=content).state == "duplicate"
    assert store(a, content=content[:-2] + b"\1\1").state == "conflict"
    assert len(told) == 1


@pytest.mark.parametrize(
    ("origin", "title"),
    [("DIMSE CT1 10.0.0.1", "CT1"), ("DIMSE MY CT 10.0.0.1", "MY CT"), ("STOW 10.0.0.1", ""), ("", "")],
)
def test_the_caller_is_read_from_the_origin(origin: str, title: str) -> None:
    assert calling_ae_title(origin) == title
