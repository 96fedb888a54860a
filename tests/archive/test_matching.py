"""Matching follows PS3.4 sec. C.2.2.2; expected values come from the standard's rules, not from the index."""

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from isocenter.archive.archive import Archive, Stored
from isocenter.archive.attributes import ATTRIBUTES, Level
from isocenter.archive.matching import normalise_name, to_sql
from isocenter.archive.query import Query
from isocenter.archive.schema import SCHEMA
from isocenter.core.errors import OptionError

PATIENTS: dict[str, dict[str, Any]] = {
    "1.2.1": {"PatientName": "Müller^Jörg", "PatientID": "P1", "StudyDate": "20200101", "StudyTime": "0930"},
    "1.2.2": {"PatientName": "MULLER^Anna", "PatientID": "P2", "StudyDate": "20200315", "StudyTime": "103015.25"},
    "1.2.3": {"PatientName": "Yamada^Tarou=山田^太郎=やまだ^たろう", "PatientID": "P[3]", "StudyDate": "20210101"},
    "1.2.4": {"PatientName": "O'Neil^Shaun%_", "PatientID": "p1", "StudyDate": "", "StudyTime": ""},
}


@pytest.fixture
def filled(archive: Archive, store: Callable[[Archive, bytes], Stored], dicom_file: Callable[..., bytes]) -> Archive:
    """Return an archive of four studies; the second holds a CT and an MR series."""
    for uid, values in PATIENTS.items():
        store(
            archive,
            dicom_file(**values, StudyInstanceUID=uid, SeriesInstanceUID=uid + ".1", SOPInstanceUID=uid + ".1.1"),
        )
    request = Dataset()
    request.ScheduledProcedureStepID, request.RequestedProcedureID = "SPS1", "RP1"
    more = {"Modality": "MR", "SeriesNumber": 2, "RequestAttributesSequence": Sequence([request])}
    for number in (1, 2):
        uids = {"StudyInstanceUID": "1.2.2", "SeriesInstanceUID": "1.2.2.2", "SOPInstanceUID": f"1.2.2.2.{number}"}
        store(archive, dicom_file(**PATIENTS["1.2.2"], **more, **uids, InstanceNumber=3 - number))
    return archive


def studies(archive: Archive, *, fuzzy: bool = False, **filters: str) -> list[str]:
    return [row["StudyInstanceUID"][4:] for row in archive.find(Query("STUDY", filters, fuzzy=fuzzy))]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, "1234"),
        ({"PatientID": ""}, "1234"),
        ({"PatientID": "*"}, "1234"),
        ({"PatientID": "P1"}, "1"),  # single value matching is case-sensitive
        ({"PatientID": "p*"}, "4"),  # wild card matching too
        ({"PatientID": "P?"}, "12"),
        ({"PatientID": "P[3]"}, "3"),
        ({"PatientID": "P[3*"}, "3"),
        ({"PatientID": "P[12]*"}, ""),
        ({"PatientName": "MÜLLER^JÖRG"}, "1"),  # names without case and accents
        ({"PatientName": "muller*"}, "12"),
        ({"PatientName": "M?ller^*"}, "12"),
        ({"PatientName": "müll"}, ""),
        ({"PatientName": "*%_"}, "4"),
        ({"PatientName": "%"}, ""),
        ({"PatientName": "o'neil*"}, "4"),
        ({"PatientName": "Yamada^Tarou"}, "3"),
        ({"PatientName": "山田*"}, "3"),
        ({"PatientName": "やまだ^たろう"}, "3"),
        ({"StudyDate": "20200101"}, "1"),
        ({"StudyDate": "20200101-20200315"}, "12"),
        ({"StudyDate": "20200316-"}, "3"),
        ({"StudyDate": "-20200101"}, "1"),
        ({"StudyDate": "-"}, "1234"),
        ({"StudyTime": "10"}, "23"),
        ({"StudyTime": "0900-1030"}, "123"),
        ({"StudyTime": "10:30:15-"}, "2"),
        ({"StudyDate": "20200101-20201231", "StudyTime": "1000-1100"}, "2"),  # each range by itself: C.2.2.2.5
        ({"StudyInstanceUID": "1.2.1\\1.2.3\\9.9"}, "13"),
        ({"StudyInstanceUID": "1.2.1,1.2.4"}, "14"),
        ({"ModalitiesInStudy": "MR"}, "2"),
        ({"ModalitiesInStudy": "C*"}, "1234"),
        ({"ModalitiesInStudy": "MR\\CT"}, "1234"),
        ({"ModalitiesInStudy": "M"}, ""),
        ({"PatientName": "x' OR 1=1 --"}, ""),
        ({"NumberOfStudyRelatedInstances": "99"}, "1234"),
        ({"PatientID": "P1\\P2"}, "12"),  # multiple values
        ({"PatientID": "p*\\P2"}, "24"),
        ({"PatientName": "O'Neil^Shaun%_\\やまだ*"}, "34"),
        ({"PatientName": "Yamada^Tarou=山田*"}, "3"),
        ({"StudyDate": '""'}, "4"),  # empty value
        ({"PatientID": "P\U0010fffe*"}, ""),
    ],
)
def test_studies_match_as_the_standard_says(filled: Archive, filters: dict[str, str], expected: str) -> None:
    assert "".join(sorted(studies(filled, **filters))) == expected


@pytest.mark.parametrize(("name", "expected"), [("jorg mul", "1"), ("mul", "12"), ("uller", ""), ("TAROU", "3")])
def test_fuzzy_matching_takes_the_beginnings_of_names_in_any_order(filled: Archive, name: str, expected: str) -> None:
    assert "".join(studies(filled, PatientName=name, fuzzy=True)) == expected


def test_counts_and_lists_of_a_study_are_kept(filled: Archive) -> None:
    (row,) = filled.find(Query("STUDY", {"StudyInstanceUID": "1.2.2"}))
    assert (row["NumberOfStudyRelatedSeries"], row["NumberOfStudyRelatedInstances"]) == (2, 3)
    assert row["ModalitiesInStudy"] == "CT,MR"
    assert row["SOPClassesInStudy"] == "1.2.840.10008.5.1.4.1.1.7"
    counts = [s["NumberOfSeriesRelatedInstances"] for s in filled.find(Query("SERIES", {"StudyInstanceUID": "1.2.2"}))]
    assert counts == [1, 2]


@pytest.mark.parametrize(
    ("level", "filters", "expected"),
    [
        ("SERIES", {"Modality": "MR"}, ["1.2.2.2"]),
        ("SERIES", {"PatientID": "P2", "SeriesNumber": "1"}, ["1.2.2.1"]),
        ("SERIES", {"ScheduledProcedureStepID": "SPS1"}, ["1.2.2.2"]),
        ("SERIES", {"RequestedProcedureID": "RP*"}, ["1.2.2.2"]),
        ("IMAGE", {"SeriesInstanceUID": "1.2.2.2", "InstanceNumber": "1"}, ["1.2.2.2.2"]),
        ("IMAGE", {"SOPInstanceUID": "1.2.4.1.1"}, ["1.2.4.1.1"]),
        ("PATIENT", {"PatientName": "m*"}, ["P1", "P2"]),
    ],
)
def test_every_level_can_be_searched(
    filled: Archive, level: Level, filters: dict[str, str], expected: list[str]
) -> None:
    key = {"PATIENT": "PatientID", "SERIES": "SeriesInstanceUID", "IMAGE": "SOPInstanceUID"}[level]
    assert [row[key] for row in filled.find(Query(level, filters))] == expected


def test_pages_follow_each_other_without_gap_or_overlap(filled: Archive) -> None:
    pages = [list(filled.find(Query("STUDY", limit=2, offset=offset))) for offset in (0, 2, 4)]
    assert [len(page) for page in pages] == [2, 2, 0]
    assert [row for page in pages for row in page] == list(filled.find(Query("STUDY")))


@pytest.mark.parametrize(
    ("level", "filters"),
    [
        ("STUDY", {"PixelData": "1"}),
        ("STUDY", {"Modality": "CT"}),
        ("STUDY", {"StudyDate": "yesterday"}),
        ("STUDY", {"StudyDate": "20200101-202"}),
        ("STUDY", {"StudyTime": "25 o'clock"}),
        ("STUDY", {"StudyInstanceUID": "1.2*"}),
        ("SERIES", {"SeriesNumber": "one"}),
        ("SERIES", {"SeriesNumber": "9" * 40}),
        ("STUDY", {"PatientName": "x" * 300}),
        ("STUDY", {"PatientName": "*a" * 20}),
    ],
)
def test_what_cannot_be_matched_is_refused_at_once(filled: Archive, level: Level, filters: dict[str, str]) -> None:
    with pytest.raises(OptionError):
        filled.find(Query(level, filters))


@pytest.mark.parametrize(
    "wrong", [{"level": "FRAME"}, {"level": "STUDY", "limit": -1}, {"level": "STUDY", "offset": -1}]
)
def test_a_malformed_query_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        Query(**wrong)


@given(
    keyword=st.sampled_from([k for k, a in ATTRIBUTES.items() if a.matching not in ("count",)]),
    value=st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
)
def test_no_value_breaks_a_query(tmp_path_factory: pytest.TempPathFactory, keyword: str, value: str) -> None:
    archive = _empty(tmp_path_factory)
    with suppress(OptionError):
        assert list(archive.find(Query("IMAGE", {keyword: value}))) == []


def _empty(factory: pytest.TempPathFactory, kept: list[Archive] = []) -> Archive:  # noqa: B006 - one for all examples
    if not kept:
        kept.append(Archive.open(factory.mktemp("empty"), durable=False))
    return kept[0]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Müller^Jörg^^Dr.", "muller jorg dr."),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("A^B=C^D=", "a b=c d"),
        ("  Doe ^  Jane ", "doe jane"),
        ("", ""),
    ],
)
def test_names_are_compared_without_case_and_accents(name: str, expected: str) -> None:
    assert normalise_name(name) == expected


def test_dates_in_the_old_form_are_found(
    archive: Archive, store: Callable[[Archive, bytes], Stored], dicom_file: Callable[..., bytes]
) -> None:
    store(archive, dicom_file().replace(b"DA\x08\x0020200315", b"DA\x0a\x002020.03.15"))
    assert studies(archive, StudyDate="20200315") == ["1"]


@pytest.mark.parametrize(
    ("dates", "times", "expected"),
    [
        ("20200101-20200315", "0930-1030", "12"),  # 10:30 includes 10:30:59
        ("20200101-20200315", "0930-1029", "1"),
        ("20200101-20200315", "0931-103016", "2"),
        ("20200101-20210101", "1000-", "23"),
        ("-20200315", "-1000", "1"),
        ("20200315", "1000-1100", "2"),  # not two ranges: each by itself
    ],
)
def test_date_and_time_can_be_taken_as_one_moment(filled: Archive, dates: str, times: str, expected: str) -> None:
    query = Query("STUDY", {"StudyDate": dates, "StudyTime": times}, is_combined=True)
    assert "".join(row["StudyInstanceUID"][4:] for row in filled.find(query)) == expected


def test_a_malformed_time_of_a_moment_is_refused(filled: Archive) -> None:
    with pytest.raises(OptionError):
        filled.find(Query("STUDY", {"StudyDate": "2020-2021", "StudyTime": "a-b"}, is_combined=True))


def test_what_a_patient_has_is_counted_for_who_asks(filled: Archive) -> None:
    asked = ("NumberOfPatientRelatedStudies", "NumberOfPatientRelatedSeries", "NumberOfPatientRelatedInstances")
    (row,) = filled.find(Query("PATIENT", {"PatientID": "P2"}, returns=asked))
    assert [row[keyword] for keyword in asked] == [1, 2, 3]
    (row,) = filled.find(Query("PATIENT", {"PatientID": "P2"}))
    assert not row.keys() & set(asked)


@pytest.mark.parametrize("name", ['a"b\\c^[x', "=^=", "\t^'", "{}=\\u0041"])
def test_no_name_is_kept_out_by_its_characters(
    archive: Archive, store: Callable[[Archive, bytes], Stored], dicom_file: Callable[..., bytes], name: str
) -> None:
    store(archive, dicom_file(PatientName=name))
    assert studies(archive) == ["1"]


@pytest.mark.parametrize(
    "filters",
    [
        {"PatientID": "P1"},
        {"PatientID": "P1*"},
        {"StudyInstanceUID": "1.2.3"},
        {"AccessionNumber": "A1"},
        {"StudyDate": "20200101"},
        {"StudyDate": "20200101-20200131"},
        {"StudyDate": "20200101-20200131", "ModalitiesInStudy": "CT"},
        {"PatientName": "doe*"},
        {"PatientName": "doe^jane"},
        {"PatientID": "P1", "StudyDate": "20200101-20200131"},
    ],
)
@pytest.mark.parametrize("offset", [0, 100])
def test_no_common_query_walks_or_sorts_all_studies(tmp_path: Path, filters: dict[str, str], offset: int) -> None:
    with closing(sqlite3.connect(tmp_path / "index.sqlite")) as connection:
        connection.executescript(SCHEMA)
        text, parameters, _ = to_sql(Query("STUDY", filters, limit=50, offset=offset))
        plan = [row[3] for row in connection.execute("EXPLAIN QUERY PLAN " + text, parameters)]
    assert not [step for step in plan if step.startswith("SCAN study")], plan
    if set(filters) != {"PatientID", "StudyDate"}:
        assert not [step for step in plan if "TEMP B-TREE" in step] or offset, plan


def test_a_study_is_met_once_by_whichever_groups_of_its_name(
    archive: Archive, store: Callable[[Archive, bytes], Stored], dicom_file: Callable[..., bytes]
) -> None:
    store(archive, dicom_file(PatientName="Yamada^Taro=Yamada^T=Yamada"))
    store(archive, dicom_file(PatientName="Abe", StudyInstanceUID="1.2.2", SOPInstanceUID="1.2.2.1"))
    assert studies(archive, PatientName="yamada*") == ["1"]
    assert studies(archive, PatientName="y*a") == ["1"]
    assert studies(archive, PatientName="yamada*", StudyDate="20200315") == ["1"]
    pages = [list(archive.find(Query("STUDY", {"PatientName": "*a*"}, limit=1, offset=n))) for n in (0, 1, 2)]
    assert [len(page) for page in pages] == [1, 1, 0]
    pages = [list(archive.find(Query("STUDY", {"PatientName": "yamada*"}, limit=1, offset=n))) for n in (0, 1)]
    assert [len(page) for page in pages] == [1, 0]
