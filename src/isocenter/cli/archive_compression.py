"""isocenter archive compression and compress: what is kept in a smaller form that loses nothing."""

from __future__ import annotations

import argparse
from pathlib import Path

from isocenter.archive.compressor import Compressed
from isocenter.cli.archive_corrections import opened
from isocenter.core.errors import OptionError
from isocenter.core.progress import progress_bar, report
from isocenter.dicom.transfer_syntaxes import TRANSFER_SYNTAXES


def add_tasks(tasks: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the tasks to ``isocenter archive``."""
    rules = tasks.add_parser("compression", help="set or show what is kept in a smaller form, losing nothing")
    rules.add_argument("rules", type=Path, nargs="?", metavar="RULES.toml")
    rules.set_defaults(task=_rules)
    compress = tasks.add_parser("compress", help="apply these rules to what is there now (a department does so itself)")
    compress.set_defaults(task=_compress)


def _rules(options: argparse.Namespace) -> int:
    with opened(options) as archive:
        if options.rules is not None:
            try:
                text = options.rules.read_bytes()
            except OSError as error:
                raise OptionError("The rules cannot be read.", file=str(options.rules), found=error.strerror) from None
            archive.compressor.set_rules(text, options.rules.name)
        rules = archive.compressor.rules
    for rule in rules:
        what = ", ".join(sorted(rule.modalities | rule.sop_class_uids)) or "everything"
        syntax = TRANSFER_SYNTAXES[rule.transfer_syntax_uid]
        print(f"{rule.name}: {what} of at least {rule.min_bytes} bytes as {syntax}")
    if not rules:
        print("There are no rules: everything stays as it came.")
    return 0


def _compress(options: argparse.Namespace) -> int:
    done = Compressed()
    with opened(options) as archive, progress_bar("compress", enabled=not options.quiet) as on_progress:
        n_instances = archive.n_instances
        while (step := archive.compressor.step(20)).n_examined:
            done += step
            report(on_progress, done.n_examined, n_instances, "instances")
    print(done.sentence())
    return 0
