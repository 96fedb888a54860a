"""Serve the built viewer: its files, and its one page for every address it knows."""

from __future__ import annotations

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

STATIC = Path(__file__).with_name("static")
PAGES = (
    "/",
    "/sign-in",
    "/shared",
    "/display-check",
    "/studies",
    "/studies/{rest:path}",
    "/view/{rest:path}",
    "/document/{rest:path}",
    "/server-view/{rest:path}",
    "/reconstruct",
    "/reconstruct/{rest:path}",
)
_FOREVER = "public, max-age=31536000, immutable"


class HashedFiles(StaticFiles):
    """Files whose names carry the hash of their content: a browser may keep them for good."""

    def file_response(self, *args: object, **options: object) -> Response:
        """Return the file with a header that lets it be cached."""
        response: Response = super().file_response(*args, **options)  # type: ignore[arg-type]  # passed through as given
        response.headers["Cache-Control"] = _FOREVER
        return response


async def page(_: Request) -> Response:
    """Answer with the viewer's page, or say how to build it."""
    index = STATIC / "index.html"
    if not index.is_file():
        return PlainTextResponse("The viewer is not built. Run: make viewer\n", 503)
    return FileResponse(index, headers={"Cache-Control": "no-cache"})


async def file(request: Request) -> Response:
    """Answer with a file at the root, such as the icon."""
    path = STATIC / request.path_params["name"]
    if path.parent != STATIC or not path.is_file():
        raise HTTPException(404, "Not found")
    return FileResponse(path)


def reading_room_routes() -> list[BaseRoute]:
    """Return the routes of the viewer; the files of a build are mounted only if there is one."""
    routes: list[BaseRoute] = [Route(path, page, methods=["GET"]) for path in PAGES]
    if (STATIC / "assets").is_dir():
        routes.append(Mount("/assets", HashedFiles(directory=STATIC / "assets")))
    return [*routes, Route("/{name}", file, methods=["GET"])]
