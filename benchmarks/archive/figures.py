"""Measured quantities of two servers, and a table of them with their ratio."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

HEAD = "| case | isocenter | orthanc | ratio |\n|---|---|---|---|"


@dataclass(frozen=True)
class Figure:
    """One measured quantity of one server; for times and memory less is better."""

    value: float
    unit: str
    is_less_better: bool
    detail: str = ""


def rate(value: float, unit: str, latencies_s: Sequence[float] = ()) -> Figure:
    """Return how much a server does in a second."""
    return Figure(value, unit, False, percentiles(latencies_s))


def latency(latencies_s: Sequence[float], more: str = "") -> Figure:
    """Return how long a request takes, by its median."""
    detail = ", ".join(part for part in (percentiles(latencies_s), more) if part)
    return Figure(1e3 * statistics.median(latencies_s), "ms", True, detail)


def percentiles(latencies_s: Sequence[float]) -> str:
    """Return median and 95th percentile in words."""
    if not latencies_s:
        return ""
    ordered = sorted(latencies_s)
    p50, p95 = (ordered[min(int(len(ordered) * part), len(ordered) - 1)] * 1e3 for part in (0.5, 0.95))
    return f"p50 {p50:.2f}, p95 {p95:.2f} ms"


def row(name: str, figures: Mapping[str, Sequence[Figure]]) -> str:
    """Return a line of the table: the median of each server's rounds, and how many times better the first is."""
    cells, medians = [], []
    for found in figures.values():
        median = statistics.median(figure.value for figure in found)
        medians.append(median)
        detail = f" ({found[-1].detail})" if found[-1].detail else ""
        cells.append(f"{median:.3g} {found[0].unit}{detail}")
    ours, theirs = medians
    is_less_better = next(iter(figures.values()))[0].is_less_better
    ratio = theirs / ours if is_less_better else ours / theirs
    return f"| {name} | {cells[0]} | {cells[1]} | {ratio:.1f} |"
