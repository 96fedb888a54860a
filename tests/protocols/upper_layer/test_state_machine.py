"""The association's table against PS3.8 as another implementation (pynetdicom) has typed it."""

from __future__ import annotations

import pytest

from isocenter.core.errors import ProtocolError
from isocenter.protocols.upper_layer.state_machine import (
    ACTIONS,
    TRANSITIONS,
    Event,
    Output,
    State,
    StateMachine,
)

fsm = pytest.importorskip("pynetdicom.fsm", reason="pynetdicom is not installed")

# PS3.8 tables 9-6 to 9-9, column "next state".
NEXT_STATES = {
    "AE-1": 4, "AE-2": 5, "AE-3": 6, "AE-4": 1, "AE-5": 2, "AE-6": 3, "AE-7": 6, "AE-8": 13,
    "DT-1": 6, "DT-2": 6,
    "AR-1": 7, "AR-2": 8, "AR-3": 1, "AR-4": 13, "AR-5": 1, "AR-6": 7, "AR-7": 8, "AR-8": 9, "AR-9": 11, "AR-10": 12,
    "AA-1": 13, "AA-2": 1, "AA-3": 1, "AA-4": 1, "AA-5": 1, "AA-6": 13, "AA-7": 13, "AA-8": 13,
}  # fmt: skip


def test_every_cell_is_the_one_another_implementation_has() -> None:
    ours = {(f"Evt{event.value}", f"Sta{state.value}"): action for (state, event), action in TRANSITIONS.items()}
    assert ours == dict(fsm.TRANSITION_TABLE)


def test_every_action_leads_to_the_state_of_the_standard() -> None:
    assert {name: action.next_state.value for name, action in ACTIONS.items()} == NEXT_STATES


def test_actions_send_what_their_words_in_the_standard_say() -> None:
    sent = {
        "A-ASSOCIATE-RQ": {"AE-2"},
        "A-ASSOCIATE-AC": {"AE-7"},
        "A-RELEASE-RQ": {"AR-1"},
        "A-RELEASE-RP": {"AR-4", "AR-9"},
    }
    outputs = {
        "A-ASSOCIATE-RQ": Output.SEND_REQUEST,
        "A-ASSOCIATE-AC": Output.SEND_ACCEPT,
        "A-RELEASE-RQ": Output.SEND_RELEASE_REQUEST,
        "A-RELEASE-RP": Output.SEND_RELEASE_RESPONSE,
    }
    for pdu, output in outputs.items():
        assert {name for name, action in ACTIONS.items() if output in action.outputs} == sent[pdu]
        # pynetdicom words AR-4 as "Issue ... PDU", the others as "Send ...-PDU".
        for name in sent[pdu]:
            assert pdu.replace("-", " ") in str(fsm.ACTIONS[name][0]).replace("-", " ")


def test_every_state_but_the_first_can_be_reached() -> None:
    reached = {
        state
        for action in ACTIONS.values()
        for state in (action.next_state, action.acceptor_state)
        if state is not None
    }
    assert reached == set(State)


def test_an_acceptor_goes_from_listening_to_closed() -> None:
    machine = StateMachine(is_requestor=False)
    walk = [
        (Event.TRANSPORT_INDICATED, State.AWAITING_REQUEST),
        (Event.REQUEST_PDU, State.AWAITING_LOCAL_ANSWER),
        (Event.ACCEPT, State.ESTABLISHED),
        (Event.DATA_PDU, State.ESTABLISHED),
        (Event.DATA, State.ESTABLISHED),
        (Event.RELEASE_REQUEST_PDU, State.AWAITING_LOCAL_RELEASE),
        (Event.ANSWER_RELEASE, State.AWAITING_CLOSE),
        (Event.TRANSPORT_CLOSED, State.IDLE),
    ]
    for event, state in walk:
        machine.handle(event)
        assert machine.state is state


@pytest.mark.parametrize(
    ("is_requestor", "events"),
    [
        (True, (Event.RELEASE, Event.RELEASE_REQUEST_PDU, Event.ANSWER_RELEASE, Event.RELEASE_RESPONSE_PDU)),
        (False, (Event.RELEASE, Event.RELEASE_REQUEST_PDU, Event.RELEASE_RESPONSE_PDU, Event.ANSWER_RELEASE)),
    ],
)
def test_both_sides_may_release_at_once(is_requestor: bool, events: tuple[Event, ...]) -> None:
    machine = StateMachine(is_requestor=is_requestor)
    machine.state = State.ESTABLISHED
    for event in events:
        machine.handle(event)
    # PS3.8 figure 9-1: the requestor confirms and closes, the acceptor answers last and awaits the close.
    assert machine.state is (State.IDLE if is_requestor else State.AWAITING_CLOSE)


def test_what_the_table_leaves_empty_cannot_be_done() -> None:
    machine = StateMachine(is_requestor=True)
    assert not machine.can(Event.DATA)
    with pytest.raises(ProtocolError, match="DATA"):
        machine.handle(Event.DATA)
    assert machine.state is State.IDLE
