"""Any object as a page of its attributes: name, tag and value, sequences opened one below the other.

Source: DICOM PS3.18 annex F (DICOM JSON Model), PS3.6 (names).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from isocenter.dicom.dictionary import is_standard, name_of_tag
from isocenter.dicom.header import Header
from isocenter.dicom.json_model import JsonDataset
from isocenter.dicom.uid_names import name_of
from isocenter.reporting.documents.markup import Content, Markup, element, joined
from isocenter.reporting.documents.page import Context, page
from isocenter.reporting.documents.values import date_text, date_time_text, name_text, time_text
from isocenter.reporting.documents.words import Say

_WRITERS = {"DA": date_text, "TM": time_text, "DT": date_time_text}
_SHOWN_VALUES, _SHOWN_ITEMS, _SHOWN_TEXT = 64, 200, 20_000


def attribute_page(header: Header, dataset: JsonDataset, context: Context) -> Markup:
    """Return the page of an object by its attributes, given as DICOM JSON."""
    title = name_of(header.text(0x00080016)).removesuffix(" Storage")
    return page(header, context, title, [attribute_table(dataset, context.say)])


def attribute_table(dataset: JsonDataset, say: Say) -> Markup:
    """Return all attributes of a data set as a table."""
    head = element("tr", element("th", say("attribute")), element("th", say("value")), element("th", say("tag")))
    return element("table", element("thead", head), element("tbody", *_rows(dataset, say)))


def _rows(dataset: JsonDataset, say: Say) -> Iterator[Content]:
    for key in sorted(dataset):
        tag, attribute = int(key, 16), dataset[key]
        name = name_of_tag(tag) if is_standard(tag) else "·"
        yield element(
            "tr",
            element("td", name, class_="name"),
            element("td", _value(attribute, say), class_="value"),
            element("td", f"({key[:4]},{key[4:]}) {attribute['vr']}", class_="uid"),
        )


def _value(attribute: dict[str, Any], say: Say) -> Markup:
    vr, values = attribute["vr"], attribute.get("Value") or []
    if "InlineBinary" in attribute or "BulkDataURI" in attribute:
        n_bytes = len(attribute.get("InlineBinary", "")) * 3 // 4
        return joined((f"{n_bytes} " if n_bytes else "", say("bytes")))
    if vr == "SQ":
        return _items(values, say)
    words = [_words(value, vr) for value in values[:_SHOWN_VALUES]]
    more = f" … ({len(values)})" if len(values) > _SHOWN_VALUES else ""
    return joined((", ".join(words)[:_SHOWN_TEXT] + more,))


def _items(items: list[JsonDataset], say: Say) -> Markup:
    """Return the items of a sequence; codes in one line, others as tables to be opened."""
    if all("00080104" in item for item in items):
        return joined([", ".join(_code(item) for item in items)])
    tables = [attribute_table(item, say) for item in items[:_SHOWN_ITEMS]]
    if len(items) == 1:
        return tables[0]
    opened = [element("details", element("summary", str(n)), each) for n, each in enumerate(tables, start=1)]
    return joined([*opened, f"… ({len(items)})" if len(items) > _SHOWN_ITEMS else None])


def _code(item: JsonDataset) -> str:
    def first(tag: str) -> str:
        return str((item.get(tag, {}).get("Value") or [""])[0])

    return f"{first('00080104')} ({first('00080100') or first('00080119') or first('00080120')}, {first('00080102')})"


def _words(value: Any, vr: str) -> str:
    if value is None:
        return ""
    if vr == "PN":
        return name_text("=".join(value.get(group, "") for group in ("Alphabetic", "Ideographic", "Phonetic")))
    if vr == "UI":
        name = name_of(str(value))
        return f"{name} ({value})" if name != value else str(value)
    if isinstance(value, float):
        return f"{value:.15g}"
    return _WRITERS[vr](str(value)) if vr in _WRITERS else str(value)
