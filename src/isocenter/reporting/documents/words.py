"""What the pages say of themselves, in English, German and Vietnamese; what a file says is shown as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

LANGUAGES = ("en", "de", "vi")

Say: TypeAlias = Callable[[str], str]


def say_in(language: str) -> Say:
    """Return what says a key in a language; a key that is no word of ours is said as it is."""
    place = LANGUAGES.index(language) if language in LANGUAGES else 0
    return lambda key: WORDS[key][place] if key in WORDS else key


def spoken(accept_language: str) -> str:
    """Return the first language of an Accept-Language header that the pages speak, English if none."""
    for part in accept_language.split(","):
        code = part.split(";")[0].strip().lower().split("-")[0]
        if code in LANGUAGES:
            return code
    return LANGUAGES[0]


WORDS: Mapping[str, tuple[str, str, str]] = {
    "patient": ("Patient", "Patient", "Bệnh nhân"),
    "born": ("Born", "Geboren", "Ngày sinh"),
    "sex": ("Sex", "Geschlecht", "Giới tính"),
    "patient id": ("Patient ID", "Patienten-ID", "Mã bệnh nhân"),
    "study": ("Study", "Untersuchung", "Ca chụp"),
    "accession": ("Accession number", "Auftragsnummer", "Số phiếu"),
    "referring": ("Referring physician", "Zuweiser", "Bác sĩ chỉ định"),
    "made": ("Made", "Erstellt", "Tạo lúc"),
    "by device": ("Device", "Gerät", "Thiết bị"),
    "state": ("State", "Status", "Trạng thái"),
    "COMPLETE": ("complete", "vollständig", "hoàn tất"),
    "PARTIAL": ("partial", "unvollständig", "chưa đầy đủ"),
    "VERIFIED": ("verified", "freigegeben", "đã duyệt"),
    "UNVERIFIED": ("not verified", "nicht freigegeben", "chưa duyệt"),
    "PRELIMINARY": ("preliminary", "vorläufig", "sơ bộ"),
    "FINAL": ("final", "endgültig", "cuối cùng"),
    "verified by": ("Verified by", "Freigegeben von", "Người duyệt"),
    "author": ("Author", "Verfasser", "Tác giả"),
    "supersedes": ("Replaces", "Ersetzt", "Thay thế"),
    "template": ("Template", "Vorlage", "Mẫu"),
    "measurement": ("Measurement", "Messung", "Phép đo"),
    "value": ("Value", "Wert", "Giá trị"),
    "peak longitudinal strain, %": (
        "Peak longitudinal strain, %",
        "Größte Längsverkürzung (Strain), %",
        "Biến dạng dọc cực đại, %",
    ),
    "unit": ("Unit", "Einheit", "Đơn vị"),
    "details": ("Details", "Einzelheiten", "Chi tiết"),
    "no value": ("no value", "kein Wert", "không có giá trị"),
    "unreadable": ("cannot be read", "nicht lesbar", "không đọc được"),
    "see": ("see", "siehe", "xem"),
    "item": ("item", "Punkt", "mục"),
    "frame": ("frame", "Bild", "khung"),
    "segment": ("segment", "Segment", "phân vùng"),
    "channel": ("channel", "Kanal", "kênh"),
    "with state": ("shown with presentation state", "gezeigt mit Darstellung", "hiển thị với trạng thái"),
    "not here": ("not in this archive", "nicht in diesem Archiv", "không có trong kho"),
    "image": ("Image", "Bild", "Ảnh"),
    "points": ("points", "Punkte", "điểm"),
    "in image": ("in image pixels", "in Bildpixeln", "theo điểm ảnh"),
    "in patient": ("in the patient, mm", "im Patienten, mm", "trong bệnh nhân, mm"),
    "observed": ("observed", "beobachtet", "ghi nhận"),
    "HAS PROPERTIES": ("properties", "Eigenschaften", "thuộc tính"),
    "HAS OBS CONTEXT": ("context", "Kontext", "bối cảnh"),
    "HAS ACQ CONTEXT": ("acquisition", "Aufnahme", "thu nhận"),
    "HAS CONCEPT MOD": ("modifier", "Zusatz", "bổ nghĩa"),
    "INFERRED FROM": ("inferred from", "geschlossen aus", "suy ra từ"),
    "SELECTED FROM": ("selected from", "gewählt aus", "chọn từ"),
    "CONTAINS": ("contains", "enthält", "chứa"),
    "attributes": ("All attributes", "Alle Attribute", "Mọi thuộc tính"),
    "attribute": ("Attribute", "Attribut", "Thuộc tính"),
    "tag": ("Tag", "Tag", "Thẻ"),
    "bytes": ("bytes of data", "Bytes Daten", "byte dữ liệu"),
    "empty": ("empty", "leer", "trống"),
    "download": ("Download the document", "Dokument herunterladen", "Tải tài liệu"),
    "open": ("Open the document", "Dokument öffnen", "Mở tài liệu"),
    "kind of file": ("Kind of file", "Dateiart", "Loại tệp"),
    "size": ("Size", "Größe", "Kích thước"),
    "key images": ("Referenced objects", "Genannte Objekte", "Đối tượng được nêu"),
    "shown images": ("Applies to", "Gilt für", "Áp dụng cho"),
    "windows": ("Windows", "Fensterungen", "Cửa sổ mức xám"),
    "window": ("centre {0}, width {1}", "Mitte {0}, Breite {1}", "tâm {0}, độ rộng {1}"),
    "all images": ("all images", "alle Bilder", "mọi ảnh"),
    "displayed areas": ("Displayed areas", "Gezeigte Bereiche", "Vùng hiển thị"),
    "annotations": ("Annotations", "Anmerkungen", "Chú thích"),
    "layer": ("Layer", "Ebene", "Lớp"),
    "text": ("Text", "Text", "Văn bản"),
    "graphic": ("Graphic", "Zeichnung", "Hình vẽ"),
    "shutters": ("Shutter", "Blende", "Màn chắn"),
    "turned": ("Turned", "Gedreht", "Xoay"),
    "mirrored": ("mirrored", "gespiegelt", "lật gương"),
    "yes": ("yes", "ja", "có"),
    "lookup": ("Lookup tables", "Tabellen", "Bảng tra"),
    "group": ("Recording", "Aufzeichnung", "Bản ghi"),
    "samples": ("samples", "Abtastwerte", "mẫu"),
    "lead": ("Channel", "Kanal", "Kênh"),
    "sensitivity": ("One step", "Ein Schritt", "Một bước"),
    "filters": ("Filters", "Filter", "Bộ lọc"),
    "high pass": ("high pass", "Hochpass", "lọc thông cao"),
    "low pass": ("low pass", "Tiefpass", "lọc thông thấp"),
    "notch": ("notch", "Kerbfilter", "lọc khấc"),
    "no filter": ("none stated", "nicht angegeben", "không nêu"),
    "lowest": ("Lowest", "Kleinster", "Thấp nhất"),
    "highest": ("Highest", "Größter", "Cao nhất"),
    "time": ("Time", "Zeit", "Thời gian"),
    "earlier": ("Earlier", "Früher", "Trước"),
    "later": ("Later", "Später", "Sau"),
    "waveform": ("Waveform", "Kurve", "Dạng sóng"),
    "whole recording": ("Whole recording", "Ganze Aufzeichnung", "Toàn bộ bản ghi"),
    "12 leads": ("3 x 4 and rhythm", "3 x 4 und Rhythmus", "3 x 4 và nhịp"),
}
