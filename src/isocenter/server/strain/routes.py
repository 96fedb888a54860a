"""Where strain is asked for; what follows the wall is imported at the first request, so that a start need not wait."""

from __future__ import annotations

from importlib import import_module

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from isocenter.server.dicomweb.resources import INSTANCE


async def _strain(request: Request) -> Response:
    following = await run_in_threadpool(import_module, "isocenter.server.strain.following")
    answer: Response = await following.strain(request)
    return answer


routes = [Route(f"/api/strain{INSTANCE}", _strain, methods=["POST"])]
