"""What a node works with when it answers: its archive and what further services are given to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from isocenter.archive.archive import Archive
from isocenter.dicom.json_reader import JsonDataset
from isocenter.server.dimse.commitment import Commitments
from isocenter.server.dimse.peer import Peer
from isocenter.server.dimse.procedure_steps import StepOperations
from isocenter.server.dimse.worklist import WorklistSource

OnAvailability: TypeAlias = Callable[[str, JsonDataset], None]


@dataclass(frozen=True)
class Services:
    """The parts that operations work with.

    Parameters
    ----------
    nodes
        Where C-MOVE may send to, by AE title.
    worklist, steps
        Without one its service is refused.
    on_availability
        Hears AE title and data set of every instance availability notification that comes.
    """

    archive: Archive
    nodes: Mapping[str, Peer] = field(default_factory=dict)
    commitments: Commitments | None = None
    worklist: WorklistSource | None = None
    steps: StepOperations | None = None
    on_availability: OnAvailability | None = None

    @property
    def refused(self) -> frozenset[str]:
        """The services that are not offered."""
        absent = {"worklist": self.worklist is None, "step": self.steps is None, "step-get": self.steps is None}
        return frozenset(service for service, is_absent in absent.items() if is_absent)
