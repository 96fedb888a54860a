"""Storage commitment: a sender hears that what it sent is safe, and may delete its own copy.

Safe means here: it is indexed, and its bytes were just read from the disk and have the SHA-256 they were received with.
A transaction is kept in a file until its result was delivered, so it survives a restart.

Source: DICOM PS3.4 annex J (Storage Commitment Push Model), PS3.7 sec. 10.1.1 and 10.1.4.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from time import time

from isocenter.archive.archive import Archive
from isocenter.archive.query import Query
from isocenter.core.errors import IsocenterError
from isocenter.dicom.references import Reference, decode_commitment, encode_commitment
from isocenter.dicom.uids import EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN
from isocenter.protocols.dimse import commands, statuses
from isocenter.protocols.dimse.commands import Command
from isocenter.protocols.upper_layer.pdus import ProposedContext
from isocenter.server.dimse.negotiation import COMMITMENT
from isocenter.server.dimse.operation import Context, Reply
from isocenter.server.dimse.peer import Peer
from isocenter.server.dimse.requestor import association

log = logging.getLogger(__name__)

COMMITMENT_INSTANCE = "1.2.840.10008.1.20.1.1"
REQUEST_COMMITMENT = 1
ALL_SAFE, SOME_FAILED = 1, 2
NO_SUCH_INSTANCE, CLASS_CONFLICT, PROCESSING_FAILURE = 0x0112, 0x0119, 0x0110
MAX_REQUEST_BYTES = 16 << 20
FIRST_RETRY_S, MAX_RETRY_S, GIVE_UP_AFTER_S = 10.0, 3600.0, 7 * 86400.0


def examined(archive: Archive, references: tuple[Reference, ...]) -> tuple[Reference, ...]:
    """Return the references with why each is not safe, if it is not."""
    return tuple(Reference(each.sop_class_uid, each.sop_instance_uid, _problem(archive, each)) for each in references)


def _problem(archive: Archive, reference: Reference) -> int:
    row = next(archive.find(Query("IMAGE", {"SOPInstanceUID": reference.sop_instance_uid}, limit=1)), None)
    if row is None:
        return NO_SUCH_INSTANCE
    try:
        uids = (str(row[key]) for key in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"))
        (instance,) = archive.instances(*uids)
        is_sound = sha256(archive.original(instance)).hexdigest() == instance.sha256
    except IsocenterError:
        return PROCESSING_FAILURE
    if not is_sound:
        log.error("instance %s is damaged on the disk", instance.instance_uid)
        return PROCESSING_FAILURE
    return 0 if instance.sop_class_uid == reference.sop_class_uid else CLASS_CONFLICT


def event_report(results: tuple[Reference, ...], message_id: int) -> dict[str, str | int]:
    """Return the command that tells the results."""
    return {
        "AffectedSOPClassUID": COMMITMENT,
        "CommandField": commands.N_EVENT_REPORT_RQ,
        "MessageID": message_id,
        "AffectedSOPInstanceUID": COMMITMENT_INSTANCE,
        "EventTypeID": SOME_FAILED if any(each.failure_reason for each in results) else ALL_SAFE,
    }


class Commitments:
    """Transactions whose results are still to be delivered to known nodes, by a thread of its own.

    Parameters
    ----------
    folder
        Where transactions are kept until then.
    nodes
        Where requesters can be reached, by AE title.
    """

    def __init__(self, folder: Path, archive: Archive, nodes: Mapping[str, Peer], *, own_ae_title: str) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._archive = archive
        self._nodes = nodes
        self._own_ae_title = own_ae_title
        self._wake = threading.Event()
        self._closed = threading.Event()
        self._due: dict[Path, tuple[float, float]] = {}
        self._thread = threading.Thread(target=self._work, name="commitment", daemon=True)
        self._thread.start()

    def knows(self, ae_title: str) -> bool:
        """Return whether a requester can be called back."""
        return ae_title in self._nodes

    def add(self, ae_title: str, transaction_uid: str, references: tuple[Reference, ...]) -> None:
        """Keep a transaction; its result is delivered soon."""
        kept = {
            "ae_title": ae_title,
            "transaction_uid": transaction_uid,
            "asked_at": time(),
            "references": [[each.sop_class_uid, each.sop_instance_uid] for each in references],
        }
        path = self._folder / f"{transaction_uid}.json"
        part = path.with_suffix(".part")
        with part.open("w") as stream:
            json.dump(kept, stream)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
        self._wake.set()

    def close(self) -> None:
        """Stop; what is not delivered is tried again after the next start."""
        self._closed.set()
        self._wake.set()
        self._thread.join(10)

    def _work(self) -> None:
        while not self._closed.is_set():
            self._wake.wait(1.0 if self._due else None if not self._waiting() else 0.0)
            self._wake.clear()
            for path in self._waiting():
                if self._closed.is_set():
                    return
                self._attempt(path)

    def _waiting(self) -> list[Path]:
        return [path for path in sorted(self._folder.glob("*.json")) if self._due.get(path, (0.0, 0.0))[0] <= time()]

    def _attempt(self, path: Path) -> None:
        """Deliver one result; if that fails it is tried again later, ever more rarely."""
        try:
            kept = json.loads(path.read_text())
            references = tuple(Reference(*pair) for pair in kept["references"])
            self._deliver(self._nodes[kept["ae_title"]], kept["transaction_uid"], references)
        except (IsocenterError, KeyError, ValueError, OSError) as error:
            _, pause_s = self._due.get(path, (0.0, FIRST_RETRY_S / 2))
            pause_s = min(2 * pause_s, MAX_RETRY_S)
            self._due[path] = (time() + pause_s, pause_s)
            why = error.message if isinstance(error, IsocenterError) else type(error).__name__
            log.warning("storage commitment result %s not delivered: %s", path.stem, why)
            if time() - path.stat().st_mtime > GIVE_UP_AFTER_S:
                path.replace(path.with_suffix(".failed"))
                self._due.pop(path, None)
            return
        path.unlink(missing_ok=True)
        self._due.pop(path, None)

    def _deliver(self, peer: Peer, transaction_uid: str, references: tuple[Reference, ...]) -> None:
        results = examined(self._archive, references)
        contexts = (ProposedContext(1, COMMITMENT, (EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN)),)
        roles = {COMMITMENT: (False, True)}
        with association(peer, contexts, ae_title=self._own_ae_title, roles=roles) as asked:
            if 1 not in asked.accepted:
                raise IsocenterError("The node does not take results of storage commitment.", found=str(peer))
            told = encode_commitment(transaction_uid, results, asked.accepted[1])
            answer, _ = next(asked.ask(1, event_report(results, 1), told))
            if commands.integer(answer, "Status") != statuses.SUCCESS:
                raise IsocenterError("The node refuses the result.", found=statuses.meaning(int(answer["Status"])))


class RequestCommitment:
    """One N-ACTION; the result follows on the same association if the requester cannot be called back."""

    def __init__(self, archive: Archive, context: Context, request: Command, commitments: Commitments | None) -> None:
        self._archive = archive
        self._context = context
        self._request = request
        self._commitments = commitments
        self._data = bytearray()
        self.event: tuple[str, tuple[Reference, ...]] | None = None

    def write(self, data: memoryview) -> None:
        """Take a piece of the action information."""
        if len(self._data) <= MAX_REQUEST_BYTES:
            self._data += data

    def finish(self) -> Iterator[Reply]:
        """Take the request in, and yield the response to it."""
        status, comment = statuses.SUCCESS, ""
        if self._request.get("ActionTypeID") != REQUEST_COMMITMENT:
            status = statuses.NO_SUCH_ACTION
        elif self._request.get("RequestedSOPInstanceUID") != COMMITMENT_INSTANCE:
            status = NO_SUCH_INSTANCE
        elif len(self._data) > MAX_REQUEST_BYTES:
            status = statuses.RESOURCE_LIMITATION
        else:
            try:
                self._take_in()
            except IsocenterError as error:
                status, comment = statuses.INVALID_ARGUMENT, error.message
        field = commands.integer(self._request, "CommandField") | commands.RESPONSE
        answer = commands.response(self._request, field, status, comment=comment)
        answer |= {"AffectedSOPClassUID": COMMITMENT, "AffectedSOPInstanceUID": COMMITMENT_INSTANCE}
        yield answer, None

    def _take_in(self) -> None:
        transaction, references = decode_commitment(bytes(self._data), self._context.transfer_syntax)
        title = self._context.calling_ae_title
        if self._commitments is not None and self._commitments.knows(title):
            self._commitments.add(title, transaction, references)
        else:
            self.event = transaction, references

    def event_reply(self) -> Reply | None:
        """Return the result to send now, if it goes back on this association."""
        if self.event is None:
            return None
        transaction, references = self.event
        results = examined(self._archive, references)
        told = encode_commitment(transaction, results, self._context.transfer_syntax)
        return {**event_report(results, 1), "CommandDataSetType": commands.WITH_DATASET}, told

    def abort(self) -> None:
        """There is nothing to forget."""
