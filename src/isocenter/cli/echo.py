"""isocenter echo: the values of an echocardiogram to a structured report, with what follows from them."""

from __future__ import annotations

import argparse
import json
from datetime import datetime
from pathlib import Path

from isocenter.analysis.cardiac.echocardiogram import Echocardiogram, read_values, together
from isocenter.cli.command import Command
from isocenter.core.errors import FileFormatError, IsocenterError, NotFoundError
from isocenter.reporting.echocardiogram import CORE, echo_report
from isocenter.server.dimse.scu import Peer, send


def _configure(parser: argparse.ArgumentParser) -> None:
    several = "JSON files of names and numbers; segments that several views saw become their mean"
    parser.add_argument("values", type=Path, nargs="+", metavar="VALUES", help=several)
    parser.add_argument("--of", type=Path, required=True, metavar="IMAGE", help="any DICOM file of the study")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="the report to write")
    parser.add_argument("--observer", default="", metavar="FAMILY^GIVEN", help="who measured")
    parser.add_argument("--send", type=Peer.parse, metavar="AET@HOST:PORT", help="send it to an archive")


def _run(options: argparse.Namespace) -> int:
    echo = together({path.name: _values(path) for path in options.values})
    if not options.of.is_file():
        raise NotFoundError("There is no such file.", file=options.of)
    report = echo_report(options.of.read_bytes(), echo, written_at=datetime.now(), observer=options.observer)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_bytes(report)
    for name, value in echo.derived():
        entry = CORE.get(name)
        unit = "" if entry is None or entry.unit == "1" else entry.unit.replace("mm[Hg]", "mmHg")
        words = entry.concept.meaning if entry else name.replace("_", " ")
        print(f"{words:<62}{value:>9.4g} {unit}".rstrip())
    for title, found in (("Filling (reduced ejection fraction or diseased muscle)", echo.filling),
                         ("Diastolic function (normal ejection fraction)", echo.function)):  # fmt: skip
        if found is not None:
            print(f"{title:<62}{found}")
    print(options.output)
    if options.send is None:
        return 0
    result = send((options.output,), options.send)
    print(result.sentence())
    return 0 if result.is_complete else 1


def _values(path: Path) -> Echocardiogram:
    if not path.is_file():
        raise NotFoundError("There is no such file.", file=path)
    try:
        return read_values(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, UnicodeDecodeError) as problem:
        if isinstance(problem, IsocenterError):
            raise
        raise FileFormatError(
            "The values are no JSON.", file=path, found=str(problem), expected='{"e_cm_s": 80, "a_cm_s": 60}'
        ) from None


COMMAND = Command(
    name="echo",
    summary="write the report of an echocardiogram from its numbers",
    description="Take measured values (lengths in cm, velocities in cm/s or m/s as guidelines write them), work\n"
    "out what follows (ejection fraction, mass, E/A, E/e', gradients, valve areas, filling), and write a\n"
    "Simplified Adult Echo SR (TID 5300) in the study of an image. Strains of segments are shown as a\n"
    "bull's eye when the report is read.",
    examples='  echo \'{"ventricle_diastolic_ml": 120, "ventricle_systolic_ml": 50}\' > values.json\n'
    "  isocenter echo values.json --of image.dcm -o report.dcm\n"
    "  isocenter echo values.json a4c.json a2c.json a3c.json --of image.dcm -o report.dcm\n"
    "  isocenter echo values.json --of image.dcm -o report.dcm --observer 'Kim^Ana' --send ISOCENTER@127.0.0.1:11112",
    configure=_configure,
    run=_run,
)
