"""Every acceptance gate of photon-counting CT passes."""

import pytest

from isocenter.core.gates import Gate
from isocenter.modalities import photon_counting_ct


@pytest.mark.parametrize("gate", photon_counting_ct.GATES, ids=lambda gate: gate.name)
def test_gate(gate: Gate) -> None:
    result = gate.run()
    assert result.passed, f"{result.got} against {gate.expected} +- {gate.tolerance}"
