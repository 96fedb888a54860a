"""isocenter info: what a raw file is and how it can be reconstructed; or what this installation can do."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from isocenter.cli.command import Command
from isocenter.cli.settings import pairs
from isocenter.core.errors import NotFoundError
from isocenter.core.methods import Fact
from isocenter.core.plugins import FORMATS, load, names
from isocenter.core.units import symbol_of
from isocenter.formats import registry as formats
from isocenter.formats.reader_options import options_of, typed
from isocenter.modalities.mri.spectroscopic_measurement import SpectroscopicMeasurement
from isocenter.modalities.registry import modalities, modality_of
from isocenter.physics.bodies import BODIES


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("raw", type=Path, nargs="?", metavar="FILE", help="a raw file; without one: this installation")
    parser.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="what the raw file does not say, such as fov_mm=220",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def _run(options: argparse.Namespace) -> int:
    facts = _installation() if options.raw is None else _raw_file(options.raw, options.option)
    print(json.dumps(facts, indent=2) if options.json else _as_text(facts))
    return 0


def _installation() -> dict[str, Any]:
    return {
        "version": version("isocenter"),
        "modalities": {name: list(modality.METHODS) for name, modality in modalities().items()},
        "formats": {name: load(FORMATS, name).TITLE for name in names(FORMATS)},
        "bodies": list(BODIES),
    }


def _raw_file(path: Path, given: Sequence[str]) -> dict[str, Any]:
    if not path.exists():
        raise NotFoundError("There is no such file.", file=path)
    measurement = formats.read(path, **typed(path, pairs(given, "--option")))
    if isinstance(measurement, SpectroscopicMeasurement):
        return {
            "file": path.name,
            "format": load(FORMATS, formats.sniff(path)).TITLE,
            "facts": _shown(measurement.facts),
        }
    modality = modality_of(measurement)
    default = modality.default_method(measurement)
    tables = [method.parameters for method in modality.METHODS.values()]
    # Corrections and places stand in most methods: said once, they leave room for what a method has of its own.
    common = [
        item for item in tables[0] if len(tables) > 2 and sum(item in table for table in tables) > len(tables) / 2
    ]
    return {
        "file": path.name,
        "format": load(FORMATS, formats.sniff(path)).TITLE,
        "modality": modality.TITLE,
        "facts": _shown(modality.describe(measurement)),
        "default method": default,
        "options": {option.name: asdict(option) for option in options_of(path)},
        "methods": {
            method.name: {
                "summary": method.summary,
                "parameters": {p.name: asdict(p) for p in method.parameters if p not in common},
                "no": [p.name for p in common if p not in method.parameters],
            }
            for method in modality.METHODS.values()
        },
        "parameters of most methods": {p.name: asdict(p) for p in common},
    }


def _shown(facts: Iterable[Fact]) -> dict[str, str]:
    return {fact.label: f"{fact.value} {fact.unit}".strip() for fact in facts}


def _as_text(facts: dict[str, Any], indent: int = 0) -> str:
    lines, space = [], "  " * indent
    for name, value in facts.items():
        if isinstance(value, dict) and "default" in value and "help" in value:
            unit, choices = symbol_of(value.get("unit", "1")), ", ".join(value.get("choices", ()))
            shown = f"{value['default']} {unit}".rstrip()
            lines.append(f"{space}{name} = {shown}: {value['help']}{f' ({choices})' if choices else ''}")
        elif isinstance(value, dict):
            lines += [] if not value else [f"{space}{name}", _as_text(value, indent + 1)]
        elif value != []:
            shown = ", ".join(value) if isinstance(value, list) else value
            lines.append(f"{space}{name}: {shown}")
    return "\n".join(line for line in lines if line)


COMMAND = Command(
    name="info",
    summary="say what a raw file is, or what this installation can do",
    description="Without a file: the modalities, methods, formats and bodies of this installation.\n"
    "With one: its format, what was scanned and how, and the methods that can reconstruct it with their parameters.",
    examples="  isocenter info\n  isocenter info scan.h5\n  isocenter info scan.h5 --json\n"
    "  isocenter info kspace.cfl --option fov_mm=220",
    configure=_configure,
    run=_run,
)
