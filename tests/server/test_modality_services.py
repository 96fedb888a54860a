"""A department that is told to offers its worklist, keeps steps, tells what has come and sends it on."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.sop_class import CTImageStorage, InstanceAvailabilityNotification
from tests.server.dimse.step_examples import begun, ended

from isocenter.core.errors import NotFoundError
from isocenter.dicom.json_model import to_json
from isocenter.server.department import open_department
from isocenter.server.dimse.peer import Peer
from isocenter.server.dimse.scu import send
from isocenter.server.dimse.scu_steps import change_step, create_step, read_step
from isocenter.server.dimse.scu_worklist import worklist
from isocenter.server.running import running
from isocenter.server.settings import Settings

CT = Path(str(get_testdata_file("CT_small.dcm")))


class Neighbour:
    """A node of pynetdicom that takes images and hears of availability."""

    def __init__(self) -> None:
        self.stored: list[str] = []
        self.told: list[Dataset] = []
        ae = AE("PACS")
        ae.add_supported_context(CTImageStorage)
        ae.add_supported_context(InstanceAvailabilityNotification)
        handlers = [(evt.EVT_C_STORE, self._store), (evt.EVT_N_CREATE, self._hear)]
        self.server: Any = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
        self.peer = Peer("PACS", "127.0.0.1", self.server.server_address[1])

    def _store(self, event: Any) -> int:
        self.stored.append(str(event.request.AffectedSOPInstanceUID))
        return 0

    def _hear(self, event: Any) -> tuple[int, None]:
        self.told.append(event.attribute_list)
        return 0, None


@pytest.fixture
def neighbour() -> Iterator[Neighbour]:
    node = Neighbour()
    yield node
    node.server.shutdown()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 45
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def test_all_of_it_together(tmp_path: Path, neighbour: Neighbour) -> None:
    image = pydicom.dcmread(CT)
    folder = tmp_path / "worklist"
    folder.mkdir()
    item, step = Dataset(), Dataset()
    step.Modality, step.ScheduledStationAETitle = "CT", "CT1"
    item.AccessionNumber, item.PatientID, item.StudyInstanceUID = "A1", "P-1", image.StudyInstanceUID
    item.ScheduledProcedureStepSequence = [step]
    item.file_meta = pydicom.dataset.FileMetaDataset()
    item.file_meta.MediaStorageSOPClassUID, item.file_meta.MediaStorageSOPInstanceUID = "1.2.840.10008.5.1.4.31", "1.2"
    item.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
    pydicom.dcmwrite(folder / "1.wl", item, enforce_file_format=True)
    routes = tmp_path / "routes.toml"
    routes.write_text(f'[[rule]]\nname = "all"\ndestinations = ["{neighbour.peer}"]\n')
    settings = Settings(
        data_dir=tmp_path / "department",
        web_port=0,
        dicom_port=0,
        durable=False,
        worklist=folder,
        notify=(neighbour.peer,),
        routes=routes,
    )
    department = open_department(settings)
    try:
        with running(department) as doors:
            node = Peer("ISOCENTER", "127.0.0.1", doors.dicom_port)
            (found,) = worklist(node, {"Modality": "CT"})
            assert found["00080050"]["Value"] == ["A1"]
            study_uid = found["0020000D"]["Value"][0]
            uid = create_step(node, to_json(begun(study_uid)))
            assert [result.problem for result in send([CT], node).results] == [""]
            until(lambda: neighbour.stored == [image.SOPInstanceUID])
            change_step(node, uid, to_json(ended()))
            assert read_step(node, uid)["00400252"]["Value"] == ["COMPLETED"]
            until(lambda: len(neighbour.told) == 1)  # at the end of the step, not a minute later
        assert neighbour.told[0].StudyInstanceUID == image.StudyInstanceUID
        actions = [entry.action for entry in department.audit.entries()]
        assert {"dimse-create-step", "dimse-update-step", "dimse-read-step"} <= set(actions)
    finally:
        department.close()


def test_a_worklist_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    department = open_department(
        Settings(data_dir=tmp_path / "department", web_port=0, dicom_port=0, worklist=tmp_path / "none")
    )
    try:
        with pytest.raises(NotFoundError, match="worklist"), running(department):
            pass
    finally:
        department.close()
