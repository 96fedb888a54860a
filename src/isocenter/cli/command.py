"""What a command is, and how its mistakes reach a person and a shell.

Exit codes follow sysexits.h where it has one: 0 done, 1 measured and found wanting, 2 wrong usage, 65 bad data,
66 no such input, 69 a peer is not there, 74 the disk failed, 76 a peer broke the protocol, 130 stopped by hand.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from isocenter.core import errors

EXIT_CODES: Mapping[type[errors.IsocenterError], int] = {
    errors.OptionError: 2,
    errors.MissingExtraError: 2,
    errors.FileFormatError: 65,
    errors.DataError: 65,
    errors.GeometryError: 65,
    errors.ShapeError: 65,
    errors.UnitError: 65,
    errors.NotFoundError: 66,
    errors.StorageFullError: 74,
    errors.ProtocolError: 76,
}


@dataclass(frozen=True)
class Command:
    """One word after ``isocenter``: its help, its options and what it does; `run` returns the exit code."""

    name: str
    summary: str
    description: str
    examples: str
    configure: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


def exit_code(error: errors.IsocenterError) -> int:
    """Return the exit code of an error; 70 (internal) for one that is not in the table."""
    return next((EXIT_CODES[kind] for kind in type(error).__mro__ if kind in EXIT_CODES), 70)


def explain(error: errors.IsocenterError) -> str:
    """Return an error as the lines a person reads in a terminal."""
    parts = error.as_dict()
    lines = [f"isocenter: {parts.pop('message')}"]
    return "\n".join(lines + [f"  {name + ':':<10}{value}" for name, value in parts.items()])
