"""Modalities are found by name, and by what a measurement is."""

import pytest

from isocenter.core import plugins
from isocenter.core.errors import IsocenterWarning, NotFoundError
from isocenter.modalities.registry import modalities, modality_of

pytestmark = pytest.mark.filterwarnings("ignore:The modality .* cannot be loaded")


def test_ct_is_registered() -> None:
    assert modalities()["ct"].NAME == "ct"


def test_something_else_is_no_measurement() -> None:
    with pytest.raises(NotFoundError, match="no measurement"):
        modality_of(object())  # type: ignore[arg-type]


def test_a_modality_that_cannot_be_imported_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    real = plugins.load

    def load(group: str, name: str) -> object:
        if name == "broken":
            raise ImportError("no such module")
        return real(group, name)

    monkeypatch.setattr(plugins, "names", lambda group: ("broken", "ct"))
    monkeypatch.setattr(plugins, "load", load)
    with pytest.warns(IsocenterWarning, match="broken"):
        assert list(modalities()) == ["ct"]
