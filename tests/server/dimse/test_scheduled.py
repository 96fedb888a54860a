"""Pictures are captured for the one examination of the worklist that is meant."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pydicom
import pytest

from isocenter.cli.main import main
from isocenter.core.errors import NotFoundError, OptionError
from isocenter.server.dimse.scheduled import scheduled


def _beside(name: str) -> ModuleType:
    """Return the module of this name in this folder."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


listed = _beside("test_worklist")


def test_the_examination_brings_patient_study_and_order(serve: Callable[..., Any]) -> None:
    node = serve(worklist=listed.Listed())
    found = scheduled(node.peer, {"AccessionNumber": "A2", "PatientID": ""})
    assert found.patient.name == "Müller^Jörg"
    assert (found.patient.patient_id, found.patient.birth_date, found.patient.sex) == ("P-2", date(1970, 1, 1), "F")
    assert (found.study.study_uid, found.study.accession_number) == ("1.2.3.2", "A2")
    assert (found.step_id, found.procedure_id, found.description) == ("S2", "R2", "head")


def test_none_and_several_are_no_examination(serve: Callable[..., Any]) -> None:
    node = serve(worklist=listed.Listed())
    with pytest.raises(NotFoundError, match="no such examination"):
        scheduled(node.peer, {"AccessionNumber": "B1"})
    with pytest.raises(OptionError, match="Several") as raised:
        scheduled(node.peer, {})
    assert "A1, A2, A3, A4" in str(raised.value.as_dict()["found"])


def test_a_captured_loop_is_of_the_scheduled_patient(
    serve: Callable[..., Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    av = pytest.importorskip("av", reason="the extra for video is not installed")
    source, loop = tmp_path / "loop.mp4", tmp_path / "loop.dcm"
    with av.open(str(source), "w") as container:
        stream = container.add_stream("mpeg4", rate=20)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for shade in range(0, 200, 40):
            picture = np.full((48, 64, 3), shade, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    node = serve(worklist=listed.Listed())
    asked = ["capture", str(source), "-o", str(loop), "-q", "--worklist", str(node.peer)]
    assert main([*asked, "--accession-number", "A1"]) == 0
    found = pydicom.dcmread(loop)
    assert (str(found.PatientName), found.PatientID, found.StudyInstanceUID) == ("Doe^Jane", "P-1", "1.2.3.1")
    assert found.RequestAttributesSequence[0].ScheduledProcedureStepID == "S1"
    assert main([*asked, "--accession-number", "B7"]) == 66
    assert main(asked) == 2
    assert "Several" in capsys.readouterr().err
