"""What validators of others say about an object; each is passed over where it is not installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

# The validator's templates are one large XSLT, which newer Javas refuse to compile by default.
_JAVA = " ".join(f"-Djdk.xml.xpath{name}Limit=0" for name in ("TotalOp", "ExprOp", "ExprGrp"))


def complaints(path: Path) -> list[str]:
    """Return what dciodvfy (Debian: dicom3tools) calls an error."""
    return [line for line in _said("dciodvfy", "-new", str(path)) if line.startswith("Error")]


def template_complaints(path: Path) -> list[str]:
    """Return what PixelMed's DicomSRValidator (Debian: pixelmed-apps) finds wrong or unusual; it takes long."""
    bad = ("Error", "Warning")
    return [line for line in _said("DicomSRValidator", str(path)) if line.startswith(bad) or "Exception" in line]


def state_complaints(path: Path) -> list[str]:
    """Return what dcmpschk (Debian: dcmtk) finds wrong with a grayscale presentation state."""
    said = _said("dcmpschk", str(path))
    passed = any("Test passed" in line for line in said)
    return [] if not said or passed else said


def _said(*command: str) -> list[str]:
    if shutil.which(command[0]) is None:
        return []
    environment = {**os.environ, "JAVA_TOOL_OPTIONS": _JAVA}
    said = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, env=environment)
    return (said.stdout + said.stderr).splitlines()
