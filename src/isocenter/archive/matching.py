"""From a query to SQL with bound parameters.

Source: DICOM PS3.4 sec. C.2.2.2 (attribute matching); PS3.18 sec. 8.3.4 (fuzzy matching is ours to define).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
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
_LAST_CHARACTER = "\U0010ffff"
# Studies are listed in the order of the index that finds them, so that a page never waits for a sort of all matches.
_SORTED_BY = ("PatientID", "AccessionNumber", "StudyDate")


def normalise_name(name: str) -> str:
    """Return a person name for comparison: without case, accents and empty components, its groups joined by ``=``."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    groups = (" ".join(group.replace("^", " ").split()) for group in plain.casefold().split("="))
    return "=".join(groups).rstrip("=")


def returned(query: Query) -> tuple[str, ...]:
    """Return the keywords of an answer: those of the level and of the levels above it, and those asked for."""
    allowed = LEVELS[: LEVELS.index(query.level) + 1]
    asked = frozenset(query.returns)
    return tuple(
        a.keyword for a in ATTRIBUTES.values() if a.level in allowed and (not a.is_costly or a.keyword in asked)
    )


def to_sql(query: Query) -> tuple[str, list[str | int], tuple[str, ...]]:
    """Return the SELECT, its parameters, and the keywords of its columns.

    Raises `OptionError` for an attribute that is not indexed, that belongs below the level, or a malformed value.
    """
    conditions, parameters, walked = ["1"], [], _walked_name(query)
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
        if walked is not None and keyword == "PatientName":
            condition, values = walked
        conditions.append(condition)
        parameters += values
    if query.within is not None:
        conditions.append('study."StudyInstanceUID" = ?')
        parameters.append(query.within)
    condition, values = _combined(query)
    keywords = returned(query)
    selected = ", ".join(ATTRIBUTES[keyword].sql for keyword in keywords)
    where = " AND ".join((*conditions, condition))
    page: list[str | int] = [-1 if query.limit is None else query.limit, query.offset]
    return _select(query, selected, where, is_by_name=walked is not None), [*parameters, *values, *page], keywords


def _select(query: Query, selected: str, where: str, *, is_by_name: bool) -> str:
    """Return the SELECT of a page: its rows are found by the index alone, and only they are read."""
    order, source = _order(query), _FROM[query.level]
    if is_by_name:
        order, source = "name.word, name.study_id", "name CROSS JOIN study ON study.id = name.study_id"
    group = f"GROUP BY {ATTRIBUTES[UNIQUE_KEYS['PATIENT']].sql}" if query.level == "PATIENT" else ""
    page = f"FROM {source} WHERE {where} {group} ORDER BY {order} LIMIT ? OFFSET ?"
    if not query.offset or query.level != "STUDY" or is_by_name:
        return f"SELECT {selected} {page}"
    found = f"(SELECT study.id AS found {page}) CROSS JOIN study ON study.id = found"
    return f"SELECT {selected} FROM {found} ORDER BY {order}"  # noqa: S608 - from tables


def _order(query: Query) -> str:
    """Return the order of the answers: by a range that an index walks, if nothing narrower is asked; then as stored."""
    by_id = _ORDER[query.level]
    asked = {keyword: value.strip() for keyword, value in query.filters.items() if value.strip().strip("*-")}
    if query.level != "STUDY" or {"StudyInstanceUID", "PatientName"} & asked.keys():
        return by_id
    sorted_by = [keyword for keyword in _SORTED_BY if keyword in asked]
    if not sorted_by or any(_is_single(keyword, asked[keyword]) for keyword in sorted_by):
        return by_id
    return f"{ATTRIBUTES[sorted_by[0]].sql}, {by_id}"


def _is_single(keyword: str, value: str) -> bool:
    return not (set(value) & set("-" if keyword == "StudyDate" else "*?"))


def _combined(query: Query) -> Condition:
    """Match date and time as one moment: the times bound only the first and the last day (PS3.4 sec. C.2.2.2.5.1)."""
    dates, times = (query.filters.get(name, "").replace(":", "") for name in ("StudyDate", "StudyTime"))
    if not query.is_combined or "-" not in dates or "-" not in times:
        return "1", []
    date, time = ATTRIBUTES["StudyDate"].sql, ATTRIBUTES["StudyTime"].sql
    conditions: list[str] = []
    parameters: list[str | int] = []
    ends = zip(
        (part.strip() for part in dates.split("-", 1)),
        (part.strip() for part in times.split("-", 1)),
        "><",
        strict=True,
    )
    for day, clock, sign in ends:
        if day and clock:
            conditions.append(f"({date} {sign} ? OR {time} {sign}= ?)")
            parameters += [day, clock + ("~" if sign == "<" else "")]
    return " AND ".join(conditions) or "1", parameters


def _condition(found: Attribute, value: str, query: Query) -> Condition:
    value = value.strip()
    if value == '""':
        return f"coalesce({found.sql}, '') = ''", []  # empty value matching, PS3.4 sec. C.2.2.2.7
    if not value.strip("*"):
        return "1", []
    if (
        found.keyword == "StudyTime"
        and query.is_combined
        and "-" in value
        and "-" in query.filters.get("StudyDate", "")
    ):
        _match_range(found, value, query)  # its form is checked here, `_combined` matches it
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
    """Match one of several values (PS3.4 sec. C.2.2.2.8), each with its own wild cards."""
    parts = [part for part in value.split("\\") if part]
    if not any("*" in part or "?" in part for part in parts):
        return f"{found.sql} IN ({', '.join('?' * len(parts))})", list(parts)
    return _any(_like(found.sql, part) for part in parts)


def _like(column: str, pattern: str) -> Condition:
    """Match a pattern; what stands before its first wild card becomes a range, which an index can walk."""
    prefix = re.split(r"[*?]", pattern, maxsplit=1)[0]
    if prefix == pattern:
        return f"{column} = ?", [pattern]
    condition, parameters = f"{column} GLOB ?", [_glob(pattern)]
    if not prefix:
        return condition, [*parameters]
    between = f"{column} >= ? AND {column} < ?"
    if pattern == prefix + "*":
        return between, [prefix, prefix + _LAST_CHARACTER]
    return f"{between} AND {condition}", [prefix, prefix + _LAST_CHARACTER, *parameters]


def _any(conditions: Iterable[Condition]) -> Condition:
    listed = list(conditions)
    if len(listed) == 1:
        return listed[0]
    return "(" + " OR ".join(f"({text})" for text, _ in listed) + ")", [p for _, values in listed for p in values]


def _match_texts(found: Attribute, value: str, _: Query) -> Condition:
    """Match one of several values, which are stored with backslashes between them."""
    return f"'\\' || {found.sql} || '\\' GLOB ?", [f"*\\{_glob(value)}\\*"]


def _match_name(found: Attribute, value: str, query: Query) -> Condition:
    """Match a whole name or one of its groups (alphabetic, ideographic, phonetic); fuzzy: the beginnings of words.

    What a patient may be called stands in a table of its own, one row a word and one, behind ``=``, a group.
    """
    is_indexed = found.keyword == "PatientName"
    if query.fuzzy:
        words = normalise_name(re.sub(r"[*?\\]", " ", value)).replace("=", " ").split()
        each = [_word_begins(found, word, is_indexed) for word in words]
        return " AND ".join(text for text, _ in each) or "1", [p for _, values in each for p in values]
    return _any(_one_name(found, normalise_name(part), is_indexed) for part in value.split("\\"))


def _walked_name(query: Query) -> Condition | None:
    """Return how the table of names is walked in its order, if a name is what narrows a search for studies most.

    A study whose name fits by several groups is met once: at the first of them.
    """
    pattern = normalise_name(query.filters.get("PatientName", "").strip())
    asked = {keyword for keyword, value in query.filters.items() if value.strip("* ")}
    is_simple = pattern.strip("*") and not query.fuzzy and not set(pattern) & set('=\\"') and pattern[0] not in "*?"
    if query.level != "STUDY" or not is_simple or asked & {*_SORTED_BY, "StudyInstanceUID"}:
        return None
    condition, parameters = _like("word", "=" + re.sub(r"\*+", "*", pattern))
    first = f"SELECT min(word) FROM name AS other WHERE other.study_id = study.id AND {condition}"  # noqa: S608
    return f"{condition} AND name.word = ({first})", parameters * 2


def _one_name(found: Attribute, pattern: str, is_indexed: bool) -> Condition:
    column = found.sql[:-1] + '_search"'
    if "=" in pattern:
        return _like(column, pattern)
    if is_indexed:
        condition, parameters = _like("word", "=" + pattern)
        return f"study.id IN (SELECT study_id FROM name WHERE {condition})", parameters  # noqa: S608 - from tables
    return f"'=' || {column} || '=' GLOB ?", [f"*={_glob(pattern)}=*"]


def _word_begins(found: Attribute, word: str, is_indexed: bool) -> Condition:
    if is_indexed:
        condition, parameters = _like("word", word + "*")
        return f"study.id IN (SELECT study_id FROM name WHERE {condition})", parameters  # noqa: S608 - from tables
    return f"' ' || replace({found.sql[:-1]}_search\", '=', ' ') GLOB ?", [f"* {_glob(word)}*"]


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
        return _like(found.sql, first + "*") if is_time else (f"{found.sql} = ?", [first])
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
