"""WADO-RS bulk data: the large values that the metadata only name.

Source: DICOM PS3.18 sec. 10.4.1.1.5 (Bulkdata Resources).
"""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from isocenter.dicom.bulkdata import read_bulk_value
from isocenter.server.dicomweb.ranges import ranged
from isocenter.server.dicomweb.resources import INSTANCE, archive_of, instances_of, multipart


async def bulkdata(request: Request) -> Response:
    """Answer with one value as octets."""
    instance = (await instances_of(request))[0]
    value = await run_in_threadpool(
        read_bulk_value, archive_of(request).original(instance), request.path_params["path"]
    )
    if "multipart/related" in request.headers.get("accept", ""):
        return multipart([({"Content-Type": "application/octet-stream"}, [value])], "application/octet-stream")
    return ranged(request, (value,), "application/octet-stream", {"ETag": f'"{instance.sha256}"'})


routes = [Route(f"{INSTANCE}/bulkdata/{{path:path}}", bulkdata, methods=["GET"])]
