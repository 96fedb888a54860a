"""The DICOM JSON of a data set in the Native DICOM Model.

Source: DICOM PS3.19 annex A.1 (Native DICOM Model); PS3.18 annex F (DICOM JSON Model).
"""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

from isocenter.core.errors import DataError
from isocenter.dicom.elements import MAX_DEPTH
from isocenter.dicom.json_model import JsonDataset
from isocenter.dicom.json_values import FLOAT_VRS, INTEGER_VRS

_NAME_PARTS = ("FamilyName", "GivenName", "MiddleName", "NamePrefix", "NameSuffix")


def from_xml(document: bytes) -> JsonDataset:
    """Return the data set of an XML document; raises `DataError` if it is none, or declares a document type."""
    try:
        text = document.decode("utf-8-sig")
        if "<!DOCTYPE" in text:
            raise DataError("A document type is not taken.", field="body", found="DOCTYPE", expected="a data set alone")
        root = ET.fromstring(text)  # noqa: S314 - without a document type there are no entities to expand
        return _attributes(root, 0)
    except (ET.ParseError, ValueError, KeyError, OverflowError) as error:
        raise DataError(
            "This is no data set in XML.", field="body", found=type(error).__name__, expected="NativeDicomModel"
        ) from None


def _attributes(parent: Element, depth: int) -> JsonDataset:
    if depth > MAX_DEPTH:
        raise DataError("The sequences of the data set are too deep.", expected=f"at most {MAX_DEPTH}")
    return {each.attrib["tag"].upper(): _element(each, depth) for each in parent if _name(each) == "DicomAttribute"}


def _element(attribute: Element, depth: int) -> dict[str, Any]:
    vr = attribute.attrib["vr"]
    values: list[Any] = []
    for child in attribute:
        name = _name(child)
        if name == "BulkData":
            return {"vr": vr, "BulkDataURI": child.attrib["uri"]}
        if name == "InlineBinary":
            return {"vr": vr, "InlineBinary": child.text or ""}
        if name == "Item":
            values.append(_attributes(child, depth + 1))
        elif name == "PersonName":
            values.append({_name(group): _group(group) for group in child})
        elif name == "Value":
            values.append(_value(child.text, vr))
    return {"vr": vr, "Value": values} if values else {"vr": vr}


def _group(group: Element) -> str:
    parts = {_name(part): part.text or "" for part in group}
    return "^".join(parts.get(name, "") for name in _NAME_PARTS).rstrip("^")


def _value(text: str | None, vr: str) -> Any:
    if text is None:
        return None
    if vr in INTEGER_VRS:
        return int(text)
    return float(text) if vr in FLOAT_VRS else text


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]
