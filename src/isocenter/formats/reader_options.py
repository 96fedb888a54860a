"""What a raw file does not say and its reader takes: the options of a reader, as a table, and their typed values."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from isocenter.core.errors import OptionError
from isocenter.formats.registry import reader_of

Kind = Literal["number", "whole number", "yes or no", "text"]
_KINDS: Mapping[str, Kind] = {"float": "number", "int": "whole number", "bool": "yes or no", "str": "text"}
_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True)
class ReaderOption:
    """One option of a reader; `default` None means that the reader finds it by itself."""

    name: str
    kind: Kind
    default: float | int | str | bool | None
    help: str


def options_of(path: Path | str) -> tuple[ReaderOption, ...]:
    """Return the options of the reader of a file; raises as `sniff`."""
    return _options(reader_of(path))


def typed(path: Path | str, given: Mapping[str, Any], *, reader: Callable[..., Any] | None = None) -> dict[str, Any]:
    """Return given options, as text or already typed, as the file's reader, or `reader`, takes them.

    Raises `OptionError` for an option that it does not have, or a value of the wrong kind.
    """
    if not given:
        return {}
    known = {option.name: option for option in (options_of(path) if reader is None else _options(reader))}
    for name in given:
        if name not in known:
            raise OptionError(
                "The reader has no such option.", field="option", found=name, expected=", ".join(known) or "none"
            )
    return {name: _converted(known[name], value) for name, value in given.items()}


def _converted(option: ReaderOption, value: Any) -> float | int | str | bool:
    try:
        if option.kind == "text":
            return str(value)
        if option.kind == "yes or no":
            return _WORDS[str(value).lower()]
        number = float(value)
        if option.kind == "whole number":
            if number != int(number):
                raise ValueError
            return int(number)
        return number
    except (KeyError, OverflowError, TypeError, ValueError):
        raise OptionError(
            f"{option.name} cannot be {value!r}.", field=option.name, found=str(value)[:60], expected=f"a {option.kind}"
        ) from None


def _options(reader: Callable[..., Any]) -> tuple[ReaderOption, ...]:
    helps = _helps(inspect.getdoc(reader) or "")
    found = []
    for name, item in inspect.signature(reader).parameters.items():
        kind = next((kind for word, kind in _KINDS.items() if re.search(rf"\b{word}\b", str(item.annotation))), None)
        if name not in ("path", "counter") and kind is not None and item.default is not inspect.Parameter.empty:
            found.append(ReaderOption(name, kind, item.default, helps.get(name, "")))
    return tuple(found)


def _helps(text: str) -> dict[str, str]:
    """Return what a docstring's section "Parameters" says of each parameter, as one line."""
    section = re.search(r"Parameters\n-+\n(.*?)(?:\n\n\w+\n-+\n|\Z)", text, re.DOTALL)
    helps: dict[str, str] = {}
    names: list[str] = []
    for line in section.group(1).splitlines() if section else ():
        if line and not line.startswith(" "):
            names = [name.strip() for name in line.split(",")]
        elif line.strip():
            helps |= {name: f"{helps.get(name, '')} {line.strip()}".strip() for name in names}
    return helps
