"""isocenter worklist: ask another DICOM node what is to be done."""

from __future__ import annotations

import argparse
import json

from isocenter.cli.command import Command
from isocenter.cli.keys import read_keys
from isocenter.cli.secure import add_tls, with_tls
from isocenter.dicom.dictionary import tag_of
from isocenter.dicom.json_reader import JsonDataset
from isocenter.protocols.dimse.performed_step import items, value
from isocenter.server.dimse.peer import Peer
from isocenter.server.dimse.scu import OWN_AE_TITLE
from isocenter.server.dimse.scu_worklist import worklist

_STEP = tag_of("ScheduledProcedureStepSequence")
_SHOWN_OF_STEP = (
    "ScheduledProcedureStepStartDate",
    "ScheduledProcedureStepStartTime",
    "ScheduledStationAETitle",
    "Modality",
)
_SHOWN = ("AccessionNumber", "PatientID", "PatientName", "RequestedProcedureDescription")


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("peer", type=Peer.parse, metavar="AET@HOST:PORT", help="whom to ask")
    parser.add_argument("keys", nargs="*", metavar="KEYWORD=VALUE", help="what is wanted, by DICOM keyword or tag")
    parser.add_argument("--limit", type=int, metavar="N", help="stop after so many items")
    parser.add_argument("--ae-title", default=OWN_AE_TITLE, metavar="AET", help="who asks (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print DICOM JSON instead of columns")
    add_tls(parser)


def _run(options: argparse.Namespace) -> int:
    peer = with_tls(options.peer, options)
    found = worklist(peer, read_keys(options.keys), limit=options.limit, ae_title=options.ae_title)
    if options.json:
        print(json.dumps(found, indent=2, ensure_ascii=False))
        return 0
    for item in found:
        step: JsonDataset = next(iter(items(item, _STEP)), {})
        shown = [_text(step, name) for name in _SHOWN_OF_STEP] + [_text(item, name) for name in _SHOWN]
        print("  ".join(text or "-" for text in shown))
    print(f"{len(found)} items.")
    return 0


def _text(dataset: JsonDataset, name: str) -> str:
    found = value(dataset, tag_of(name))
    return "=".join(found.values()) if isinstance(found, dict) else str(found or "")


COMMAND = Command(
    name="worklist",
    summary="ask another DICOM node what is to be done",
    description="Ask for the modality worklist by C-FIND; wildcards * and ?, ranges of dates and times a-b.",
    examples="  isocenter worklist RIS@10.0.0.5:104\n"
    "  isocenter worklist RIS@10.0.0.5:104 Modality=CT ScheduledProcedureStepStartDate=20240101\n"
    "  isocenter worklist RIS@10.0.0.5:104 ScheduledStationAETitle=CT1 'PatientName=doe*' --json",
    configure=_configure,
    run=_run,
)
