"""dicomweb-client, which we did not write, stores, finds and retrieves over a real port."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pydicom
import pytest
import requests
from dicomweb_client.api import DICOMwebClient
from pydicom.dataset import Dataset

Ship = Callable[[str], Path]
AUTH = ("ada", "correct horse battery")

pytestmark = pytest.mark.peer


@pytest.fixture
def peer(address: str) -> DICOMwebClient:
    """Return the peer, signed in to the filled archive."""
    return signed_in(address)


@pytest.fixture
def storing_peer(empty_address: str) -> DICOMwebClient:
    """Return the peer, signed in to an empty archive."""
    return signed_in(empty_address)


def signed_in(address: str) -> DICOMwebClient:
    session = requests.Session()
    session.auth = AUTH
    client = DICOMwebClient(address, session=session)
    client.host = urlsplit(address).netloc  # its Host header leaves the port out, which addresses in answers need
    return client


@pytest.fixture
def uids(ship: Ship) -> Callable[[str], tuple[str, str, str]]:
    """Return a function from a shipped file's name to its UIDs."""

    def read(name: str) -> tuple[str, str, str]:
        dataset = pydicom.dcmread(ship(name), stop_before_pixels=True)
        return str(dataset.StudyInstanceUID), str(dataset.SeriesInstanceUID), str(dataset.SOPInstanceUID)

    return read


def test_it_finds(peer: DICOMwebClient) -> None:
    assert len(peer.search_for_studies()) == 6
    (study,) = peer.search_for_studies(search_filters={"PatientID": "1CT1"}, fields=["StudyDescription"])
    assert Dataset.from_json(study).PatientName == "CompressedSamples^CT1"
    assert len(peer.search_for_series(search_filters={"Modality": "MR"})) == 1
    assert peer.search_for_instances(search_filters={"PatientID": "nobody"}) == []
    assert len(peer.search_for_studies(limit=2, offset=5)) == 1


def test_it_finds_by_everything_it_can_say(peer: DICOMwebClient) -> None:
    names = {"PatientName": "ct1 comp"}
    assert len(peer.search_for_studies(fuzzymatching=True, search_filters=names)) == 1
    assert peer.search_for_studies(fuzzymatching=False, search_filters=names) == []
    assert len(peer.search_for_studies(limit=2, get_remaining=True)) == 6
    (study,) = peer.search_for_studies(search_filters={"ManufacturerModelName": "RHAP*"}, fields=["00081090"])
    assert Dataset.from_json(study).ManufacturerModelName == "RHAPSODE"
    uid = Dataset.from_json(study).StudyInstanceUID
    (series,) = peer.search_for_series(uid, fields=["PatientPosition", "FrameOfReferenceUID"])
    assert Dataset.from_json(series).FrameOfReferenceUID
    (found,) = peer.search_for_instances(uid, Dataset.from_json(series).SeriesInstanceUID, fields=["SliceThickness"])
    assert Dataset.from_json(found).SliceThickness == 5
    assert len(peer.search_for_instances(uid)) == 1
    with pytest.raises(requests.HTTPError) as refused:
        peer.search_for_studies(search_filters={"StudyDate": "yesterday"})
    assert refused.value.response.status_code == 400


def test_it_retrieves_instances(peer: DICOMwebClient, ship: Ship, uids: Callable[[str], tuple[str, str, str]]) -> None:
    study, series, instance = uids("MR_small.dcm")
    expected = pydicom.dcmread(ship("MR_small.dcm"))
    assert peer.retrieve_instance(study, series, instance) == expected
    assert peer.retrieve_series(study, series) == [expected]
    assert peer.retrieve_study(study) == [expected]


def test_it_retrieves_metadata(peer: DICOMwebClient, uids: Callable[[str], tuple[str, str, str]]) -> None:
    study, series, instance = uids("CT_small.dcm")
    for metadata in (
        peer.retrieve_instance_metadata(study, series, instance),
        peer.retrieve_series_metadata(study, series)[0],
        peer.retrieve_study_metadata(study)[0],
    ):
        assert Dataset.from_json(metadata, lambda *_: b"").Rows == 128


def test_it_retrieves_frames(peer: DICOMwebClient, ship: Ship, uids: Callable[[str], tuple[str, str, str]]) -> None:
    expected = pydicom.dcmread(ship("CT_small.dcm")).PixelData
    assert peer.retrieve_instance_frames(*uids("CT_small.dcm"), frame_numbers=[1]) == [expected]
    dataset = pydicom.dcmread(ship("examples_ybr_color.dcm"))
    encoded = list(pydicom.encaps.generate_frames(dataset.PixelData, number_of_frames=30))
    found = peer.retrieve_instance_frames(
        *uids("examples_ybr_color.dcm"), frame_numbers=[3, 7], media_types=(("image/jpeg", "1.2.840.10008.1.2.4.50"),)
    )
    assert found == [encoded[2], encoded[6]]


def test_it_retrieves_bulk_data(peer: DICOMwebClient, ship: Ship, uids: Callable[[str], tuple[str, str, str]]) -> None:
    metadata = peer.retrieve_instance_metadata(*uids("CT_small.dcm"))
    (found,) = peer.retrieve_bulkdata(metadata["7FE00010"]["BulkDataURI"])
    assert found == pydicom.dcmread(ship("CT_small.dcm")).PixelData


def test_it_renders(peer: DICOMwebClient, uids: Callable[[str], tuple[str, str, str]]) -> None:
    picture = peer.retrieve_instance_rendered(*uids("CT_small.dcm"), media_types=("image/png",))
    assert picture.startswith(b"\x89PNG")
    frame = peer.retrieve_instance_frames_rendered(
        *uids("CT_small.dcm"), frame_numbers=[1], media_types=("image/jpeg",), params={"window": "40,400,linear"}
    )
    assert frame.startswith(b"\xff\xd8")


def test_it_stores_a_series_in_one_request(storing_peer: DICOMwebClient, ship: Ship, rng: np.random.Generator) -> None:
    datasets = []
    for number in range(30):
        dataset = pydicom.dcmread(ship("CT_small.dcm"))
        dataset.PixelData = rng.integers(0, 4000, (128, 128), dtype=np.int16).tobytes()
        dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2.3", "1.2.3.4"
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"1.2.3.4.{100 - number}"
        dataset.InstanceNumber = number
        datasets.append(dataset)
    answer = storing_peer.store_instances(datasets)
    assert len(answer.ReferencedSOPSequence) == 30
    found = storing_peer.retrieve_series("1.2.3", "1.2.3.4")
    assert [dataset.InstanceNumber for dataset in found] == list(range(30))
    assert [dataset.PixelData for dataset in found] == [dataset.PixelData for dataset in datasets]


def test_it_hears_why_an_instance_was_refused(storing_peer: DICOMwebClient, ship: Ship) -> None:
    dataset = pydicom.dcmread(ship("CT_small.dcm"))
    with pytest.raises(requests.HTTPError) as refused:
        storing_peer.store_instances([dataset], study_instance_uid="1.2.3")
    assert refused.value.response.status_code == 409
    dataset.StudyInstanceUID = "1.2.3"
    good = pydicom.dcmread(ship("CT_small.dcm"))
    good.StudyInstanceUID, good.SOPInstanceUID = "1.2.3", "1.2.3.9"
    other = pydicom.dcmread(ship("MR_small.dcm"))
    answer = storing_peer.store_instances([good, other], study_instance_uid="1.2.3")
    assert (len(answer.ReferencedSOPSequence), len(answer.FailedSOPSequence)) == (1, 1)
    assert answer.FailedSOPSequence[0].FailureReason == 0xA900
