"""Objects without pictures as pages of the reading room, and the documents inside them as files.

Source: RFC 6266 (Content-Disposition); W3C Content Security Policy Level 3.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from isocenter.archive.archive import Archive, Instance
from isocenter.core.errors import NotFoundError, OptionError
from isocenter.reporting.documents.document import document_page, open_document, referenced_studies
from isocenter.reporting.documents.encapsulated import PDF, encapsulated
from isocenter.reporting.documents.page import CONTENT_SECURITY_POLICY, Context
from isocenter.reporting.documents.waveform import waveform_drawing
from isocenter.reporting.documents.waveform_drawing import Scale
from isocenter.reporting.documents.words import LANGUAGES, say_in, spoken
from isocenter.server.dicomweb.resources import INSTANCE, archive_of, instances_of, unchanged

ROOT = "/api/documents"
HTML, SVG = "text/html", "image/svg+xml"
_HEADERS = {"Content-Security-Policy": CONTENT_SECURITY_POLICY}
# A browser's own viewer draws a PDF, by scripts and styles of its own; nothing else may be done with it.
_FILE_HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"}


async def document(request: Request) -> Response:
    """Answer with the page of one object: ``form=attributes``, ``language``, ``theme``; for waveforms their scale."""
    instance = (await instances_of(request))[0]
    return await page_of(request, instance)


async def page_of(request: Request, instance: Instance) -> Response:
    """Answer with the page of an instance that may be seen."""
    language, form, scale = _language(request), _form(request), scale_of(request.query_params)
    is_dark = request.query_params.get("theme") == "dark"
    archive = archive_of(request)
    known = unchanged(request, instance.sha256, language, form, repr(scale), str(is_dark), str(archive.n_commits))
    headers = {**known.headers, **_HEADERS, "Vary": "Accept, Accept-Language", "Content-Language": language}
    if known.is_current:
        return Response(status_code=304, headers=headers)
    body = await run_in_threadpool(_page, archive, instance, language, scale, form, is_dark)
    return Response(body, media_type=HTML, headers=headers)


def _page(archive: Archive, instance: Instance, language: str, scale: Scale, form: str, is_dark: bool) -> bytes:
    file = archive.current(instance)
    place = f"{instance.study_uid}/series/{instance.series_uid}/instances/{instance.instance_uid}"
    context = Context(
        say=say_in(language),
        language=language,
        is_dark=is_dark,
        places=_places(archive, referenced_studies(open_document(file)) | {instance.study_uid}),
        base=f"{ROOT}/studies/{place}",
    )
    return document_page(file, context, scale=scale, form=form).encode()


def _places(archive: Archive, studies: set[str]) -> Mapping[str, tuple[str, str]]:
    """Return where the objects of some studies are; a study that is not here has none."""
    places: dict[str, tuple[str, str]] = {}
    for study in sorted(studies):
        try:
            found = archive.instances(study)
        except NotFoundError:
            continue
        places.update((each.instance_uid, (each.study_uid, each.series_uid)) for each in found)
    return places


async def file(request: Request) -> Response:
    """Answer with the file inside an object: a PDF to be looked at, all others to be kept."""
    instance = (await instances_of(request))[0]
    found = await run_in_threadpool(lambda: encapsulated(open_document(archive_of(request).current(instance))))
    kind = "inline" if found.media == PDF else "attachment"
    name = f'{kind}; filename="{instance.instance_uid}.{found.suffix}"'
    return Response(found.content, media_type=found.media, headers={"Content-Disposition": name, **_FILE_HEADERS})


async def drawing(request: Request) -> Response:
    """Answer with one recording of a waveform object, counted from 1, as SVG."""
    instance = (await instances_of(request))[0]
    return await drawing_of(request, instance, int(request.path_params["recording"]))


async def drawing_of(request: Request, instance: Instance, recording: int) -> Response:
    """Answer with a recording of an instance that may be seen."""
    scale = scale_of(request.query_params)
    known = unchanged(request, instance.sha256, SVG, str(recording), repr(scale))
    if known.is_current:
        return Response(status_code=304, headers=known.headers)
    body = await run_in_threadpool(
        lambda: waveform_drawing(open_document(archive_of(request).current(instance)), recording, scale)
    )
    return Response(body, media_type=SVG, headers={**known.headers, **_HEADERS})


def scale_of(given: Mapping[str, str]) -> Scale:
    """Return the scale of a waveform by the parameters of an address; raises `OptionError`."""
    try:
        return Scale(
            start_s=float(given.get("start", "0")),
            speed_mm_s=float(given["speed"]) if "speed" in given else None,
            gain_mm_mv=float(given.get("gain", "10")),
            has_all_leads=given.get("leads") == "all",
        )
    except ValueError as problem:
        if isinstance(problem, OptionError):
            raise
        raise OptionError("The scale is not a number.", field="start, speed, gain", expected="numbers") from None


def _language(request: Request) -> str:
    wanted = request.query_params.get("language", "")
    return wanted if wanted in LANGUAGES else spoken(request.headers.get("accept-language", ""))


def _form(request: Request) -> str:
    form = request.query_params.get("form", "")
    if form not in ("", "attributes"):
        raise OptionError("There is no such form.", field="form", found=form[:32], expected="attributes")
    return form


routes = [
    Route(f"{ROOT}{INSTANCE}", document, methods=["GET"]),
    Route(f"{ROOT}{INSTANCE}/file", file, methods=["GET"]),
    Route(f"{ROOT}{INSTANCE}/recordings/{{recording:int}}", drawing, methods=["GET"]),
]
