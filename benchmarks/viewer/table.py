"""What was measured of both viewers, and a table of it with the ratio."""

from __future__ import annotations

import statistics
import sys
from dataclasses import dataclass, field

HEAD = "| measure | isocenter | OHIF | ratio |\n|---|---|---|---|"


@dataclass
class Measured:
    """Rounds of one measure of one viewer; of all of them less is better."""

    unit: str
    values: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Return the middle of the rounds."""
        return statistics.median(self.values)

    def text(self) -> str:
        """Return the median and between which values the rounds lie."""
        spread = f" ({_short(min(self.values))} to {_short(max(self.values))})" if len(self.values) > 1 else ""
        return f"{_short(self.median)} {self.unit}{spread}"


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


@dataclass
class Table:
    """Measure, viewer and its rounds."""

    rows: dict[str, dict[str, Measured]] = field(default_factory=dict)

    def add(self, measure: str, viewer: str, value: float, unit: str) -> None:
        """Keep the value of a round, and say it: the whole takes minutes."""
        print(f"{measure}, {viewer}: {_short(value)} {unit}", file=sys.stderr, flush=True)
        self.rows.setdefault(measure, {}).setdefault(viewer, Measured(unit)).values.append(value)

    def lines(self) -> list[str]:
        """Return the table: how many times better the first viewer is than the second."""
        lines = HEAD.split("\n")
        for measure, by_viewer in self.rows.items():
            ours, theirs = by_viewer.values()
            lines.append(f"| {measure} | {ours.text()} | {theirs.text()} | {theirs.median / ours.median:.1f} |")
        return lines
