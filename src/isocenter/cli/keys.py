"""How a command is told what it is to look for on another node: ``PatientID=P1 StudyDate=20240101-``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Literal

from isocenter.core.errors import OptionError
from isocenter.dicom.dictionary import keyword_of, tag_of
from isocenter.server.dimse.peer import Peer

Level = Literal["PATIENT", "STUDY", "SERIES", "IMAGE"]
Root = Literal["patient", "study"]
_LEVELS: tuple[tuple[str, Level], ...] = (
    ("SOPInstanceUID", "IMAGE"),
    ("SeriesInstanceUID", "SERIES"),
    ("StudyInstanceUID", "STUDY"),
    ("PatientID", "PATIENT"),
)


def add_keys(parser: argparse.ArgumentParser) -> None:
    """Add peer, keys and level to a parser."""
    parser.add_argument("peer", type=Peer.parse, metavar="AET@HOST:PORT", help="whom to ask")
    parser.add_argument("keys", nargs="*", metavar="KEYWORD=VALUE", help="what is wanted, by DICOM keyword or tag")
    parser.add_argument("--level", choices=("PATIENT", "STUDY", "SERIES", "IMAGE"), help="what one answer is about")
    parser.add_argument("--patient-root", action="store_true", help="use the patient root model (default: study root)")


def read_keys(texts: Sequence[str]) -> dict[str, str]:
    """Return keywords and values; raises `OptionError` for what is no key."""
    keys: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise OptionError("This is no key.", field="key", found=text[:64], expected="KEYWORD=VALUE")
        keys[keyword_of(tag_of(name))] = value
    return keys


def root_of(options: argparse.Namespace, level: Level) -> Root:
    """Return the model to ask in: only the patient root has a patient level."""
    return "patient" if options.patient_root or level == "PATIENT" else "study"


def level_of(keys: dict[str, str], asked: Level | None, default: Level) -> Level:
    """Return the level that is asked for, or the lowest whose unique key is given."""
    if asked is not None:
        return asked
    return next((level for keyword, level in _LEVELS if keys.get(keyword)), default)
