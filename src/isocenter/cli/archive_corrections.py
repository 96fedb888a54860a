"""isocenter archive correct, corrections and undo: put patients and studies right while nobody is serving them."""

from __future__ import annotations

import argparse
import getpass
from collections.abc import Iterator
from contextlib import contextmanager

from isocenter.archive.archive import Archive
from isocenter.archive.corrections import CORRECTABLE
from isocenter.core.errors import NotFoundError, OptionError

MATCHED = {"patient": "PatientID", "study": "StudyInstanceUID", "series": "SeriesInstanceUID"} | {
    "instance": "SOPInstanceUID"
}


def add_tasks(tasks: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the tasks to ``isocenter archive``."""
    correct = tasks.add_parser("correct", help="give patients, studies or series other values; originals stay")
    for name, keyword in MATCHED.items():
        correct.add_argument(f"--{name}", action="append", metavar="VALUE", help=f"what is meant, by {keyword}")
    correct.add_argument("--into", metavar="STUDY", help="move it into this study, with its patient")
    correct.add_argument("--reason", required=True)
    correct.add_argument("values", nargs="*", metavar="KEYWORD=VALUE", help="one of " + ", ".join(sorted(CORRECTABLE)))
    correct.set_defaults(task=_correct)
    tasks.add_parser("corrections", help="list who corrected what and why").set_defaults(task=_list)
    undo = tasks.add_parser("undo", help="take a correction back")
    undo.add_argument("sequence", type=int, metavar="NUMBER")
    undo.add_argument("--reason", required=True)
    undo.set_defaults(task=_undo)


@contextmanager
def opened(options: argparse.Namespace) -> Iterator[Archive]:
    """Open the archive of the department that is meant, which nobody else has open meanwhile."""
    if not (options.data / "archive").is_dir():
        raise NotFoundError("There is no archive here.", file=str(options.data), expected="the folder of a department")
    archive = Archive.open(options.data / "archive")
    try:
        yield archive
    finally:
        archive.close()


def _correct(options: argparse.Namespace) -> int:
    match = {keyword: getattr(options, name) for name, keyword in MATCHED.items() if getattr(options, name)}
    if options.into and options.values:
        raise OptionError("Either values are set, or it is moved.", field="--into", expected="no KEYWORD=VALUE with it")
    pairs = [text.partition("=") for text in options.values]
    values = {keyword: value for keyword, _, value in pairs}
    if not all(sign for _, sign, _ in pairs):
        raise OptionError("This is no correction.", field="KEYWORD=VALUE", expected="for example PatientID=4711")
    with opened(options) as archive:
        if options.into:
            change = archive.corrections.merge(getpass.getuser(), match, options.into, reason=options.reason)
        else:
            change = archive.corrections.correct(getpass.getuser(), match, values, reason=options.reason)
    print(f"Correction {change.sequence} is in force. Take it back: isocenter archive undo {change.sequence}")
    return 0


def _list(options: argparse.Namespace) -> int:
    with opened(options) as archive:
        history = archive.corrections.history
        active = {each.sequence for each in archive.corrections.in_force}
    for change in history:
        what = f"undoes {change.arguments['sequence']}" if "sequence" in change.arguments else ""
        what = what or "sets " + ", ".join(change.arguments["set"])
        state = "in force" if change.sequence in active else "-"
        print(f"{change.sequence}  {change.at}  {change.who}  {what}  {state}  {change.arguments['reason']}")
    print(f"{len(active)} corrections are in force.")
    return 0


def _undo(options: argparse.Namespace) -> int:
    with opened(options) as archive:
        archive.corrections.undo(getpass.getuser(), options.sequence, reason=options.reason)
    print(f"Correction {options.sequence} is taken back.")
    return 0
