"""Parameters take what they may take, from numbers and from text."""

import pytest

from isocenter.core.errors import OptionError
from isocenter.core.methods import Method, Parameter, choose

METHOD = Method(
    "cgls",
    "conjugate gradients",
    "Hestenes and Stiefel 1952",
    run=lambda: None,
    parameters=(
        Parameter("n_iterations", 30, "how many", minimum=1, maximum=1000),
        Parameter("damping", 0.0, "how smooth", minimum=0.0),
        Parameter("window", "hann", "which", choices=("hann", "none")),
        Parameter("positive", False, "whether"),
    ),
)


def test_defaults_fill_what_is_not_given_and_text_becomes_the_right_type() -> None:
    given = {"n_iterations": "12", "positive": "yes"}
    assert METHOD.resolve(given) == {"n_iterations": 12, "damping": 0.0, "window": "hann", "positive": True}


@pytest.mark.parametrize(
    "given",
    [
        {"n_iterations": 0},
        {"n_iterations": 2.5},
        {"n_iterations": "many"},
        {"damping": float("nan")},
        {"damping": -1},
        {"window": "square"},
        {"positive": "perhaps"},
        {"iterations": 3},
    ],
)
def test_wrong_values_are_refused_by_name(given: dict[str, object]) -> None:
    with pytest.raises(OptionError) as caught:
        METHOD.resolve(given)  # type: ignore[arg-type] # wrong on purpose
    assert caught.value.field == next(iter(given))


def test_an_unknown_method_is_answered_with_the_known_ones() -> None:
    with pytest.raises(OptionError, match="cgls"):
        choose({"cgls": METHOD}, "fbp", "CT")
