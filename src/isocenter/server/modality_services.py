"""What a department offers to its modalities beside the archive: worklist, procedure steps, availability."""

from __future__ import annotations

from dataclasses import dataclass

from isocenter.server.department import Department
from isocenter.server.dimse.availability import AvailabilityNotifier
from isocenter.server.dimse.kept_steps import KeptSteps
from isocenter.server.dimse.worklist import WorklistSource
from isocenter.server.dimse.worklist_folder import WorklistFolder


@dataclass(frozen=True)
class ModalityServices:
    """The parts that every DICOM listener of a department shares."""

    worklist: WorklistSource | None
    steps: KeptSteps
    notifier: AvailabilityNotifier | None

    @classmethod
    def open(cls, department: Department) -> ModalityServices:
        """Open what the settings ask for; raises `NotFoundError` if the worklist folder is not there."""
        settings = department.settings
        root = settings.data_dir
        worklist = None if settings.worklist is None else WorklistFolder(settings.worklist)
        notifier = None
        if settings.notify:
            notifier = AvailabilityNotifier(
                root / "availability.sqlite", department.archive, settings.notify, own_ae_title=settings.ae_title
            )
        return cls(worklist, KeptSteps(root / "procedure_steps.sqlite"), notifier)

    def close(self) -> None:
        """Stop telling and close every file."""
        if self.notifier is not None:
            self.notifier.close()
        self.steps.close()
