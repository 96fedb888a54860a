"""Corrections of patients, studies and series: list, make, undo; each is written into the audit trail.

The standard has no such service; what the files say afterwards is PS3.3 sec. C.12.1.1.9.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from isocenter.archive.changes import Change
from isocenter.core.errors import IsocenterError, OptionError
from isocenter.server.access import origin_of, require_permission
from isocenter.server.department import Department
from isocenter.server.dicomweb.resources import archive_of
from isocenter.server.web.bodies import json_object, text_field
from isocenter.trust.permissions import CORRECT


async def listed(request: Request) -> JSONResponse:
    """Answer with every correction and undoing, the oldest first."""
    require_permission(request, CORRECT)
    corrections = archive_of(request).corrections
    active = {each.sequence for each in corrections.in_force}
    return JSONResponse([{**_told(each), "in_force": each.sequence in active} for each in corrections.history])


async def made(request: Request) -> JSONResponse:
    """Correct what matches: set attributes, or move it into another study."""
    who = require_permission(request, CORRECT).username
    body = await json_object(request, limit_bytes=1 << 20)
    match, reason = _match(body), text_field(body, "reason")
    corrections = archive_of(request).corrections
    if "into_study" in body:
        into = text_field(body, "into_study", limit=64)
        return await _answer(request, "correct", lambda: corrections.merge(who, match, into, reason=reason))
    values = _values(body)
    return await _answer(request, "correct", lambda: corrections.correct(who, match, values, reason=reason))


async def undone(request: Request) -> JSONResponse:
    """Take a correction back."""
    who = require_permission(request, CORRECT).username
    reason = text_field(await json_object(request), "reason")
    sequence: int = request.path_params["sequence"]
    corrections = archive_of(request).corrections
    return await _answer(request, "undo correction", lambda: corrections.undo(who, sequence, reason=reason))


async def _answer(request: Request, action: str, change: Callable[[], Change]) -> JSONResponse:
    who = require_permission(request, CORRECT).username
    department: Department = request.app.state.department
    try:
        done = await run_in_threadpool(change)
    except IsocenterError:
        department.audit.record(who, action, outcome="failure", origin=origin_of(request))
        raise
    department.audit.record(who, action, f"change {done.sequence}", origin=origin_of(request))
    return JSONResponse(_told(done), status_code=201)


def _told(change: Change) -> dict[str, Any]:
    return {"sequence": change.sequence, "at": change.at, "who": change.who, "kind": change.kind, **change.arguments}


def _match(body: dict[str, Any]) -> dict[str, list[str]]:
    match = body.get("match")
    if not isinstance(match, dict) or not all(
        isinstance(values, list) and all(isinstance(value, str) for value in values) for values in match.values()
    ):
        raise OptionError("The field match is not valid.", field="match", expected="lists of texts by keyword")
    return match


def _values(body: dict[str, Any]) -> dict[str, str]:
    values = body.get("set")
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise OptionError("The field set is not valid.", field="set", expected="texts by keyword")
    return values


routes = [
    Route("/corrections", listed, methods=["GET"]),
    Route("/corrections", made, methods=["POST"]),
    Route("/corrections/{sequence:int}/undo", undone, methods=["POST"]),
]
