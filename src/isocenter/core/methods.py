"""Methods a person can choose, and the parameters they take, as tables a page can show and a test can walk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from isocenter.core.errors import OptionError
from isocenter.core.provenance import ParameterValue


@dataclass(frozen=True)
class Parameter:
    """One setting of a method; its type is that of `default`. A page shows settings of one `group` together."""

    name: str
    default: ParameterValue
    help: str
    unit: str = "1"
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    group: str = ""

    def accept(self, value: ParameterValue) -> ParameterValue:
        """Return `value` as this parameter's type, from text too; raises `OptionError`."""
        converted = self._converted(value)
        if self.choices and converted not in self.choices:
            raise self._refusal(value, "one of " + ", ".join(self.choices))
        if not isinstance(converted, str):
            too_low = self.minimum is not None and not converted >= self.minimum
            too_high = self.maximum is not None and not converted <= self.maximum
            if too_low or too_high:
                raise self._refusal(value, f"{_bound(self.minimum)} to {_bound(self.maximum)}")
        return converted

    def _converted(self, value: ParameterValue) -> ParameterValue:
        kind = type(self.default)
        if kind is bool:
            return self._as_bool(value)
        if kind is str:
            return str(value)
        try:
            number = float(value)
        except ValueError:
            raise self._refusal(value, "a number") from None
        if number != number or number in (float("inf"), float("-inf")):
            raise self._refusal(value, "a finite number")
        if kind is int:
            if number != int(number):
                raise self._refusal(value, "a whole number")
            return int(number)
        return number

    def _as_bool(self, value: ParameterValue) -> bool:
        if isinstance(value, bool):
            return value
        words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        if str(value).lower() not in words:
            raise self._refusal(value, "yes or no")
        return words[str(value).lower()]

    def _refusal(self, found: ParameterValue, expected: str) -> OptionError:
        return OptionError(f"{self.name} cannot be {found!r}.", field=self.name, found=found, expected=expected)


def _bound(value: float | None) -> str:
    return "any" if value is None else f"{value:g}"


@dataclass(frozen=True)
class Method:
    """A way to reconstruct, as a person chooses it.

    `run` is the code; what it takes is the modality's own affair. `source` is the paper or the standard.
    """

    name: str
    summary: str
    source: str
    run: Callable[..., Any]
    parameters: tuple[Parameter, ...] = ()

    def resolve(self, given: Mapping[str, ParameterValue]) -> dict[str, ParameterValue]:
        """Return every parameter with its value, defaults filled in; raises `OptionError` on a wrong one."""
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in given:
            if name not in known:
                raise OptionError(
                    f"The method {self.name} has no parameter {name!r}.",
                    field=name,
                    found=name,
                    expected=", ".join(known) or "no parameters",
                )
        return {name: parameter.accept(given.get(name, parameter.default)) for name, parameter in known.items()}


def choose(methods: Mapping[str, Method], name: str, of: str) -> Method:
    """Return the method called `name`; raises `OptionError` that lists the known ones; `of` is the modality's title."""
    if name not in methods:
        raise OptionError(f"{of} has no method {name!r}.", field="method", found=name, expected=", ".join(methods))
    return methods[name]


@dataclass(frozen=True)
class Fact:
    """One line about a raw file, shown to people: label, value and unit."""

    label: str
    value: str
    unit: str = ""
