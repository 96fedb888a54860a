"""Performed procedure steps are kept as modalities tell of them, change as the standard allows, and are given back."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid
from pynetdicom import AE, evt
from pynetdicom.sop_class import (
    ModalityPerformedProcedureStep,
    ModalityPerformedProcedureStepRetrieve,
)
from tests.server.dimse.step_examples import begun, ended

from isocenter.core.errors import ProtocolError
from isocenter.dicom.datasets import encode_dataset
from isocenter.dicom.json_model import to_json
from isocenter.dicom.json_reader import JsonDataset
from isocenter.protocols.dimse import commands
from isocenter.server.dimse.kept_steps import KeptSteps
from isocenter.server.dimse.peer import Peer
from isocenter.server.dimse.scu_steps import change_step, create_step, read_step

PROCEDURE_STEP, EXPLICIT = "1.2.840.10008.3.1.2.3.3", "1.2.840.10008.1.2.1"


@pytest.fixture
def steps(tmp_path: Path) -> Iterator[KeptSteps]:
    kept = KeptSteps(tmp_path / "steps.sqlite")
    yield kept
    kept.close()


@pytest.fixture
def modality(serve: Callable[..., Any], steps: KeptSteps) -> Iterator[Any]:
    """Yield an association of a modality with a node, and what the node told of ended steps."""
    node = serve(procedure_steps=steps, on_step_final=lambda uid, step: ends.append((uid, step)))
    ends: list[tuple[str, JsonDataset]] = []
    ae = AE("CT1")
    ae.add_requested_context(ModalityPerformedProcedureStep)
    ae.add_requested_context(ModalityPerformedProcedureStepRetrieve)
    association = ae.associate("127.0.0.1", node.peer.port, ae_title="ISOCENTER")
    assert association.is_established
    association.ends, association.node = ends, node
    yield association
    association.release()


def create(modality: Any, step: Dataset, uid: str | None = None) -> Any:
    return modality.send_n_create(step, ModalityPerformedProcedureStep, uid)[0]


def change(modality: Any, changes: Dataset, uid: str) -> Any:
    return modality.send_n_set(changes, ModalityPerformedProcedureStep, uid)[0]


def test_a_step_begins_changes_ends_and_is_given_back(modality: Any, steps: KeptSteps) -> None:
    uid = generate_uid()
    assert create(modality, begun(), uid).Status == 0
    described = Dataset()
    described.PerformedProcedureStepDescription = "head, again"
    assert change(modality, described, uid).Status == 0
    assert modality.ends == []
    assert change(modality, ended(), uid).Status == 0
    ((ended_uid, step),) = modality.ends
    assert ended_uid == uid
    assert step == steps.get(uid)
    wanted = [0x00400252, 0x00400254, 0x00100010]
    status, got = modality.send_n_get(wanted, ModalityPerformedProcedureStepRetrieve, uid)
    assert status.Status == 0
    assert (got.PerformedProcedureStepStatus, got.PerformedProcedureStepDescription) == ("COMPLETED", "head, again")
    assert str(got.PatientName) == "Müller^Jörg"
    assert "PatientID" not in got
    assert [event.action for event in modality.node.events] == [
        "create-step",
        "update-step",
        "update-step",
        "read-step",
    ]
    assert {event.study_uids for event in modality.node.events} == {("1.2.3",)}


def answered(wire: Any, step: Dataset, **values: str) -> dict[str, str | int]:
    """Return the whole response to N-CREATE, of which pynetdicom gives only a part."""
    wire.associate((1, PROCEDURE_STEP, (EXPLICIT,)))
    dataset = encode_dataset(to_json(step), EXPLICIT)
    wire.command(1, dataset, CommandField=commands.N_CREATE_RQ, AffectedSOPClassUID=PROCEDURE_STEP, **values)
    found: dict[str, str | int] = wire.response()
    return found


def test_a_step_without_a_uid_gets_one(serve: Callable[..., Any], dial: Callable[..., Any], steps: KeptSteps) -> None:
    answer = answered(dial(serve(procedure_steps=steps)), begun())
    assert answer["Status"] == 0
    assert steps.get(str(answer["AffectedSOPInstanceUID"])) is not None


@pytest.mark.parametrize("status", ["COMPLETED", "DISCONTINUED"])
def test_a_step_that_has_ended_stays_as_it_is(modality: Any, steps: KeptSteps, status: str) -> None:
    uid = generate_uid()
    create(modality, begun(), uid)
    assert change(modality, ended(status), uid).Status == 0
    kept = steps.get(uid)
    again = change(modality, ended("COMPLETED"), uid)
    assert (again.Status, again.ErrorID) == (0x0110, 0xA710)  # PS3.4 table F.7.2-2
    assert steps.get(uid) == kept
    assert len(modality.ends) == 1


def test_the_same_step_does_not_begin_twice(modality: Any, steps: KeptSteps) -> None:
    uid = generate_uid()
    create(modality, begun(), uid)
    assert create(modality, begun("1.2.4"), uid).Status == 0x0111
    assert "1.2.4" not in str(steps.get(uid))


def without(keyword: str) -> Callable[[Dataset], None]:
    return lambda step: delattr(step, keyword)


def with_value(keyword: str, value: Any) -> Callable[[Dataset], None]:
    return lambda step: setattr(step, keyword, value)


@pytest.mark.parametrize(
    ("spoil", "status", "named"),
    [
        (without("PerformedStationAETitle"), 0x0120, 0x00400241),
        (with_value("Modality", ""), 0x0121, 0x00080060),
        (without("StudyID"), 0x0120, 0x00200010),
        (with_value("ScheduledStepAttributesSequence", []), 0x0121, 0x00400270),
        (with_value("ScheduledStepAttributesSequence", [Dataset()]), 0x0120, 0x0020000D),
        (with_value("PerformedProcedureStepStatus", "COMPLETED"), 0x0106, 0x00400252),
        (with_value("PerformedProcedureStepStartTime", "9999x"), 0x0106, 0x00400245),
    ],
)
@pytest.mark.filterwarnings("ignore:Invalid value")
def test_what_is_missing_or_wrong_is_named(
    serve: Callable[..., Any],
    dial: Callable[..., Any],
    steps: KeptSteps,
    spoil: Callable[[Dataset], None],
    status: int,
    named: int,
) -> None:
    uid, step = generate_uid(), begun()
    spoil(step)
    answer = answered(dial(serve(procedure_steps=steps)), step, AffectedSOPInstanceUID=uid)
    assert answer["Status"] == status
    assert named in commands.tags(answer, "AttributeIdentifierList")
    assert steps.get(uid) is None


def test_a_refusal_is_not_the_end(modality: Any, steps: KeptSteps) -> None:
    uid, step = generate_uid(), begun()
    del step.StudyID
    assert create(modality, step, uid).Status == 0x0120
    assert create(modality, begun(), uid).Status == 0


def test_what_a_step_is_about_stays(modality: Any) -> None:
    uid = generate_uid()
    create(modality, begun(), uid)
    other = Dataset()
    other.PatientID = "P-2"
    assert change(modality, other, uid).Status == 0x0106
    unfinished = ended()
    del unfinished.PerformedSeriesSequence
    assert change(modality, unfinished, uid).Status in (0x0120, 0x0121)
    assert change(modality, ended("PAUSED"), uid).Status == 0x0106
    assert change(modality, ended(), generate_uid()).Status == 0x0112
    assert change(modality, ended(), uid).Status == 0


def test_steps_survive_a_restart(tmp_path: Path) -> None:
    kept = KeptSteps(tmp_path / "again.sqlite")
    kept.create("1.2.5", to_json(begun()))
    kept.close()
    kept = KeptSteps(tmp_path / "again.sqlite")
    found = kept.get("1.2.5")
    kept.close()
    assert found is not None
    assert found["00400252"]["Value"] == ["IN PROGRESS"]


def test_our_own_requests_carry_a_step_through(serve: Callable[..., Any], steps: KeptSteps) -> None:
    peer: Peer = serve(procedure_steps=steps).peer
    uid = create_step(peer, to_json(begun()))
    change_step(peer, uid, to_json(ended("DISCONTINUED")))
    found = read_step(peer, uid, attributes=["PerformedProcedureStepStatus"])
    assert found["00400252"]["Value"] == ["DISCONTINUED"]
    with pytest.raises(ProtocolError, match="refuses") as refusal:
        change_step(peer, uid, to_json(ended()))
    assert "no longer" in str(refusal.value)
    with pytest.raises(ProtocolError, match="refuses"):
        read_step(peer, "1.2.3.99")


def test_another_implementation_takes_our_steps() -> None:
    got: list[tuple[str, Dataset]] = []

    def on_create(event: Any) -> tuple[int, Dataset]:
        got.append((event.request.AffectedSOPInstanceUID, event.attribute_list))
        return 0, event.attribute_list

    def on_set(event: Any) -> tuple[int, Dataset]:
        got.append((event.request.RequestedSOPInstanceUID, event.modification_list))
        return 0, event.modification_list

    ae = AE("RIS")
    ae.add_supported_context(ModalityPerformedProcedureStep)
    handlers = [(evt.EVT_N_CREATE, on_create), (evt.EVT_N_SET, on_set)]
    server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    try:
        peer = Peer("RIS", "127.0.0.1", server.server_address[1])
        uid = create_step(peer, to_json(begun()))
        change_step(peer, uid, to_json(ended()))
        with pytest.raises(ProtocolError, match="no procedure steps"):
            read_step(peer, uid)
    finally:
        server.shutdown()
    assert [each for each, _ in got] == [uid, uid]
    assert str(got[0][1].PatientName) == "Müller^Jörg"
    assert got[1][1].PerformedSeriesSequence[0].ProtocolName == "HEAD"
