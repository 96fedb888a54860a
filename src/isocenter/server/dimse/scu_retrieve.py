"""Asking another node for instances: C-GET to a folder, C-MOVE to a third node.

Source: DICOM PS3.4 sec. C.4.2 and C.4.3, C.5.3 (what a C-GET proposes); PS3.7 sec. D.3.3.4 (roles).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from isocenter.core.errors import OptionError, ProtocolError
from isocenter.core.progress import OnProgress, report
from isocenter.dicom.identifier import decode_identifier, encode_identifier
from isocenter.dicom.part10 import file_meta
from isocenter.dicom.uid_names import storage_classes
from isocenter.dicom.uids import EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN, is_uid
from isocenter.protocols.dimse import commands, statuses
from isocenter.protocols.dimse.commands import Command
from isocenter.protocols.upper_layer.pdus import ProposedContext
from isocenter.server.dimse.negotiation import (
    PATIENT_ROOT_GET,
    PATIENT_ROOT_MOVE,
    STUDY_ROOT_GET,
    STUDY_ROOT_MOVE,
    service_of,
)
from isocenter.server.dimse.peer import Peer
from isocenter.server.dimse.requestor import association
from isocenter.server.dimse.scu import OWN_AE_TITLE

Level = Literal["PATIENT", "STUDY", "SERIES", "IMAGE"]
Root = Literal["patient", "study"]
_GET: Mapping[str, str] = {"patient": PATIENT_ROOT_GET, "study": STUDY_ROOT_GET}
_MOVE: Mapping[str, str] = {"patient": PATIENT_ROOT_MOVE, "study": STUDY_ROOT_MOVE}
_MAX_CLASSES = 127
# What most archives hold; of all others the caller names the SOP classes.
_COMMON = (
    "CT Image",
    "MR Image",
    "Computed Radiography",
    "Digital X-Ray",
    "Ultrasound",
    "Secondary Capture",
    "Positron",
    "Nuclear Medicine",
    "X-Ray",
    "Enhanced",
    "Segmentation",
)
_COMPRESSED = (
    "1.2.840.10008.1.2.4.50",
    "1.2.840.10008.1.2.4.51",
    "1.2.840.10008.1.2.4.57",
    "1.2.840.10008.1.2.4.70",
    "1.2.840.10008.1.2.4.80",
    "1.2.840.10008.1.2.4.81",
    "1.2.840.10008.1.2.4.90",
    "1.2.840.10008.1.2.4.91",
    "1.2.840.10008.1.2.4.201",
    "1.2.840.10008.1.2.4.202",
    "1.2.840.10008.1.2.4.203",
    "1.2.840.10008.1.2.5",
)


@dataclass
class Retrieved:
    """What became of a retrieval: how many instances came, which did not, and where they are."""

    n_completed: int = 0
    failed: tuple[str, ...] = ()
    status: int = statuses.SUCCESS
    files: list[Path] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """Whether everything that was asked for came."""
        return self.status == statuses.SUCCESS

    def sentence(self) -> str:
        """Return the result in words."""
        if self.is_complete:
            return f"{self.n_completed} instances retrieved."
        return f"{self.n_completed} instances retrieved, {len(self.failed)} not: {statuses.meaning(self.status)}."


def get(
    peer: Peer,
    level: Level,
    keys: Mapping[str, str],
    folder: Path,
    *,
    root: Root = "study",
    sop_class_uids: Sequence[str] = (),
    ae_title: str = OWN_AE_TITLE,
    on_progress: OnProgress | None = None,
) -> Retrieved:
    """Fetch instances by C-GET into `folder`, a file ``<SOP Instance UID>.dcm`` for each.

    Parameters
    ----------
    keys
        The unique keys that say what is wanted, by keyword; UIDs may be lists, joined by backslash.
    sop_class_uids
        What may come, at most 127; by default the classes of images that most archives hold.

    Raises
    ------
    ProtocolError
        If the peer cannot be reached, refuses, or breaks the protocol.
    """
    folder.mkdir(parents=True, exist_ok=True)
    result = Retrieved()
    classes = tuple(sop_class_uids) or _common_classes()
    if len(classes) > _MAX_CLASSES:
        raise OptionError("Too many SOP classes.", field="sop_class_uids", found=len(classes), expected=_MAX_CLASSES)
    syntaxes = (EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN, *_COMPRESSED)
    contexts = (
        ProposedContext(1, _GET[root], syntaxes[:2]),
        *(ProposedContext(2 * number + 3, name, syntaxes) for number, name in enumerate(classes)),
    )
    roles = dict.fromkeys(classes, (False, True))
    with association(peer, contexts, ae_title=ae_title, roles=roles) as asked:
        if 1 not in asked.accepted:
            raise ProtocolError("The peer does not offer C-GET.", field="presentation context", found=root)

        def receive(context_id: int, command: Command) -> _Arriving:
            report(on_progress, len(result.files), None, "instances")
            return _Arriving(folder, command, asked.accepted.get(context_id, ""), result)

        identifier = encode_identifier({**keys, "QueryRetrieveLevel": level}, asked.accepted[1])
        request = _request(_GET[root], commands.C_GET_RQ)
        for answer, dataset in asked.ask_for_instances(1, request, identifier, receive):
            if _is_last(result, answer, dataset, asked.accepted[1]):
                break
    return result


def move(
    peer: Peer,
    level: Level,
    keys: Mapping[str, str],
    destination: str,
    *,
    root: Root = "study",
    ae_title: str = OWN_AE_TITLE,
    on_progress: OnProgress | None = None,
) -> Retrieved:
    """Have a node send instances to the node it knows as `destination`; raises as `get`."""
    result = Retrieved()
    contexts = (ProposedContext(1, _MOVE[root], (EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN)),)
    with association(peer, contexts, ae_title=ae_title) as asked:
        if 1 not in asked.accepted:
            raise ProtocolError("The peer does not offer C-MOVE.", field="presentation context", found=root)
        identifier = encode_identifier({**keys, "QueryRetrieveLevel": level}, asked.accepted[1])
        request = {**_request(_MOVE[root], commands.C_MOVE_RQ), "MoveDestination": destination}
        for answer, dataset in asked.ask(1, request, identifier):
            if _is_last(result, answer, dataset, asked.accepted[1]):
                break
            remaining = answer.get("NumberOfRemainingSuboperations")
            total = result.n_completed + remaining if isinstance(remaining, int) else None
            report(on_progress, result.n_completed, total, "instances")
    return result


def _is_last(result: Retrieved, answer: Mapping[str, str | int], dataset: bytes, syntax: str) -> bool:
    """Take in an answer, and say whether it is the last; raises `ProtocolError` if the peer refuses."""
    status = commands.integer(answer, "Status")
    completed = answer.get("NumberOfCompletedSuboperations")
    if isinstance(completed, int):
        result.n_completed = completed
    if statuses.is_pending(status):
        return False
    result.status = status
    n_failed = answer.get("NumberOfFailedSuboperations")
    if dataset:
        listed = decode_identifier(dataset, syntax).get("FailedSOPInstanceUIDList", "")
        result.failed = tuple(uid for uid in listed.split("\\") if uid)
    if status not in (statuses.SUCCESS, statuses.SUBOPERATIONS_WITH_FAILURES) and not n_failed:
        raise ProtocolError("The peer refuses the retrieval.", field="Status", found=statuses.meaning(status))
    return True


def _request(class_uid: str, field_: int) -> dict[str, str | int]:
    return {"AffectedSOPClassUID": class_uid, "CommandField": field_, "Priority": 0}


def _common_classes() -> tuple[str, ...]:
    common = [uid for uid, name in storage_classes() if service_of(uid) == "store" and name.startswith(_COMMON)]
    return tuple(common[:_MAX_CLASSES])


class _Arriving:
    """One instance on its way into a file, which appears when it is complete."""

    def __init__(self, folder: Path, command: Command, syntax: str, result: Retrieved) -> None:
        class_uid, uid = (commands.text(command, f"AffectedSOP{part}UID") for part in ("Class", "Instance"))
        if not is_uid(uid):
            raise ProtocolError("An instance comes without a valid UID.", field="AffectedSOPInstanceUID")
        self._path = folder / f"{uid}.dcm"
        self._part = self._path.with_suffix(".part")
        self._result = result
        self._stream = self._part.open("wb")
        self._stream.write(file_meta(class_uid, uid, syntax))

    def write(self, data: memoryview) -> None:
        """Take a piece of the data set."""
        self._stream.write(data)

    def finish(self) -> int:
        """Keep the file."""
        self._stream.close()
        self._part.replace(self._path)
        self._result.files.append(self._path)
        return statuses.SUCCESS
