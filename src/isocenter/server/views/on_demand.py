"""Where views are asked for; what draws them is imported at the first request, so that a start need not wait."""

from __future__ import annotations

from importlib import import_module

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from isocenter.server.dicomweb.resources import SERIES

ROOT = f"/api/views{SERIES}"


async def _drawn(request: Request) -> Response:
    """Answer by the function of `isocenter.server.views.routes` that the route is named after."""
    drawing = await run_in_threadpool(import_module, "isocenter.server.views.routes")
    answer: Response = await getattr(drawing, request.scope["route"].name)(request)
    return answer


routes = [
    Route(ROOT, _drawn, methods=["GET"], name="description"),
    Route(f"{ROOT}/plane", _drawn, methods=["GET"], name="plane"),
    Route(f"{ROOT}/body", _drawn, methods=["GET"], name="body"),
]
