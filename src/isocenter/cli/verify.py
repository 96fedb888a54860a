"""isocenter verify: measure every acceptance gate and print a commissioning report."""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version

from isocenter.cli.command import Command
from isocenter.core.errors import OptionError
from isocenter.core.gates import Gate, GateResult
from isocenter.core.progress import progress_bar, report
from isocenter.core.units import symbol_of
from isocenter.modalities.registry import modalities

_ROOMS = {
    "operators": (
        "isocenter.operators.gates_projection",
        "isocenter.operators.gates_fourier",
        "isocenter.operators.gates_waves",
    ),
    "solvers": ("isocenter.solvers.gates",),
    "analysis": ("isocenter.analysis.cardiac.gates", "isocenter.analysis.photography.gates"),
}


def gates(parts: Sequence[str] = ()) -> dict[str, tuple[Gate, ...]]:
    """Return the gates by part (operators, solvers, analysis and every modality); `parts` chooses some of them."""
    known = {
        room: tuple(gate for module in modules for gate in import_module(module).GATES)
        for room, modules in _ROOMS.items()
    }
    known |= {name: tuple(modality.GATES) for name, modality in modalities().items()}
    for part in parts:
        if part not in known:
            raise OptionError("There is no such part.", field="part", found=part, expected=", ".join(known))
    return {part: found for part, found in known.items() if not parts or part in parts}


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help="operators, solvers, analysis, or a modality; all if none is named"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--list", action="store_true", help="only list the gates, measure nothing")


def _run(options: argparse.Namespace) -> int:
    chosen = gates(options.parts)
    if options.list:
        for part, found in chosen.items():
            for gate in found:
                print(f"{part:<10} {gate.name:<28} {gate.quantity}")
        return 0
    results = _measure(chosen)
    print(_as_json(results) if options.json else _as_table(results))
    return 0 if all(result.passed for found in results.values() for result in found) else 1


def _measure(chosen: dict[str, tuple[Gate, ...]]) -> dict[str, list[GateResult]]:
    total, done = sum(len(found) for found in chosen.values()), 0
    results: dict[str, list[GateResult]] = {}
    with progress_bar("verify") as on_progress:
        for part, found in chosen.items():
            results[part] = []
            for gate in found:
                report(on_progress, done, total, f"{part}: {gate.name}")
                results[part].append(gate.run())
                done += 1
        report(on_progress, done, total, "")
    return results


def _as_json(results: dict[str, list[GateResult]]) -> str:
    rows = [
        {
            "part": part,
            "gate": result.gate.name,
            "quantity": result.gate.quantity,
            "expected": result.gate.expected,
            "got": result.got,
            "tolerance": result.gate.tolerance,
            "rule": result.gate.rule,
            "unit": result.gate.unit,
            "source": result.gate.source,
            "passed": result.passed,
            "seconds": round(result.seconds, 3),
        }
        for part, found in results.items()
        for result in found
    ]
    machine = {"python": platform.python_version(), "platform": platform.platform()}
    passed = all(row["passed"] for row in rows)
    return json.dumps({"isocenter": version("isocenter"), **machine, "passed": passed, "gates": rows}, indent=2)


def _as_table(results: dict[str, list[GateResult]]) -> str:
    lines = [f"isocenter {version('isocenter')} on Python {platform.python_version()}, {platform.machine()}"]
    for part, found in results.items():
        lines += ["", part, f"  {'quantity':<66} {'expected':>12} {'got':>12} {'tolerance':>10}  pass  source"]
        lines += [_line(result) for result in found]
    flat = [result for found in results.values() for result in found]
    failed = sum(not result.passed for result in flat)
    seconds = sum(result.seconds for result in flat)
    lines += ["", f"{len(flat) - failed} of {len(flat)} gates passed in {seconds:.0f} s"]
    return "\n".join(lines)


def _line(result: GateResult) -> str:
    gate = result.gate
    sign = {"within": " ", "at_most": "<", "at_least": ">"}[gate.rule]
    unit = "" if gate.unit == "1" else f" [{symbol_of(gate.unit)}]"
    verdict = "yes" if result.passed else "NO"
    return (
        f"  {gate.quantity + unit:<66} {sign}{gate.expected:>11.5g} {result.got:>12.5g} {gate.tolerance:>10.2g}  "
        f"{verdict:<4}  {gate.source}"
    )


COMMAND = Command(
    name="verify",
    summary="measure every acceptance gate and print a commissioning report",
    description="Measure the acceptance gates of operators, solvers and modalities against closed forms and published\n"
    "values, and print them as a table. The exit code is 0 only if every gate passed.",
    examples="  isocenter verify\n  isocenter verify ct mri\n  isocenter verify --json > commissioning.json",
    configure=_configure,
    run=_run,
)
