"""Gates let through what is good enough, and nothing that is no number."""

import pytest

from isocenter.core.gates import Gate


@pytest.mark.parametrize(
    ("rule", "got", "passes"),
    [
        ("within", 1.09, True),
        ("within", 0.89, False),
        ("within", float("nan"), False),
        ("at_most", 0.2, True),
        ("at_most", 1.2, False),
        ("at_least", 5.0, True),
        ("at_least", 0.8, False),
        ("at_least", float("inf"), False),
    ],
)
def test_a_gate_judges_by_its_rule(rule: str, got: float, passes: bool) -> None:
    gate = Gate("g", "a figure", 1.0, 0.1, "1", "arithmetic", lambda: got, rule)  # type: ignore[arg-type] # from the table above
    assert gate.run().passed is passes


def test_a_gate_that_cannot_be_measured_does_not_pass() -> None:
    with pytest.raises(ZeroDivisionError):
        Gate("g", "a figure", 1.0, 0.1, "1", "arithmetic", lambda: 1 / 0).run()
