"""What every DICOMweb route needs: the archive, the address of a resource, an answer in several parts."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import StreamingResponse

from isocenter.archive.archive import Archive, Instance
from isocenter.archive.entry import is_kept_uid
from isocenter.core.errors import OptionError
from isocenter.dicom.json_model import JsonDataset
from isocenter.dicom.xml_model import to_xml
from isocenter.protocols.multipart import write_multipart
from isocenter.server.access import require_permission
from isocenter.server.dicomweb.viewing import is_new_view, note, note_view
from isocenter.trust.permissions import READ, Identity

STUDY = "/studies/{study}"
SERIES = STUDY + "/series/{series}"
INSTANCE = SERIES + "/instances/{instance}"
CHUNK = 1 << 20
DICOM_XML = "application/dicom+xml"


def archive_of(request: Request) -> Archive:
    """Return the archive this application serves; for who has come by a link, no more of it than the link's study."""
    archive: Archive = request.app.state.archive
    identity = request.scope.get("isocenter.identity")
    within = identity.study_uid if isinstance(identity, Identity) else None
    return archive if within is None else archive.limited_to(within)


async def instances_of(request: Request) -> list[Instance]:
    """Return the instances a path names, for who may read, and note who looks.

    Raises `NotFoundError`, `OptionError` or a refusal.
    """
    require_permission(request, READ)
    study, series, instance = (uid_of(request, name) for name in ("study", "series", "instance"))
    found = _found_at_once(archive_of(request), study or "", series, instance)
    if found:
        if is_new_view(request, study or ""):
            await run_in_threadpool(note, request, "view", study or "")
        return found
    return await run_in_threadpool(_found, request, study or "", series, instance)


def _found_at_once(archive: Archive, study: str, series: str | None, instance: str | None) -> list[Instance] | None:
    """Return one instance, or those of a small series, if that is a matter of a moment."""
    if series is None:
        return None
    if instance is None:
        return archive.instances_at_once(study, series)
    found = archive.instance_at_once(study, series, instance)
    return None if found is None else [found]


def _found(request: Request, study: str, series: str | None, instance: str | None) -> list[Instance]:
    found = archive_of(request).instances(study, series, instance)
    note_view(request, study)
    return found


def uid_of(request: Request, name: str) -> str | None:
    """Return a UID of the path, None if it has none of this name; raises `OptionError` for what is no UID."""
    uid: str | None = request.path_params.get(name)
    if uid is not None and not is_kept_uid(uid):
        raise OptionError(f"The {name} is not a UID.", field=name, found=uid[:64], expected="digits and dots")
    return uid


def base_url(request: Request) -> str:
    """Return the address of the DICOMweb root as the client sees it."""
    return f"{request.url.scheme}://{request.url.netloc}{request.scope.get('root_path', '')}"


def place_of(base: str, instance: Instance) -> str:
    """Return the address of an instance below `base`."""
    return f"{base}/studies/{instance.study_uid}/series/{instance.series_uid}/instances/{instance.instance_uid}"


@dataclass(frozen=True)
class Unchanged:
    """The caching headers of an answer, and whether the client has this very answer already."""

    headers: Mapping[str, str]
    is_current: bool


def unchanged(request: Request, *parts: str) -> Unchanged:
    """Return caching headers for an answer that is a function of `parts` and of what was corrected alone.

    A browser would keep it on its disk beyond the session, so it is told not to; who keeps it in memory may ask whether
    it is still current.
    """
    n_changes = archive_of(request).n_changes
    tag = '"' + hashlib.sha256("\n".join((*parts, str(n_changes))).encode()).hexdigest()[:32] + '"'
    known = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
    headers = {"ETag": tag, "Cache-Control": "no-store", "Vary": "Accept"}
    return Unchanged(headers, tag in known or "*" in known)


def multipart(
    parts: Iterable[tuple[Mapping[str, str], Iterable[bytes]]], media: str, *, transfer_syntax: str = ""
) -> StreamingResponse:
    """Return a multipart/related answer whose parts are of `media`, streamed."""
    boundary = secrets.token_hex(16)
    syntax = f"; transfer-syntax={transfer_syntax}" if transfer_syntax else ""
    content_type = f'multipart/related; type="{media}"; boundary={boundary}{syntax}'
    return StreamingResponse(_gathered(write_multipart(parts, boundary)), headers={"Content-Type": content_type})


def _gathered(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield pieces joined to large ones: each that is yielded passes from one thread to another."""
    waiting: list[bytes] = []
    n_bytes = 0
    for piece in pieces:
        waiting.append(piece)
        n_bytes += len(piece)
        if n_bytes >= CHUNK:
            yield b"".join(waiting)
            waiting.clear()
            n_bytes = 0
    if waiting:
        yield b"".join(waiting)


def accept_of(request: Request) -> str:
    """Return what the client accepts: the ``accept`` parameter goes before the header (PS3.18 sec. 8.3.3.1)."""
    return request.query_params.get("accept") or request.headers.get("accept", "")


def xml_parts(datasets: Iterable[JsonDataset]) -> StreamingResponse:
    """Return data sets as parts in the Native DICOM Model (PS3.18 sec. 8.7.3.2)."""
    return multipart((({"Content-Type": DICOM_XML}, [to_xml(dataset)]) for dataset in datasets), DICOM_XML)


def file_chunks(parts: Iterable[bytes | memoryview]) -> Iterator[bytes]:
    """Yield the bytes of a file that is in parts, in pieces."""
    for part in parts:
        for start in range(0, len(part), CHUNK):
            yield bytes(part[start : start + CHUNK])
