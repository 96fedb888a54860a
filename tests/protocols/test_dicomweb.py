"""Query strings and Accept headers mean what PS3.18 says."""

import pytest

from isocenter.core.errors import OptionError
from isocenter.protocols.dicomweb import (
    MAX_PAGE,
    Accepted,
    NotAcceptableError,
    Search,
    choose_media,
    read_accept,
    read_search,
)


def test_a_search_with_everything() -> None:
    pairs = [
        ("PatientName", "Doe*"),
        ("00100020", "P1"),
        ("StudyInstanceUID", "1.2,1.3"),
        ("StudyInstanceUID", "1.4"),
        ("includefield", "00081030,Modality"),
        ("includefield", "all"),
        ("limit", "5"),
        ("offset", "10"),
        ("fuzzymatching", "true"),
    ]
    filters = {"PatientName": "Doe*", "00100020": "P1", "StudyInstanceUID": "1.2,1.3\\1.4"}
    assert read_search(pairs) == Search(filters, ("00081030", "Modality", "all"), 5, 10, fuzzy=True)


def test_an_empty_search_is_bounded() -> None:
    assert read_search([]) == Search(limit=MAX_PAGE)
    assert read_search([("limit", "999999999")]).limit == MAX_PAGE


@pytest.mark.parametrize(
    "pair", [("limit", "-1"), ("limit", "many"), ("offset", "1.5"), ("offset", ""), ("limit", "9" * 99)]
)
def test_a_malformed_page_is_refused(pair: tuple[str, str]) -> None:
    with pytest.raises(OptionError):
        read_search([pair])


def test_what_the_viewer_asks_for() -> None:
    (wanted,) = read_accept('multipart/related; type="application/octet-stream"; transfer-syntax=*')
    assert wanted == Accepted("application/octet-stream", "*", 1.0, is_multipart=True)


def test_the_best_range_comes_first_and_refused_ones_not_at_all() -> None:
    header = 'image/png;q=0.5, image/jpeg, text/html;q=0, multipart/related; type="a/b, c"; q=0.9, x/y;q=oops'
    assert [wanted.media for wanted in read_accept(header)] == ["image/jpeg", "a/b, c", "image/png"]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", "image/jpeg"),
        ("*/*", "image/jpeg"),
        ("image/*", "image/jpeg"),
        ("image/png", "image/png"),
        ("image/gif, image/png;q=0.1", "image/png"),
        ("text/html, */*;q=0.1", "image/jpeg"),
    ],
)
def test_the_first_form_that_is_taken_is_chosen(header: str, expected: str) -> None:
    assert choose_media(header, ("image/jpeg", "image/png")) == expected


@pytest.mark.parametrize("header", ["image/gif", "image/jpeg;q=0", "nonsense"])
def test_nothing_acceptable_is_said(header: str) -> None:
    with pytest.raises(NotAcceptableError):
        choose_media(header, ("image/jpeg", "image/png"))
