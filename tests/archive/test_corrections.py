"""Corrections: seen everywhere, said in the files, for what comes later too, undone to the last byte."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian

from isocenter.archive.archive import Archive, Stored
from isocenter.archive.backup import back_up, restore
from isocenter.archive.query import Query
from isocenter.core.errors import DataError, NotFoundError, OptionError

Put = Callable[[Archive, bytes], Stored]
Make = Callable[..., bytes]
STUDY = {"StudyInstanceUID": ["1.2.1"]}


def encoded(data: bytes, syntax: str) -> bytes:
    dataset = pydicom.dcmread(io.BytesIO(data))
    stream = io.BytesIO()
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.UID(syntax)
    pydicom.dcmwrite(
        stream,
        dataset,
        enforce_file_format=True,
        implicit_vr=syntax == ImplicitVRLittleEndian,
        little_endian=syntax != ExplicitVRBigEndian,
    )
    return stream.getvalue()


def sent(archive: Archive, study: str = "1.2.1", instance: str | None = None) -> bytes:
    return b"".join(archive.outgoing(archive.instances(study, None, instance)[0]).parts)


def read(archive: Archive, study: str = "1.2.1") -> pydicom.Dataset:
    return pydicom.dcmread(io.BytesIO(sent(archive, study)))


def studies(archive: Archive, **filters: str) -> list[dict[str, Any]]:
    return [dict(row) for row in archive.find(Query("STUDY", filters=filters))]


@pytest.mark.parametrize("syntax", [None, ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian])
def test_a_correction_is_seen_in_answers_metadata_and_files_and_undone_to_the_byte(
    archive: Archive, store: Put, dicom_file: Make, syntax: str | None
) -> None:
    data = dicom_file() if syntax is None else encoded(dicom_file(), syntax)
    store(archive, data)
    before = studies(archive)
    assert archive.metadata(archive.instances("1.2.1")[0])["00100010"]["Value"] == [{"Alphabetic": "Doe^Jane"}]
    values = {"PatientName": "Müller^Jörg", "PatientID": "P-22", "PatientBirthDate": ""}
    change = archive.corrections.correct("ada", STUDY, values, reason="wrong patient")
    (row,) = studies(archive, PatientName="muller^jorg")
    assert (row["PatientID"], row["PatientBirthDate"]) == ("P-22", "")
    assert archive.metadata(archive.instances("1.2.1")[0])["00100020"]["Value"] == ["P-22"]
    out = read(archive)
    assert (str(out.PatientName), out.PatientID, out.PatientBirthDate) == ("Müller^Jörg", "P-22", "")
    (note,) = out.OriginalAttributesSequence
    (was,) = note.ModifiedAttributesSequence
    assert (str(was.PatientName), was.PatientID, note.ReasonForTheAttributeModification) == (
        "Doe^Jane",
        "P1",
        "CORRECT",
    )
    assert out.PixelData == pydicom.dcmread(io.BytesIO(data)).PixelData
    archive.corrections.undo("ada", change.sequence, reason="it was right")
    assert sent(archive) == data
    assert studies(archive) == before
    assert [(each.who, each.kind) for each in archive.corrections.history] == [("ada", "correct"), ("ada", "undo")]


def test_text_that_the_character_set_lacks_is_refused_and_nothing_has_changed(
    archive: Archive, store: Put, dicom_file: Make
) -> None:
    data = dicom_file(SpecificCharacterSet="ISO_IR 100")
    store(archive, data)
    with pytest.raises(OptionError, match="character"):
        archive.corrections.correct("ada", STUDY, {"PatientName": "山田^太郎"}, reason="name")
    assert sent(archive) == data
    assert archive.corrections.history == ()
    archive.corrections.correct("ada", STUDY, {"PatientName": "Müller"}, reason="name")
    assert str(read(archive).PatientName) == "Müller"


def test_an_ascii_file_takes_any_name(archive: Archive, store: Put, dicom_file: Make) -> None:
    store(archive, dicom_file(SpecificCharacterSet=None))
    archive.corrections.correct("ada", STUDY, {"PatientName": "Yamada^Tarou=山田^太郎"}, reason="name")
    assert str(read(archive).PatientName) == "Yamada^Tarou=山田^太郎"


def test_merged_patients_include_what_comes_later(archive: Archive, store: Put, dicom_file: Make) -> None:
    store(archive, dicom_file())
    archive.corrections.correct(
        "ada", {"PatientID": ["P1"]}, {"PatientID": "P2", "PatientName": "Doe^Janet"}, reason="same person"
    )
    store(archive, dicom_file(StudyInstanceUID="1.2.2", SeriesInstanceUID="1.2.2.1", SOPInstanceUID="1.2.2.1.1"))
    assert {(row["PatientID"], row["PatientName"]) for row in studies(archive)} == {("P2", "Doe^Janet")}
    assert read(archive, "1.2.2").PatientID == "P2"


def test_studies_are_merged_and_come_apart_again(archive: Archive, store: Put, dicom_file: Make) -> None:
    store(archive, dicom_file())
    other = dicom_file(
        StudyInstanceUID="1.2.2", SeriesInstanceUID="1.2.2.1", SOPInstanceUID="1.2.2.1.1", PatientID="P9", Modality="MR"
    )
    store(archive, other)
    change = archive.corrections.merge("ada", {"StudyInstanceUID": ["1.2.2"]}, "1.2.1", reason="one visit")
    (row,) = studies(archive)
    assert (row["NumberOfStudyRelatedSeries"], row["NumberOfStudyRelatedInstances"]) == (2, 2)
    assert row["ModalitiesInStudy"] == "CT,MR"
    out = pydicom.dcmread(io.BytesIO(sent(archive, "1.2.1", "1.2.2.1.1")))
    assert (out.StudyInstanceUID, out.PatientID) == ("1.2.1", "P1")
    with pytest.raises(NotFoundError):
        archive.instances("1.2.2")
    archive.corrections.undo("ada", change.sequence, reason="two visits")
    assert sent(archive, "1.2.2") == other
    assert {row["NumberOfStudyRelatedInstances"] for row in studies(archive)} == {1}


def test_one_series_is_split_off_into_a_new_study(archive: Archive, store: Put, dicom_file: Make) -> None:
    store(archive, dicom_file())
    late = dicom_file(SeriesInstanceUID="1.2.1.2", SOPInstanceUID="1.2.1.2.1")
    store(archive, late)
    archive.corrections.correct(
        "ada",
        {"StudyInstanceUID": ["1.2.1"], "SeriesInstanceUID": ["1.2.1.2"]},
        {"StudyInstanceUID": "1.2.77", "PatientID": "P3"},
        reason="another patient's series",
    )
    assert [i.instance_uid for i in archive.instances("1.2.77")] == ["1.2.1.2.1"]
    assert (store(archive, late).state, store(archive, late).study_uid) == ("duplicate", "1.2.77")
    assert [i.instance_uid for i in archive.instances("1.2.1")] == ["1.2.1.1.1"]


def test_overlapping_corrections_apply_in_their_order(archive: Archive, store: Put, dicom_file: Make) -> None:
    store(archive, dicom_file())
    first = archive.corrections.correct("ada", {"PatientID": ["P1"]}, {"PatientID": "P2"}, reason="a")
    archive.corrections.correct("ada", {"PatientID": ["P2"]}, {"PatientID": "P3", "PatientSex": "F"}, reason="b")
    assert (read(archive).PatientID, read(archive).PatientSex) == ("P3", "F")
    archive.corrections.undo("ada", first.sequence, reason="c")  # then the second no longer fits
    assert read(archive).PatientID == "P1"
    with pytest.raises(NotFoundError):
        archive.corrections.undo("ada", first.sequence, reason="again")


@pytest.mark.parametrize(
    ("match", "values", "reason"),
    [
        ({}, {"PatientID": "X"}, "r"),
        ({"PatientID": []}, {"PatientID": "X"}, "r"),
        ({"PatientID": [""]}, {"PatientID": "X"}, "r"),
        ({"Rows": ["2"]}, {"PatientID": "X"}, "r"),
        (STUDY, {}, "r"),
        (STUDY, {"PatientID": "X"}, " "),
        (STUDY, {"SOPInstanceUID": "1.2"}, "r"),
        (STUDY, {"PatientBirthDate": "1970"}, "r"),
        (STUDY, {"PatientID": "a\\b"}, "r"),
        (STUDY, {"PatientID": "a\nb"}, "r"),
        (STUDY, {"StudyInstanceUID": "x"}, "r"),
        (STUDY, {"PatientID": "x" * 65}, "r"),
        (STUDY, {"PatientAge": "40"}, "r"),
        (STUDY, {"PatientWeight": "heavy"}, "r"),
        (STUDY, {"SeriesNumber": "1.5"}, "r"),
        (STUDY, {"Rows": "3"}, "r"),
    ],
)
def test_a_correction_without_sense_is_refused(
    archive: Archive, store: Put, dicom_file: Make, match: Any, values: dict[str, str], reason: str
) -> None:
    store(archive, dicom_file())
    with pytest.raises(OptionError):
        archive.corrections.correct("ada", match, values, reason=reason)


def test_what_is_not_indexed_and_what_is_a_number_can_be_corrected_too(
    archive: Archive, store: Put, dicom_file: Make
) -> None:
    store(archive, dicom_file(ImageLaterality="L", PatientAge="030Y"))
    before = sent(archive)
    values = {"ImageLaterality": "R", "PatientAge": "040Y", "PatientWeight": "71.5", "SeriesNumber": "17"}
    values |= {"Modality": "MG", "InstitutionName": "Örtliche Klinik", "PatientComments": ""}
    change = archive.corrections.correct("ada", STUDY, values, reason="wrong side")
    now = read(archive)
    assert {keyword: str(now[keyword].value or "") for keyword in values} == values
    (original,) = now.OriginalAttributesSequence[0].ModifiedAttributesSequence
    assert (original.ImageLaterality, original.PatientAge) == ("L", "030Y")
    (series,) = archive.find(Query("SERIES", {"StudyInstanceUID": "1.2.1", "SeriesNumber": "17"}))
    assert series["Modality"] == "MG"
    assert studies(archive)[0]["ModalitiesInStudy"] == "MG"
    assert archive.metadata(archive.instances("1.2.1")[0])["00200062"]["Value"] == ["R"]
    archive.corrections.undo("ada", change.sequence, reason="it was right")
    assert sent(archive) == before


def test_a_correction_of_nothing_is_refused(archive: Archive) -> None:
    with pytest.raises(NotFoundError):
        archive.corrections.correct("ada", STUDY, {"PatientID": "X"}, reason="r")


def test_index_and_backup_are_made_anew_with_the_same_answers(tmp_path: Path, store: Put, dicom_file: Make) -> None:
    root = tmp_path / "department" / "archive"
    archive = Archive.open(root)
    store(archive, dicom_file())
    archive.corrections.correct("ada", STUDY, {"PatientID": "P5"}, reason="r")
    expected, file = studies(archive), sent(archive)
    back_up(tmp_path / "department", tmp_path / "copy")
    archive.close()
    Archive.rebuild_index(root)
    restore(tmp_path / "copy", tmp_path / "restored")
    (root / "changes.log").open("ab").write(b'[2, "torn')
    for folder in (root, tmp_path / "restored" / "archive"):
        again = Archive.open(folder)
        assert (studies(again), sent(again)) == (expected, file)
        again.close()


def test_a_log_ahead_of_the_index_wins(tmp_path: Path, store: Put, dicom_file: Make) -> None:
    archive = Archive.open(tmp_path / "a")
    store(archive, dicom_file())
    archive.close()
    shutil.copy(tmp_path / "a" / "index.sqlite", tmp_path / "old")
    archive = Archive.open(tmp_path / "a")
    archive.corrections.correct("ada", STUDY, {"PatientID": "P5"}, reason="r")
    archive.close()
    shutil.copy(tmp_path / "old", tmp_path / "a" / "index.sqlite")  # as if the power went before the commit
    archive = Archive.open(tmp_path / "a")
    assert studies(archive)[0]["PatientID"] == "P5"
    archive.close()


@pytest.mark.parametrize("damage", ["value", "removed", "nonsense"])
def test_an_altered_log_is_noticed(tmp_path: Path, store: Put, dicom_file: Make, damage: str) -> None:
    archive = Archive.open(tmp_path / "a")
    store(archive, dicom_file())
    for number in range(3):
        archive.corrections.correct("ada", STUDY, {"StudyID": str(number)}, reason="r")
    archive.close()
    path = tmp_path / "a" / "changes.log"
    lines = path.read_bytes().splitlines(keepends=True)
    if damage == "value":
        lines[2] = lines[2].replace(b'"StudyID": "2"', b'"StudyID": "8"')
    elif damage == "removed":
        del lines[1]
    else:
        lines[1] = json.dumps({"a": 1}).encode() + b"\n"
    path.write_bytes(b"".join(lines))
    with pytest.raises(DataError, match="altered"):
        Archive.open(tmp_path / "a")


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy is not installed")
def test_dciodvfy_finds_no_new_errors(tmp_path: Path, archive: Archive, store: Put) -> None:
    path = Path(str(get_testdata_file("CT_small.dcm", download=False)))
    study = store(archive, path.read_bytes()).study_uid
    archive.corrections.correct(
        "ada", {"StudyInstanceUID": [study]}, {"PatientID": "P5", "PatientName": "Öz^A"}, reason="r"
    )
    (tmp_path / "out.dcm").write_bytes(sent(archive, study))

    def errors(file: Path) -> set[str]:
        told = subprocess.run(["dciodvfy", str(file)], capture_output=True, text=True, errors="replace", check=False)
        return {line for line in (told.stdout + told.stderr).splitlines() if line.startswith("Error")}

    assert errors(tmp_path / "out.dcm") <= errors(path)
