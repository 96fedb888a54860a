"""The page that shows how to add a modality shows code that runs."""

import re
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs/howto/add-a-modality.md"


def test_the_code_of_the_page_runs_as_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    source = "\n".join(re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL))
    module = ModuleType("scintigraphy_of_the_page")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(source, str(PAGE), "exec", dont_inherit=True), vars(module))
    assert (tmp_path / "scintigraphy.png").stat().st_size > 5000
    assert list((tmp_path / "scintigraphy").rglob("*.dcm"))
    # The liver, on the patient's right, counts more than anything: columns lead to the left.
    assert np.unravel_index(module.image.values.argmax(), module.image.values.shape)[1] < 96 / 2
