"""What an HL7 CDA document or a plain text says to people, as markup of our own: nothing of theirs is passed on.

Source: HL7 CDA Release 2, sec. 4.3.5 (Section Narrative Block).
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from isocenter.core.errors import DataError
from isocenter.reporting.documents.markup import Content, Markup, element, joined

_MAX_BYTES = 8 << 20
# Elements of the narrative block and what they become; all others pass on their content alone.
_AS = {
    "paragraph": "p", "list": "ul", "item": "li", "table": "table", "thead": "thead", "tbody": "tbody", "tr": "tr",
    "th": "th", "td": "td", "sub": "sub", "sup": "sup", "caption": "caption", "tfoot": "tfoot",
}  # fmt: skip


def plain_text(content: bytes) -> Markup:
    """Return a plain text as it is written."""
    return element("div", content.decode("utf-8", "replace"), class_="value")


def clinical_document(content: bytes) -> Markup:
    """Return titles and narrative of all sections of a CDA document; raises `DataError` if it is no such."""
    if len(content) > _MAX_BYTES or b"<!DOCTYPE" in content[:4096] or b"<!ENTITY" in content:
        raise DataError("The document is not shown.", field="EncapsulatedDocument", expected="XML without entities")
    try:
        root = ET.fromstring(content)  # noqa: S314  # entities were refused above
    except ET.ParseError as problem:
        raise DataError("The document is no XML.", field="EncapsulatedDocument", found=str(problem)) from None
    return joined(_sections(root, 2))


def _sections(node: ET.Element, level: int) -> Iterator[Content]:
    for child in node:
        if _name(child) == "section":
            inside: list[Content] = []
            for part in child:
                if _name(part) == "title":
                    inside.append(element(f"h{min(level, 6)}", "".join(part.itertext())))
                elif _name(part) == "text":
                    inside.append(element("div", *_narrative(part), class_="value"))
            yield element("section", *inside, *_sections(child, level + 1))
        else:
            yield from _sections(child, level)


def _narrative(node: ET.Element) -> Iterator[Content]:
    if node.text:
        yield node.text if node.text.strip() else " "
    for child in node:
        name = _name(child)
        if name == "br":
            yield element("br")
        elif name in _AS:
            yield element(_AS[name], *_narrative(child))
        elif name == "content" and "bold" in child.get("styleCode", "").lower():
            yield element("strong", *_narrative(child))
        else:
            yield from _narrative(child)
        if child.tail:
            yield child.tail if child.tail.strip() else " "


def _name(node: ET.Element) -> str:
    return str(node.tag).rpartition("}")[2]
