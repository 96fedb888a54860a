"""Raw data by their content: every registered format is asked whether a file is its own."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any, get_type_hints

from isocenter.core import plugins
from isocenter.core.errors import FileFormatError, IsocenterError, IsocenterWarning, NotFoundError, NotSupportedError


def formats() -> Mapping[str, ModuleType]:
    """Return every registered raw format by name; one that cannot be imported is left out with a warning."""
    found: dict[str, ModuleType] = {}
    for name in plugins.names(plugins.FORMATS):
        try:
            found[name] = plugins.load(plugins.FORMATS, name)
        except ImportError as error:
            # One broken plug-in must not take the others down.
            warnings.warn(f"The format {name} cannot be loaded: {error}", IsocenterWarning, stacklevel=2)
    return found


def sniff(path: Path | str) -> str:
    """Return the name of the format that a file is in.

    Raises
    ------
    NotFoundError
        If there is no such file.
    FileFormatError
        If no format knows it; the message lists those that were asked.
    """
    file = Path(path)
    if not file.exists():
        raise NotFoundError("There is no such file.", file=file.name)
    known = formats()
    for name, module in known.items():
        if module.sniff(file):
            return name
    titles = [str(module.TITLE) for module in known.values()]
    raise FileFormatError(
        "No format knows this file.",
        file=file.name,
        found=f"{file.stat().st_size} bytes, ending {file.suffix or '(none)'}",
        expected="; ".join(titles),
        remedy="Check that the file arrived whole; a plain array needs a .json beside it.",
    )


def read(path: Path | str, **options: Any) -> Any:
    """Return the measurement in a file of any known format; `options` go to its reader. Raises as `sniff`."""
    return reader_of(path)(Path(path), **options)


def reader_of(path: Path | str) -> Callable[..., Any]:
    """Return the function that reads this file; raises as `sniff`."""
    return _naming_file(plugins.load(plugins.FORMATS, sniff(path)).read)


def _naming_file(reader: Callable[..., Any]) -> Callable[..., Any]:
    """Return a reader whose errors all name the file: a scan that contradicts itself does not know where it is from."""

    @wraps(reader)
    def read_named(path: Path, *args: Any, **options: Any) -> Any:
        try:
            return reader(path, *args, **options)
        except IsocenterError as error:
            error.file = error.file or Path(path).name
            raise

    return read_named


def series_reader_of(path: Path | str) -> Callable[..., Any]:
    """Return the function that reads all scans of a file as a series; raises as `sniff`.

    Raises `NotSupportedError` where the format holds one scan.
    """
    module = plugins.load(plugins.FORMATS, sniff(path))
    if not hasattr(module, "read_series"):
        raise NotSupportedError(
            "The format holds one scan, not a series.",
            file=Path(path).name,
            found=str(module.TITLE),
            expected=", ".join(str(m.TITLE) for m in formats().values() if hasattr(m, "read_series")),
        )
    return _naming_file(module.read_series)


def write(measurement: Any, path: Path | str) -> None:
    """Write a measurement in the format that takes its kind and the file's ending.

    Raises
    ------
    NotSupportedError
        If no format writes it so.
    """
    file = Path(path)
    endings: set[str] = set()
    for module in formats().values():
        if _writes(module, measurement):
            endings.update(module.SUFFIXES)
            if file.suffix.lower() in module.SUFFIXES:
                module.write(measurement, file)
                return
    raise NotSupportedError(
        "No format writes this measurement to such a file.",
        file=file.name,
        found=type(measurement).__module__,
        expected=", ".join(sorted(endings)) or "no format writes it",
    )


def _writes(module: ModuleType, measurement: Any) -> bool:
    """Return whether a format has a `write` whose first parameter is declared to take this measurement."""
    if not hasattr(module, "write"):
        return False
    kind = get_type_hints(module.write).get("measurement")
    return isinstance(kind, type) and isinstance(measurement, kind)
