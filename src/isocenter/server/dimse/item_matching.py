"""Matching of a whole data set with the keys of a query, sequences and all.

Source: DICOM PS3.4 sec. C.2.2.2 (attribute matching), K.2.2.2 and table K.6-1 (worklist: date and time are one moment).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from isocenter.archive.matching import MAX_VALUE, normalise_name
from isocenter.core.errors import OptionError
from isocenter.dicom.dictionary import is_standard, tag_text
from isocenter.dicom.json_reader import JsonDataset

Test: TypeAlias = Callable[[JsonDataset], bool]

_NOT_MATCHED = frozenset({"00080005", "00080052", "00080201"})  # character set, level, time zone
_BINARY = frozenset({"AT", "OB", "OD", "OF", "OL", "OV", "OW", "UN"})
_NUMBERS = frozenset({"DS", "FD", "FL", "IS", "SL", "SS", "SV", "UL", "US", "UV"})
_MOMENTS: Mapping[str, re.Pattern[str]] = {
    "DA": re.compile(r"\d{8}"),
    "TM": re.compile(r"\d{2}(\d{2}(\d{2}(\.\d{1,6})?)?)?"),
    "DT": re.compile(r"\d{4,14}(\.\d{1,6})?"),
}
# Start date and start time of a scheduled procedure step.
_ONE_MOMENT = (("00400002", "00400003"),)


def matcher(keys: JsonDataset, *, is_fuzzy: bool = False) -> Test:
    """Return the test whether a data set matches; raises `OptionError` for a malformed key."""
    moments = [pair for pair in _ONE_MOMENT if _is_range(keys, *pair)]
    alone = [tag for tag in keys if is_key(tag) and not any(tag in pair for pair in moments)]
    tests = [_test(tag, keys[tag], is_fuzzy) for tag in alone] + [_one_moment(keys, *pair) for pair in moments]
    wanted = [test for test in tests if test is not None]
    return lambda dataset: all(test(dataset) for test in wanted)


def is_key(tag: str) -> bool:
    """Return whether a tag is a key that can be matched and returned: standard, and not about the query itself."""
    return tag not in _NOT_MATCHED and is_standard(int(tag, 16))


def returned(dataset: JsonDataset, keys: JsonDataset, *, is_fuzzy: bool = False) -> JsonDataset:
    """Return what was asked for of a match, empty where it has nothing; of sequences the items that match."""
    answer: JsonDataset = {}
    for tag, key in keys.items():
        if not is_key(tag):
            continue
        element = dataset.get(tag, {"vr": key["vr"]})
        inner = next((item for item in key.get("Value") or () if isinstance(item, dict)), None)
        if key["vr"] == "SQ" and inner:  # the value of a person name is a dictionary, too
            fits = matcher(inner, is_fuzzy=is_fuzzy)
            found = [returned(item, inner, is_fuzzy=is_fuzzy) for item in element.get("Value") or () if fits(item)]
            element = {"vr": "SQ", "Value": found} if found else {"vr": "SQ"}
        answer[tag] = element
    return answer


def _test(tag: str, key: Mapping[str, Any], is_fuzzy: bool) -> Test | None:
    """Return the test of one key, None if it matches everything."""
    vr, values = key["vr"], [value for value in key.get("Value") or () if value is not None]
    if not values or vr in _BINARY:
        return None
    if vr == "SQ":
        return _sequence(tag, values[0], is_fuzzy)
    texts = ["=".join(value.values()) if isinstance(value, dict) else str(value).strip() for value in values]
    if any(not text.strip("*") for text in texts):
        return None
    if any(len(text) > MAX_VALUE for text in texts):
        raise OptionError("The value to match is too long.", field=tag_text(int(tag, 16)), expected=MAX_VALUE)
    one = [_value_test(tag, vr, text, is_fuzzy) for text in texts]
    return lambda dataset: any(test(value) for value in _values(dataset, tag) for test in one)


def _sequence(tag: str, item: JsonDataset, is_fuzzy: bool) -> Test | None:
    """Match if one item fits all keys; an item without a value to match fits what has no item, too."""
    if is_universal(item):
        return None
    fits = matcher(item, is_fuzzy=is_fuzzy)
    return lambda dataset: any(fits(found) for found in _values(dataset, tag) if isinstance(found, dict))


def is_universal(keys: JsonDataset) -> bool:
    """Return whether these keys match everything."""
    return all(not is_key(tag) or _test(tag, key, False) is None for tag, key in keys.items())


def _value_test(tag: str, vr: str, text: str, is_fuzzy: bool) -> Callable[[Any], bool]:
    if vr == "PN":
        return _name_test(text, is_fuzzy)
    if vr in _MOMENTS:
        first, last = _ends(tag, vr, text)
        return lambda value: _is_between(first, _whole(vr, str(value)), last)
    if vr in _NUMBERS:
        return _number_test(tag, text)
    if vr == "UI":
        return lambda value: str(value) == text
    return lambda value: _glob(text, str(value).strip())


def _name_test(text: str, is_fuzzy: bool) -> Callable[[Any], bool]:
    if is_fuzzy:
        beginnings = normalise_name(re.sub(r"[*?=]", " ", text)).split()

        def sounds_alike(value: Any) -> bool:
            words = [word for group in _groups(value) for word in group.split()]
            return all(any(word.startswith(beginning) for word in words) for beginning in beginnings)

        return sounds_alike
    pattern = normalise_name(text)
    return lambda value: (
        _glob(pattern, "=".join(_groups(value))) or any(_glob(pattern, group) for group in _groups(value))
    )


def _groups(value: Any) -> list[str]:
    return [normalise_name(group) for group in (value.values() if isinstance(value, dict) else [str(value)])]


def _number_test(tag: str, text: str) -> Callable[[Any], bool]:
    try:
        wanted = float(text)
    except ValueError:
        raise OptionError("The key is not a number.", field=tag_text(int(tag, 16)), expected="a number") from None

    def is_equal(value: Any) -> bool:
        try:
            return float(value) == wanted
        except (TypeError, ValueError):
            return False

    return is_equal


def _plain(vr: str, text: str) -> str:
    """Return a date or time without the delimiters that early versions of the standard had."""
    return text.replace(".", "") if vr == "DA" else text.replace(":", "")


def _whole(vr: str, text: str) -> str:
    """Return a stored date or time as it is compared: a time has at least its seconds."""
    return _plain(vr, text).ljust(6, "0") if vr == "TM" else _plain(vr, text)


def _ends(tag: str, vr: str, text: str) -> tuple[str, str]:
    """Return the ends of a range, empty where it is open; of a single value both are that."""
    first, dash, last = (part.strip() for part in _plain(vr, text).partition("-"))
    if any(end and not _MOMENTS[vr].fullmatch(end) for end in (first, last)):
        raise OptionError(
            "The key is neither a value nor a range.", field=tag_text(int(tag, 16)), expected="a, a-, -b or a-b"
        )
    return (first, last) if dash else (first, first)


def _is_between(first: str, value: str, last: str) -> bool:
    """Return whether a moment lies in a range; the end includes all that begins with it: 10 includes 10:59."""
    return (not first or value >= first) and (not last or value[: len(last)] <= last)


def _is_range(keys: JsonDataset, date: str, time: str) -> bool:
    return all("-" in str((keys.get(tag, {}).get("Value") or [""])[0] or "") for tag in (date, time))


def _one_moment(keys: JsonDataset, date: str, time: str) -> Test:
    """Match date and time as one moment: the times bound only the first and the last day."""
    days = _ends(date, "DA", str(keys[date]["Value"][0]))
    clocks = _ends(time, "TM", str(keys[time]["Value"][0]))
    first, last = (day + clock if day else "" for day, clock in zip(days, clocks, strict=True))

    def fits(dataset: JsonDataset) -> bool:
        day, clock = (next((str(v) for v in _values(dataset, tag)), "") for tag in (date, time))
        return bool(day) and _is_between(first, _whole("DA", day) + _whole("TM", clock), last)

    return fits


def _values(dataset: JsonDataset, tag: str) -> list[Any]:
    return [value for value in dataset.get(tag, {}).get("Value") or () if value is not None]


def _glob(pattern: str, text: str) -> bool:
    """Return whether a text fits a pattern with ``*`` and ``?``, in time that no pattern can blow up."""
    at, star, resume = 0, -1, 0
    position = 0
    while position < len(text):
        if at < len(pattern) and pattern[at] == "*":
            star, resume = at, position
            at += 1
        elif at < len(pattern) and pattern[at] in ("?", text[position]):
            at += 1
            position += 1
        elif star >= 0:
            at, resume = star + 1, resume + 1
            position = resume
        else:
            return False
    return not pattern[at:].strip("*")
