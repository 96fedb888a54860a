"""Statuses: what our errors become, and what another implementation calls the same numbers."""

from __future__ import annotations

import pytest

from isocenter.core import errors
from isocenter.protocols.dimse import statuses


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.StorageFullError(""), 0xA700),
        (errors.TooLargeError(""), 0xA700),
        (errors.NotSupportedError(""), 0x0122),
        (errors.OptionError(""), 0xA900),
        (errors.DataError("", field="SOPInstanceUID"), 0xA900),
        (errors.DataError("", field="StudyInstanceUID"), 0xC000),
        (errors.FileFormatError(""), 0xC000),
    ],
)
def test_an_error_becomes_the_status_of_the_standard(error: errors.IsocenterError, status: int) -> None:
    assert statuses.of_error(error) == status  # PS3.4 table B.2-1, PS3.7 annex C


def test_categories_are_those_of_another_implementation() -> None:
    status = pytest.importorskip("pynetdicom.status", reason="pynetdicom is not installed")
    words = {"success": "Success", "warning": "Warning", "cancelled": "Cancel", "matches": "Pending"}
    for code, meaning in statuses.MEANINGS.items():
        first = meaning.split()[0].rstrip(":")
        # pynetdicom counts 0110 and its neighbours, and refusals, as failures.
        assert status.code_to_category(code) == words.get(first, "Failure"), hex(code)


def test_a_warning_is_stored_and_a_failure_is_not() -> None:
    assert [statuses.is_stored(code) for code in (0x0000, 0xB000, 0xB007, 0xA700, 0xC001, 0x0110, 0xFF00)] == [
        True, True, True, False, False, False, False,
    ]  # fmt: skip


def test_a_private_number_keeps_its_meaning() -> None:
    assert statuses.meaning(0xA7FF) == "refused: out of resources (A7FFH)"
    assert statuses.meaning(0xC123) == "error: cannot understand (C123H)"
    assert statuses.meaning(0x1234) == "status 1234H"
