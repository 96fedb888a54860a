"""Calling other nodes: verify that they answer, send instances as they are, ask what they have."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from isocenter.core.errors import DataError, IsocenterError, OptionError, ProtocolError
from isocenter.core.progress import OnProgress, report
from isocenter.dicom.dictionary import tags_of
from isocenter.dicom.elements import Buffer
from isocenter.dicom.header import scan_header
from isocenter.dicom.identifier import decode_identifier, encode_identifier
from isocenter.dicom.part10 import dataset_start
from isocenter.dicom.pixels.frames import map_file
from isocenter.dicom.references import Reference
from isocenter.dicom.uids import EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN
from isocenter.protocols.dimse import commands, statuses
from isocenter.protocols.upper_layer.pdus import ProposedContext
from isocenter.server.dimse.negotiation import PATIENT_ROOT_FIND, STUDY_ROOT_FIND, VERIFICATION
from isocenter.server.dimse.peer import Peer as Peer
from isocenter.server.dimse.requestor import ConnectionLostError, Requestor, association

OWN_AE_TITLE = "ISOCENTER"
MAX_CONTEXTS = 128
_MAX_GIVEN_UP = 3  # a peer that loses more connections than that is not asked again
NOT_ACCEPTED = "the peer takes neither its SOP class nor its transfer syntax"
NOT_ANSWERED = "the connection was lost twice before it was answered"
_TAGS = tags_of("SOPClassUID", "SOPInstanceUID")
_ROOTS: Mapping[str, str] = {"patient": PATIENT_ROOT_FIND, "study": STUDY_ROOT_FIND}

Source: TypeAlias = Path | bytes


@dataclass(frozen=True)
class Sent:
    """What became of one file; `problem` is empty if it was stored, `reference` is None if it is no instance."""

    name: str
    problem: str = ""
    reference: Reference | None = None


@dataclass(frozen=True)
class SendReport:
    """What became of every file, in the order they were given."""

    results: tuple[Sent, ...]

    @property
    def is_complete(self) -> bool:
        """Whether every file was stored."""
        return all(not result.problem for result in self.results)

    def sentence(self) -> str:
        """Return the counts, and a line for every file that was not stored."""
        failed = [result for result in self.results if result.problem]
        lines = [f"{len(self.results) - len(failed)} of {len(self.results)} instances sent"]
        return "\n".join(lines + [f"  {result.name}: {result.problem}" for result in failed])


@dataclass(frozen=True)
class _Item:
    """One instance to be sent; `offset` is where its data set begins."""

    number: int
    name: str
    source: Source
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    offset: int

    @property
    def kind(self) -> tuple[str, str]:
        """What its presentation context has to be."""
        return self.sop_class_uid, self.transfer_syntax_uid


def echo(peer: Peer, *, ae_title: str = OWN_AE_TITLE) -> None:
    """Verify that a node answers; raises `ProtocolError` if it does not."""
    contexts = (ProposedContext(1, VERIFICATION, (IMPLICIT_LITTLE_ENDIAN,)),)
    with association(peer, contexts, ae_title=ae_title) as asked:
        if 1 not in asked.accepted:
            raise ProtocolError("The peer does not offer verification.", field="presentation context")
        answer, _ = next(asked.ask(1, {"AffectedSOPClassUID": VERIFICATION, "CommandField": commands.C_ECHO_RQ}))
        status = commands.integer(answer, "Status")
        if status != statuses.SUCCESS:
            raise ProtocolError("The peer refuses verification.", found=statuses.meaning(status))


def send(
    sources: Sequence[Source], peer: Peer, *, ae_title: str = OWN_AE_TITLE, on_progress: OnProgress | None = None
) -> SendReport:
    """Send DICOM files, given as paths or as their bytes, by C-STORE; what is inside goes as it is.

    One that cannot be sent does not stop the others. If the connection is lost, what was not answered is sent again;
    one at which it is lost twice is given up. Raises `ProtocolError` if the peer cannot be reached or refuses the
    association.
    """
    results: dict[int, Sent] = {}
    items = []
    for number, source in enumerate(sources):
        name = source.name if isinstance(source, Path) else f"instance {number + 1}"
        try:
            items.append(_read(number, name, source))
        except IsocenterError as error:
            results[number] = Sent(name, error.message)
        except OSError as error:
            results[number] = Sent(name, error.strerror or type(error).__name__)
    for batch in _batches(items):
        for item, problem in _sent(batch, peer, ae_title):
            results[item.number] = Sent(item.name, problem, Reference(item.sop_class_uid, item.sop_instance_uid))
            report(on_progress, len(results), len(sources), item.name)
    return SendReport(tuple(results[number] for number in range(len(sources))))


def find(
    peer: Peer,
    level: Literal["PATIENT", "STUDY", "SERIES", "IMAGE"],
    filters: Mapping[str, str],
    *,
    returns: Sequence[str] = (),
    root: Literal["patient", "study"] = "study",
    limit: int | None = None,
    ae_title: str = OWN_AE_TITLE,
) -> list[dict[str, str]]:
    """Return what a node has, one mapping of keyword to value each; after `limit` matches the query is cancelled.

    `filters` are matching values by keyword, `returns` further keywords that are asked for.
    Raises `ProtocolError` if the peer cannot be reached or refuses.
    """
    if root not in _ROOTS:
        raise OptionError("There is no such model.", field="root", found=root, expected=", ".join(_ROOTS))
    contexts = (ProposedContext(1, _ROOTS[root], (EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN)),)
    with association(peer, contexts, ae_title=ae_title) as asked:
        if 1 not in asked.accepted:
            raise ProtocolError("The peer does not offer this query.", field="presentation context", found=root)
        keys = {**dict.fromkeys(returns, ""), **filters, "QueryRetrieveLevel": level}
        identifier = encode_identifier(keys, asked.accepted[1])
        return list(_matches(asked, _ROOTS[root], identifier, limit))


def _matches(asked: Requestor, root: str, identifier: bytes, limit: int | None) -> Iterator[dict[str, str]]:
    n_matches = 0
    request: commands.Command = {"AffectedSOPClassUID": root, "CommandField": commands.C_FIND_RQ, "Priority": 0}
    for answer, dataset in asked.ask(1, request, identifier):
        status = commands.integer(answer, "Status")
        if statuses.is_pending(status):
            n_matches += 1
            if limit is None or n_matches <= limit:
                yield decode_identifier(dataset, asked.accepted[1])
            if n_matches == limit:
                asked.cancel(1)
        elif status in (statuses.SUCCESS, statuses.CANCEL):
            return
        else:
            raise ProtocolError("The peer refuses the query.", field="Status", found=statuses.meaning(status))


def _sent(batch: list[_Item], peer: Peer, ae_title: str) -> Iterator[tuple[_Item, str]]:
    """Yield every item with its problem.

    After a lost connection the rest is tried again; what loses it twice is given up, so that it does not stop others.
    """
    kinds = sorted({item.kind for item in batch})
    ids = {kind: 2 * number + 1 for number, kind in enumerate(kinds)}
    contexts = tuple(ProposedContext(ids[kind], kind[0], (kind[1],)) for kind in kinds)
    remaining = deque(batch)
    lost_at: _Item | None = None
    n_given_up = 0
    while remaining and n_given_up < _MAX_GIVEN_UP:
        try:
            with association(peer, contexts, ae_title=ae_title) as asked:
                while remaining:
                    problem = _send_one(asked, ids[remaining[0].kind], remaining[0])
                    yield remaining.popleft(), problem
        except ConnectionLostError:
            if remaining and remaining[0] is lost_at:
                yield remaining.popleft(), NOT_ANSWERED
                n_given_up += 1
                lost_at = None
            elif remaining:
                lost_at = remaining[0]
        except ProtocolError:
            if len(remaining) == len(batch):
                raise
            break  # it was there once and is not any more
    for item in remaining:
        yield item, NOT_ANSWERED


def _send_one(asked: Requestor, context_id: int, item: _Item) -> str:
    if context_id not in asked.accepted:
        return NOT_ACCEPTED
    command: commands.Command = {
        "AffectedSOPClassUID": item.sop_class_uid,
        "CommandField": commands.C_STORE_RQ,
        "Priority": 0,
        "AffectedSOPInstanceUID": item.sop_instance_uid,
    }
    dataset = memoryview(_buffer(item.source))[item.offset :]
    answer, _ = next(asked.ask(context_id, command, dataset))
    status = commands.integer(answer, "Status")
    if statuses.is_stored(status):
        return ""
    comment = commands.text(answer, "ErrorComment").strip()
    return statuses.meaning(status) + (f" ({comment})" if comment else "")


def _buffer(source: Source) -> Buffer:
    return map_file(source) if isinstance(source, Path) else source


def _read(number: int, name: str, source: Source) -> _Item:
    buffer = _buffer(source)
    header = scan_header(buffer, _TAGS, file=name)
    class_uid, instance_uid = (header.text(tag) for tag in sorted(_TAGS))
    if not class_uid or not instance_uid:
        raise DataError("The file does not say what it is.", field="SOPClassUID, SOPInstanceUID", found="nothing")
    return _Item(number, name, source, class_uid, instance_uid, header.transfer_syntax_uid, dataset_start(buffer))


def _batches(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    """Yield items in groups that need no more presentation contexts than an association can have."""
    batch: list[_Item] = []
    kinds: set[tuple[str, str]] = set()
    for item in items:
        if item.kind not in kinds and len(kinds) == MAX_CONTEXTS:
            yield batch
            batch, kinds = [], set()
        kinds.add(item.kind)
        batch.append(item)
    if batch:
        yield batch
