"""What DICOM associations do, written into the audit trail."""

from __future__ import annotations

from isocenter.server.dimse.events import DimseEvent, OnEvent
from isocenter.trust.audit import AuditTrail


def dimse_audit(trail: AuditTrail) -> OnEvent:
    """Return the callback that records the events of a listener."""

    def record(event: DimseEvent) -> None:
        outcome = "success" if not event.failed else f"{event.failed} failed"
        what = f"{event.count} of {' '.join(event.study_uids[:20])}" if event.study_uids else f"{event.count}"
        trail.note(event.calling_ae_title, f"dimse-{event.action}", what, outcome=outcome, origin=event.address)

    return record
