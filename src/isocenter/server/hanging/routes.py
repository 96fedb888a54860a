"""Hanging protocols over HTTP, below ``/api/hanging``."""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from isocenter.core.errors import NotFoundError, OptionError
from isocenter.server.access import origin_of, require_permission
from isocenter.server.department import Department
from isocenter.server.hanging.kept_protocols import SITE, KeptProtocol
from isocenter.server.web.bodies import json_object, text_field
from isocenter.trust.permissions import ADMINISTER, LIST

NOT_KEPT = {"Cache-Control": "no-store"}


async def protocols(request: Request) -> JSONResponse:
    """Answer with one's own protocols and those of the site."""
    who = require_permission(request, LIST).username
    found = await run_in_threadpool(_department(request).hanging.seen_by, who)
    return JSONResponse([_told(protocol) for protocol in found], headers=NOT_KEPT)


async def protocol_added(request: Request) -> JSONResponse:
    """Keep a protocol for oneself, or for the site if one is an administrator."""
    body = await json_object(request)
    owner, content = _owner_asked(request, body), _content(body)
    kept = await run_in_threadpool(_department(request).hanging.add, owner, content)
    if owner == SITE:
        _note(request, "save site hanging protocol", kept.number)
    return JSONResponse(_told(kept), status_code=201, headers=NOT_KEPT)


async def protocol_replaced(request: Request) -> JSONResponse:
    """Change a protocol of one's own, or one of the site, or share one, if one is an administrator."""
    body = await json_object(request)
    number = int(request.path_params["number"])
    was_site = await _require_ownership(request, number)
    owner, content = _owner_asked(request, body), _content(body)
    kept = await run_in_threadpool(_department(request).hanging.replace, number, owner, content)
    if was_site or owner == SITE:
        _note(request, "change site hanging protocol", number)
    return JSONResponse(_told(kept), headers=NOT_KEPT)


async def protocol_deleted(request: Request) -> Response:
    """Forget a protocol of one's own, or one of the site if one is an administrator."""
    number = int(request.path_params["number"])
    if await _require_ownership(request, number):
        _note(request, "delete site hanging protocol", number)
    await run_in_threadpool(_department(request).hanging.delete, number)
    return Response(status_code=204)


async def choices(request: Request) -> JSONResponse:
    """Answer with the protocol that one chose last by hand, by kind of study."""
    who = require_permission(request, LIST).username
    return JSONResponse(await run_in_threadpool(_department(request).hanging.choices, who), headers=NOT_KEPT)


async def chosen(request: Request) -> Response:
    """Remember which protocol one chose for a kind of study; an empty one forgets it."""
    who = require_permission(request, LIST).username
    body = await json_object(request)
    kind, protocol = text_field(body, "kind", limit=200), text_field(body, "protocol", limit=80)
    if not kind or not kind.isprintable():
        raise OptionError("This is no kind of study.", field="kind", expected="a text that is not empty")
    await run_in_threadpool(_department(request).hanging.choose, who, kind, protocol)
    return Response(status_code=204)


async def _require_ownership(request: Request, number: int) -> bool:
    """Return whether a protocol is the site's; raises unless the one who asks may change it."""
    who = require_permission(request, LIST).username
    owner = await run_in_threadpool(_department(request).hanging.owner, number)
    if owner == SITE:
        require_permission(request, ADMINISTER)
    elif owner != who:
        raise NotFoundError("There is no such protocol.", field="protocol", found=number)
    return owner == SITE


def _owner_asked(request: Request, body: dict[str, Any]) -> str:
    is_site = body.get("is_site", False)
    if not isinstance(is_site, bool):
        raise OptionError("The field is_site is not valid.", field="is_site", expected="true or false")
    who = require_permission(request, ADMINISTER if is_site else LIST).username
    return SITE if is_site else who


def _content(body: dict[str, Any]) -> dict[str, Any]:
    content = body.get("protocol")
    if not isinstance(content, dict):
        raise OptionError("The field protocol is not valid.", field="protocol", expected="an object")
    return content


def _note(request: Request, action: str, number: int) -> None:
    who = require_permission(request, ADMINISTER).username
    _department(request).audit.record(who, action, f"protocol {number}", origin=origin_of(request))


def _told(kept: KeptProtocol) -> dict[str, Any]:
    return {"number": kept.number, "is_site": kept.is_site, "protocol": kept.content}


def _department(request: Request) -> Department:
    department: Department = request.app.state.department
    return department


_ROOT = "/api/hanging"
routes = [
    Route(f"{_ROOT}/protocols", protocols, methods=["GET"]),
    Route(f"{_ROOT}/protocols", protocol_added, methods=["POST"]),
    Route(f"{_ROOT}/protocols/{{number:int}}", protocol_replaced, methods=["PUT"]),
    Route(f"{_ROOT}/protocols/{{number:int}}", protocol_deleted, methods=["DELETE"]),
    Route(f"{_ROOT}/choices", choices, methods=["GET"]),
    Route(f"{_ROOT}/choices", chosen, methods=["PUT"]),
]
