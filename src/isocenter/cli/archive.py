"""isocenter archive: check, back up, restore and repair what a department keeps."""

from __future__ import annotations

import argparse
from pathlib import Path

from isocenter.archive.archive import Archive
from isocenter.archive.backup import back_up, restore
from isocenter.archive.conflicts import conflicts_in
from isocenter.archive.fixity_record import FixityRecord
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
    check.add_argument("--go-on", action="store_true", help="go on where a check that was stopped had come to")
    check.set_defaults(task=_check)
    findings = tasks.add_parser("findings", help="list what checks have found; exit code 1 if there is anything")
    findings.set_defaults(task=_findings)
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
        report = FixityRecord(options.data / "archive").sweep(
            goes_on=options.go_on, max_mb_per_s=options.max_mb_per_s, on_progress=on_progress
        )
    if report is None:  # nobody stops it here but Ctrl-C
        return 1
    for finding in report.findings:
        print(finding.sentence())
    print(report.sentence())
    return 1 if report.findings else 0


def _findings(options: argparse.Namespace) -> int:
    record = FixityRecord(options.data / "archive")
    kept, progress = record.findings, record.progress
    for each in kept:
        print(f"{each.finding.sentence()}, found {each.found_at}, last seen {each.seen_at}")
    if progress is None:
        print("Nothing has been checked yet: isocenter archive check, or leave it to a department that is serving.")
    elif progress.ended_at:
        print(f"{len(kept)} findings; {progress.n_objects} objects were checked, the last at {progress.ended_at}.")
    else:
        print(f"{len(kept)} findings; {progress.n_objects} objects are checked since {progress.begun_at}, it goes on.")
    if kept:
        print("Restore what is damaged or missing from a backup, then check again.")
    return 1 if kept else 0


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
    listed = conflicts_in(options.data / "archive")
    for conflict in listed:
        print(conflict.sentence())
    print(f"{len(listed)} conflicts." + (" Let one be seen instead: isocenter archive accept SHA256" if listed else ""))
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
