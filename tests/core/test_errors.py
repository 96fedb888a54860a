"""Errors say where, what was found, what was expected and what to do."""

import pytest

from isocenter.core import errors


def test_the_message_carries_every_part_that_is_known() -> None:
    error = errors.DataError(
        "Lines are missing.", file="scan.h5", field="ky", found=12, expected=16, remedy="Scan again."
    )
    assert str(error) == "Lines are missing. (file: scan.h5; field: ky; found: 12; expected: 16; remedy: Scan again.)"
    assert error.as_dict() == {
        "message": "Lines are missing.",
        "file": "scan.h5",
        "field": "ky",
        "found": "12",
        "expected": "16",
        "remedy": "Scan again.",
    }


def test_parts_that_are_not_known_are_left_out() -> None:
    assert str(errors.NotFoundError("No such study.")) == "No such study."


@pytest.mark.parametrize("kind", [errors.ShapeError, errors.UnitError, errors.OptionError, errors.FileFormatError])
def test_mistakes_in_values_are_also_value_errors(kind: type[errors.IsocenterError]) -> None:
    assert issubclass(kind, ValueError)
