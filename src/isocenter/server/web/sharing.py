"""Make, list and revoke links to a study; open one.

A link's token stands behind ``#`` in its address, which browsers do not send: it is in no log on the way.
"""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from isocenter.core.errors import ForbiddenError, NotFoundError, OptionError, UnauthenticatedError
from isocenter.server.access import origin_of, require_permission
from isocenter.server.department import Department
from isocenter.server.web.authentication import COOKIE, CSRF_HEADER
from isocenter.server.web.bodies import json_object, text_field
from isocenter.server.web.session import described, start_session
from isocenter.trust.permissions import ADMINISTER, SHARE
from isocenter.trust.share_links import Link, moment


async def made(request: Request) -> JSONResponse:
    """Make a link to a study and answer with it and, this once, its token."""
    who = require_permission(request, SHARE).username
    body, department = await json_object(request, limit_bytes=8192), _department(request)
    study, password = text_field(body, "study", limit=64), text_field(body, "password", "")
    hours = body.get("hours")
    if not isinstance(hours, int) or isinstance(hours, bool):
        raise OptionError("The field hours is not valid.", field="hours", expected="a whole number")
    await run_in_threadpool(department.work_list.study, study)
    link, token = await run_in_threadpool(
        lambda: department.links.make(study, who, lasts_s=hours * 3600.0, password=password)
    )
    department.audit.record(who, "make link", f"{study} {link.username}", origin=origin_of(request))
    return JSONResponse({**_told(link), "token": token}, status_code=201, headers={"Cache-Control": "no-store"})


async def listed(request: Request) -> JSONResponse:
    """Answer with the links to a study: one's own, for administrators everybody's."""
    identity = require_permission(request, SHARE)
    links = await run_in_threadpool(_department(request).links.of_study, request.path_params["study"])
    seen = [link for link in links if link.maker == identity.username or identity.may(ADMINISTER)]
    return JSONResponse([_told(link) for link in seen], headers={"Cache-Control": "no-store"})


async def revoked(request: Request) -> Response:
    """Revoke a link, also for those who have it open now."""
    identity = require_permission(request, SHARE)
    department, number = _department(request), int(request.path_params["number"])
    link = await run_in_threadpool(department.links.link, number)
    if link.maker != identity.username and not identity.may(ADMINISTER):
        raise NotFoundError("There is no such link.", field="link", found=number)
    await run_in_threadpool(department.links.revoke, number)
    department.sessions.end_all_of(link.username)
    target = f"{link.study_uid} {link.username}"
    department.audit.record(identity.username, "revoke link", target, origin=origin_of(request))
    return Response(status_code=204)


async def opened(request: Request) -> Response:
    """Start a session that sees the one study of a link; 401 if it opens nothing or its password is wrong."""
    if CSRF_HEADER not in request.headers:
        raise ForbiddenError("This request may have been started by another site.", field="X-Isocenter")
    department = _department(request)
    body = await json_object(request, limit_bytes=8192)
    token, password = text_field(body, "token", limit=128), text_field(body, "password", "")
    try:
        identity, left_s = await run_in_threadpool(department.links.open, token, password)
    except UnauthenticatedError:
        department.audit.record("link", "open link", outcome="refused", origin=origin_of(request))
        raise
    department.audit.record(identity.username, "open link", identity.study_uid or "", origin=origin_of(request))
    department.sessions.end(request.cookies.get(COOKIE, ""))
    return start_session(request, identity, JSONResponse(described(identity)), lasts_s=left_s)


def _told(link: Link) -> dict[str, Any]:
    return {
        "number": link.number,
        "study": link.study_uid,
        "maker": link.maker,
        "made_at": moment(link.made_at),
        "expires_at": moment(link.expires_at),
        "has_password": link.has_password,
        "n_opened": link.n_opened,
    }


def _department(request: Request) -> Department:
    department: Department = request.app.state.department
    return department


routes = [
    Route("/api/links", made, methods=["POST"]),
    Route("/api/links/studies/{study}", listed, methods=["GET"]),
    Route("/api/links/{number:int}", revoked, methods=["DELETE"]),
    Route("/api/shared", opened, methods=["POST"]),
]
