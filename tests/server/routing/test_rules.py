"""Rules say which instances go where, why, and where a mistake in their file is."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from isocenter.core.errors import DataError, FileFormatError, IsocenterError, NotFoundError
from isocenter.server.routing.rules import Condition, Subject, read_subject, verdicts
from isocenter.server.routing.rules_file import load_rules

GOOD = """
[[rule]]
name = "CT to two nodes"
from_ae = ["CT*", "SCANNER"]
transfer_syntax = "JPEG-LS Lossless Image Compression"
when = "study stable"
quiet_s = 30
commit = true
destinations = ["PACS@10.0.0.5:104", { node = "CLOUD@10.0.0.6:2762", tls = true, ca = "ca.pem" }]

[rule.match]
Modality = ["CT", "PT"]
StationName = "ct?"

[[rule]]
name = "everything"
destinations = ["COPY@127.0.0.1:4242"]
"""


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "routes.toml"
        path.write_text(text)
        return path

    return write


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "key.pem", "-out",
         folder / "ca.pem", "-days", "2", "-subj", "/CN=test"], check=True, capture_output=True,
    )  # fmt: skip
    return folder / "ca.pem"


def test_a_file_says_all_that_a_rule_can(written: Callable[[str], Path], certificate: Path) -> None:
    path = written(GOOD)
    (path.parent / "ca.pem").write_bytes(certificate.read_bytes())
    first, second = load_rules(path)
    assert first.name == "CT to two nodes"
    assert [str(peer) for peer in first.destinations] == ["PACS@10.0.0.5:104", "CLOUD@10.0.0.6:2762"]
    assert [peer.tls is not None for peer in first.destinations] == [False, True]
    assert (first.transfer_syntax_uid, first.quiet_s, first.commit) == ("1.2.840.10008.1.2.4.80", 30.0, True)
    assert {c.field: c.patterns for c in first.conditions} == {
        "from_ae": ("CT*", "SCANNER"),
        "Modality": ("CT", "PT"),
        "StationName": ("ct?",),
    }
    assert (second.conditions, second.quiet_s, second.commit, second.transfer_syntax_uid) == ((), 0.0, False, "")


@pytest.mark.parametrize(
    ("patterns", "values", "holds"),
    [
        (("CT",), ("CT",), True),
        (("ct",), ("CT",), True),
        (("C",), ("CT",), False),
        (("C?",), ("CT",), True),
        (("C?",), ("C",), False),
        (("*brain*",), ("MR Brain w/o contrast",), True),
        (("[C]T",), ("CT",), False),
        (("a.c",), ("abc",), False),
        (("MR", "CT"), ("CT",), True),
        (("PRIMARY",), ("ORIGINAL", "PRIMARY", "AXIAL"), True),
        (("ORIGINAL\\PRIMARY",), ("ORIGINAL", "PRIMARY"), False),
        (("*",), (), False),
        (("*",), ("",), False),
        (("",), (), True),
        (("",), ("CT",), False),
        (("müller*",), ("MÜLLER^JAN",), True),
    ],
)
def test_a_condition_holds_or_not(patterns: tuple[str, ...], values: tuple[str, ...], holds: bool) -> None:
    assert Condition("Modality", patterns).holds(values) is holds


def test_an_instance_is_told_condition_by_condition(
    written: Callable[[str], Path], certificate: Path, ct_bytes: Callable[..., bytes]
) -> None:
    path = written(GOOD)
    (path.parent / "ca.pem").write_bytes(certificate.read_bytes())
    rules = load_rules(path)
    subject = read_subject(ct_bytes(Modality="CT", StationName="ROOM 5"), rules, "CT7")
    first, second = verdicts(rules, subject)
    assert [finding.holds for finding in first.findings] == [True, True, False]
    assert not first.matches
    assert second.matches
    assert first.findings[0].sentence() == 'from_ae is "CT*" or "SCANNER": found "CT7"'
    assert first.findings[2].sentence() == 'StationName is not "ct?": found "ROOM 5"'
    assert verdicts(rules, read_subject(ct_bytes(Modality="CT", StationName="CT5"), rules, "CT7"))[0].matches
    assert not verdicts(rules, Subject({"Modality": ("CT",), "StationName": ("CT5",)}, "MR7"))[0].matches


def test_numbers_and_many_values_are_compared(written: Callable[[str], Path], ct_bytes: Callable[..., bytes]) -> None:
    text = '[[rule]]\nname = "a"\ndestinations = ["A@b:1"]\nmatch.Rows = 128\nmatch.ImageType = "AXIAL"\n'
    rules = load_rules(written(text))
    assert verdicts(rules, read_subject(ct_bytes(), rules))[0].matches
    rules = load_rules(written(text.replace("128", "129")))
    assert not verdicts(rules, read_subject(ct_bytes(), rules))[0].matches


ONE = '[[rule]]\nname = "one"\n'
TO = 'destinations = ["A@b:1"]\n'


@pytest.mark.parametrize(
    ("text", "field", "found", "expected"),
    [
        ("", "rule", "nothing", "[[rule]]"),
        ("rule = []", "rule", "[]", "[[rule]]"),
        ("rule = 3", "rule", "3", "[[rule]]"),
        ("[[rules]]\nname = 'x'", "rules", "rules", "rule"),
        ("[[rule]]\n" + TO, 'rule "number 1", name', "nothing", "a text"),
        (ONE, 'rule "one", destinations', "nothing", "a list"),
        (ONE + "destinations = []", 'rule "one", destinations', "[]", "a list"),
        (ONE + 'destinations = ["PACS"]', 'rule "one", destinations[0]', "PACS", "AET@host:port"),
        (ONE + "destinations = [7]", 'rule "one", destinations[0].node', "nothing", "a text"),
        (ONE + 'destinations = ["A@b:1", "A@b:1"]', 'rule "one", destinations[1]', "A@b:1", "once"),
        (ONE + 'destinations = [{node = "A@b:1", tls = true}]', 'rule "one", destinations[0].ca', "nothing", "a text"),
        (
            ONE + 'destinations = [{node = "A@b:1", tls = true, ca = "no.pem"}]',
            'rule "one", destinations[0].ca', "no.pem", "PEM",
        ),
        (ONE + 'destinations = [{node = "A@b:1", ca = "x"}]', 'rule "one", destinations[0].ca', "x", "tls = true"),
        (ONE + 'destinations = [{node = "A@b:1", tsl = true}]', 'rule "one", destinations[0].tsl', "tsl", "tls"),
        (ONE + TO + "commit = 1", 'rule "one", commit', "1", "true or false"),
        (ONE + TO + 'when = "never"', 'rule "one", when', "never", "study stable"),
        (ONE + TO + 'when = "study stable"\nquiet_s = 0', 'rule "one", quiet_s', "0", "more than 0"),
        (ONE + TO + 'when = "study stable"\nquiet_s = true', 'rule "one", quiet_s', "True", "more than 0"),
        (ONE + TO + "quiet_s = 5", 'rule "one", quiet_s', "5", "study stable"),
        (ONE + TO + 'transfer_syntax = "1.2.840.10008.1.2.4.50"', 'rule "one", transfer_syntax', ".50", "lossless"),
        (ONE + TO + "transfer_syntax = 5", 'rule "one", transfer_syntax', "5", "a text"),
        (ONE + TO + 'match.Modalty = "CT"', 'rule "one", match.Modalty', "Modalty", "keyword"),
        (ONE + TO + 'match.00080060 = "CT"', 'rule "one", match.00080060', "00080060", "keyword"),
        (ONE + TO + 'match.PixelData = "CT"', 'rule "one", match.PixelData', "PixelData", "text"),
        (ONE + TO + 'match.ProcedureCodeSequence = "CT"', 'rule "one", match.ProcedureCodeSequence', "SQ", "text"),
        (ONE + TO + 'match = "CT"', 'rule "one", match', "CT", "table"),
        (ONE + TO + "match.Modality = []", 'rule "one", match.Modality', "[]", "list"),
        (ONE + TO + "match.Modality = true", 'rule "one", match.Modality', "True", "list"),
        (ONE + TO + "from_ae = 1.5", 'rule "one", from_ae', "1.5", "list"),
        (ONE + TO + 'modality = "CT"', 'rule "one", modality', "modality", "match"),
        (ONE + TO + ONE + TO, 'rule "one", name', "one", "of its own"),
    ],
)  # fmt: skip
def test_every_mistake_is_named_with_its_place(
    written: Callable[[str], Path], text: str, field: str, found: str, expected: str
) -> None:
    path = written(text)
    with pytest.raises(DataError) as caught:
        load_rules(path)
    error = caught.value
    assert (error.file, error.field) == (str(path), field)
    assert found in str(error.found)
    assert expected in str(error.expected)


def test_one_node_is_not_spoken_to_in_two_ways(written: Callable[[str], Path], certificate: Path) -> None:
    other = '[[rule]]\nname = "two"\ndestinations = [{node = "A@b:1", tls = true, ca = "ca.pem"}]\n'
    path = written(ONE + TO + other)
    (path.parent / "ca.pem").write_bytes(certificate.read_bytes())
    with pytest.raises(DataError) as caught:
        load_rules(path)
    assert caught.value.field == 'rule "two", destinations[0]'
    assert '"one"' in str(caught.value.expected)


def test_a_typing_mistake_is_answered_with_what_was_meant(written: Callable[[str], Path]) -> None:
    with pytest.raises(DataError) as caught:
        load_rules(written(ONE + TO + 'match.Modalty = "CT"'))
    assert caught.value.remedy == "Did you mean Modality?"


def test_what_is_no_toml_says_where(written: Callable[[str], Path], tmp_path: Path) -> None:
    with pytest.raises(FileFormatError) as caught:
        load_rules(written('[[rule]]\nname = "one\n'))
    assert "line 2" in str(caught.value.found)
    with pytest.raises(NotFoundError):
        load_rules(tmp_path / "absent.toml")
    (tmp_path / "latin.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(FileFormatError):
        load_rules(tmp_path / "latin.toml")


def test_a_file_that_is_no_dicom_is_no_subject() -> None:
    with pytest.raises(IsocenterError):
        read_subject(b"no DICOM at all", ())
