"""A person signs in and sees the studies of the archive."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydicom.data import get_testdata_file


def test_a_stored_study_is_listed(site: Any, reader: Any, picture: Callable[[Any, str], Path]) -> None:
    site.store(Path(str(get_testdata_file("CT_small.dcm"))))
    reader.open("/")
    reader.page.get_by_text("CompressedSamples").first.wait_for()
    picture(reader.page, "study-list")
