"""The DICOM conformance statement, made from the tables that the code itself works by, so that it cannot say otherwise.

Source: DICOM PS3.2 annex N (conformance statement template).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.metadata import version

from isocenter.archive.attributes import ATTRIBUTES, LEVELS, UNIQUE_KEYS
from isocenter.dicom.pixels.decode import DECODERS
from isocenter.dicom.transcoding import can_encode, is_lossless
from isocenter.dicom.transfer_syntaxes import TRANSFER_SYNTAXES
from isocenter.dicom.uid_names import name_of, storage_classes
from isocenter.dicom.uids import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from isocenter.protocols.dimse.extended_negotiation import OFFERED, OPTIONS
from isocenter.protocols.dimse.statuses import MEANINGS
from isocenter.protocols.upper_layer.pdus import APPLICATION_CONTEXT
from isocenter.server.dicomweb import resources_offered
from isocenter.server.dimse import listener, negotiation, tls
from isocenter.server.dimse.connection import MAX_PDU_BYTES

_SERVICE_NAMES = {
    "echo": ("Verification", "Yes", "Yes"),
    "find": ("Query/Retrieve, C-FIND", "Yes", "Yes"),
    "move": ("Query/Retrieve, C-MOVE", "Yes", "Yes"),
    "get": ("Query/Retrieve, C-GET", "Yes", "Yes"),
    "commit": ("Storage Commitment Push Model", "Yes", "Yes"),
    "worklist": ("Modality Worklist, C-FIND", "Yes", "Where a source of worklist items is given"),
    "step": ("Modality Performed Procedure Step, N-CREATE and N-SET", "Yes", "Yes"),
    "step-get": ("Modality Performed Procedure Step, N-GET", "Yes", "Yes"),
    "availability": ("Instance Availability Notification", "Yes, to nodes that are named", "Yes"),
}
_EXTENDED_OF = {"find": "C-FIND", "move": "C-MOVE", "get": "C-GET", "worklist": "the worklist", "store": "storage"}
_MATCHING = {
    "text": "single value, wildcard, list",
    "texts": "single value, wildcard, in the items of its sequence",
    "name": "single value and wildcard without regard to case and accents, one group or all; fuzzy",
    "range": "single value, range",
    "uid": "list of UIDs",
    "number": "single value",
    "count": "returned, not matched",
    "modalities": "any value of the list, wildcard",
}


def conformance_statement() -> str:
    """Return the statement as Markdown."""
    parts = (
        _overview(),
        _services(),
        _association(),
        _transfer_syntaxes(),
        _query_keys(),
        _statuses(),
        _dicomweb(),
        _security(),
        _storage_classes(),
    )
    return "\n\n".join(parts) + "\n"


def _overview() -> str:
    return f"""# DICOM conformance statement

Isocenter {version("isocenter")}. Implementation Class UID `{IMPLEMENTATION_CLASS_UID}`,
Implementation Version Name `{IMPLEMENTATION_VERSION_NAME}`.

This statement is printed by `isocenter conformance`, from the tables by which the program works. Its form is that of
PS3.2 annex N."""


def _services() -> str:
    rows = [
        (*_SERVICE_NAMES[service], name_of(uid), f"`{uid}`") for uid, service in sorted(negotiation.SERVICES.items())
    ]
    rows.append(("Storage", "Yes", "Yes", "every class below, and any private one", ""))
    return "## Services\n\n" + _table(("service", "SCU", "SCP", "SOP class", "UID"), rows)


def _association() -> str:
    return "## Associations\n\n" + _table(
        ("what", "value"),
        (
            ("application context", f"`{APPLICATION_CONTEXT}`"),
            ("largest PDU that is received", f"{MAX_PDU_BYTES} bytes"),
            ("simultaneous associations", f"{listener.MAX_ASSOCIATIONS}; further ones are rejected transiently"),
            (
                "simultaneous associations of one AE title at one address",
                f"{listener.MAX_ASSOCIATIONS_OF_ONE}; further ones are rejected transiently",
            ),
            ("asynchronous operations", "one at a time"),
            ("role selection", "storage (for C-GET) and storage commitment"),
            *((f"extended negotiation of {what}", _extended(service)) for service, what in _EXTENDED_OF.items()),
            ("time to ask for an association", f"{listener.REQUEST_TIMEOUT_S:g} s"),
            ("silence before an association is aborted", f"{listener.IDLE_TIMEOUT_S:g} s"),
            ("called AE title", "must be the own one"),
            ("calling AE title", "any on loopback; beyond it one of a list, if wanted with its address"),
        ),
    )


def _extended(service: str) -> str:
    """Return the options of a service that are agreed to, of all that can be proposed."""
    return ", ".join(name for name, byte in zip(OPTIONS[service], OFFERED[service], strict=True) if byte) or "none"


def _transfer_syntaxes() -> str:
    rows = []
    for uid, name in TRANSFER_SYNTAXES.items():
        loss = ("lossless" if is_lossless(uid) else "lossy, only when asked for") if can_encode(uid) else "No"
        rows.append((name, f"`{uid}`", "Yes", "Yes" if uid in DECODERS else "No", loss))
    head = ("transfer syntax", "UID", "stored and returned", "decoded", "encoded")
    text = (
        "Storage accepts the first transfer syntax proposed, whatever it is, and keeps the bytes. "
        "The other services take implicit and explicit little endian."
    )
    return f"## Transfer syntaxes\n\n{text}\n\n" + _table(head, rows)


def _query_keys() -> str:
    parts = ["## Query keys\n\nThe same attributes are matched by C-FIND and QIDO-RS."]
    for level in LEVELS:
        rows = [
            (
                each.keyword,
                "unique" if each.keyword == UNIQUE_KEYS[level] else "optional",
                _MATCHING.get(each.matching, each.matching),
            )
            for each in ATTRIBUTES.values()
            if each.level == level
        ]
        parts.append(f"### Level {level}\n\n" + _table(("attribute", "key", "matching"), rows))
    return "\n\n".join(parts)


def _statuses() -> str:
    rows = [(f"{status:04X}", meaning) for status, meaning in sorted(MEANINGS.items())]
    return "## Status codes\n\n" + _table(("status", "meaning"), rows)


def _dicomweb() -> str:
    rows = [(f"`{path}`", ", ".join(methods), summary) for path, methods, summary in resources_offered()]
    return "## DICOMweb\n\nBelow `/dicom-web`; WADO-URI at `/wado`.\n\n" + _table(("resource", "methods", "what"), rows)


def _security() -> str:
    suites = ", ".join(tls.CIPHERS.split(":"))
    return (
        "## Security\n\nDICOM over TLS follows the BCP 195 profiles of PS3.15 annex B: TLS 1.2 and 1.3, "
        f"for TLS 1.2 with {suites}. Callers can be asked for a certificate. "
        "DICOMweb asks for an account of the department; "
        "every request that reads or stores is written into the audit trail."
    )


def _storage_classes() -> str:
    rows = [(name, f"`{uid}`") for uid, name in storage_classes() if negotiation.service_of(uid) == "store"]
    return "## Storage SOP classes\n\n" + _table(("SOP class", "UID"), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
