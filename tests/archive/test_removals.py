"""Rejection, hold, retention and deletion: out of every answer, back to the byte, or gone for good."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.dataset import Dataset

from isocenter.archive import removals as removals_module
from isocenter.archive.archive import Archive, Stored
from isocenter.archive.backup import back_up, restore
from isocenter.archive.fixity import sweep
from isocenter.archive.query import Query
from isocenter.archive.rejections import CODES
from isocenter.archive.retention import parse_policy
from isocenter.core.errors import ConflictError, NotFoundError, OptionError

Put = Callable[[Archive, bytes], Stored]
Make = Callable[..., bytes]
POLICY = b"""
rejected_days = 30
[[rule]]
name = "all"
years = 10
[[rule]]
name = "mammography"
modality = ["MG"]
years = 15
[[rule]]
name = "children"
until_age_years = 28
"""


def counts(archive: Archive, study: str = "1.2.1") -> tuple[int, int, str]:
    row = next(iter(archive.find(Query("STUDY", filters={"StudyInstanceUID": study}))), None)
    if row is None:
        return 0, 0, ""
    return row["NumberOfStudyRelatedSeries"], row["NumberOfStudyRelatedInstances"], row["ModalitiesInStudy"]


def content(archive: Archive, uid: str, study: str = "1.2.1") -> bytes:
    return b"".join(archive.outgoing(archive.instances(study, None, uid)[0]).parts)


@pytest.fixture
def three(archive: Archive, store: Put, dicom_file: Make) -> dict[str, bytes]:
    """Store two CT instances and one MR instance of one study."""
    files = {
        "1.2.1.1.1": dicom_file(),
        "1.2.1.1.2": dicom_file(SOPInstanceUID="1.2.1.1.2", InstanceNumber=2),
        "1.2.1.2.1": dicom_file(SOPInstanceUID="1.2.1.2.1", SeriesInstanceUID="1.2.1.2", Modality="MR"),
    }
    for data in files.values():
        store(archive, data)
    return files


def note(make: Make, *uids: str, code: str = "113001", uid: str = "1.2.1.9.1") -> bytes:
    """Return a rejection note, as a modality or a reading station sends it."""
    title, series, study = Dataset(), Dataset(), Dataset()
    title.CodeValue, title.CodingSchemeDesignator, title.CodeMeaning = code, "DCM", CODES.get(code, "Of Interest")
    items = []
    for each in uids:
        item = Dataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", each
        items.append(item)
    series.SeriesInstanceUID, series.ReferencedSOPSequence = "1.2.1.1", items
    study.StudyInstanceUID, study.ReferencedSeriesSequence = "1.2.1", [series]
    return make(
        SOPClassUID="1.2.840.10008.5.1.4.1.1.88.59",
        SOPInstanceUID=uid,
        SeriesInstanceUID="1.2.1.9",
        Modality="KO",
        ConceptNameCodeSequence=[title],
        CurrentRequestedProcedureEvidenceSequence=[study],
    )


def test_what_is_rejected_leaves_every_answer_and_comes_back_to_the_byte(
    archive: Archive, three: dict[str, bytes], store: Put
) -> None:
    change = archive.removals.reject("ada", ["1.2.1.2.1"], "113001^DCM")
    assert counts(archive) == (1, 2, "CT")
    with pytest.raises(NotFoundError):
        archive.instances("1.2.1", None, "1.2.1.2.1")
    with pytest.raises(NotFoundError):
        archive.instances("1.2.1", "1.2.1.2")
    assert store(archive, three["1.2.1.2.1"]).state == "duplicate"
    assert counts(archive) == (1, 2, "CT")
    (listed,) = archive.removals.rejections
    assert (listed.who, listed.code, listed.reason) == ("ada", "113001", "Rejected for Quality Reasons")
    archive.removals.restore("ada", change.sequence, reason="it was fine")
    assert counts(archive)[:2] == (2, 3)
    assert content(archive, "1.2.1.2.1") == three["1.2.1.2.1"]
    assert archive.removals.rejections == ()


def test_two_rejections_must_both_be_taken_back(archive: Archive, three: dict[str, bytes]) -> None:
    first = archive.removals.reject("ada", ["1.2.1.1.1"], "113001")
    archive.removals.reject("bob", list(three), "113037")
    assert counts(archive) == (0, 0, "")
    archive.removals.restore("ada", first.sequence, reason="mistake")
    assert counts(archive) == (0, 0, "")
    with pytest.raises(NotFoundError):
        archive.removals.restore("ada", first.sequence, reason="again")


def test_corrections_apply_to_what_comes_back(archive: Archive, three: dict[str, bytes]) -> None:
    change = archive.removals.reject("ada", ["1.2.1.1.2"], "113001")
    archive.corrections.correct("ada", {"PatientID": ["P1"]}, {"PatientID": "P9"}, reason="wrong patient")
    archive.removals.restore("ada", change.sequence, reason="mistake")
    assert pydicom.dcmread(io.BytesIO(content(archive, "1.2.1.1.2"))).PatientID == "P9"
    assert counts(archive)[1] == 3


@pytest.mark.parametrize(("code", "left"), [("113001", 3), ("113037", 2), ("113038", 2), ("113039", 2)])
def test_a_rejection_note_rejects_what_it_names(
    archive: Archive, three: dict[str, bytes], store: Put, dicom_file: Make, code: str, left: int
) -> None:
    data = note(dicom_file, "1.2.1.1.1", code=code)
    assert store(archive, data).state == "stored"
    assert counts(archive)[1] == left  # the note itself is seen only beside what was rejected for its quality
    assert store(archive, data).state == "duplicate"
    assert len(archive.removals.rejections) == 1


def test_a_note_that_comes_first_rejects_what_follows(archive: Archive, store: Put, dicom_file: Make) -> None:
    store(archive, note(dicom_file, "1.2.1.1.1"))
    assert store(archive, dicom_file()).state == "stored"
    assert counts(archive) == (1, 1, "KO")
    archive.removals.restore("ada", 1, reason="mistake")
    assert counts(archive)[1] == 2


def test_other_key_objects_and_broken_notes_reject_nothing(
    archive: Archive, three: dict[str, bytes], store: Put, dicom_file: Make, caplog: pytest.LogCaptureFixture
) -> None:
    store(archive, note(dicom_file, "1.2.1.1.1", code="113000", uid="1.2.1.9.2"))
    store(archive, note(dicom_file, code="113001", uid="1.2.1.9.3"))
    assert archive.removals.rejections == ()
    assert counts(archive)[1] == 5
    assert "names no instance" in caplog.text


def test_what_is_deleted_is_gone_from_answers_and_disk(
    tmp_path: Path, archive: Archive, three: dict[str, bytes], store: Put, dicom_file: Make
) -> None:
    store(archive, dicom_file(StudyID="8"))  # other bytes under the first UID: they go too
    places = [instance.place for instance in archive.instances("1.2.1", None, "1.2.1.1.1")]
    change = archive.removals.delete("ada", ["1.2.1.1.1", "1.2.1.1.2"], reason="asked for by the patient")
    assert counts(archive) == (1, 1, "MR")
    assert archive.conflicts() == []
    assert sorted(change.arguments["instances"]) == ["1.2.1.1.1", "1.2.1.1.2"]
    assert [len(sums) for sums in change.arguments["instances"].values()] == [2, 1]
    segment = next((tmp_path / "archive" / "segments").rglob(f"*{places[0].segment}.tar"))
    assert three["1.2.1.1.1"][-200:] not in segment.read_bytes()[: places[0].offset + places[0].size_bytes]
    assert store(archive, three["1.2.1.1.1"]).state == "stored"
    assert counts(archive)[1] == 2
    with pytest.raises(NotFoundError):
        archive.removals.delete("ada", ["1.2.3"], reason="nothing")


def test_a_rebuilt_index_and_a_backup_know_what_was_rejected_and_deleted(
    tmp_path: Path, store: Put, dicom_file: Make
) -> None:
    root = tmp_path / "department" / "archive"
    archive = Archive.open(root)
    for number in range(1, 5):
        store(archive, dicom_file(SOPInstanceUID=f"1.2.1.1.{number}"))
    other = dicom_file(SOPInstanceUID="1.2.1.1.1", StudyID="8")
    conflict = store(archive, other)
    archive.removals.reject("ada", ["1.2.1.1.2"], "113037")
    archive.removals.delete("ada", ["1.2.1.1.3"], reason="asked for")
    archive.removals.accept("ada", conflict.sha256, reason="the second is right")
    archive.close()
    Archive.rebuild_index(root)
    back_up(tmp_path / "department", tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "again")
    for folder in (root, tmp_path / "again" / "archive"):
        archive = Archive.open(folder)
        assert sorted(each.instance_uid for each in archive.instances("1.2.1")) == ["1.2.1.1.1", "1.2.1.1.4"]
        assert content(archive, "1.2.1.1.1") == other
        assert len(archive.conflicts()) == 1
        archive.removals.restore("ada", 1, reason="it was fine")
        assert len(archive.instances("1.2.1")) == 3
        archive.close()
        assert sweep(folder).findings == ()


def test_a_crash_between_index_and_disk_is_made_good(
    tmp_path: Path, store: Put, dicom_file: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = Archive.open(tmp_path)
    store(archive, dicom_file())
    with monkeypatch.context() as patch:
        patch.setattr(removals_module.Removals, "_give_back", lambda *_: None)
        archive.removals.delete("ada", ["1.2.1.1.1"], reason="asked for")
    archive.close()
    assert len(list((tmp_path / "segments").rglob("*.tar"))) == 1
    assert sweep(tmp_path).findings == ()  # the index knows that these bytes are to go
    Archive.open(tmp_path).close()
    assert sweep(tmp_path).findings == ()
    assert list((tmp_path / "segments").rglob("*.tar")) == []


def test_a_crash_before_the_bytes_went_does_not_bring_them_back(
    tmp_path: Path, store: Put, dicom_file: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = Archive.open(tmp_path)
    store(archive, dicom_file())
    with monkeypatch.context() as patch:
        patch.setattr(removals_module.Removals, "_give_back", lambda *_: None)
        archive.removals.delete("ada", ["1.2.1.1.1"], reason="asked for")
    archive.close()
    assert Archive.rebuild_index(tmp_path) == 0
    assert sweep(tmp_path).findings == ()


@pytest.mark.parametrize(
    "match",
    [{"PatientID": ["P1"]}, {"StudyInstanceUID": ["1.2.1"]}, {"SOPInstanceUID": ["1.2.1.1.2"]}],
    ids=lambda match: next(iter(match)),
)
def test_what_is_held_cannot_be_deleted(archive: Archive, three: dict[str, bytes], match: dict[str, list[str]]) -> None:
    held = archive.removals.hold("judge", match, reason="case 17")
    archive.corrections.correct("ada", {"PatientID": ["P1"]}, {"PatientID": "P9"}, reason="wrong patient")
    for despite in (False, True):
        with pytest.raises(ConflictError, match="held"):
            archive.removals.delete("ada", list(three), reason="old", despite_retention=despite)
    archive.removals.reject("ada", list(three), "113039")
    with pytest.raises(ConflictError, match="held"):
        archive.removals.delete("ada", list(three), reason="old")
    archive.removals.release("judge", held.sequence, reason="closed")
    archive.removals.delete("ada", list(three), reason="old")
    assert archive.removals.uids("1.2.1") == []


def test_the_policy_keeps_what_is_too_young(archive: Archive, store: Put, dicom_file: Make) -> None:
    with pytest.raises(NotFoundError):
        archive.removals.expired()
    archive.removals.set_policy(POLICY, "policy.toml")
    uids = {}
    for number, (changes, modality) in enumerate(
        [
            ({"StudyDate": "20000229"}, "CT"),
            ({"StudyDate": "20121101"}, "MG"),
            ({"StudyDate": "20000101", "PatientBirthDate": "19991231"}, "CT"),
            ({"StudyDate": ""}, "CT"),
        ]
    ):
        study = f"1.2.{number}"
        store(archive, dicom_file(StudyInstanceUID=study, SOPInstanceUID=f"{study}.1", Modality=modality, **changes))
        uids[study] = [f"{study}.1"]
    assert [each.study_uid for each in archive.removals.expired(date(2026, 11, 21))] == ["1.2.0"]
    assert [str(each.ended) for each in archive.removals.expired(date(2100, 1, 1))] == [
        "2010-03-01",
        "2027-11-01",
        "2027-12-31",
    ]
    archive.removals.hold("judge", {"StudyInstanceUID": ["1.2.0"]}, reason="case 17")
    assert archive.removals.expired(date(2026, 11, 21)) == []
    for study in ("1.2.1", "1.2.3"):
        with pytest.raises(ConflictError, match="kept"):
            archive.removals.delete("ada", uids[study], reason="old")
    archive.removals.delete("ada", uids["1.2.1"], reason="right to be forgotten", despite_retention=True)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (b"rule = 1", "rule"),
        (b"\xff", "TOML"),
        (b"[[rule]]\nyears = 1", "name"),
        (b'[[rule]]\nname = "a"', "years"),
        (b'[[rule]]\nname = "a"\nyears = -1', "years"),
        (b'[[rule]]\nname = "a"\nyears = 1\nmodality = [1]', "modality"),
        (b'[[rule]]\nname = "a"\nyears = 1\nmodalty = "CT"', "modalty"),
        (b'rejected_days = true\n[[rule]]\nname = "a"\nyears = 1', "rejected_days"),
        (b'other = 1\n[[rule]]\nname = "a"\nyears = 1', "other"),
    ],
)
def test_a_policy_that_is_wrong_says_where(text: bytes, named: str) -> None:
    with pytest.raises(OptionError) as caught:
        parse_policy(text, "policy.toml")
    assert "policy.toml" in str(caught.value)
    assert named in str(caught.value)


def test_a_conflict_is_accepted_and_the_other_kept(
    archive: Archive, three: dict[str, bytes], store: Put, dicom_file: Make
) -> None:
    other = dicom_file(StudyDescription="Neck", StudyInstanceUID="1.2.2")
    conflict = store(archive, other)
    assert conflict.state == "conflict"
    archive.removals.accept("ada", conflict.sha256, reason="the first was a test")
    assert content(archive, "1.2.1.1.1", "1.2.2") == other
    assert counts(archive)[1] == 2
    (listed,) = archive.conflicts()
    uid = listed.sop_instance_uid
    assert (listed.seen_sha256, listed.study_uid) == (conflict.sha256, "1.2.2")
    archive.removals.accept("ada", listed.sha256, reason="no, it was right")
    assert uid == "1.2.1.1.1"
    assert content(archive, uid) == three[uid]
    with pytest.raises(NotFoundError):
        archive.removals.accept("ada", "0" * 64, reason="nothing")


@pytest.mark.parametrize(
    "attempt",
    [
        lambda r: r.reject("ada", ["1.2.1.1.1"], "113000"),
        lambda r: r.reject("ada", ["1.2.1.1.1"], "113001^SCT"),
        lambda r: r.reject("ada", [], "113001"),
        lambda r: r.reject("ada", ["1.2"], "113001", reason="\n"),
        lambda r: r.delete("ada", ["1.2.1.1.1"], reason=""),
        lambda r: r.hold("ada", {}, reason="all"),
        lambda r: r.hold("ada", {"PatientID": []}, reason="none"),
        lambda r: r.hold("ada", {"PatientName": ["Doe"]}, reason="by name"),
        lambda r: r.release("ada", 1, reason="none"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    archive: Archive, three: dict[str, bytes], attempt: Callable[[Any], object]
) -> None:
    with pytest.raises((OptionError, NotFoundError)):
        attempt(archive.removals)
    assert archive.n_changes == 0
    assert counts(archive)[1] == 3
