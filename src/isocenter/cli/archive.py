"""isocenter archive: check, back up, restore and repair what a department keeps."""

from __future__ import annotations

import argparse
from pathlib import Path

from isocenter.archive.archive import Archive
from isocenter.archive.backup import back_up, restore
from isocenter.archive.fixity import sweep
from isocenter.cli import archive_compression, archive_corrections, archive_removals
from isocenter.cli.command import Command
from isocenter.core.progress import progress_bar
from isocenter.server.settings import default_data_dir


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=Path, default=default_data_dir(), metavar="FOLDER", help="the department (default: %(default)s)"
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress bar")
    tasks = parser.add_subparsers(title="tasks", metavar="TASK", required=True)
    check = tasks.add_parser("check", help="hash every object and compare; exit code 1 if one is not as received")
    check.add_argument("--max-mb-per-s", type=float, metavar="N", help="read no faster than this")
    check.add_argument("--from-segment", type=int, default=0, metavar="N", help="go on where an earlier check stopped")
    check.set_defaults(task=_check)
    backup = tasks.add_parser("backup", help="copy the department, also while it works; again: only what is new")
    backup.add_argument("target", type=Path, metavar="FOLDER")
    backup.set_defaults(task=_backup)
    restored = tasks.add_parser("restore", help="make a department from a backup, in an empty folder")
    restored.add_argument("backup", type=Path, metavar="FOLDER")
    restored.set_defaults(task=_restore)
    rebuild = tasks.add_parser("rebuild-index", help="make the index anew from the objects (stop serving first)")
    rebuild.set_defaults(task=_rebuild)
    conflicts = tasks.add_parser("conflicts", help="list objects whose SOP Instance UID other bytes had already")
    conflicts.set_defaults(task=_conflicts)
    archive_corrections.add_tasks(tasks)
    archive_removals.add_tasks(tasks)
    archive_compression.add_tasks(tasks)


def _run(options: argparse.Namespace) -> int:
    code: int = options.task(options)
    return code


def _check(options: argparse.Namespace) -> int:
    with progress_bar("check", enabled=not options.quiet) as on_progress:
        report = sweep(
            options.data / "archive",
            first_segment=options.from_segment,
            max_mb_per_s=options.max_mb_per_s,
            on_progress=on_progress,
        )
    for finding in report.findings:
        where = f"segment {finding.place.segment}, byte {finding.place.offset}"
        print(f"{finding.kind}: {finding.sop_instance_uid or finding.sha256} ({where})")
    print(report.sentence())
    return 1 if report.findings else 0


def _backup(options: argparse.Namespace) -> int:
    with progress_bar("back up", enabled=not options.quiet) as on_progress:
        done = back_up(options.data, options.target, on_progress=on_progress)
    print(
        f"{done.n_objects} objects in {options.target}, every one checked; "
        f"{done.n_copied} of {done.n_segments} segments were new ({done.n_bytes_copied / 1e6:.0f} MB)."
    )
    return 0


def _restore(options: argparse.Namespace) -> int:
    with progress_bar("restore", enabled=not options.quiet) as on_progress:
        n_objects = restore(options.backup, options.data, on_progress=on_progress)
    print(f"{n_objects} objects in {options.data}, every one checked.")
    return 0


def _rebuild(options: argparse.Namespace) -> int:
    with progress_bar("rebuild the index", enabled=not options.quiet) as on_progress:
        n_objects = Archive.rebuild_index(options.data / "archive", on_progress=on_progress)
    print(f"{n_objects} objects are indexed.")
    return 0


def _conflicts(options: argparse.Namespace) -> int:
    archive = Archive.open(options.data / "archive")
    try:
        listed = archive.conflicts()
    finally:
        archive.close()
    for uid, sha256 in listed:
        print(f"{uid}  {sha256}")
    print(f"{len(listed)} conflicts.")
    return 0


COMMAND = Command(
    name="archive",
    summary="check, back up, restore and repair what a department keeps",
    description="Look after the objects of a department. Check and backup work while it is serving.",
    examples="  isocenter archive check --max-mb-per-s 50\n  isocenter archive backup /mnt/backup\n"
    "  isocenter archive --data /srv/restored restore /mnt/backup\n  isocenter archive rebuild-index",
    configure=_configure,
    run=_run,
)
