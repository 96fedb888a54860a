"""isocenter get: fetch instances from another DICOM node."""

from __future__ import annotations

import argparse
from pathlib import Path

from isocenter.cli.command import Command
from isocenter.cli.keys import add_keys, level_of, read_keys, root_of
from isocenter.cli.secure import add_tls, with_tls
from isocenter.core.progress import progress_bar
from isocenter.server.dimse.scu_retrieve import get


def _configure(parser: argparse.ArgumentParser) -> None:
    add_keys(parser)
    parser.add_argument(
        "-o", "--output", type=Path, default=Path(), metavar="FOLDER", help="where files go (default: here)"
    )
    parser.add_argument(
        "--sop-class", action="append", default=[], metavar="UID", help="what may come; repeat for more"
    )
    add_tls(parser)
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress bar")


def _run(options: argparse.Namespace) -> int:
    keys = read_keys(options.keys)
    level = level_of(keys, options.level, "STUDY")
    root = root_of(options, level)
    peer = with_tls(options.peer, options)
    with progress_bar(f"get from {peer}", enabled=not options.quiet) as on_progress:
        result = get(
            peer, level, keys, options.output, root=root, sop_class_uids=options.sop_class, on_progress=on_progress
        )
    print(result.sentence())
    return 0 if result.is_complete else 1


COMMAND = Command(
    name="get",
    summary="fetch instances from another DICOM node",
    description="Fetch a patient, studies, series or instances by C-GET, on the association that asks.",
    examples="  isocenter get PACS@10.0.0.5:104 StudyInstanceUID=1.2.3 -o images/\n"
    "  isocenter get PACS@10.0.0.5:104 PatientID=P1 -o images/",
    configure=_configure,
    run=_run,
)
