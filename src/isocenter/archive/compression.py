"""What is kept in a smaller form, by rules of the site: which instances, and in which transfer syntax.

Only syntaxes that lose nothing are offered, and only what came without compression is taken: for that it can be shown
that the very bytes which were received come back.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from isocenter.core.errors import OptionError
from isocenter.dicom.transcoding import LOSSLESS
from isocenter.dicom.transcoding.encode import NATIVE, UNCOMPRESSED_FRAMES
from isocenter.dicom.uids import EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN

FILE = "compression.toml"
SOURCES = (IMPLICIT_LITTLE_ENDIAN, EXPLICIT_LITTLE_ENDIAN)
TARGETS = tuple(sorted(LOSSLESS - {*NATIVE, UNCOMPRESSED_FRAMES}))
_KEYS = frozenset({"name", "modality", "sop_class", "to", "min_bytes"})
_MIN_BYTES = 1 << 15


@dataclass(frozen=True)
class CompressionRule:
    """What fits is kept in `transfer_syntax_uid`; empty sets fit everything."""

    name: str
    transfer_syntax_uid: str
    modalities: frozenset[str] = frozenset()
    sop_class_uids: frozenset[str] = frozenset()
    min_bytes: int = _MIN_BYTES

    def fits(self, modality: str, sop_class_uid: str, size_bytes: int) -> bool:
        """Return whether an instance is meant."""
        return (
            (not self.modalities or modality in self.modalities)
            and (not self.sop_class_uids or sop_class_uid in self.sop_class_uids)
            and size_bytes >= self.min_bytes
        )


def read_compression(path: Path) -> tuple[CompressionRule, ...]:
    """Return the rules in a TOML file, none if there is no file; raises as `parse_compression`."""
    return parse_compression(path.read_bytes(), path.name) if path.is_file() else ()


def parse_compression(text: bytes, name: str) -> tuple[CompressionRule, ...]:
    """Return the rules of a file's text, the first that fits an instance counts; `name` is for errors.

    The file has any number of ``[[rule]]`` with `name`, `to` (a transfer syntax UID), and optionally `modality` and
    `sop_class` (lists) and `min_bytes`. Raises `OptionError` naming file, rule and field.
    """
    try:
        read = tomllib.loads(text.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OptionError("The compression rules are not TOML.", file=name, found=str(error)[:200]) from None
    listed = read.get("rule")
    if not isinstance(listed, list) or read.keys() != {"rule"}:
        raise _wrong(name, "file", ", ".join(sorted(read)) or "nothing", "[[rule]] and nothing else")
    return tuple(_rule(each, number, name) for number, each in enumerate(listed, start=1))


def _rule(read: Any, number: int, file: str) -> CompressionRule:
    if not isinstance(read, dict) or not isinstance(read.get("name"), str) or not read["name"]:
        raise _wrong(file, f"rule {number}, name", read, "a table with a name")
    where = f"rule {read['name']}"
    if unknown := sorted(read.keys() - _KEYS):
        raise _wrong(file, where, ", ".join(unknown), ", ".join(sorted(_KEYS)))
    if read.get("to") not in TARGETS:
        raise _wrong(file, f"{where}, to", read.get("to"), "one of " + ", ".join(TARGETS))
    least = read.get("min_bytes", _MIN_BYTES)
    if not isinstance(least, int) or isinstance(least, bool) or least < 0:
        raise _wrong(file, f"{where}, min_bytes", least, "a number of bytes")
    modalities, classes = (_texts(read.get(key, []), file, f"{where}, {key}") for key in ("modality", "sop_class"))
    return CompressionRule(read["name"], read["to"], modalities, classes, least)


def _texts(read: Any, file: str, where: str) -> frozenset[str]:
    listed = [read] if isinstance(read, str) else read
    if not isinstance(listed, list) or not all(isinstance(each, str) and each for each in listed):
        raise _wrong(file, where, read, "a text or a list of texts")
    return frozenset(listed)


def _wrong(file: str, field: str, found: Any, expected: str) -> OptionError:
    return OptionError(
        "The compression rules are wrong.", file=file, field=field, found=str(found)[:80], expected=expected
    )
