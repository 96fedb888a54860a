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
    """Return a person name for comparison: without case, accents and empty components."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return " ".join(plain.casefold().replace("^", " ").replace("=", " ").split())


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
    if value in ("", "*", '""'):
        return "1", []
    return _MATCHERS[found.matching](found, value, query)


def _match_text(found: Attribute, value: str, _: Query) -> Condition:
    if "*" in value or "?" in value:
        return f"{found.sql} LIKE ? ESCAPE '\\'", [_like(value)]
    parts = [part for part in value.split("\\") if part]
    return f"{found.sql} IN ({', '.join('?' * len(parts))})", list(parts)


def _match_name(found: Attribute, value: str, query: Query) -> Condition:
    column = found.sql[:-1] + '_search"'
    if query.fuzzy:
        words = normalise_name(value.replace("*", " ").replace("?", " ")).split()
        conditions = [f"' ' || {column} LIKE ? ESCAPE '\\'" for _ in words]
        return " AND ".join(conditions) or "1", [f"% {_escaped(word)}%" for word in words]
    return f"{column} LIKE ? ESCAPE '\\'", [_like(normalise_name(value))]


def _match_range(found: Attribute, value: str, _: Query) -> Condition:
    first, dash, last = value.partition("-")
    is_time = found.keyword.endswith("Time")
    for end in (first, last):
        if end and not (_TIME if is_time else _DATE).fullmatch(end.replace(":", "") if is_time else end):
            raise OptionError(
                f"{found.keyword} has the wrong form.",
                field=found.keyword,
                found=value[:64],
                expected="HHMMSS or HHMMSS-HHMMSS" if is_time else "YYYYMMDD or YYYYMMDD-YYYYMMDD",
            )
    if not dash:
        return f"{found.sql} LIKE ? ESCAPE '\\'", [_escaped(first) + ("%" if is_time else "")]
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
    try:
        return f"{found.sql} = ?", [int(value)]
    except ValueError:
        raise OptionError(f"{found.keyword} is not a number.", field=found.keyword, found=value[:64]) from None


def _match_count(_found: Attribute, _value: str, _query: Query) -> Condition:
    return "1", []  # counts are returned, not matched: PS3.4 sec. C.3.4


def _match_modalities(found: Attribute, value: str, _: Query) -> Condition:
    parts = [part for part in re.split(r"[\\,]", value) if part]
    conditions = [f"',' || {found.sql} || ',' LIKE ? ESCAPE '\\'" for _ in parts]
    return f"({' OR '.join(conditions)})", [f"%,{_like(part)},%" for part in parts]


_MATCHERS: Mapping[str, Callable[[Attribute, str, Query], Condition]] = {
    "text": _match_text,
    "name": _match_name,
    "range": _match_range,
    "uid": _match_uid,
    "number": _match_number,
    "count": _match_count,
    "modalities": _match_modalities,
}


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _like(pattern: str) -> str:
    return _escaped(pattern).replace("*", "%").replace("?", "_")
