"""What comes in whole can be found and read back, once; what does not leaves no trace."""

import errno
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.encaps import encapsulate

from isocenter.archive import allocation
from isocenter.archive.archive import Archive, Stored
from isocenter.archive.query import Query
from isocenter.core.errors import (
    ConflictError,
    DataError,
    FileFormatError,
    IsocenterError,
    NotFoundError,
    StorageFullError,
)

File = Callable[..., bytes]
Store = Callable[[Archive, bytes], Stored]


def objects(archive: Archive) -> list[str]:
    return [found.sha256 for found in archive._store.all()]


def test_what_was_stored_comes_back_byte_for_byte(archive: Archive, store: Store, dicom_file: File) -> None:
    data = dicom_file()
    stored = store(archive, data)
    assert stored == Stored(
        sha256(data).hexdigest(), "stored", "1.2.1", "1.2.1.1", "1.2.1.1.1", "1.2.840.10008.5.1.4.1.1.7"
    )
    (instance,) = archive.instances("1.2.1", "1.2.1.1", "1.2.1.1.1")
    assert bytes(archive.original(instance)) == data
    assert instance.size_bytes == len(data)
    assert instance.transfer_syntax_uid == "1.2.840.10008.1.2.1"


def test_the_same_bytes_again_are_a_duplicate(archive: Archive, store: Store, dicom_file: File) -> None:
    first, again = store(archive, dicom_file()), store(archive, dicom_file())
    assert (first.state, again.state) == ("stored", "duplicate")
    assert len(objects(archive)) == 1
    (study,) = archive.find(Query("STUDY"))
    assert study["NumberOfStudyRelatedInstances"] == 1


def test_other_bytes_under_one_uid_are_kept_and_the_first_stay_visible(
    archive: Archive, store: Store, dicom_file: File
) -> None:
    data = dicom_file(StudyDescription="first")
    first, other = store(archive, data), store(archive, dicom_file(StudyDescription="second"))
    assert other.state == "conflict"
    (conflict,) = archive.conflicts()
    assert (conflict.sop_instance_uid, conflict.sha256) == ("1.2.1.1.1", other.sha256)
    assert (conflict.seen_sha256, conflict.study_uid, conflict.origin) == (first.sha256, "1.2.1", "test")
    assert bytes(archive.original(archive.instances("1.2.1")[0])) == data
    assert sorted(objects(archive)) == sorted([first.sha256, other.sha256])


def test_a_bare_data_set_becomes_a_file_that_pydicom_reads(archive: Archive, dicom_file: File) -> None:
    data = dicom_file()
    meta = pydicom.dcmread(BytesIO(data)).file_meta
    bare = data[144 + meta.FileMetaInformationGroupLength :]
    arriving = archive.receive_dataset(
        sop_class_uid="1.2.840.10008.5.1.4.1.1.7",
        sop_instance_uid="1.2.1.1.1",
        transfer_syntax_uid="1.2.840.10008.1.2.1",
        origin="DIMSE",
        source_ae_title="SENDER",
    )
    for start in range(0, len(bare), 100):
        arriving.write(memoryview(bare)[start : start + 100])
    stored = arriving.commit()
    kept = bytes(archive.original(archive.instances(stored.study_uid)[0]))
    read = pydicom.dcmread(BytesIO(kept))
    assert read.PatientName == "Doe^Jane"
    assert read.file_meta.SourceApplicationEntityTitle == "SENDER"
    assert kept.endswith(bare)


def test_a_data_set_that_is_another_instance_than_announced_is_refused(archive: Archive, dicom_file: File) -> None:
    data = dicom_file()
    arriving = archive.receive_dataset(
        sop_class_uid="1.2.840.10008.5.1.4.1.1.7",
        sop_instance_uid="9.9",
        transfer_syntax_uid="1.2.840.10008.1.2.1",
        origin="DIMSE",
    )
    arriving.write(data[data.index(b"\x08\x00\x05\x00CS") :])
    with pytest.raises(DataError, match="another instance"):
        arriving.commit()
    assert objects(archive) == []


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        (lambda data: b"", DataError),
        (lambda data: b"hello", FileFormatError),
        (lambda data: bytes(4096), FileFormatError),
        (lambda data: data[128 + 4 :], FileFormatError),
        (lambda data: data[:200], IsocenterError),
        (lambda data: data[:-3], DataError),
        (lambda data: data.replace(b"1.2.1.1.1\x00", b"not a uid\x00"), DataError),
    ],
    ids=["empty", "text", "zeros", "no preamble", "cut in the header", "cut in the pixels", "no uid"],
)
def test_bytes_that_are_no_instance_are_refused_and_leave_no_trace(
    archive: Archive, store: Store, dicom_file: File, damage: Callable[[bytes], bytes], error: type[Exception]
) -> None:
    with pytest.raises(error):
        store(archive, damage(dicom_file()))
    assert objects(archive) == []
    assert list(archive.find(Query("STUDY"))) == []


@pytest.mark.parametrize("cut", [1, 8, 9, 500])
def test_encapsulated_pixels_that_are_cut_off_are_refused(archive: Archive, store: Store, cut: int) -> None:
    data = Path(str(get_testdata_file("JPEG2000.dcm"))).read_bytes()
    end = data.rindex(b"\xfe\xff\xdd\xe0") + 8
    with pytest.raises(DataError):
        store(archive, data[: end - cut])
    assert store(archive, data[:end]).state == "stored"


def test_an_instance_of_another_study_is_refused(archive: Archive, dicom_file: File) -> None:
    arriving = archive.receive(origin="test")
    arriving.write(dicom_file())
    with pytest.raises(ConflictError):
        arriving.commit(study_uid="1.2.3")
    assert arriving.entry is not None
    assert objects(archive) == []


def test_an_aborted_instance_leaves_no_trace(archive: Archive, dicom_file: File) -> None:
    arriving = archive.receive(origin="test")
    arriving.write(dicom_file())
    arriving.abort()
    arriving.abort()
    assert objects(archive) == []


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("call", ["write_at", "sync_data"])
@pytest.mark.parametrize("size_bytes", [1000, 3_000_000])
def test_a_disk_that_is_full_stores_nothing(
    tmp_path: Path, store: Store, dicom_file: File, monkeypatch: pytest.MonkeyPatch, call: str, size_bytes: int
) -> None:
    archive = Archive.open(tmp_path)
    data = dicom_file(PixelData=bytes(size_bytes))
    assert store(archive, dicom_file(SOPInstanceUID="1.2.1.1.9")).state == "stored"
    with monkeypatch.context() as patch:
        patch.setattr(allocation, call, full)
        with pytest.raises(StorageFullError):
            store(archive, data)
    assert len(objects(archive)) == len(list(archive.find(Query("IMAGE")))) == 1
    assert store(archive, data).state == "stored"
    archive.close()
    archive = Archive.open(tmp_path)
    assert len(objects(archive)) == len(list(archive.find(Query("IMAGE")))) == 2
    archive.close()


def test_a_disk_that_is_full_for_the_index_stores_nothing(archive: Archive, store: Store, dicom_file: File) -> None:
    def limit(pages: int) -> None:
        archive._index.change(lambda c: c.execute(f"PRAGMA max_page_count = {pages}").fetchone())

    limit(1)  # SQLite takes the present size instead: nothing more fits

    def fill() -> None:
        for number in range(1000):
            store(archive, dicom_file(SOPInstanceUID=f"1.2.1.1.{number}"))

    with pytest.raises(StorageFullError):
        fill()
    n_found = len(list(archive.find(Query("IMAGE"))))
    assert len(objects(archive)) == n_found
    limit(100_000)
    assert store(archive, dicom_file(SOPInstanceUID="1.2.1.1.5000")).state == "stored"


def test_many_senders_of_the_same_and_of_different_instances(archive: Archive, store: Store, dicom_file: File) -> None:
    files = [dicom_file(SOPInstanceUID=f"1.2.1.1.{k}", InstanceNumber=k) for k in range(20)]
    barrier = threading.Barrier(4)

    def send() -> list[str]:
        barrier.wait()
        return [store(archive, data).state for data in files]

    with ThreadPoolExecutor(4) as pool:
        states = [future.result() for future in [pool.submit(send) for _ in range(4)]]
    for of_one_instance in zip(*states, strict=True):
        assert sorted(of_one_instance) == ["duplicate"] * 3 + ["stored"]
    assert len(archive.instances("1.2.1")) == len(objects(archive)) == 20


def test_metadata_are_what_pydicom_says_and_need_no_file_the_second_time(archive: Archive, store: Store) -> None:
    path = Path(str(get_testdata_file("CT_small.dcm")))
    stored = store(archive, path.read_bytes())
    instances = archive.instances(stored.study_uid)
    metadata = archive.metadata(instances[0])
    expected = json.loads(pydicom.dcmread(path, stop_before_pixels=True).to_json())
    for tag, element in expected.items():
        if "Value" in element and element["vr"] not in ("DS", "UN", "OB"):
            assert metadata[tag]["Value"] == element["Value"], tag
    base = f"studies/{stored.study_uid}/series/{stored.series_uid}/instances/{stored.instance_uid}"
    assert metadata["7FE00010"]["BulkDataURI"] == f"{base}/bulkdata/7FE00010"
    archive._store.remove(instances[0].place)
    assert archive.metadata(instances[0]) == metadata


def test_encapsulated_frames_are_found_by_the_table(archive: Archive, store: Store, dicom_file: File) -> None:
    frames = [bytes([k]) * (20 + 2 * k) for k in range(5)]
    dataset = pydicom.dcmread(BytesIO(dicom_file(NumberOfFrames=5)))
    dataset.PixelData = encapsulate(frames)
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.RLELossless
    stream = BytesIO()
    dataset.save_as(stream)
    stored = store(archive, stream.getvalue())
    (instance,) = archive.instances(stored.study_uid)
    found = archive.encoded_frames(instance, [4, 0, 2])
    assert found is not None
    assert list(found) == [frames[4], frames[0], frames[2]]
    with pytest.raises(NotFoundError):
        archive.encoded_frames(instance, [5])


def test_native_frames_need_no_table(archive: Archive, store: Store, dicom_file: File) -> None:
    store(archive, dicom_file())
    assert archive.encoded_frames(archive.instances("1.2.1")[0], [0]) is None


@pytest.mark.parametrize("path", [("9.9",), ("1.2.1", "9.9"), ("1.2.1", "1.2.1.1", "9.9")])
def test_what_is_not_here_is_not_found(archive: Archive, store: Store, dicom_file: File, path: tuple[str, ...]) -> None:
    store(archive, dicom_file())
    with pytest.raises(NotFoundError):
        archive.instances(*path)


def test_a_closed_archive_says_so(tmp_path: Path, store: Store, dicom_file: File) -> None:
    archive = Archive.open(tmp_path)
    arriving = archive.receive(origin="test")
    arriving.write(dicom_file())
    archive.close()
    with pytest.raises(IsocenterError, match="closed"):
        arriving.commit()
    archive.close()


def test_the_same_data_set_from_another_sender_is_a_duplicate(archive: Archive, dicom_file: File) -> None:
    data = dicom_file()
    bare = data[data.index(b"\x08\x00\x05\x00CS") :]

    def send(title: str) -> Stored:
        arriving = archive.receive_dataset(
            sop_class_uid="1.2.840.10008.5.1.4.1.1.7",
            sop_instance_uid="1.2.1.1.1",
            transfer_syntax_uid="1.2.840.10008.1.2.1",
            origin="DIMSE",
            source_ae_title=title,
        )
        arriving.write(bare)
        return arriving.commit()

    assert [send(title).state for title in ("CT1", "WORKSTATION")] == ["stored", "duplicate"]
    assert archive.conflicts() == []


@pytest.mark.parametrize("size_bytes", [1000, 3_000_000])
def test_damaged_bytes_do_not_go_out(tmp_path: Path, store: Store, dicom_file: File, size_bytes: int) -> None:
    archive = Archive.open(tmp_path)
    data = dicom_file(PixelData=bytes(size_bytes))
    store(archive, data)
    (instance,) = archive.instances("1.2.1")
    assert b"".join(archive.outgoing(instance).parts) == data
    (path,) = tmp_path.rglob("*.tar")
    with path.open("r+b") as stream:
        stream.seek(instance.place.offset + len(data) - 5)
        stream.write(b"X")
    with pytest.raises(IsocenterError, match="damaged"):
        archive.outgoing(instance)
    archive.close()
