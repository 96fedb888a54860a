"""The work list over HTTP, below ``/api/work-list``.

What is searched for stands in the body of a request and never in its address: it may be a patient's name.
"""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from isocenter.archive.entry import is_kept_uid
from isocenter.core.errors import NotFoundError, OptionError
from isocenter.server.access import origin_of, require_permission
from isocenter.server.department import Department
from isocenter.server.dicomweb.viewing import is_new_view, note
from isocenter.server.web.bodies import json_object, text_field
from isocenter.server.work_list.listing import Wanted
from isocenter.server.work_list.marks import READING, Mark
from isocenter.server.work_list.saved_views import SITE, SavedView
from isocenter.trust.permissions import ADMINISTER, LIST, MARK

NOT_KEPT = {"Cache-Control": "no-store"}
_SEARCHED = "work list"


async def searched(request: Request) -> JSONResponse:
    """Answer with a page of the studies that match; the first page of a search also with how many there are."""
    require_permission(request, LIST)
    wanted = _wanted(await json_object(request))
    return JSONResponse(await run_in_threadpool(_search, request, wanted), headers=NOT_KEPT)


def _search(request: Request, wanted: Wanted) -> dict[str, Any]:
    department = _department(request)
    if is_new_view(request, _SEARCHED):
        note(request, "search", _SEARCHED)
    newest = department.work_list.newest() if wanted.up_to is None else wanted.up_to
    answer: dict[str, Any] = {"up_to": newest, "sequence": department.marks.sequence()}
    answer["rows"] = department.work_list.page(wanted)
    if wanted.up_to is None:
        counts = department.work_list.counts(wanted)
        answer |= {"counts": counts.by_state, "n_instances": counts.n_instances}
    return answer


async def changes(request: Request) -> JSONResponse:
    """Answer with the marks given after ``after``, and how many studies came after study number ``up_to``."""
    require_permission(request, LIST)
    after, up_to = _number(request, "after"), _number(request, "up_to")
    department = _department(request)
    marks = await run_in_threadpool(department.marks.changed_after, after)
    n_new = await run_in_threadpool(department.work_list.n_after, up_to)
    sequence = marks[-1].sequence if marks else after
    return JSONResponse(
        {"sequence": sequence, "marks": [_told_mark(mark) for mark in marks], "n_new": n_new}, headers=NOT_KEPT
    )


async def study(request: Request) -> JSONResponse:
    """Answer with the row of one study."""
    require_permission(request, LIST)
    row = await run_in_threadpool(_department(request).work_list.study, _study_uid(request))
    return JSONResponse(row, headers=NOT_KEPT)


async def priors(request: Request) -> JSONResponse:
    """Answer with the other studies of the same patient."""
    require_permission(request, LIST)
    rows = await run_in_threadpool(_department(request).work_list.priors, _study_uid(request))
    return JSONResponse({"rows": rows}, headers=NOT_KEPT)


async def marked(request: Request) -> JSONResponse:
    """Give a study a state: ``reading`` when it is opened, ``read`` or ``unread`` by whom reads it."""
    require_permission(request, MARK)
    state = text_field(await json_object(request), "state", limit=16)
    return JSONResponse(await run_in_threadpool(_mark, request, _study_uid(request), state), headers=NOT_KEPT)


def _mark(request: Request, study_uid: str, state: str) -> dict[str, Any]:
    reader = require_permission(request, MARK)
    department = _department(request)
    n_instances = int(department.work_list.study(study_uid)["n_instances"])
    if state == READING:
        mark, has_changed = department.marks.begin(study_uid, reader, n_instances)
    else:
        mark, has_changed = department.marks.put(study_uid, state, reader, n_instances), True
    if has_changed:
        department.audit.record(reader.username, f"mark {state}", study_uid, origin=origin_of(request))
    return _told_mark(mark)


async def views(request: Request) -> JSONResponse:
    """Answer with the saved views: those of the site and one's own."""
    who = require_permission(request, LIST).username
    found = await run_in_threadpool(_department(request).saved_views.seen_by, who)
    return JSONResponse([_told_view(view) for view in found], headers=NOT_KEPT)


async def view_saved(request: Request) -> JSONResponse:
    """Keep a search for oneself, or for the site if one is an administrator."""
    body = await json_object(request)
    is_site, search = body.get("is_site", False), body.get("search")
    who = require_permission(request, ADMINISTER if is_site else LIST).username
    if not isinstance(search, dict):
        raise OptionError("The field search is not valid.", field="search", expected="an object")
    _wanted(search)  # one that could not be asked for is not kept
    name, department = text_field(body, "name", limit=200), _department(request)
    saved = await run_in_threadpool(department.saved_views.save, SITE if is_site else who, name, search)
    if is_site:
        department.audit.record(who, "save site view", f"view {saved.number}", origin=origin_of(request))
    return JSONResponse(_told_view(saved), status_code=201, headers=NOT_KEPT)


async def view_deleted(request: Request) -> Response:
    """Forget a view of one's own, or one of the site if one is an administrator."""
    who = require_permission(request, LIST).username
    number, department = int(request.path_params["number"]), _department(request)
    owner = await run_in_threadpool(department.saved_views.owner, number)
    if owner == SITE:
        require_permission(request, ADMINISTER)
        department.audit.record(who, "delete site view", f"view {number}", origin=origin_of(request))
    elif owner != who:
        raise NotFoundError("There is no such view.", field="view", found=number)
    await run_in_threadpool(department.saved_views.delete, number)
    return Response(status_code=204)


def _wanted(body: dict[str, Any]) -> Wanted:
    """Return the search that a body asks for; raises `OptionError`."""
    up_to = body.get("up_to")
    return Wanted(
        text=text_field(body, "text", "", limit=128),
        first_date=text_field(body, "first_date", "", limit=8),
        last_date=text_field(body, "last_date", "", limit=8),
        modalities=_texts(body, "modalities"),
        states=_texts(body, "states"),
        sort=text_field(body, "sort", "date", limit=32),
        is_descending=bool(body.get("is_descending", True)),
        limit=_whole(body, "limit", 100),
        offset=_whole(body, "offset", 0),
        up_to=None if up_to is None else _whole(body, "up_to", 0),
    )


def _texts(body: dict[str, Any], name: str) -> tuple[str, ...]:
    given = body.get(name, [])
    if not isinstance(given, list) or len(given) > 32 or not all(isinstance(each, str) for each in given):
        raise OptionError(f"The field {name} is not valid.", field=name, expected="a list of texts")
    return tuple(given)


def _whole(body: dict[str, Any], name: str, default: int) -> int:
    value = body.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 1 << 62:
        raise OptionError(f"The field {name} is not valid.", field=name, expected="a whole number")
    return value


def _number(request: Request, name: str) -> int:
    given = request.query_params.get(name, "0")
    if not (given.isascii() and given.isdigit() and len(given) <= 18):
        raise OptionError("This is not a number.", field=name, found=given[:32], expected="a whole number")
    return int(given)


def _study_uid(request: Request) -> str:
    uid: str = request.path_params["study"]
    if not is_kept_uid(uid):
        raise OptionError("The study is not a UID.", field="study", found=uid[:64], expected="digits and dots")
    return uid


def _told_mark(mark: Mark) -> dict[str, Any]:
    return {
        "uid": mark.study_uid,
        "state": mark.state,
        "reader": mark.who,
        "reader_name": mark.name,
        "marked_at": mark.at,
        "n_marked": mark.n_instances,
    }


def _told_view(view: SavedView) -> dict[str, Any]:
    return {"number": view.number, "name": view.name, "is_site": view.is_site, "search": view.search}


def _department(request: Request) -> Department:
    department: Department = request.app.state.department
    return department


_ROOT = "/api/work-list"
routes = [
    Route(_ROOT, searched, methods=["POST"]),
    Route(f"{_ROOT}/changes", changes, methods=["GET"]),
    Route(f"{_ROOT}/studies/{{study}}", study, methods=["GET"]),
    Route(f"{_ROOT}/studies/{{study}}/priors", priors, methods=["GET"]),
    Route(f"{_ROOT}/studies/{{study}}/state", marked, methods=["PUT"]),
    Route(f"{_ROOT}/views", views, methods=["GET"]),
    Route(f"{_ROOT}/views", view_saved, methods=["POST"]),
    Route(f"{_ROOT}/views/{{number:int}}", view_deleted, methods=["DELETE"]),
]
