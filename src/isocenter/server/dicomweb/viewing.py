"""Who looks at what: one entry in the audit trail for each person and study, renewed every ten minutes of looking.

A viewer asks for hundreds of frames; an entry for each would hide who looked at what.
"""

from __future__ import annotations

import threading
from time import monotonic

from starlette.requests import Request

from isocenter.server.access import identity_of, origin_of

RENEW_AFTER_S = 600.0
_MAX_REMEMBERED = 10_000


class Views:
    """Remembers for a while who has looked at which study."""

    def __init__(self) -> None:
        self._noted_at: dict[tuple[str, str, str], float] = {}
        self._lock = threading.Lock()

    def is_new(self, who: str, study_uid: str, origin: str) -> bool:
        """Return whether a view is to be noted, and remember that it was."""
        now, key = monotonic(), (who, study_uid, origin)
        with self._lock:
            noted_at = self._noted_at.get(key)
            if noted_at is not None and now - noted_at < RENEW_AFTER_S:
                return False
            if len(self._noted_at) >= _MAX_REMEMBERED:
                self._noted_at.clear()
            self._noted_at[key] = now
        return True


def note(request: Request, action: str, target: str) -> None:
    """Write into the audit trail what is done, where the application has one."""
    department = getattr(request.app.state, "department", None)
    if department is not None:
        who = identity_of(request)
        done = action if who.study_uid is None else f"{action} by link"
        department.audit.note(who.username, done, target, origin=origin_of(request))


def is_note_slow(request: Request) -> bool:
    """Return whether `note` would have to wait for somebody else, who may wait for the disk."""
    department = getattr(request.app.state, "department", None)
    return department is not None and department.audit.is_busy


def is_new_view(request: Request, study_uid: str) -> bool:
    """Return whether it is to be noted that a study is looked at, and remember that it was."""
    state = request.app.state
    if not hasattr(state, "views"):
        state.views = Views()
    return bool(state.views.is_new(identity_of(request).username, study_uid, origin_of(request)))


def note_view(request: Request, study_uid: str) -> None:
    """Write into the audit trail that a study is looked at, unless that was written a while ago."""
    if is_new_view(request, study_uid):
        note(request, "view", study_uid)
