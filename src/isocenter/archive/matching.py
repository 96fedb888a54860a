"""From a query to SQL with bound parameters.

Source: DICOM PS3.4 sec. C.2.2.2 (attribute matching); PS3.18 sec. 8.3.4 (fuzzy matching is ours to define).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import TypeAlias

from isocenter.archive.attributes import ATTRIBUTES, LEVELS, UNIQUE_KEYS, Attribute, attribute
from isocenter.archive.query import Query
from isocenter.core.errors import OptionError

Condition: TypeAlias = tuple[str, list[str | int]]
MAX_UIDS = 1000
MAX_VALUE = 256
MAX_WILDCARDS = 8

_DATE = re.compile(r"\d{8}")
_TIME = re.compile(r"\d{2}(\d{2}(\d{2}(\.\d{1,6})?)?)?")
_FROM = {
    "PATIENT": "study",
    "STUDY": "study",
    "SERIES": "series JOIN study ON series.study_id = study.id",
    "IMAGE": "instance JOIN series ON instance.series_id = series.id JOIN study ON series.study_id = study.id",
}
_ORDER = {"PATIENT": 'study."PatientID", study.id', "STUDY": "study.id", "SERIES": "series.id", "IMAGE": "instance.id"}


def normalise_name(name: str) -> str:
    """Return a person name for comparison: without case, accents and empty components, its groups joined by ``=``."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    groups = (" ".join(group.replace("^", " ").split()) for group in plain.casefold().split("="))
    return "=".join(groups).rstrip("=")


def returned(query: Query) -> tuple[str, ...]:
    """Return the keywords of an answer: those of the level and of the levels above it, and those asked for."""
    allowed = LEVELS[: LEVELS.index(query.level) + 1]
    default = [a.keyword for a in ATTRIBUTES.values() if a.level in allowed]
    if query.level == "PATIENT":
        default = [keyword for keyword in default if ATTRIBUTES[keyword].level == "PATIENT"]
    return tuple(default)


def to_sql(query: Query) -> tuple[str, list[str | int], tuple[str, ...]]:
    """Return the SELECT, its parameters, and the keywords of its columns.

    Raises `OptionError` for an attribute that is not indexed, that belongs below the level, or a malformed value.
    """
    conditions, parameters = ["1"], []
    for keyword, value in query.filters.items():
        found = attribute(keyword)
        if LEVELS.index(found.level) > LEVELS.index(query.level):
            raise OptionError(
                f"{keyword} belongs to a lower level.",
                field=keyword,
                found=f"level {query.level}",
                expected=found.level,
            )
        condition, values = _condition(found, value, query)
        conditions.append(condition)
        parameters += values
    keywords = returned(query)
    selected = ", ".join(ATTRIBUTES[keyword].sql for keyword in keywords)
    text = f"SELECT {selected} FROM {_FROM[query.level]} WHERE {' AND '.join(conditions)}"  # noqa: S608 - from tables
    if query.level == "PATIENT":
        text += f" GROUP BY {ATTRIBUTES[UNIQUE_KEYS['PATIENT']].sql}"
    text += f" ORDER BY {_ORDER[query.level]} LIMIT ? OFFSET ?"
    return text, [*parameters, -1 if query.limit is None else query.limit, query.offset], keywords


def _condition(found: Attribute, value: str, query: Query) -> Condition:
    value = value.strip()
    if value.strip("*") in ("", '""'):
        return "1", []
    value = re.sub(r"\*+", "*", value)
    if found.matching != "uid" and (len(value) > MAX_VALUE or value.count("*") > MAX_WILDCARDS):
        raise OptionError(
            "The value to match is too long.",
            field=found.keyword,
            found=f"{len(value)} characters, {value.count('*')} wildcards",
            expected=f"at most {MAX_VALUE} characters and {MAX_WILDCARDS} wildcards",
        )
    return _MATCHERS[found.matching](found, value, query)


def _match_text(found: Attribute, value: str, _: Query) -> Condition:
    if "*" in value or "?" in value:
        return f"{found.sql} GLOB ?", [_glob(value)]
    parts = [part for part in value.split("\\") if part]
    return f"{found.sql} IN ({', '.join('?' * len(parts))})", list(parts)


def _match_texts(found: Attribute, value: str, _: Query) -> Condition:
    """Match one of several values, which are stored with backslashes between them."""
    return f"'\\' || {found.sql} || '\\' GLOB ?", [f"*\\{_glob(value)}\\*"]


def _match_name(found: Attribute, value: str, query: Query) -> Condition:
    """Match a whole name or one of its groups (alphabetic, ideographic, phonetic); fuzzy: the beginnings of words."""
    column = found.sql[:-1] + '_search"'
    if query.fuzzy:
        words = normalise_name(value.replace("*", " ").replace("?", " ")).replace("=", " ").split()
        conditions = [f"' ' || replace({column}, '=', ' ') GLOB ?" for _ in words]
        return " AND ".join(conditions) or "1", [f"* {_glob(word)}*" for word in words]
    pattern = _glob(normalise_name(value))
    patterns: list[str | int] = [pattern]
    if "=" not in pattern:
        patterns += [f"{pattern}=*", f"*={pattern}", f"*={pattern}=*"]
    return "(" + " OR ".join(f"{column} GLOB ?" for _ in patterns) + ")", patterns


def _match_range(found: Attribute, value: str, _: Query) -> Condition:
    is_time = found.keyword.endswith("Time")
    first, dash, last = (part.strip() for part in value.replace(":", "").partition("-"))
    for end in (first, last):
        if end and not (_TIME if is_time else _DATE).fullmatch(end):
            raise OptionError(
                f"{found.keyword} has the wrong form.",
                field=found.keyword,
                found=value[:64],
                expected="HHMMSS or HHMMSS-HHMMSS" if is_time else "YYYYMMDD or YYYYMMDD-YYYYMMDD",
            )
    if not dash:
        return (f"{found.sql} GLOB ?", [first + "*"]) if is_time else (f"{found.sql} = ?", [first])
    if not (first or last):
        return "1", []
    conditions, parameters = [f"{found.sql} <> ''"], []
    if first:
        conditions.append(f"{found.sql} >= ?")
        parameters.append(first)
    if last:
        conditions.append(f"{found.sql} <= ?")
        parameters.append(last + ("~" if is_time else ""))  # "~" sorts behind every digit: 10 includes 10:59
    return " AND ".join(conditions), list(parameters)


def _match_uid(found: Attribute, value: str, _: Query) -> Condition:
    parts = [part.strip() for part in re.split(r"[\\,]", value) if part.strip()]
    if len(parts) > MAX_UIDS or any(not re.fullmatch(r"[0-9.]{1,64}", part) for part in parts):
        raise OptionError(
            f"{found.keyword} is not a list of UIDs.",
            field=found.keyword,
            found=value[:64],
            expected=f"up to {MAX_UIDS} UIDs",
        )
    return f"{found.sql} IN ({', '.join('?' * len(parts))})", list(parts)


def _match_number(found: Attribute, value: str, _: Query) -> Condition:
    if not re.fullmatch(r"[+-]?\d{1,12}", value, re.ASCII):
        raise OptionError(f"{found.keyword} is not a number.", field=found.keyword, found=value[:64])
    return f"{found.sql} = ?", [int(value)]


def _match_count(_found: Attribute, _value: str, _query: Query) -> Condition:
    return "1", []  # counts are returned, not matched: PS3.4 sec. C.3.4


def _match_modalities(found: Attribute, value: str, _: Query) -> Condition:
    parts = [part for part in re.split(r"[\\,]", value) if part]
    conditions = [f"',' || {found.sql} || ',' GLOB ?" for _ in parts]
    return f"({' OR '.join(conditions) or '1'})", [f"*,{_glob(part)},*" for part in parts]


_MATCHERS: Mapping[str, Callable[[Attribute, str, Query], Condition]] = {
    "text": _match_text,
    "texts": _match_texts,
    "name": _match_name,
    "range": _match_range,
    "uid": _match_uid,
    "number": _match_number,
    "count": _match_count,
    "modalities": _match_modalities,
}


def _glob(pattern: str) -> str:
    """Return a DICOM pattern for SQLite's GLOB, which is case-sensitive as PS3.4 asks: ``[`` means itself."""
    return pattern.replace("[", "[[]")
