"""What this DICOMweb service offers, told by the routes themselves.

Source: DICOM PS3.18 sec. 8.9 (Retrieve Capabilities Transaction), annex H (WADL).
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from isocenter.protocols.dicomweb import choose_media
from isocenter.server.access import require_permission
from isocenter.server.dicomweb.resources import accept_of, base_url
from isocenter.trust.permissions import READ

WADL, JSON = "application/vnd.sun.wadl+xml", "application/json"
_METHODS = ("GET", "POST", "PUT", "DELETE")


def described(routes: Sequence[Route]) -> list[tuple[str, list[str], str]]:
    """Return path, methods and summary of every route."""
    return [(route.path, _methods(route), _summary(route)) for route in routes]


def capabilities_of(routes: Sequence[Route]) -> list[Route]:
    """Return the routes that describe the service made of `routes`."""

    async def capabilities(request: Request) -> Response:
        """Answer with every resource, its methods and what each does."""
        require_permission(request, READ)
        media = choose_media(accept_of(request), (JSON, WADL))
        listed = described(routes)
        if media == WADL:
            return Response(_wadl(listed, base_url(request)), media_type=WADL)
        resources = [{"path": path, "methods": methods, "summary": text} for path, methods, text in listed]
        return JSONResponse({"base": base_url(request), "resources": resources})

    return [Route("/", capabilities, methods=["GET", "OPTIONS"])]


def _methods(route: Route) -> list[str]:
    return [method for method in _METHODS if method in (route.methods or ())]


def _summary(route: Route) -> str:
    return (route.endpoint.__doc__ or "").strip().splitlines()[0]


def _wadl(listed: Sequence[tuple[str, list[str], str]], base: str) -> str:
    parts = ['<?xml version="1.0" encoding="UTF-8"?>\n<application xmlns="http://wadl.dev.java.net/2009/02">']
    parts.append(f"<resources base={quoteattr(base)}>")
    for path, methods, text in listed:
        inner = "".join(
            f"<method name={quoteattr(method)}><doc title={quoteattr(text)}/></method>" for method in methods
        )
        parts.append(f"<resource path={quoteattr(path.lstrip('/'))}>{inner}</resource>")
    parts.append("</resources></application>")
    return "".join(parts)
