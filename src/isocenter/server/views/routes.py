"""The routes of views drawn by the server; all of them are noted as one looking at the study.

Planes and bodies come as WebP, PNG or JPEG; planes also as samples in their unit (``application/octet-stream``, 32 bit
little endian, rows one after another) for reading values.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import sha256

import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from isocenter.analysis.rendering.colour_maps import COLOUR_MAPS
from isocenter.analysis.rendering.fusion import fuse
from isocenter.analysis.rendering.presets import PRESETS, preset_of
from isocenter.analysis.rendering.reformat import PROJECTIONS, reformat
from isocenter.analysis.rendering.view import DIRECTIONS, View, depth_mm, step_through_mm, whole
from isocenter.analysis.rendering.volume import Volume
from isocenter.analysis.rendering.volume_rendering import render_volume
from isocenter.archive.archive import Instance
from isocenter.archive.entry import is_kept_uid
from isocenter.core.arrays import Array, FloatArray
from isocenter.core.errors import OptionError
from isocenter.core.units import unit_of
from isocenter.dicom.picture_files import encode_picture
from isocenter.dicom.real_world_values import MAPPING_OBJECT
from isocenter.protocols.dicomweb import choose_media
from isocenter.server.dicomweb.resources import accept_of, archive_of, instances_of, unchanged
from isocenter.server.dicomweb.viewing import note_view
from isocenter.server.views.kept_volumes import Volumes
from isocenter.server.views.parameters import camera_of, integer_of, number_of, plane_of, window_of
from isocenter.server.views.registered import in_space_of
from isocenter.server.views.volume_of_series import SeriesVolume, read_volume

PICTURES, SAMPLES = ("image/webp", "image/png", "image/jpeg"), "application/octet-stream"
# Kernels take all processors: two at once would only make both late.
_drawing = threading.Lock()

Draw = Callable[[Mapping[str, str], list[SeriesVolume], str], tuple[bytes, dict[str, str]]]


async def description(request: Request) -> Response:
    """Answer with what a client needs to ask for views: size, place, unit, window, planes, presets, colour maps."""
    instances = await instances_of(request)
    found = await run_in_threadpool(_volume, request, instances, integer_of(request.query_params, "phase", 0))
    return JSONResponse(_described(found))


def _described(found: SeriesVolume) -> dict[str, object]:
    volume, grid = found.volume, found.volume.grid
    unit = unit_of(volume.unit)
    return {
        "shape": grid.shape_zyx,
        "spacing_mm": grid.spacing_zyx_mm,
        "center_mm": grid.center_mm,
        "direction": grid.direction,
        "frame_of_reference_uid": grid.frame_of_reference_uid,
        "quantity": volume.quantity,
        "unit": {"code": unit.code, "meaning": unit.meaning, "symbol": unit.symbol},
        "range": volume.value_range,
        "window": {"center": found.window.center, "width": found.window.width},
        "modality": found.modality,
        "n_phases": found.n_phases,
        "planes": {name: _plane(volume, name) for name in DIRECTIONS},
        "presets": list(PRESETS),
        "projections": list(PROJECTIONS),
        "colour_maps": list(COLOUR_MAPS),
    }


def _plane(volume: Volume, name: str) -> dict[str, object]:
    view = whole(volume, *DIRECTIONS[name])
    nearest, farthest = depth_mm(volume, view)
    return {
        "origin": view.origin_mm,
        "row": view.row,
        "column": view.column,
        "spacing_mm": view.spacing_mm,
        "size": view.shape[::-1],
        "offsets_mm": (nearest, farthest),
        "step_mm": step_through_mm(volume, view),
    }


async def plane(request: Request) -> Response:
    """Answer with a plane or a slab, in grey or with another series over it, or with its values."""
    return await _drawn(request, _draw_plane, (*PICTURES, SAMPLES))


async def body(request: Request) -> Response:
    """Answer with the volume as a lit body."""
    return await _drawn(request, _draw_body, PICTURES)


async def _drawn(request: Request, draw: Draw, offered: tuple[str, ...]) -> Response:
    given = request.query_params
    series = [await instances_of(request)]
    if "overlay" in given:
        series.append(await run_in_threadpool(_overlay, request, given["overlay"]))
    media = choose_media(accept_of(request), offered)
    mapping_objects = [each for found in series for each in await run_in_threadpool(_mapping_objects, request, found)]
    shown = (each for found in (*series, mapping_objects) for each in found)
    known = unchanged(request, media, str(given), *(each.sha256 for each in shown))
    if known.is_current:
        return Response(status_code=304, headers=known.headers)
    phase = integer_of(given, "phase", 0)

    def answer() -> tuple[bytes, dict[str, str]]:
        volumes = [_volume(request, found, phase if not place else 0) for place, found in enumerate(series)]
        if len(volumes) == 2:
            below, above = volumes
            studies = (found[0].study_uid for found in series)
            placed = in_space_of(below.volume, above.volume, archive_of(request), studies)
            volumes[1] = replace(above, volume=placed)
        with _drawing:
            return draw(given, volumes, media)

    content, headers = await run_in_threadpool(answer)
    return Response(content, media_type=media, headers={**known.headers, **headers})


def _overlay(request: Request, text: str) -> list[Instance]:
    """Return the instances of the series ``STUDY/SERIES`` and note that it is looked at."""
    parts = text.split("/")
    if len(parts) != 2 or not all(map(is_kept_uid, parts)):
        raise OptionError("This names no series.", field="overlay", found=text[:140], expected="STUDY/SERIES, two UIDs")
    found = archive_of(request).instances(*parts)
    note_view(request, parts[0])
    return found


def _mapping_objects(request: Request, instances: list[Instance]) -> list[Instance]:
    """Return the objects of a study that say what the values of its images are."""
    return archive_of(request).of_class(instances[0].study_uid, MAPPING_OBJECT)


def _volume(request: Request, instances: list[Instance], phase: int) -> SeriesVolume:
    volumes: Volumes = request.app.state.volumes
    archive = archive_of(request)
    mapping_objects = _mapping_objects(request, instances)
    content = "".join(sorted(each.sha256 for each in (*instances, *mapping_objects)))
    name = f"{sha256(content.encode()).hexdigest()} {phase}"
    return volumes.get(name, lambda ask_for: read_volume(archive, instances, phase, ask_for, mapping_objects))


def _draw_plane(given: Mapping[str, str], found: list[SeriesVolume], media: str) -> tuple[bytes, dict[str, str]]:
    below = found[0]
    view = plane_of(given, below.volume)
    slab_mm, projection = number_of(given, "slab", 0.0), given.get("projection", "max")
    values = reformat(below.volume, view, slab_mm=slab_mm, projection=projection)
    if media == SAMPLES:
        return values.astype("<f4").tobytes(), {**_place(view), "X-Unit": below.volume.unit}
    levels = _levels(values, given, "window", below)
    if given.get("invert") == "true":
        levels = 1.0 - levels
    if len(found) == 1:
        return _encoded(levels, media, given), _place(view)
    above = found[1]
    over = reformat(above.volume, view, slab_mm=slab_mm, projection=projection)
    shown = np.where(np.isnan(over), np.nan, _levels(over, given, "overlay-window", above))
    opacity, colours = number_of(given, "opacity", 0.6), given.get("colours", "hot-iron")
    return _encoded(fuse(levels, shown, colours=colours, opacity=opacity), media, given), _place(view)


def _levels(values: FloatArray, given: Mapping[str, str], name: str, found: SeriesVolume) -> FloatArray:
    shown: FloatArray = np.nan_to_num(window_of(given, name, found.window).apply(values), nan=0.0)
    return shown


def _draw_body(given: Mapping[str, str], found: list[SeriesVolume], media: str) -> tuple[bytes, dict[str, str]]:
    volume = found[0].volume
    view = camera_of(given, volume)
    preset = preset_of(given.get("preset", _preset_for(found[0].modality)))
    picture = render_volume(volume, view, preset)
    return _encoded(picture[..., :3], media, given), _place(view)


def _preset_for(modality: str) -> str:
    return {"CT": "ct-bone", "PT": "hot-spots", "NM": "hot-spots"}.get(modality, "mr")


def _encoded(levels: FloatArray, media: str, given: Mapping[str, str]) -> bytes:
    picture: Array = np.rint(np.clip(levels, 0.0, 1.0) * 255.0).astype(np.uint8)
    return encode_picture(picture, media, integer_of(given, "quality", 90))


def _place(view: View) -> dict[str, str]:
    """Return where the picture lies in the patient, for reading values and distances."""

    def listed(numbers: tuple[float, ...]) -> str:
        return ",".join(f"{number:.10g}" for number in numbers)

    return {
        "X-Origin": listed(view.origin_mm),
        "X-Row": listed(view.row),
        "X-Column": listed(view.column),
        "X-Spacing": listed(view.spacing_mm),
        "X-Size": f"{view.shape[1]},{view.shape[0]}",
    }
