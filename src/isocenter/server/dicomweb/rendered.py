"""WADO-RS rendered: a frame as a picture, windowed and scaled for a screen.

Source: DICOM PS3.18 sec. 10.4.1.1.3 (Rendered Resources), 10.4.1.1.4 (Thumbnail), 8.3.5.1 (Rendering parameters).
"""

from __future__ import annotations

import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from isocenter.archive.archive import Instance
from isocenter.core.arrays import Array
from isocenter.core.errors import OptionError
from isocenter.dicom.rendering import Window, encode_jpeg, encode_png, open_for_rendering, render
from isocenter.protocols.dicomweb import choose_media
from isocenter.server.dicomweb.frames import frame_numbers
from isocenter.server.dicomweb.resources import INSTANCE, SERIES, STUDY, instances_of

OFFERED = ("image/jpeg", "image/png")
THUMBNAIL = (128, 128)
MAX_SIDE = 8192


async def rendered(request: Request) -> Response:
    """Answer with a frame as JPEG or PNG at the size asked for; of several instances, the middle one."""
    return await _picture(request, _viewport(request.query_params.get("viewport")))


async def thumbnail(request: Request) -> Response:
    """Answer with a small picture that stands for the study, series or instance."""
    return await _picture(request, _viewport(request.query_params.get("viewport")) or THUMBNAIL)


async def _picture(request: Request, size: tuple[int, int] | None) -> Response:
    instances = await instances_of(request)
    media = choose_media(request.headers.get("accept", ""), OFFERED)
    instance = instances[len(instances) // 2]
    number = frame_numbers(request.path_params["frames"])[0] if "frames" in request.path_params else None
    window = _window(request.query_params.get("window"))
    body = await run_in_threadpool(_render, instance, number, window, size, media)
    return Response(body, media_type=media, headers={"Cache-Control": "private, max-age=3600"})


def _render(
    instance: Instance, number: int | None, window: Window | None, size: tuple[int, int] | None, media: str
) -> bytes:
    reader = open_for_rendering(instance.path)
    index = reader.n_frames // 2 if number is None else number - 1
    picture = render(reader, index, window=window)
    if size is not None:
        picture = _scaled(picture, size)
    return encode_jpeg(picture) if media == "image/jpeg" else encode_png(picture)


def _scaled(picture: Array, size: tuple[int, int]) -> Array:
    """Return the picture within (width, height), its proportions kept: means of blocks, then the nearest samples."""
    height, width = picture.shape[:2]
    scale = min(size[0] / width, size[1] / height)
    block = int(1 / scale) if scale < 1 else 1
    if block > 1:
        cut = picture[: height // block * block, : width // block * block]
        blocks = cut.reshape(height // block, block, width // block, block, *picture.shape[2:])
        picture = blocks.mean(axis=(1, 3)).round().astype(np.uint8)
    rows = _nearest(max(1, round(height * scale)), picture.shape[0])
    columns = _nearest(max(1, round(width * scale)), picture.shape[1])
    scaled: Array = np.ascontiguousarray(picture[rows][:, columns])
    return scaled


def _nearest(n_out: int, n_in: int) -> Array:
    nearest: Array = np.minimum(((np.arange(n_out) + 0.5) * n_in / n_out).astype(int), n_in - 1)
    return nearest


def _viewport(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    parts = text.split(",")
    if len(parts) < 2 or not all(part.isdecimal() and 1 <= int(part) <= MAX_SIDE for part in parts[:2]):
        raise OptionError(
            "The viewport is not valid.", field="viewport", found=text[:64], expected=f"width,height up to {MAX_SIDE}"
        )
    return int(parts[0]), int(parts[1])


def _window(text: str | None) -> Window | None:
    if text is None:
        return None
    parts = text.split(",")
    functions = {"linear": "LINEAR", "linear-exact": "LINEAR_EXACT", "sigmoid": "SIGMOID"}
    try:
        center, width = float(parts[0]), float(parts[1])
        function = functions[parts[2]] if len(parts) > 2 else "LINEAR"
    except (ValueError, IndexError, KeyError):
        raise OptionError(
            "The window is not valid.",
            field="window",
            found=text[:64],
            expected="center,width,linear|linear-exact|sigmoid",
        ) from None
    return Window(center, width, function)


routes = [
    Route(f"{STUDY}/rendered", rendered, methods=["GET"]),
    Route(f"{SERIES}/rendered", rendered, methods=["GET"]),
    Route(f"{INSTANCE}/rendered", rendered, methods=["GET"]),
    Route(f"{INSTANCE}/frames/{{frames}}/rendered", rendered, methods=["GET"]),
    Route(f"{STUDY}/thumbnail", thumbnail, methods=["GET"]),
    Route(f"{SERIES}/thumbnail", thumbnail, methods=["GET"]),
    Route(f"{INSTANCE}/thumbnail", thumbnail, methods=["GET"]),
    Route(f"{INSTANCE}/frames/{{frames}}/thumbnail", thumbnail, methods=["GET"]),
]
