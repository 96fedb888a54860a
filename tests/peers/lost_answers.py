"""Patience with pynetdicom: its reactor thread at times takes the answer that its caller is waiting for.

It then says "Received unexpected C-STORE service message", and the caller gets an empty status after its time-out.
"""

import functools
from collections.abc import Callable
from typing import Any

import pynetdicom

N_TRIES = 4
TIMEOUT_S = 10.0


def tried_again(test: Callable[..., None]) -> Callable[..., None]:
    """Return a test that is done again when pynetdicom has lost an answer; what else fails, fails."""

    @functools.wraps(test)
    def patient(*arguments: Any, **named: Any) -> None:
        for number in range(N_TRIES):
            try:
                return test(*arguments, **named)
            except AttributeError as error:
                if "'Status'" not in str(error) or number == N_TRIES - 1:
                    raise
        return None

    return patient


def patient_entity() -> pynetdicom.AE:
    """Return an application entity that does not wait long for an answer that is lost."""
    entity = pynetdicom.AE()
    entity.dimse_timeout = TIMEOUT_S
    return entity
