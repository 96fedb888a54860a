"""The frame of every page: whose it is, what it is, its content, and where its attributes are.

Source: W3C Content Security Policy Level 3 sec. 6.7.3.3 (hashes of style sheets); WCAG 2.2 (contrast, headings).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from isocenter.dicom.dictionary import tag_of, tags_of
from isocenter.dicom.header import Header
from isocenter.dicom.uid_names import name_of
from isocenter.reporting.documents.markup import Content, Markup, element, joined
from isocenter.reporting.documents.values import date_text, name_text, time_text
from isocenter.reporting.documents.words import Say

HEAD_TAGS = tags_of(
    "SOPClassUID", "SOPInstanceUID", "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate",
    "StudyTime", "StudyDescription", "SeriesDescription", "AccessionNumber", "ReferringPhysicianName", "ContentDate",
    "ContentTime", "Manufacturer", "ManufacturerModelName", "InstitutionName", "Modality",
)  # fmt: skip

STYLE = """
:root{color-scheme:light;--ink:#14202a;--soft:#4a5a66;--line:#cdd6dc;--ground:#fff;--band:#f2f5f7;--accent:#0b6b78;
--warm:#9a5b00}
:root.dark{color-scheme:dark;--ink:#e6ecef;--soft:#a9b6bf;--line:#2c3842;--ground:#0f1418;--band:#192128;
--accent:#5cc0cc;--warm:#f2b45c}
body{margin:0;background:var(--ground);color:var(--ink);font:14px/1.45 "Inter","Segoe UI",system-ui,"DejaVu Sans",
sans-serif}
main,header,footer{max-width:1080px;margin:0 auto;padding:0 20px}
main{padding-top:8px}
header{padding-top:14px;border-bottom:1px solid var(--line)}
h1{font-size:21px;margin:0 0 8px}h2{font-size:17px;margin:20px 0 6px}h3{font-size:15px;margin:14px 0 4px}
h4,h5,h6{font-size:14px;margin:10px 0 3px}
h2{border-bottom:1px solid var(--line);padding-bottom:3px}
dl{display:grid;grid-template-columns:max-content 1fr;gap:1px 14px;margin:0 0 10px}
dt{color:var(--soft)}dd{margin:0}
header dl{grid-template-columns:repeat(2,max-content 1fr);font-size:13px}
dl.many{grid-template-columns:repeat(4,max-content 1fr)}
ul{margin:2px 0;padding-left:18px}li{margin:1px 0}
table{border-collapse:collapse;margin:4px 0 10px;font-variant-numeric:tabular-nums}
th,td{text-align:left;vertical-align:top;padding:2px 12px 2px 0;border-bottom:1px solid var(--line)}
th{font-weight:600;color:var(--soft)}td.number,th.number{text-align:right}
a{color:var(--accent)}.name{color:var(--soft)}.value{white-space:pre-line;overflow-wrap:anywhere}
.relation,.code,.uid{color:var(--soft);font-size:12px}.warning{color:var(--warm)}
.uid{font-family:ui-monospace,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
section section{padding-left:12px;border-left:2px solid var(--band)}
img.thumbnail{display:block;max-width:128px;max-height:128px;margin:3px 0;background:#000}
.paper{overflow-x:auto;margin:8px 0}.paper svg{display:block;border:1px solid var(--line)}
details>summary{cursor:pointer;color:var(--soft);min-height:24px;line-height:24px}
footer{margin-top:26px;padding-top:8px;padding-bottom:24px;border-top:1px solid var(--line);font-size:12px;
color:var(--soft)}
:target{outline:2px solid var(--warm);outline-offset:2px}
@media print{:root.dark{color-scheme:light}a{color:inherit}}
"""

_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)


@dataclass(frozen=True)
class Context:
    """What a page needs from outside: its language and look, and which objects are here and where.

    `places` gives study and series of instances in the archive; `query` is what the address of the page was asked with.
    """

    say: Say
    language: str = "en"
    is_dark: bool = False
    places: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    base: str = ""


def view_address(study: str, series: str, instance: str, frame: int | None = None) -> str:
    """Return the address of the viewer for one object."""
    return f"/view/{study}/{series}?instance={instance}" + (f"&frame={frame}" if frame else "")


def page(header: Header, context: Context, title: str, content: Iterable[Content]) -> Markup:
    """Return a whole page about one object: its patient and study, the content, its identifiers."""
    say = context.say
    root = element(
        "html",
        element(
            "head",
            element("meta", charset="utf-8"),
            element("meta", name="viewport", content="width=device-width"),
            element("title", title),
            element("style", Markup(STYLE)),
        ),
        element(
            "body",
            element("header", element("h1", title), facts(_about(header, say))),
            element("main", *content),
            element("footer", *_identifiers(header, context)),
        ),
        lang=context.language,
        class_="dark" if context.is_dark else None,
    )
    return Markup("<!DOCTYPE html>\n" + root)


def facts(pairs: Iterable[tuple[str, Content]], *, are_many: bool = False) -> Markup:
    """Return names with their values, one below the other or in columns; those without a value are left out."""
    return element(
        "dl",
        *(joined((element("dt", name), element("dd", value, class_="value"))) for name, value in pairs if value),
        class_="many" if are_many else None,
    )


def _about(header: Header, say: Say) -> list[tuple[str, Content]]:
    def moment(name: str) -> str:
        day, time = header.text(tag_of(f"{name}Date")), header.text(tag_of(f"{name}Time"))
        return " ".join(part for part in (date_text(day), time_text(time)) if part)

    def words(*names: str) -> str:
        return " · ".join(part for part in (header.text(tag_of(name)) for name in names) if part)

    return [
        (say("patient"), name_text(header.text(tag_of("PatientName")))),
        (say("study"), " · ".join(part for part in (words("StudyDescription"), moment("Study")) if part)),
        (say("patient id"), words("PatientID")),
        (say("accession"), words("AccessionNumber")),
        (say("born"), date_text(words("PatientBirthDate"))),
        (say("referring"), name_text(words("ReferringPhysicianName"))),
        (say("sex"), words("PatientSex")),
        (say("made"), moment("Content")),
        (say("by device"), words("Manufacturer", "ManufacturerModelName", "InstitutionName")),
    ]


def _identifiers(header: Header, context: Context) -> list[Content]:
    return [
        name_of(header.text(tag_of("SOPClassUID"))),
        " ",
        element("span", header.text(tag_of("SOPInstanceUID")), class_="uid"),
        " · ",
        element("a", context.say("attributes"), href=f"{context.base}?form=attributes"),
    ]
