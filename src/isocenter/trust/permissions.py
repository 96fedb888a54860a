"""Roles and what each may do: one table for the web, DIMSE and the commands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

READ, WRITE, RECONSTRUCT, ADMINISTER = "instances:read", "instances:write", "reconstructions:run", "accounts:manage"
CORRECT, REJECT = "corrections:make", "instances:reject"
DELETE, HOLD = "instances:delete", "holds:manage"
LIST, MARK, SHARE = "studies:list", "studies:mark", "links:make"

ROLES: Mapping[str, frozenset[str]] = {
    "administrator": frozenset(
        {READ, WRITE, RECONSTRUCT, CORRECT, REJECT, DELETE, HOLD, ADMINISTER, LIST, MARK, SHARE}
    ),
    "reader": frozenset({READ, LIST, MARK}),
    "sharer": frozenset({READ, LIST, SHARE}),
    "technologist": frozenset({READ, LIST, WRITE, RECONSTRUCT, CORRECT, REJECT}),
    "device": frozenset({WRITE}),
}


@dataclass(frozen=True)
class Identity:
    """Somebody, or some device, that has proven who it is.

    Who has come by a link has no roles and a `study_uid`: that study may be read, and nothing else be done.
    """

    username: str
    display_name: str
    roles: tuple[str, ...]
    study_uid: str | None = None

    def may(self, permission: str) -> bool:
        """Return whether one of the roles grants `permission`; unknown roles grant nothing."""
        return permission in self.permissions()

    def permissions(self) -> frozenset[str]:
        """Return everything that the roles grant together."""
        if self.study_uid is not None:
            return frozenset({READ})
        return frozenset().union(*(ROLES.get(role, frozenset()) for role in self.roles))
