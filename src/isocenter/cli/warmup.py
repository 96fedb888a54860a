"""isocenter warmup: compile the kernels now, so that no first scan waits."""

from __future__ import annotations

import argparse
from contextlib import suppress
from time import perf_counter
from typing import Any

import numpy as np

from isocenter.analysis.rendering.warming import compile_rendering
from isocenter.cli.command import Command
from isocenter.core.errors import OptionError
from isocenter.core.progress import progress_bar, report
from isocenter.modalities.registry import modalities
from isocenter.physics.bodies import BODIES


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress bar")


def _run(options: argparse.Namespace) -> int:
    start = perf_counter()
    warm_up(show_progress=not options.quiet)
    print(f"Every kernel is compiled and cached ({perf_counter() - start:.0f} s).")
    return 0


def warm_up(*, show_progress: bool) -> None:
    """Run every method of every modality on its example scan, and draw every kind of view; numba caches the code."""
    work = [(modality, method) for modality in modalities().values() for method in modality.METHODS.values()]
    with progress_bar("warm up", enabled=show_progress) as on_progress:
        for done, (modality, method) in enumerate(work):
            report(on_progress, done, len(work) + 1, f"{modality.NAME}: {method.name}")
            measurement = _example(modality)
            short: dict[str, Any] = {p.name: 1 for p in method.parameters if p.name == "n_iterations"}
            # A method that the example's sampling does not allow has no kernels that the others have not.
            with suppress(OptionError):
                modality.reconstruct(measurement, method=method.name, **short)
        report(on_progress, len(work), len(work) + 1, "views")
        compile_rendering()
        report(on_progress, len(work) + 1, len(work) + 1, "")


def _example(modality: Any) -> Any:
    body = BODIES[modality.EXAMPLE_BODY]()
    return modality.simulate(body, modality.example_acquisition(), np.random.default_rng(0))


COMMAND = Command(
    name="warmup",
    summary="compile and cache the kernels",
    description="Compile every kernel and keep the result in the cache beside the package,\n"
    "so that a first call does not wait.",
    examples="  isocenter warmup",
    configure=_configure,
    run=_run,
)
