"""How an image came to be: from which files, by which method with which parameters."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TypeAlias

ParameterValue: TypeAlias = float | int | str | bool


@dataclass(frozen=True)
class Source:
    """A file that an image was made from, known by its content."""

    name: str
    sha256: str
    role: str = "raw data"

    @classmethod
    def of_file(cls, path: Path, role: str = "raw data") -> Source:
        """Return the source record of a file, its SHA-256 read in blocks."""
        with path.open("rb") as stream:
            return cls(path.name, hashlib.file_digest(stream, "sha256").hexdigest(), role)


@dataclass(frozen=True)
class Provenance:
    """What made an image; enough to make it again."""

    method: str
    parameters: Mapping[str, ParameterValue] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()
    software: str = "isocenter"
    version: str = field(default_factory=lambda: version("isocenter"))

    def sentence(self) -> str:
        """Return one line for a person: method, parameters, software and sources."""
        settings = ", ".join(f"{name}={value}" for name, value in self.parameters.items())
        sources = ", ".join(f"{source.name} (sha256 {source.sha256[:12]})" for source in self.sources)
        text = f"{self.method}({settings}) by {self.software} {self.version}"
        return f"{text} from {sources}" if sources else text
