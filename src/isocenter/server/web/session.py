"""Sign in, say who is signed in, sign out."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from isocenter.core.errors import UnauthenticatedError
from isocenter.server.access import identity_of, origin_of
from isocenter.server.department import Department
from isocenter.server.web.authentication import COOKIE
from isocenter.server.web.bodies import json_object, text_field
from isocenter.trust.permissions import Identity


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
    response = JSONResponse(_described(identity))
    is_secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, department.sessions.start(identity), httponly=True, samesite="strict", secure=is_secure)
    return response


async def who(request: Request) -> Response:
    """Answer with who is signed in; 401 if nobody is."""
    return JSONResponse(_described(identity_of(request)))


async def sign_out(request: Request) -> Response:
    """End the session; also when there was none."""
    department: Department = request.app.state.department
    department.sessions.end(request.cookies.get(COOKIE, ""))
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return response


async def about(request: Request) -> Response:
    """Answer with the software's version and the DICOM address of this department."""
    identity_of(request)
    department: Department = request.app.state.department
    settings = department.settings
    return JSONResponse({"version": department.version, "aet": settings.ae_title, "dicom_port": settings.dicom_port})


def _described(identity: Identity) -> dict[str, object]:
    return {
        "username": identity.username,
        "display_name": identity.display_name,
        "roles": list(identity.roles),
        "permissions": sorted(identity.permissions()),
    }


routes = [
    Route("/api/session", sign_in, methods=["POST"]),
    Route("/api/session", who, methods=["GET"]),
    Route("/api/session", sign_out, methods=["DELETE"]),
    Route("/api/about", about, methods=["GET"]),
]
