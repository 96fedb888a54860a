"""isocenter conformance: print the DICOM conformance statement."""

from __future__ import annotations

import argparse

from isocenter.cli.command import Command
from isocenter.server.conformance import conformance_statement


def _configure(_: argparse.ArgumentParser) -> None:
    """There is nothing to choose."""


def _run(_: argparse.Namespace) -> int:
    print(conformance_statement(), end="")
    return 0


COMMAND = Command(
    name="conformance",
    summary="print the DICOM conformance statement",
    description="Print what this program offers and how, as DICOM PS3.2 wants it, made from its own tables.",
    examples="  isocenter conformance > conformance.md",
    configure=_configure,
    run=_run,
)
