"""Who is asking, and whether they may: the one check every route makes."""

from __future__ import annotations

from starlette.requests import Request

from isocenter.core.errors import ForbiddenError, UnauthenticatedError
from isocenter.trust.permissions import Identity


def identity_of(request: Request) -> Identity:
    """Return who is asking; raises `UnauthenticatedError` if nobody is signed in."""
    identity = request.scope.get("isocenter.identity")
    if not isinstance(identity, Identity):
        raise UnauthenticatedError(
            "Nobody is signed in.", remedy="Sign in, or send the Authorization header with a user name and password."
        )
    return identity


def require_permission(request: Request, permission: str) -> Identity:
    """Return who is asking if a role grants `permission`; raises `UnauthenticatedError` or `ForbiddenError`.

    Who has come by a link must name the link's study, and is refused whatever else is asked for.
    """
    identity = identity_of(request)
    if not identity.may(permission):
        raise ForbiddenError(
            "Your roles do not allow this.",
            field="roles",
            found=", ".join(identity.roles),
            expected=f"a role with the permission {permission}",
            remedy="Ask an administrator for the role you need.",
        )
    if identity.study_uid is not None and _named_study(request) != identity.study_uid:
        raise ForbiddenError(
            "A link opens one study and nothing else.",
            field="StudyInstanceUID",
            expected="the study of the link",
            remedy="Sign in with an account to see more.",
        )
    return identity


def _named_study(request: Request) -> str | None:
    """Return the study that a request is about, by its path or, without one there, by its query."""
    study: str | None = request.path_params.get("study") or request.query_params.get("StudyInstanceUID")
    return study


def origin_of(request: Request) -> str:
    """Return the network address that a request came from, for the audit trail."""
    return request.client.host if request.client else "unknown"
