"""Draw the pictures of the gallery by running the code that its pages show, page by page."""

from __future__ import annotations

import os
import re
from pathlib import Path

import matplotlib as mpl

GALLERY = Path(__file__).parent / "gallery"
IMAGES = Path(__file__).parent / "images" / "gallery"
_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PICTURE = re.compile(r"\]\(\.\./images/gallery/([\w-]+\.png)\)")


def main(images: Path = IMAGES) -> None:
    """Run every page."""
    mpl.use("Agg")
    images.mkdir(parents=True, exist_ok=True)
    for page in sorted(GALLERY.glob("*.md")):
        run(page, images)


def run(page: Path, images: Path) -> list[Path]:
    """Run a page's code in the folder of pictures and return those that the page shows.

    Raises
    ------
    FileNotFoundError
        If the code did not draw a picture that the page shows.
    """
    text, before = page.read_text(encoding="utf-8"), Path.cwd()
    names: dict[str, object] = {"__name__": page.stem}
    os.chdir(images)
    try:
        for code in _BLOCK.findall(text):
            exec(compile(code, str(page), "exec"), names)  # noqa: S102  # the pages are this project's own code
    finally:
        os.chdir(before)
    shown = [images / name for name in _PICTURE.findall(text)]
    for picture in shown:
        if not picture.is_file():
            raise FileNotFoundError(f"{page.name} shows {picture.name}, but its code does not draw it.")
    return shown


if __name__ == "__main__":
    main()
