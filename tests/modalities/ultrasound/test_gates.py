"""Every acceptance gate of ultrasound passes."""

import pytest

from isocenter.core.gates import Gate
from isocenter.modalities import ultrasound


@pytest.mark.parametrize("gate", ultrasound.GATES, ids=lambda gate: gate.name)
def test_gate(gate: Gate) -> None:
    result = gate.run()
    assert result.passed, f"{result.got} against {gate.expected} +- {gate.tolerance}"
