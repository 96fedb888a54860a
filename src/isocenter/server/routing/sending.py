"""Sends a batch of queued instances over one association, each in the form that its job asks for.

Source: DICOM PS3.4 annex B (storage service class).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from isocenter.archive.archive import Archive, Instance
from isocenter.core.errors import IsocenterError, ProtocolError
from isocenter.dicom.header import scan_header
from isocenter.dicom.part10 import dataset_start
from isocenter.dicom.transcoding import transcode
from isocenter.dicom.uids import EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN
from isocenter.protocols.dimse import commands, statuses
from isocenter.protocols.upper_layer.pdus import ProposedContext
from isocenter.server.dimse.peer import Peer
from isocenter.server.dimse.requestor import Requestor, association
from isocenter.server.dimse.scu import MAX_CONTEXTS, NOT_ACCEPTED
from isocenter.server.dimse.suboperations import store_request
from isocenter.server.routing.queue import Job

log = logging.getLogger(__name__)

LOST = "The association was lost while it was sent."
_NATIVE = (EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN)


@dataclass(frozen=True)
class Outcome:
    """What became of a job: sent, or refused for ever or for now, with the reason."""

    job: Job
    kind: Literal["sent", "refused", "postponed"]
    reason: str = ""


@dataclass(frozen=True)
class _Item:
    """A job with its instance."""

    job: Job
    instance: Instance

    @property
    def syntaxes(self) -> tuple[str, ...]:
        """The transfer syntaxes that are tried, in order."""
        stored = self.instance.transfer_syntax_uid
        return tuple(dict.fromkeys((self.job.transfer_syntax_uid or stored, stored, *_NATIVE)))


def instance_of(archive: Archive, instance_uid: str) -> Instance:
    """Return an instance, whichever study corrections have put it in; raises `NotFoundError`."""
    arrival = archive.arrivals.named(instance_uid)
    study, series = (arrival.study_uid, arrival.series_uid) if arrival is not None else ("", "")
    return archive.instances(study, series, instance_uid)[0]


def send_batch(
    archive: Archive, peer: Peer, jobs: Sequence[Job], *, ae_title: str, is_cancelled: Callable[[], bool]
) -> Iterator[Outcome]:
    """Send what jobs name and yield what became of each; those for which one association is too narrow are left out.

    Raises `ProtocolError` if the destination cannot be reached, refuses the association or goes away.
    """
    items: list[_Item] = []
    for job in jobs:
        try:
            items.append(_Item(job, instance_of(archive, job.instance_uid)))
        except IsocenterError as error:
            yield Outcome(job, "refused", error.message)
    items, proposed = _together(items)
    if not items:
        return
    with association(peer, proposed, ae_title=ae_title) as asked:
        agreed = _agreed(asked, proposed)
        for item in items:
            if is_cancelled():
                return
            try:
                outcome = _send_one(archive, asked, agreed.get(item.instance.sop_class_uid, {}), item)
            except (OSError, ProtocolError):
                # It may be this instance that the peer does not stand: the others go first when it is there again.
                yield Outcome(item.job, "postponed", LOST)
                raise
            yield outcome


def _send_one(archive: Archive, asked: Requestor, by_syntax: Mapping[str, int], item: _Item) -> Outcome:
    try:
        prepared = _prepared(archive, item, by_syntax)
    except IsocenterError as error:  # our bytes are gone or damaged: sending again cannot help
        return Outcome(item.job, "refused", error.message)
    if prepared is None:
        return Outcome(item.job, "refused", NOT_ACCEPTED)
    context_id, dataset = prepared
    answer, _ = next(asked.ask(context_id, store_request(item.instance), dataset))
    status = commands.integer(answer, "Status")
    if statuses.is_stored(status):
        return Outcome(item.job, "sent")
    return Outcome(item.job, "postponed" if statuses.is_transient(status) else "refused", statuses.meaning(status))


def _prepared(archive: Archive, item: _Item, by_syntax: Mapping[str, int]) -> tuple[int, bytes | memoryview] | None:
    """Return context and data set in the first form that both sides can do; None if there is none."""
    # Looked for again: it may be kept elsewhere by now, in a smaller form.
    outgoing = archive.outgoing(instance_of(archive, item.job.instance_uid))
    for syntax in item.syntaxes:
        if syntax not in by_syntax:
            continue
        if syntax == outgoing.transfer_syntax_uid:
            whole = outgoing.dataset[0] if len(outgoing.dataset) == 1 else b"".join(outgoing.dataset)
            return by_syntax[syntax], whole
        try:
            changed = memoryview(transcode(b"".join(outgoing.parts), syntax))
        except IsocenterError as error:  # the next form may do
            log.warning("instance %s cannot be sent as %s: %s", item.job.instance_uid, syntax, error.message)
            continue
        actual = scan_header(changed, frozenset()).transfer_syntax_uid  # without pixels nothing is compressed
        if actual in by_syntax:
            return by_syntax[actual], changed[dataset_start(changed) :]
    return None


def _together(items: Sequence[_Item]) -> tuple[list[_Item], tuple[ProposedContext, ...]]:
    """Return the items that one association has contexts for, and those contexts.

    For every SOP class each compressed syntax has a context of its own, and those without compression share one.
    """
    wanted: dict[tuple[str, tuple[str, ...]], int] = {}
    fitting = []
    for item in items:
        name = item.instance.sop_class_uid
        forms = [(syntax,) for syntax in item.syntaxes if syntax not in _NATIVE]
        if item.syntaxes[0] in _NATIVE:
            forms.append((item.syntaxes[0],))
        kinds = [(name, form) for form in (*forms, _NATIVE)]
        if len({*wanted, *kinds}) > MAX_CONTEXTS:
            continue
        for kind in kinds:
            wanted.setdefault(kind, 2 * len(wanted) + 1)
        fitting.append(item)
    return fitting, tuple(ProposedContext(number, name, syntaxes) for (name, syntaxes), number in wanted.items())


def _agreed(asked: Requestor, proposed: Sequence[ProposedContext]) -> dict[str, dict[str, int]]:
    """Return for every SOP class the context by transfer syntax."""
    agreed: dict[str, dict[str, int]] = {}
    for context in proposed:
        if context.context_id in asked.accepted:
            by_syntax = agreed.setdefault(context.abstract_syntax, {})
            by_syntax.setdefault(asked.accepted[context.context_id], context.context_id)
    return agreed
