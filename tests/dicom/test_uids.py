"""UIDs: their form, and that the same text gives the same one."""

import pytest

from isocenter.core.errors import DataError
from isocenter.dicom.uids import (
    IMPLEMENTATION_CLASS_UID,
    IMPLEMENTATION_VERSION_NAME,
    is_uid,
    new_uid,
    require_uid,
    uid_from,
)


def test_new_uids_are_valid_and_differ() -> None:
    uids = {new_uid() for _ in range(1000)}
    assert len(uids) == 1000
    assert all(is_uid(uid) and uid.startswith("2.25.") for uid in uids)


def test_the_same_text_gives_the_same_uid() -> None:
    assert uid_from("study 1") == uid_from("study 1") != uid_from("study 2")
    assert is_uid(uid_from("study 1"))


def test_implementation_identifiers_fit_their_limits() -> None:
    assert is_uid(IMPLEMENTATION_CLASS_UID)
    assert 1 <= len(IMPLEMENTATION_VERSION_NAME) <= 16  # PS3.7 annex D.3.3.2.3


@pytest.mark.parametrize("text", ["", ".", "1.", "1.02.3", "1.2.a", "1" * 65, "1.²"])
def test_malformed_uids_are_refused(text: str) -> None:
    assert not is_uid(text)
    with pytest.raises(DataError):
        require_uid(text, "StudyInstanceUID")


def test_a_component_of_zero_is_allowed() -> None:
    assert is_uid("1.0.3")
