"""The association as a state machine: events in, actions out; it neither sends nor waits.

Source: DICOM PS3.8 sec. 9.2; `TABLE` is table 9-10 of that section with events in rows and states in columns,
`ACTIONS` are tables 9-6 to 9-9.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum, auto

from isocenter.core.errors import ProtocolError


class State(IntEnum):
    """Sta1 to Sta13 (PS3.8 tables 9-1 to 9-5)."""

    IDLE = 1
    AWAITING_REQUEST = 2
    AWAITING_LOCAL_ANSWER = 3
    AWAITING_TRANSPORT = 4
    AWAITING_ANSWER = 5
    ESTABLISHED = 6
    AWAITING_RELEASE_RESPONSE = 7
    AWAITING_LOCAL_RELEASE = 8
    COLLISION_REQUESTOR_LOCAL = 9
    COLLISION_ACCEPTOR_PEER = 10
    COLLISION_REQUESTOR_PEER = 11
    COLLISION_ACCEPTOR_LOCAL = 12
    AWAITING_CLOSE = 13


class Event(IntEnum):
    """Evt1 to Evt19 (PS3.8 table 9-10): ours, the peer's PDUs, the transport's, the timer's."""

    ASSOCIATE = 1
    TRANSPORT_OPENED = 2
    ACCEPT_PDU = 3
    REJECT_PDU = 4
    TRANSPORT_INDICATED = 5
    REQUEST_PDU = 6
    ACCEPT = 7
    REJECT = 8
    DATA = 9
    DATA_PDU = 10
    RELEASE = 11
    RELEASE_REQUEST_PDU = 12
    RELEASE_RESPONSE_PDU = 13
    ANSWER_RELEASE = 14
    ABORT = 15
    ABORT_PDU = 16
    TRANSPORT_CLOSED = 17
    TIMER_EXPIRED = 18
    INVALID_PDU = 19


class Output(Enum):
    """What an action asks for: of the transport, of the peer, of the ARTIM timer, of the local user."""

    OPEN_TRANSPORT = auto()
    CLOSE_TRANSPORT = auto()
    START_TIMER = auto()
    STOP_TIMER = auto()
    SEND_REQUEST = auto()
    SEND_ACCEPT = auto()
    SEND_REJECT = auto()
    SEND_DATA = auto()
    SEND_RELEASE_REQUEST = auto()
    SEND_RELEASE_RESPONSE = auto()
    SEND_USER_ABORT = auto()
    SEND_PROVIDER_ABORT = auto()
    TELL_REQUEST = auto()
    TELL_ACCEPT = auto()
    TELL_REJECT = auto()
    TELL_DATA = auto()
    TELL_RELEASE_REQUEST = auto()
    TELL_RELEASED = auto()
    TELL_ABORT = auto()


@dataclass(frozen=True)
class Action:
    """What to do, and the next state; `acceptor_state` replaces it on the acceptor's side where the two differ."""

    outputs: tuple[Output, ...]
    next_state: State
    acceptor_state: State | None = None


ACTIONS: Mapping[str, Action] = {
    "AE-1": Action((Output.OPEN_TRANSPORT,), State.AWAITING_TRANSPORT),
    "AE-2": Action((Output.SEND_REQUEST,), State.AWAITING_ANSWER),
    "AE-3": Action((Output.TELL_ACCEPT,), State.ESTABLISHED),
    "AE-4": Action((Output.TELL_REJECT, Output.CLOSE_TRANSPORT), State.IDLE),
    "AE-5": Action((Output.START_TIMER,), State.AWAITING_REQUEST),
    # AE-6 may also reject by itself; here the local user does it, by event REJECT: the same PDU, the same state.
    "AE-6": Action((Output.STOP_TIMER, Output.TELL_REQUEST), State.AWAITING_LOCAL_ANSWER),
    "AE-7": Action((Output.SEND_ACCEPT,), State.ESTABLISHED),
    "AE-8": Action((Output.SEND_REJECT, Output.START_TIMER), State.AWAITING_CLOSE),
    "DT-1": Action((Output.SEND_DATA,), State.ESTABLISHED),
    "DT-2": Action((Output.TELL_DATA,), State.ESTABLISHED),
    "AR-1": Action((Output.SEND_RELEASE_REQUEST,), State.AWAITING_RELEASE_RESPONSE),
    "AR-2": Action((Output.TELL_RELEASE_REQUEST,), State.AWAITING_LOCAL_RELEASE),
    "AR-3": Action((Output.TELL_RELEASED, Output.CLOSE_TRANSPORT), State.IDLE),
    "AR-4": Action((Output.SEND_RELEASE_RESPONSE, Output.START_TIMER), State.AWAITING_CLOSE),
    "AR-5": Action((Output.STOP_TIMER,), State.IDLE),
    "AR-6": Action((Output.TELL_DATA,), State.AWAITING_RELEASE_RESPONSE),
    "AR-7": Action((Output.SEND_DATA,), State.AWAITING_LOCAL_RELEASE),
    "AR-8": Action((Output.TELL_RELEASE_REQUEST,), State.COLLISION_REQUESTOR_LOCAL, State.COLLISION_ACCEPTOR_PEER),
    "AR-9": Action((Output.SEND_RELEASE_RESPONSE,), State.COLLISION_REQUESTOR_PEER),
    "AR-10": Action((Output.TELL_RELEASED,), State.COLLISION_ACCEPTOR_LOCAL),
    "AA-1": Action((Output.SEND_USER_ABORT, Output.START_TIMER), State.AWAITING_CLOSE),
    "AA-2": Action((Output.STOP_TIMER, Output.CLOSE_TRANSPORT), State.IDLE),
    "AA-3": Action((Output.TELL_ABORT, Output.CLOSE_TRANSPORT), State.IDLE),
    "AA-4": Action((Output.TELL_ABORT,), State.IDLE),
    "AA-5": Action((Output.STOP_TIMER,), State.IDLE),
    "AA-6": Action((), State.AWAITING_CLOSE),
    "AA-7": Action((Output.SEND_PROVIDER_ABORT,), State.AWAITING_CLOSE),
    "AA-8": Action((Output.SEND_PROVIDER_ABORT, Output.TELL_ABORT, Output.START_TIMER), State.AWAITING_CLOSE),
}

TABLE = """
Event  Sta1  Sta2  Sta3  Sta4  Sta5  Sta6  Sta7  Sta8  Sta9  Sta10 Sta11 Sta12 Sta13
Evt1   AE-1  .     .     .     .     .     .     .     .     .     .     .     .
Evt2   .     .     .     AE-2  .     .     .     .     .     .     .     .     .
Evt3   .     AA-1  AA-8  .     AE-3  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-6
Evt4   .     AA-1  AA-8  .     AE-4  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-6
Evt5   AE-5  .     .     .     .     .     .     .     .     .     .     .     .
Evt6   .     AE-6  AA-8  .     AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-7
Evt7   .     .     AE-7  .     .     .     .     .     .     .     .     .     .
Evt8   .     .     AE-8  .     .     .     .     .     .     .     .     .     .
Evt9   .     .     .     .     .     DT-1  .     AR-7  .     .     .     .     .
Evt10  .     AA-1  AA-8  .     AA-8  DT-2  AR-6  AA-8  AA-8  AA-8  AA-8  AA-8  AA-6
Evt11  .     .     .     .     .     AR-1  .     .     .     .     .     .     .
Evt12  .     AA-1  AA-8  .     AA-8  AR-2  AR-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-6
Evt13  .     AA-1  AA-8  .     AA-8  AA-8  AR-3  AA-8  AA-8  AR-10 AR-3  AA-8  AA-6
Evt14  .     .     .     .     .     .     .     AR-4  AR-9  .     .     AR-4  .
Evt15  .     .     AA-1  AA-2  AA-1  AA-1  AA-1  AA-1  AA-1  AA-1  AA-1  AA-1  .
Evt16  .     AA-2  AA-3  .     AA-3  AA-3  AA-3  AA-3  AA-3  AA-3  AA-3  AA-3  AA-2
Evt17  .     AA-5  AA-4  AA-4  AA-4  AA-4  AA-4  AA-4  AA-4  AA-4  AA-4  AA-4  AR-5
Evt18  .     AA-2  .     .     .     .     .     .     .     .     .     .     AA-2
Evt19  .     AA-1  AA-8  .     AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-7
"""


def _read_table(text: str) -> dict[tuple[State, Event], str]:
    head, *rows = (line.split() for line in text.strip().splitlines())
    states = [State(int(name.removeprefix("Sta"))) for name in head[1:]]
    return {
        (state, Event(int(row[0].removeprefix("Evt")))): cell
        for row in rows
        for state, cell in zip(states, row[1:], strict=True)
        if cell != "."
    }


TRANSITIONS: Mapping[tuple[State, Event], str] = _read_table(TABLE)


class StateMachine:
    """The state of one association, seen from one side."""

    def __init__(self, *, is_requestor: bool) -> None:
        self._is_requestor = is_requestor
        self.state = State.IDLE

    def can(self, event: Event) -> bool:
        """Return whether an event may happen now."""
        return (self.state, event) in TRANSITIONS

    def handle(self, event: Event) -> Action:
        """Return the action for an event and go to its next state.

        Raises `ProtocolError` for an event that the table leaves empty: a mistake on our own side.
        """
        name = TRANSITIONS.get((self.state, event))
        if name is None:
            raise ProtocolError("This cannot be done in this state.", field=event.name, found=self.state.name)
        action = ACTIONS[name]
        is_other = action.acceptor_state is not None and not self._is_requestor
        self.state = action.acceptor_state if is_other and action.acceptor_state else action.next_state
        return action
