"""What associations did, for the audit trail: counts and titles, nothing about the patient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class DimseEvent:
    """What one association did.

    `action` is store, query, retrieve, request-commitment, create-step, update-step, read-step, availability,
    reject-association or abort-association.
    """

    action: str
    calling_ae_title: str
    address: str
    count: int = 1
    failed: int = 0
    study_uids: tuple[str, ...] = ()


OnEvent = Callable[[DimseEvent], None]
