"""What checks of the kept bytes have found, and how far the current one has come: for administrators."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from isocenter.server.access import require_permission
from isocenter.server.department import Department
from isocenter.trust.permissions import DELETE


async def fixity(request: Request) -> JSONResponse:
    """Answer with the objects that are not as they were received, and with the progress of the check."""
    require_permission(request, DELETE)
    department: Department = request.app.state.department
    record = department.fixity.record
    findings, progress = await run_in_threadpool(lambda: (record.findings, record.progress))
    return JSONResponse(
        {
            "sweep": None if progress is None else vars(progress),
            "findings": [
                {
                    "kind": each.finding.kind,
                    "instance": each.finding.sop_instance_uid,
                    "sha256": each.finding.sha256,
                    "segment": each.finding.place.segment,
                    "offset": each.finding.place.offset,
                    "bytes": each.finding.place.size_bytes,
                    "found_at": each.found_at,
                    "seen_at": each.seen_at,
                }
                for each in findings
            ],
        }
    )


routes = [Route("/fixity", fixity, methods=["GET"])]
