"""What was measured, drawn on the photograph: for a person to see whether it is right."""

from __future__ import annotations

import numpy as np

from isocenter.core.arrays import Array, FloatArray

_WOUND, _MARKER, _INK = (255, 220, 60), (60, 220, 255), (255, 255, 255)


def overlay(picture: Array, wound: FloatArray, marker: FloatArray, text: str) -> Array:
    """Return a copy of a photograph (row, column, 3) with both outlines (point, 2) and text below the wound."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.fromarray(np.ascontiguousarray(picture))
    drawing = ImageDraw.Draw(image)
    width = max(1, round(max(image.size) / 500))
    for line, colour in ((wound, _WOUND), (marker, _MARKER)):
        if len(line):
            points = [(float(x), float(y)) for x, y in (*line, line[0])]
            drawing.line(points, fill=colour, width=width, joint="curve")
    font = ImageFont.load_default(max(12.0, max(image.size) / 45))
    middle, below = float(wound[:, 0].mean()), float(wound[:, 1].max())
    left, _, right, bottom = drawing.textbbox((0, 0), text, font=font)
    x = min(max(4.0, middle - (right - left) / 2), max(4.0, image.width - (right - left) - 4))
    y = min(below + 3 * width, image.height - bottom - 4)
    drawing.text((x, y), text, fill=_INK, font=font, stroke_width=max(1, width), stroke_fill=(0, 0, 0))
    return np.array(image)
