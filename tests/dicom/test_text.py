"""Text in the character sets of the standard's own examples (PS3.5 annexes H, I, J)."""

import pytest

from isocenter.dicom.text import decode, decode_uid

EXAMPLES = [
    (b"ISO_IR 100", b"Buc^J\xe9r\xf4me", "Buc^Jérôme"),
    (b"ISO_IR 126", b"\xc4\xe9\xef\xed\xf5\xf3\xe9\xef\xf2", "Διονυσιος"),
    (b"ISO_IR 138", b"\xf9\xf8\xe5\xef^\xe3\xe1\xe5\xf8\xe4", "שרון^דבורה"),
    (
        b"\\ISO 2022 IR 87",
        b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B",
        "Yamada^Tarou=山田^太郎=やまだ^たろう",
    ),
    (b"\\ISO 2022 IR 149", b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7", "Hong^Gildong=洪^吉洞"),
    (b"ISO_IR 192", "Wang^XiaoDong=王^小東".encode(), "Wang^XiaoDong=王^小東"),
    (b"GB18030", "Wang^XiaoDong=王^小东".encode("gb18030"), "Wang^XiaoDong=王^小东"),
]


@pytest.mark.parametrize(("character_set", "value", "expected"), EXAMPLES)
def test_the_examples_of_the_standard(character_set: bytes, value: bytes, expected: str) -> None:
    assert decode(value, "PN", character_set) == expected


def test_padding_goes_and_inner_spaces_stay() -> None:
    assert decode(b" A  B \0", "LO", None) == "A  B"
    assert decode_uid(b"1.2.3\0") == "1.2.3"


def test_codes_are_never_translated() -> None:
    assert decode(b"ORIGINAL\\PRIMARY", "CS", b"ISO_IR 192") == "ORIGINAL\\PRIMARY"


@pytest.mark.parametrize("character_set", [None, b"", b"ISO_IR 999", b"nonsense\\ISO 2022 IR 87", b"\xff\xfe"])
@pytest.mark.parametrize("value", [b"\xff\xfe\xfd", b"\x1b$B\xff", b"\x1b", b"M\xc3\xbcller"])
def test_what_cannot_be_decoded_becomes_text_all_the_same(character_set: bytes | None, value: bytes) -> None:
    assert isinstance(decode(value, "PN", character_set), str)


@pytest.mark.parametrize("name", [b"ISO_IR 9999", b"ISO_\x00IR 100", b"\xfe\xff", b"\\\\"])
def test_an_unknown_character_set_costs_no_text(name: bytes) -> None:
    assert decode(b"M\xfcller", "LO", name).startswith("M")
