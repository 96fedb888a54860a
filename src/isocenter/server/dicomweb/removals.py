"""Rejecting, restoring, deleting and holding studies, series and instances; each is written into the audit trail.

The standard has no such service on the web: rejection has the path and codes that dcm4che's archive and OHIF use for
IHE's Imaging Object Change Management (RAD TF-2 4.66), deletion the method DELETE on the resource itself.
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
from isocenter.server.access import identity_of, origin_of, require_permission
from isocenter.server.department import Department
from isocenter.server.dicomweb.resources import INSTANCE, SERIES, STUDY, archive_of, uid_of
from isocenter.server.web.bodies import json_object, text_field
from isocenter.trust.permissions import DELETE, HOLD, REJECT

_LEVELS = (STUDY, SERIES, INSTANCE)
MAX_LISTED = 100


async def rejected(request: Request) -> JSONResponse:
    """Reject what the path names, for the reason its code says; a reason in words may be in the body."""
    who = require_permission(request, REJECT).username
    body = await json_object(request) if int(request.headers.get("content-length") or 0) else {}
    reason = text_field(body, "reason", limit=200) if "reason" in body else ""
    removals, code = archive_of(request).removals, request.path_params["code"]
    uids = await _uids(request)
    return await _answer(request, "reject", lambda: removals.reject(who, uids, code, reason=reason))


async def rejections(request: Request) -> JSONResponse:
    """Answer with what is rejected now; of long lists of instances with the first hundred."""
    require_permission(request, REJECT)
    listed = [
        {
            "sequence": each.sequence,
            "at": each.at,
            "who": each.who,
            "code": each.code,
            "reason": each.reason,
            "count": len(each.instance_uids),
            "instances": sorted(each.instance_uids)[:MAX_LISTED],
        }
        for each in archive_of(request).removals.rejections
    ]
    return JSONResponse(listed)


async def restored(request: Request) -> JSONResponse:
    """Take a rejection back."""
    who = require_permission(request, REJECT).username
    reason = text_field(await json_object(request), "reason", limit=200)
    removals, sequence = archive_of(request).removals, int(request.path_params["sequence"])
    return await _answer(request, "restore", lambda: removals.restore(who, sequence, reason=reason))


async def deleted(request: Request) -> JSONResponse:
    """Delete what the path names, for good; ``reason`` says why."""
    who = require_permission(request, DELETE).username
    reason = request.query_params.get("reason", "")
    stated = request.query_params.get("despite-retention", "false")
    if stated not in ("true", "false"):
        raise OptionError("This is neither true nor false.", field="despite-retention", found=stated[:16])
    removals, uids = archive_of(request).removals, await _uids(request)
    return await _answer(
        request,
        "delete",
        lambda: removals.delete(who, uids, reason=reason, despite_retention=stated == "true"),
        status=200,
    )


async def holds(request: Request) -> JSONResponse:
    """Answer with what is held now."""
    require_permission(request, HOLD)
    listed = [
        {
            "sequence": each.sequence,
            "at": each.at,
            "who": each.who,
            "reason": each.reason,
            "match": {keyword: sorted(values) for keyword, values in each.match.items()},
        }
        for each in archive_of(request).removals.holds
    ]
    return JSONResponse(listed)


async def held(request: Request) -> JSONResponse:
    """Hold what matches: it cannot be deleted until the hold is released."""
    who = require_permission(request, HOLD).username
    body = await json_object(request)
    match, reason = body.get("match"), text_field(body, "reason", limit=200)
    if not isinstance(match, dict) or not all(
        isinstance(values, list) and all(isinstance(value, str) for value in values) for values in match.values()
    ):
        raise OptionError("The field match is not valid.", field="match", expected="lists of texts by keyword")
    removals = archive_of(request).removals
    return await _answer(request, "hold", lambda: removals.hold(who, match, reason=reason))


async def released(request: Request) -> JSONResponse:
    """End a hold."""
    who = require_permission(request, HOLD).username
    reason = text_field(await json_object(request), "reason", limit=200)
    removals, sequence = archive_of(request).removals, int(request.path_params["sequence"])
    return await _answer(request, "release hold", lambda: removals.release(who, sequence, reason=reason))


async def conflicts(request: Request) -> JSONResponse:
    """Answer with the objects whose SOP Instance UID other bytes had already."""
    require_permission(request, REJECT)
    listed = await run_in_threadpool(archive_of(request).conflicts)
    return JSONResponse(
        [
            {
                "instance": each.sop_instance_uid,
                "sha256": each.sha256,
                "from": each.origin,
                "bytes": each.size_bytes,
                "study": each.study_uid,
                "seen": {"sha256": each.seen_sha256, "from": each.seen_origin},
            }
            for each in listed
        ]
    )


async def accepted(request: Request) -> JSONResponse:
    """Let an object in conflict be the one that is seen; the other is kept beside it."""
    who = require_permission(request, REJECT).username
    reason = text_field(await json_object(request), "reason", limit=200)
    removals, sha256 = archive_of(request).removals, request.path_params["sha256"]
    return await _answer(request, "accept conflict", lambda: removals.accept(who, sha256, reason=reason))


async def _uids(request: Request) -> list[str]:
    study, series, instance = (uid_of(request, name) for name in ("study", "series", "instance"))
    return await run_in_threadpool(archive_of(request).removals.uids, study or "", series, instance)


async def _answer(request: Request, action: str, change: Callable[[], Change], *, status: int = 201) -> JSONResponse:
    who, department = identity_of(request).username, _department(request)
    try:
        done = await run_in_threadpool(change)
    except IsocenterError:
        department.audit.record(who, action, outcome="failure", origin=origin_of(request))
        raise
    department.audit.record(who, action, f"change {done.sequence}", origin=origin_of(request))
    return JSONResponse(_told(done), status_code=status)


def _department(request: Request) -> Department:
    department: Department = request.app.state.department
    return department


def _told(change: Change) -> dict[str, Any]:
    count = len(change.arguments.get("instances", ()))
    counted = {"count": count} if count else {}
    told = {"sequence": change.sequence, "at": change.at, "who": change.who, "kind": change.kind, **counted}
    return told | {key: value for key, value in change.arguments.items() if key != "instances"}


routes = [
    *(Route(f"{level}/reject/{{code}}", rejected, methods=["POST"]) for level in _LEVELS),
    *(Route(level, deleted, methods=["DELETE"]) for level in _LEVELS),
    Route("/rejections", rejections, methods=["GET"]),
    Route("/rejections/{sequence:int}/restore", restored, methods=["POST"]),
    Route("/holds", holds, methods=["GET"]),
    Route("/holds", held, methods=["POST"]),
    Route("/holds/{sequence:int}/release", released, methods=["POST"]),
    Route("/conflicts", conflicts, methods=["GET"]),
    Route("/conflicts/{sha256}/accept", accepted, methods=["POST"]),
]
