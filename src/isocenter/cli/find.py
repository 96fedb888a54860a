"""isocenter find: ask another DICOM node what it has."""

from __future__ import annotations

import argparse
import json

from isocenter.cli.command import Command
from isocenter.cli.keys import add_keys, level_of, read_keys, root_of
from isocenter.cli.secure import add_tls, with_tls
from isocenter.server.dimse.scu import find

_SHOWN = {
    "PATIENT": ("PatientID", "PatientName", "PatientBirthDate", "PatientSex"),
    "STUDY": ("PatientID", "PatientName", "StudyDate", "ModalitiesInStudy", "StudyDescription", "StudyInstanceUID"),
    "SERIES": ("Modality", "SeriesNumber", "SeriesDescription", "NumberOfSeriesRelatedInstances", "SeriesInstanceUID"),
    "IMAGE": ("InstanceNumber", "SOPClassUID", "SOPInstanceUID"),
}


def _configure(parser: argparse.ArgumentParser) -> None:
    add_keys(parser)
    parser.add_argument("--limit", type=int, metavar="N", help="stop after so many matches")
    parser.add_argument("--json", action="store_true", help="print JSON instead of columns")
    add_tls(parser)


def _run(options: argparse.Namespace) -> int:
    keys = read_keys(options.keys)
    level = level_of({}, options.level, "STUDY")
    root = root_of(options, level)
    shown = _SHOWN[level]
    found = find(with_tls(options.peer, options), level, keys, returns=shown, root=root, limit=options.limit)
    if options.json:
        print(json.dumps(found, indent=2, ensure_ascii=False))
        return 0
    for row in found:
        print("  ".join(row.get(keyword, "") or "-" for keyword in shown))
    print(f"{len(found)} matches.")
    return 0


COMMAND = Command(
    name="find",
    summary="ask another DICOM node what it has",
    description="Ask by C-FIND; wildcards * and ?, ranges a-b, lists with a backslash.",
    examples="  isocenter find PACS@10.0.0.5:104 PatientID=P1\n"
    "  isocenter find PACS@10.0.0.5:104 'PatientName=doe*' StudyDate=20240101-\n"
    "  isocenter find PACS@10.0.0.5:104 StudyInstanceUID=1.2.3 --level SERIES --json",
    configure=_configure,
    run=_run,
)
