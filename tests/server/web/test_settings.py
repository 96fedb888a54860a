"""A department does not start with settings that would endanger it."""

from pathlib import Path

import pytest

from isocenter.core.errors import ConflictError, OptionError
from isocenter.server.department import first_sign_in, open_department, renew_sign_in
from isocenter.server.running import running
from isocenter.server.settings import Settings


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"web_port": 70000}, "web_port"),
        ({"ae_title": "A" * 17}, "ae_title"),
        ({"ae_title": ""}, "ae_title"),
        ({"host": "0.0.0.0"}, "allowed_ae_titles"),
        ({"host": "0.0.0.0", "allowed_ae_titles": ("CT1",)}, "tls_certificate, tls_key"),
    ],
)
def test_dangerous_settings_are_refused(settings: dict[str, object], field: str) -> None:
    with pytest.raises(OptionError) as caught:
        Settings(**settings)  # type: ignore[arg-type] # wrong on purpose
    assert caught.value.field == field


def test_the_first_account_is_made_once_and_can_be_renewed(tmp_path: Path) -> None:
    department = open_department(Settings(data_dir=tmp_path))
    first = first_sign_in(department)
    assert first is not None
    assert department.accounts.sign_in(*first).roles == ("administrator",)
    assert first_sign_in(department) is None
    second = renew_sign_in(department)
    assert second[1] != first[1]
    assert department.accounts.sign_in(*second)
    department.close()


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    first = open_department(Settings(data_dir=tmp_path / "one", web_port=0, dicom_port=0))
    with running(first) as doors:
        for ports in ({"web_port": int(doors.address.rsplit(":", 1)[1])}, {"dicom_port": doors.dicom_port}):
            settings = Settings(data_dir=tmp_path / "two", **({"web_port": 0, "dicom_port": 0} | ports))
            second = open_department(settings)
            with pytest.raises(ConflictError, match="cannot be opened"), running(second):
                pass
            second.close()
    first.close()
