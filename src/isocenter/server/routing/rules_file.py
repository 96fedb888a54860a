"""The file of rules (TOML), read so that every mistake in it is named with its place."""

from __future__ import annotations

import ssl
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from isocenter.core.errors import DataError, FileFormatError, IsocenterError, NotFoundError, OptionError
from isocenter.dicom.dictionary import tag_of, vr_of
from isocenter.dicom.transcoding import LOSSLESS
from isocenter.dicom.transfer_syntaxes import TRANSFER_SYNTAXES
from isocenter.server.dimse.peer import Peer
from isocenter.server.dimse.tls import caller_context
from isocenter.server.routing.rules import FROM_AE, NUMBERS, Condition, Rule

DEFAULT_QUIET_S = 60.0
MAX_QUIET_S = 86400.0
INSTANCE, STUDY_STABLE = "instance", "study stable"
_RULE_KEYS = ("name", "match", FROM_AE, "destinations", "transfer_syntax", "when", "quiet_s", "commit")
_NODE_KEYS = ("node", "tls", "ca", "certificate", "key")
_TEXTS = frozenset(
    {"AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT"}
)
_COMMON = (
    "Modality", "PatientID", "PatientName", "PatientSex", "PatientAge", "PatientBirthDate", "StudyDescription",
    "StudyInstanceUID", "StudyDate", "AccessionNumber", "ReferringPhysicianName", "SeriesDescription",
    "SeriesInstanceUID", "BodyPartExamined", "ProtocolName", "SOPClassUID", "SOPInstanceUID", "TransferSyntaxUID",
    "ImageType", "StationName", "InstitutionName", "InstitutionalDepartmentName", "Manufacturer",
    "ManufacturerModelName",
)  # fmt: skip


def load_rules(path: Path) -> tuple[Rule, ...]:
    """Return the rules of a file, in its order.

    Raises
    ------
    NotFoundError
        If there is no such file.
    FileFormatError
        If it is no TOML.
    DataError
        If a rule is not sound; file, rule and field are named.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NotFoundError("The file of rules cannot be read.", file=path, found=error.strerror) from None
    except UnicodeDecodeError:
        raise FileFormatError("The file of rules is no text.", file=path, expected="TOML in UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise FileFormatError("The file of rules is no TOML.", file=path, found=error, expected="TOML 1.0") from None
    top = _Place(path, "")
    top.only(content, ("rule",))
    tables = content.get("rule")
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise top.wrong("There are no rules.", "rule", tables, "at least one table [[rule]]")
    rules = tuple(_rule(path, number, table) for number, table in enumerate(tables, start=1))
    _check_together(path, rules, tables)
    return rules


@dataclass(frozen=True)
class _Place:
    """Where in the file something is, for errors."""

    path: Path
    rule: str

    def wrong(self, message: str, field: str, found: object, expected: str, remedy: str | None = None) -> DataError:
        """Return the error that names the place."""
        where = f'rule "{self.rule}", {field}' if self.rule else field
        said = "nothing" if found is None else repr(found)[:120]
        return DataError(message, file=self.path, field=where, found=said, expected=expected, remedy=remedy)

    def only(self, table: Mapping[str, Any], keys: tuple[str, ...], within: str = "") -> None:
        """Raise if a table has a key that nothing here understands."""
        for key in table:
            if key not in keys:
                raise self.wrong("This is not understood.", within + key, key, ", ".join(keys), _closest(key, keys))

    def text(self, table: Mapping[str, Any], key: str, within: str = "") -> str:
        """Return a text that must be there."""
        value = table.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(f"A {key} is needed.", within + key, value, "a text")
        return value

    def flag(self, table: Mapping[str, Any], key: str, within: str = "") -> bool:
        """Return true or false, false if nothing is said."""
        value = table.get(key, False)
        if not isinstance(value, bool):
            raise self.wrong("This is neither true nor false.", within + key, value, "true or false")
        return value


def _rule(path: Path, number: int, table: Mapping[str, Any]) -> Rule:
    name = _Place(path, f"number {number}").text(table, "name")
    place = _Place(path, name)
    place.only(table, _RULE_KEYS)
    return Rule(
        name,
        _conditions(place, table),
        _destinations(place, table.get("destinations")),
        _transfer_syntax(place, table),
        _quiet_s(place, table),
        place.flag(table, "commit"),
    )


def _conditions(place: _Place, table: Mapping[str, Any]) -> tuple[Condition, ...]:
    found = []
    if FROM_AE in table:
        found.append(Condition(FROM_AE, _patterns(place, FROM_AE, table[FROM_AE])))
    match = table.get("match", {})
    if not isinstance(match, dict):
        raise place.wrong("Conditions are a table.", "match", match, 'match.Modality = "CT", or a table [rule.match]')
    for keyword, patterns in match.items():
        _check_keyword(place, keyword)
        found.append(Condition(keyword, _patterns(place, f"match.{keyword}", patterns)))
    return tuple(found)


def _check_keyword(place: _Place, keyword: str) -> None:
    field = f"match.{keyword}"
    try:
        tag = tag_of(keyword)
    except OptionError:
        tag = 0
    if tag < 0x00020000 or keyword[:1].isdigit():
        expected, remedy = "a keyword such as Modality", _closest(keyword, _COMMON)
        raise place.wrong("No DICOM attribute has this keyword.", field, keyword, expected, remedy)
    if vr_of(tag) not in _TEXTS | NUMBERS:
        expected = "an attribute of text or whole numbers at the top of the data set"
        raise place.wrong("Rules cannot look at this attribute.", field, f"{keyword} ({vr_of(tag)})", expected)


def _patterns(place: _Place, field: str, value: object) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    is_sound = listed and all(isinstance(each, str | int) and not isinstance(each, bool) for each in listed)
    if not is_sound:
        raise place.wrong("These are no patterns.", field, value, 'a text, or a list such as ["CT", "PT*"]')
    return tuple(str(each).strip() for each in listed)


def _destinations(place: _Place, value: object) -> tuple[Peer, ...]:
    if not isinstance(value, list) or not value:
        raise place.wrong("Destinations are needed.", "destinations", value, 'a list such as ["PACS@10.0.0.5:104"]')
    peers = tuple(_destination(place, number, each) for number, each in enumerate(value))
    for number, peer in enumerate(peers):
        if peer in peers[:number]:
            raise place.wrong("A destination is there twice.", f"destinations[{number}]", str(peer), "each node once")
    return peers


def _destination(place: _Place, number: int, value: object) -> Peer:
    field = f"destinations[{number}]"
    table: Mapping[str, Any] = {"node": value} if isinstance(value, str) else value if isinstance(value, dict) else {}
    place.only(table, _NODE_KEYS, f"{field}.")
    try:
        peer = Peer.parse(place.text(table, "node", f"{field}."))
    except OptionError as error:
        raise place.wrong(error.message, field, error.found, str(error.expected), error.remedy) from None
    if not place.flag(table, "tls", f"{field}."):
        for key in ("ca", "certificate", "key"):
            if key in table:
                raise place.wrong("This is for TLS.", f"{field}.{key}", table[key], "tls = true beside it")
        return peer
    return replace(peer, tls=_tls(place, f"{field}.", table))


def _tls(place: _Place, within: str, table: Mapping[str, Any]) -> ssl.SSLContext:
    """Return what a destination is spoken to with; paths are relative to the file of rules."""
    given = {key: place.path.parent / place.text(table, key, within) for key in ("certificate", "key") if key in table}
    ca = place.path.parent / place.text(table, "ca", within)
    try:
        return caller_context(ca=ca, certificate=given.get("certificate"), key=given.get("key"))
    except IsocenterError as error:
        named = error.file or error.found
        raise place.wrong(error.message, f"{within}ca", named, error.expected or "PEM", error.remedy) from None


def _transfer_syntax(place: _Place, table: Mapping[str, Any]) -> str:
    if "transfer_syntax" not in table:
        return ""
    given = place.text(table, "transfer_syntax")
    by_name = {TRANSFER_SYNTAXES[uid].casefold(): uid for uid in LOSSLESS if uid in TRANSFER_SYNTAXES}
    uid = by_name.get(given.casefold(), given)
    if uid not in LOSSLESS:
        known = (f"{uid} ({TRANSFER_SYNTAXES.get(uid, '')})" for uid in sorted(LOSSLESS))
        expected = "a lossless one: " + ", ".join(known)
        raise place.wrong("Nothing here encodes this without loss.", "transfer_syntax", given, expected)
    return uid


def _quiet_s(place: _Place, table: Mapping[str, Any]) -> float:
    when, quiet = table.get("when", INSTANCE), table.get("quiet_s")
    if when not in (INSTANCE, STUDY_STABLE):
        raise place.wrong("This is no time to send.", "when", when, f'"{INSTANCE}" or "{STUDY_STABLE}"')
    if when == INSTANCE:
        if quiet is not None:
            raise place.wrong("This is for studies.", "quiet_s", quiet, f'when = "{STUDY_STABLE}" beside it')
        return 0.0
    quiet = DEFAULT_QUIET_S if quiet is None else quiet
    if isinstance(quiet, bool) or not isinstance(quiet, int | float) or not 0 < quiet <= MAX_QUIET_S:
        raise place.wrong(
            "This is no time of quiet.", "quiet_s", quiet, f"seconds, more than 0, at most {MAX_QUIET_S:g}"
        )
    return float(quiet)


def _check_together(path: Path, rules: tuple[Rule, ...], tables: list[dict[str, Any]]) -> None:
    """Raise if two rules have one name, or speak differently to one node."""
    names: set[str] = set()
    spoken: dict[str, tuple[str, object]] = {}
    for rule, table in zip(rules, tables, strict=True):
        place = _Place(path, rule.name)
        if rule.name in names:
            raise place.wrong("Two rules have one name.", "name", rule.name, "a name of its own")
        names.add(rule.name)
        for number, (peer, given) in enumerate(zip(rule.destinations, table["destinations"], strict=True)):
            how = given if isinstance(given, dict) else {}
            how = {key: value for key, value in how.items() if key != "node" and value is not False}
            other = spoken.setdefault(str(peer), (rule.name, how))
            if other[1] != how:
                expected = f'the same TLS as in rule "{other[0]}": {other[1] or "none"}'
                raise place.wrong("One node is spoken to in two ways.", f"destinations[{number}]", how, expected)


def _closest(word: str, known: tuple[str, ...]) -> str | None:
    close = get_close_matches(word, known, n=1)
    return f"Did you mean {close[0]}?" if close else None
