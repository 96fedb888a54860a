"""isocenter send: send DICOM files to an archive by C-STORE."""

from __future__ import annotations

import argparse
from pathlib import Path

from isocenter.cli.command import Command
from isocenter.cli.secure import add_tls, with_tls
from isocenter.core.errors import NotFoundError
from isocenter.core.progress import progress_bar
from isocenter.protocols.dimse import statuses
from isocenter.server.dimse.scu import OWN_AE_TITLE, Peer, SendReport, echo, send
from isocenter.server.dimse.scu_commitment import request_commitment


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("peer", type=Peer.parse, metavar="AET@HOST:PORT", help="who receives")
    parser.add_argument(
        "paths", type=Path, nargs="*", metavar="PATH", help="DICOM files or folders; none: only ask whether it answers"
    )
    parser.add_argument(
        "--commit", action="store_true", help="then ask whether all of it is safe there (storage commitment)"
    )
    add_tls(parser)
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress bar")


def _run(options: argparse.Namespace) -> int:
    peer = with_tls(options.peer, options)
    if not options.paths:
        echo(peer)
        print(f"{peer} answers.")
        return 0
    with progress_bar(f"send to {peer}", enabled=not options.quiet) as on_progress:
        result = send(_files(options.paths), peer, on_progress=on_progress)
    print(result.sentence())
    is_safe = not options.commit or _is_committed(peer, result)
    return 0 if result.is_complete and is_safe else 1


def _is_committed(peer: Peer, result: SendReport) -> bool:
    """Ask whether what was sent is safe there, and say so."""
    sent = [each.reference for each in result.results if each.reference is not None and not each.problem]
    if not sent:
        return False
    told = request_commitment(peer, sent, ae_title=OWN_AE_TITLE)
    if told is None:
        print("The node took the request for commitment, but did not report on the same association.")
        return False
    failed = [each for each in told if each.failure_reason]
    print(f"{len(told) - len(failed)} of {len(told)} instances are safe there")
    for each in failed:
        print(f"  {each.sop_instance_uid}: {statuses.meaning(each.failure_reason)}")
    return not failed


def _files(paths: list[Path]) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        if not path.exists():
            raise NotFoundError("There is no such file or folder.", file=path)
        files += sorted(item for item in path.rglob("*") if item.is_file()) if path.is_dir() else [path]
    return files


COMMAND = Command(
    name="send",
    summary="send DICOM files to an archive, or ask whether it answers",
    description="Send files as they are, by C-STORE; folders are searched.\n"
    "Files that are not DICOM are reported, the rest is sent.",
    examples="  isocenter send ISOCENTER@127.0.0.1:11112\n  isocenter send ISOCENTER@127.0.0.1:11112 images/\n"
    "  isocenter send PACS@10.0.0.5:104 images/ --commit",
    configure=_configure,
    run=_run,
)
