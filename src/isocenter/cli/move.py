"""isocenter move: have another DICOM node send instances to a third."""

from __future__ import annotations

import argparse

from isocenter.cli.command import Command
from isocenter.cli.keys import add_keys, level_of, read_keys, root_of
from isocenter.cli.secure import add_tls, with_tls
from isocenter.core.progress import progress_bar
from isocenter.server.dimse.scu_retrieve import move


def _configure(parser: argparse.ArgumentParser) -> None:
    add_keys(parser)
    parser.add_argument("--to", required=True, metavar="AET", help="the receiver, as the node that is asked knows it")
    add_tls(parser)
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress bar")


def _run(options: argparse.Namespace) -> int:
    keys = read_keys(options.keys)
    level = level_of(keys, options.level, "STUDY")
    root = root_of(options, level)
    peer = with_tls(options.peer, options)
    with progress_bar(f"move from {peer} to {options.to}", enabled=not options.quiet) as on_progress:
        result = move(peer, level, keys, options.to, root=root, on_progress=on_progress)
    print(result.sentence())
    return 0 if result.is_complete else 1


COMMAND = Command(
    name="move",
    summary="have another DICOM node send instances to a third",
    description="Ask a node by C-MOVE to send what is wanted to a receiver that it knows by AE title.",
    examples="  isocenter move PACS@10.0.0.5:104 StudyInstanceUID=1.2.3 --to ISOCENTER",
    configure=_configure,
    run=_run,
)
