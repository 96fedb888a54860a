"""The command ``isocenter``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version

from isocenter.cli.command import Command, exit_code, explain
from isocenter.core.errors import IsocenterError

_COMMANDS = (
    "serve",
    "reconstruct",
    "mri",
    "simulate",
    "capture",
    "live",
    "wound",
    "chamber",
    "strain",
    "echo",
    "verify",
    "send",
    "find",
    "get",
    "move",
    "route",
    "worklist",
    "archive",
    "conformance",
    "info",
    "warmup",
)
_DESCRIPTION = """\
An imaging department in one package: from raw signal to signed report.

Try:
  isocenter serve                               start the department and open it in a browser
  isocenter simulate ct -o scan.h5              scan a body with a virtual CT
  isocenter reconstruct scan.h5 -o images/      make DICOM images of raw data
  isocenter verify                              measure that all this can be believed
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    parser = _parser(words)
    options = parser.parse_args(words)
    try:
        code: int = options.run(options)
    except IsocenterError as error:
        print(explain(error), file=sys.stderr)
        return exit_code(error)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    return code


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("isocenter", description=_DESCRIPTION, formatter_class=form)
    parser.add_argument("--version", action="version", version=f"isocenter {version('isocenter')}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    # Only the command that is asked for is imported with all it needs; the others lend their help.
    asked = next((word for word in words if word in _COMMANDS), None)
    for name in _COMMANDS if asked is None else (asked,):
        command: Command = import_module(f"isocenter.cli.{name}").COMMAND
        description = f"{command.description}\n\nExamples:\n{command.examples}"
        child = commands.add_parser(command.name, help=command.summary, description=description, formatter_class=form)
        command.configure(child)
        child.set_defaults(run=command.run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
