"""Sign in, say who is signed in and for how long, sign out."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from isocenter.core.errors import OptionError, UnauthenticatedError
from isocenter.server.access import identity_of, origin_of, require_permission
from isocenter.server.department import Department
from isocenter.server.web.authentication import COOKIE
from isocenter.server.web.bodies import json_object, text_field
from isocenter.trust.permissions import ADMINISTER, Identity
from isocenter.trust.sessions import ABSOLUTE_S, Sessions


async def sign_in(request: Request) -> Response:
    """Answer with who has signed in and set the session cookie; 401 if name or password is wrong."""
    department: Department = request.app.state.department
    body = await json_object(request, limit_bytes=8192)
    username, password = text_field(body, "username"), text_field(body, "password")
    try:
        identity = await run_in_threadpool(department.accounts.sign_in, username, password)
    except UnauthenticatedError:
        department.audit.record(username[:64], "sign-in", outcome="refused", origin=origin_of(request))
        raise
    department.audit.record(identity.username, "sign-in", origin=origin_of(request))
    return start_session(request, identity, JSONResponse(described(identity)))


def start_session(request: Request, identity: Identity, response: Response, *, lasts_s: float = ABSOLUTE_S) -> Response:
    """Return `response` with the cookie of a new session."""
    sessions: Sessions = request.app.state.department.sessions
    is_secure, token = request.url.scheme == "https", sessions.start(identity, lasts_s=lasts_s)
    response.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=is_secure)
    return response


async def who(request: Request) -> Response:
    """Answer with who is signed in; 401 if nobody is."""
    return JSONResponse(described(identity_of(request)))


async def sign_out(request: Request) -> Response:
    """End the session, also when there was none, and let the browser forget the images and lists it holds."""
    department: Department = request.app.state.department
    department.sessions.end(request.cookies.get(COOKIE, ""))
    response = Response(status_code=204, headers={"Clear-Site-Data": '"cache"'})
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return response


async def time_left(request: Request) -> JSONResponse:
    """Answer with how long the session lasts without activity, and how long it will last from now."""
    identity_of(request)
    return JSONResponse(_time(request), headers={"Cache-Control": "no-store"})


async def active(request: Request) -> JSONResponse:
    """Keep the session alive: somebody is at work, though the page asks for nothing."""
    identity_of(request)
    return JSONResponse(_time(request), headers={"Cache-Control": "no-store"})


def _time(request: Request) -> dict[str, float | None]:
    sessions: Sessions = request.app.state.department.sessions
    return {"idle_s": sessions.idle_s, "left_s": sessions.left_s(request.cookies.get(COOKIE, ""))}


async def rules_set(request: Request) -> JSONResponse:
    """Set after how many minutes without activity sessions end, those that run included."""
    who = require_permission(request, ADMINISTER).username
    department: Department = request.app.state.department
    minutes = (await json_object(request)).get("idle_minutes")
    if not isinstance(minutes, int) or isinstance(minutes, bool):
        raise OptionError("The field idle_minutes is not valid.", field="idle_minutes", expected="a whole number")
    await run_in_threadpool(department.session_rules.set_idle_s, minutes * 60.0)
    department.sessions.idle_s = minutes * 60.0
    department.audit.record(who, "set idle time", f"{minutes} min", origin=origin_of(request))
    return JSONResponse(_time(request), headers={"Cache-Control": "no-store"})


async def about(request: Request) -> Response:
    """Answer with the software's version and the DICOM address of this department."""
    identity_of(request)
    department: Department = request.app.state.department
    settings = department.settings
    return JSONResponse({"version": department.version, "aet": settings.ae_title, "dicom_port": settings.dicom_port})


def described(identity: Identity) -> dict[str, object]:
    """Return what a page is told of who is signed in."""
    of_link = {} if identity.study_uid is None else {"study": identity.study_uid}
    return of_link | {
        "username": identity.username,
        "display_name": identity.display_name,
        "roles": list(identity.roles),
        "permissions": sorted(identity.permissions()),
    }


routes = [
    Route("/api/session", sign_in, methods=["POST"]),
    Route("/api/session", who, methods=["GET"]),
    Route("/api/session", sign_out, methods=["DELETE"]),
    Route("/api/session/time", time_left, methods=["GET"]),
    Route("/api/session/activity", active, methods=["POST"]),
    Route("/api/session/rules", rules_set, methods=["PUT"]),
    Route("/api/about", about, methods=["GET"]),
]
