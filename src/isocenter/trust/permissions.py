"""Roles and what each may do: one table for the web, DIMSE and the commands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

READ, WRITE, RECONSTRUCT, ADMINISTER = "instances:read", "instances:write", "reconstructions:run", "accounts:manage"
CORRECT, REJECT = "corrections:make", "instances:reject"
DELETE, HOLD = "instances:delete", "holds:manage"
MARK = "studies:mark"

ROLES: Mapping[str, frozenset[str]] = {
    "administrator": frozenset({READ, WRITE, RECONSTRUCT, CORRECT, REJECT, DELETE, HOLD, ADMINISTER, MARK}),
    "reader": frozenset({READ, MARK}),
    "technologist": frozenset({READ, WRITE, RECONSTRUCT, CORRECT, REJECT}),
    "device": frozenset({WRITE}),
}


@dataclass(frozen=True)
class Identity:
    """Somebody, or some device, that has proven who it is."""

    username: str
    display_name: str
    roles: tuple[str, ...]

    def may(self, permission: str) -> bool:
        """Return whether one of the roles grants `permission`; unknown roles grant nothing."""
        return permission in self.permissions()

    def permissions(self) -> frozenset[str]:
        """Return everything that the roles grant together."""
        return frozenset().union(*(ROLES.get(role, frozenset()) for role in self.roles))
