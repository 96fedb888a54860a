"""A data set in the Native DICOM Model, from its DICOM JSON.

Source: DICOM PS3.19 annex A.1 (Native DICOM Model); PS3.18 annex F (DICOM JSON Model).
"""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape, quoteattr

from isocenter.dicom.dictionary import keyword_of
from isocenter.dicom.json_reader import JsonDataset

NAMESPACE = "http://dicom.nema.org/PS3.19/models/NativeDICOM"
_NAME_PARTS = ("FamilyName", "GivenName", "MiddleName", "NamePrefix", "NameSuffix")


def to_xml(dataset: JsonDataset) -> bytes:
    """Return a data set, given in the DICOM JSON model, as an XML document in UTF-8."""
    body = _attributes(dataset)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f'{head}<NativeDicomModel xmlns="{NAMESPACE}" xml:space="preserve">{body}</NativeDicomModel>'.encode()


def _attributes(dataset: JsonDataset) -> str:
    return "".join(_attribute(tag, element, dataset) for tag, element in dataset.items())


def _attribute(tag: str, element: dict[str, Any], dataset: JsonDataset) -> str:
    number = int(tag, 16)
    named = f'tag="{tag}" vr="{element["vr"]}"'
    if number >> 16 & 1:
        creator = dataset.get(f"{number >> 16:04X}{number >> 8 & 0xFF:04X}", {}).get("Value")
        named += f" privateCreator={quoteattr(str(creator[0]))}" if creator and number & 0xFFFF > 0xFF else ""
    else:
        keyword = keyword_of(number)
        named += f' keyword="{keyword}"' if keyword.isidentifier() else ""
    if "BulkDataURI" in element:
        content = f"<BulkData uri={quoteattr(element['BulkDataURI'])}/>"
    elif "InlineBinary" in element:
        content = f"<InlineBinary>{element['InlineBinary']}</InlineBinary>"
    else:
        content = "".join(
            _value(index, value, element["vr"]) for index, value in enumerate(element.get("Value", ()), 1)
        )
    return f"<DicomAttribute {named}>{content}</DicomAttribute>" if content else f"<DicomAttribute {named}/>"


def _value(index: int, value: Any, vr: str) -> str:
    if value is None:
        return f'<Value number="{index}"/>'
    if vr == "SQ":
        return f'<Item number="{index}">{_attributes(value)}</Item>'
    if vr == "PN":
        return (
            f'<PersonName number="{index}">{"".join(_group(name, text) for name, text in value.items())}</PersonName>'
        )
    return f'<Value number="{index}">{_text(value)}</Value>'


def _group(name: str, text: str) -> str:
    parts = zip(_NAME_PARTS, text.split("^"), strict=False)
    return f"<{name}>{''.join(f'<{part}>{_text(value)}</{part}>' for part, value in parts if value)}</{name}>"


def _text(value: Any) -> str:
    """Return a value as XML text; control characters that XML 1.0 has no form for are left out."""
    text = str(value)
    return escape("".join(letter for letter in text if letter >= " " or letter in "\t\n\r"))
