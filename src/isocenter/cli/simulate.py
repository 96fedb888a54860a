"""isocenter simulate: scan a body with a virtual scanner and write its raw data."""

from __future__ import annotations

import argparse
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from isocenter.cli.command import Command
from isocenter.cli.settings import pairs
from isocenter.core.errors import NotFoundError, OptionError
from isocenter.formats import registry as formats
from isocenter.formats.pulseq import EXTENSION as PULSEQ
from isocenter.formats.pulseq import read_pulseq
from isocenter.modalities import mri
from isocenter.modalities.mri.event_acquisition import acquisition_of
from isocenter.modalities.registry import Modality, modalities
from isocenter.physics.bodies import BODIES


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("modality", metavar="MODALITY", help=f"one of: {', '.join(modalities())}")
    parser.add_argument("-b", "--body", metavar="NAME", help=f"what is scanned: {', '.join(BODIES)}")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="raw file to write (default: MODALITY-BODY.h5)"
    )
    parser.add_argument(
        "--protocol",
        metavar="NAME",
        help="the scan that is played, where a modality has several (its page lists them; a wrong name does, too); "
        "one with several images writes several files; for MRI also a Pulseq file (.seq)",
    )
    parser.add_argument(
        "-a",
        "--acquisition",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="change a number of the acquisition",
    )
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same noise (default: 0)")


def _run(options: argparse.Namespace) -> int:
    known = modalities()
    if options.modality not in known:
        raise OptionError(
            "There is no such modality.", field="MODALITY", found=options.modality, expected=", ".join(known)
        )
    modality = known[options.modality]
    name = options.body or modality.EXAMPLE_BODY
    if name not in BODIES:
        raise OptionError("There is no such body.", field="--body", found=name, expected=", ".join(BODIES))
    changes = pairs(options.acquisition, "--acquisition")
    acquisitions = [_changed(acquisition, changes) for acquisition in _acquisitions(modality, options.protocol)]
    rng = np.random.default_rng(options.seed)
    middle = f"-{options.protocol}" if options.protocol else ""
    first = options.output or Path(f"{options.modality}{middle}-{name}.h5")
    for index, acquisition in enumerate(acquisitions):
        measurement = modality.simulate(BODIES[name](), acquisition, rng)
        path = first if len(acquisitions) == 1 else first.with_stem(f"{first.stem}-{index + 1:02}")
        formats.write(measurement, path)
        if index == 0:
            for fact in modality.describe(measurement):
                print(f"  {fact.label + ':':<28}{fact.value} {fact.unit}")
        print(f"{path}: {path.stat().st_size / 1e6:.1f} MB. Next: isocenter reconstruct {path}")
    return 0


def _acquisitions(modality: Modality, name: str | None) -> tuple[Any, ...]:
    """Return the scans of a protocol, or the example of a modality; raises `OptionError` for an unknown one."""
    if name is None:
        return (modality.example_acquisition(),)
    if Path(name).suffix.lower() == PULSEQ:
        return (_played(modality, Path(name)),)
    # Only some modalities have protocols.
    protocols = getattr(modality, "PROTOCOLS", {})
    if name not in protocols:
        known = ", ".join((*protocols, "or a Pulseq file (.seq)")) if protocols else ""
        known = known or f"none: {modality.TITLE} has one example only"
        raise OptionError("There is no such protocol.", field="--protocol", found=name, expected=known)
    scans: tuple[Any, ...] = protocols[name].make()
    return scans


def _played(modality: Modality, path: Path) -> Any:
    """Return the scan of a Pulseq file with the coils and noise of the example."""
    if modality.NAME != mri.NAME:
        raise OptionError("Pulseq files are for MRI.", field="--protocol", found=path.name, expected="MODALITY mri")
    if not path.exists():
        raise NotFoundError("There is no such file.", file=path)
    return acquisition_of(read_pulseq(path), mri.example_acquisition())


def _changed(acquisition: Any, changes: dict[str, str]) -> Any:
    """Return the acquisition with numbers replaced; only plain numbers can be given on a command line."""
    kinds = {item.name: type(getattr(acquisition, item.name)) for item in fields(acquisition)}
    values: dict[str, Any] = {}
    for name, text in changes.items():
        if kinds.get(name) not in (int, float, str):
            plain = ", ".join(key for key, kind in kinds.items() if kind in (int, float, str))
            raise OptionError("This cannot be set here.", field="--acquisition", found=name, expected=plain)
        try:
            values[name] = kinds[name](text)
        except ValueError:
            raise OptionError("This is not a number.", field=name, found=text, expected=kinds[name].__name__) from None
    return replace(acquisition, **values)


COMMAND = Command(
    name="simulate",
    summary="scan a body with a virtual scanner and write its raw data",
    description="Scan an analytic body, whose truth is known, with a virtual scanner.\n"
    "The data come from closed forms, not from the operator that reconstructs them.",
    examples="  isocenter simulate ct -o scan.h5\n  isocenter simulate mri --body head -o head.h5\n"
    "  isocenter simulate mri --protocol turbo-spin-echo\n"
    "  isocenter simulate mri --protocol gre.seq\n"
    "  isocenter simulate ct -a photons_per_bin=20000 --seed 7 -o noisy.h5",
    configure=_configure,
    run=_run,
)
