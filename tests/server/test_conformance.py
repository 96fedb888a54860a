"""The conformance statement says what the tables say, and the listener does what it says."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pynetdicom import AE

from isocenter.archive.archive import Archive
from isocenter.cli.main import main
from isocenter.dicom.transfer_syntaxes import TRANSFER_SYNTAXES
from isocenter.dicom.uid_names import storage_classes
from isocenter.server.conformance import conformance_statement
from isocenter.server.dimse import negotiation
from isocenter.server.dimse.kept_steps import KeptSteps
from isocenter.server.dimse.listener import DimseListener
from isocenter.server.dimse.worklist_folder import WorklistFolder

STATEMENT = Path(__file__).parents[2] / "docs" / "conformance" / "statement.md"


def test_the_printed_statement_is_the_one_in_the_documentation(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conformance"]) == 0
    assert capsys.readouterr().out == conformance_statement()
    assert STATEMENT.read_text() == conformance_statement(), "write it anew: isocenter conformance > " + str(STATEMENT)


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    archive = Archive.open(tmp_path / "archive", durable=False)
    steps = KeptSteps(tmp_path / "steps.sqlite")
    listener = DimseListener(archive, port=0, worklist=WorklistFolder(tmp_path), procedure_steps=steps)
    listener.start()
    yield listener.port
    listener.stop()
    steps.close()
    archive.close()


def accepted(port: int, classes: list[str], syntaxes: list[str]) -> set[str]:
    """Return the SOP classes the listener takes."""
    found: set[str] = set()
    for start in range(0, len(classes), 120):
        ae = AE("CHECK")
        for uid in classes[start : start + 120]:
            ae.add_requested_context(uid, syntaxes)
        association = ae.associate("127.0.0.1", port, ae_title="ISOCENTER")
        found |= {str(context.abstract_syntax) for context in association.accepted_contexts}
        association.release()
    return found


def test_what_is_claimed_is_accepted(port: int) -> None:
    claimed = [uid for uid, _ in storage_classes() if negotiation.service_of(uid) == "store"]
    assert len(claimed) > 100
    wanted = [*claimed, *negotiation.SERVICES]
    assert accepted(port, wanted, ["1.2.840.10008.1.2.1"]) == set(wanted)


def test_every_transfer_syntax_is_taken_for_storage(port: int) -> None:
    for uid in TRANSFER_SYNTAXES:
        assert accepted(port, ["1.2.840.10008.5.1.4.1.1.2"], [uid]), uid


def test_what_is_not_claimed_is_not_accepted(port: int) -> None:
    others = [
        "1.2.840.10008.5.1.1.9",  # print
        "1.2.840.10008.5.1.4.34.6.1",  # UPS
    ]
    assert all(f"`{uid}`" not in conformance_statement() for uid in others)
    assert accepted(port, others, ["1.2.840.10008.1.2.1"]) == set()
