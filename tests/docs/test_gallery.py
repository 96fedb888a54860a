"""Pages of the gallery show the code that draws their pictures; `make docs` runs it."""

import ast
import re
from pathlib import Path

import pytest

from isocenter.modalities.registry import modalities

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = sorted(path for path in (DOCS / "gallery").glob("*.md") if path.stem != "index")


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_every_picture_is_drawn_by_code_that_stands_before_it(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    pictures = list(re.finditer(r"\]\(\.\./images/gallery/([\w-]+\.png)\)", text))
    assert pictures
    for picture in pictures:
        before = "\n".join(re.findall(r"^```python\n(.*?)^```$", text[: picture.start()], re.MULTILINE | re.DOTALL))
        words = [node.value for node in ast.walk(ast.parse(before)) if isinstance(node, ast.Constant)]
        assert picture.group(1) in words
        assert (DOCS / "images" / "gallery" / picture.group(1)).is_file()


def test_every_modality_has_its_page() -> None:
    assert {name.replace("_", "-") for name in modalities()} == {page.stem for page in PAGES}
