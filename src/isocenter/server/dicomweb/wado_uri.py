"""WADO-URI: one instance, or a picture of it, by the parameters of a query string.

Source: DICOM PS3.18 ch. 9 (URI Service), tables 9.4.1-1 and 9.5.1-1.
"""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from isocenter.core.errors import NotSupportedError, OptionError
from isocenter.dicom.picture_files import MEDIA
from isocenter.server.dicomweb.rendered import rendered
from isocenter.server.dicomweb.retrieve import DICOM, retrieve

_UIDS = {"studyUID": "study", "seriesUID": "series", "objectUID": "instance"}


async def wado_uri(request: Request) -> Response:
    """Answer with a DICOM file (``contentType=application/dicom``) or a picture of the instance (the default)."""
    given = request.query_params
    if given.get("requestType", "").upper() != "WADO":
        raise OptionError(
            "This is not a WADO request.", field="requestType", found=given.get("requestType", "")[:32], expected="WADO"
        )
    if given.get("anonymize", "no") == "yes":
        raise NotSupportedError("Objects are not anonymised on the way out.", field="anonymize", found="yes")
    if ("windowCenter" in given) != ("windowWidth" in given):
        raise OptionError("Centre and width go together.", field="windowCenter, windowWidth", found="one of them")
    missing = [name for name in _UIDS if not given.get(name)]
    if missing:
        raise OptionError("A UID is missing.", field=", ".join(missing), expected="a UID each")
    media = given.get("contentType", "image/jpeg").split(",")[0].split(";")[0].strip().lower()
    if media not in (DICOM, *MEDIA):
        raise NotSupportedError(
            "This form is not offered.", field="contentType", found=media[:64], expected=", ".join((DICOM, *MEDIA))
        )
    if media == DICOM:
        return await retrieve(_as_rs(request, DICOM, given.get("transferSyntax", "")))
    return await rendered(_as_rs(request, media, ""))


def _as_rs(request: Request, media: str, syntax: str) -> Request:
    """Return the same request as WADO-RS would make it."""
    given = request.query_params
    scope = dict(request.scope)
    scope["path_params"] = {name: given[parameter] for parameter, name in _UIDS.items()}
    if media != DICOM and "frameNumber" in given:
        scope["path_params"]["frames"] = given["frameNumber"]
    query = {}
    if "windowCenter" in given:
        query["window"] = f"{given['windowCenter']},{given['windowWidth']},linear"
    if "rows" in given or "columns" in given:
        rows, columns = given.get("rows", given.get("columns", "")), given.get("columns", given.get("rows", ""))
        query["viewport"] = f"{columns},{rows}"
    query |= {name: given[name] for name in ("region", "annotation") if name in given}
    if "imageQuality" in given:
        query["quality"] = given["imageQuality"]
    scope["query_string"] = urlencode(query).encode()
    accept = f"{media}; transfer-syntax={syntax}" if syntax else media
    kept = [(name, value) for name, value in request.scope["headers"] if name != b"accept"]
    scope["headers"] = [*kept, (b"accept", accept.encode())]
    return Request(scope, request.receive)


routes = [Route("/wado", wado_uri, methods=["GET"])]
