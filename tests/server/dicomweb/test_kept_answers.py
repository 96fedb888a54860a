"""What was answered is kept within bounds, the oldest let go first."""

from isocenter.server.dicomweb.kept_answers import KeptAnswers


def test_what_was_asked_for_last_is_kept_longest() -> None:
    kept = KeptAnswers(max_bytes=100)
    for tag in "abcd":
        kept.keep(tag, tag.encode() * 25)
    assert kept.get("a") == b"a" * 25
    kept.keep("e", b"e" * 25)
    assert [tag for tag in "abcde" if kept.get(tag)] == ["a", "c", "d", "e"]


def test_one_that_would_push_out_the_others_is_not_kept() -> None:
    kept = KeptAnswers(max_bytes=100)
    kept.keep("small", b"1")
    kept.keep("large", bytes(26))
    assert kept.get("large") is None
    kept.keep("small", b"22")
    assert kept.get("small") == b"22"
