"""Text files of town offices: what is read, what is refused and where."""

import csv
import io
import sys

import pytest

from ichimai.kernel import text
from ichimai.kernel.text import (
    Decoded,
    Encoding,
    UndecodableText,
    Unmappable,
    UnmappableText,
    cell,
    comparable,
    decode,
    has_control,
    has_private_use,
    is_formula,
    to_cp932,
    visible_length,
)

ALL_CHARACTERS = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]


@pytest.mark.parametrize(
    "data, decoded",
    [
        (b"", ("", Encoding.UTF_8)),
        (b"abc\r\n", ("abc\r\n", Encoding.UTF_8)),
        ("豊島".encode(), ("豊島", Encoding.UTF_8)),
        ("豊島".encode("utf-8-sig"), ("豊島", Encoding.UTF_8_BOM)),
        (b"\xef\xbb\xbf", ("", Encoding.UTF_8_BOM)),
        ("豊島".encode("cp932"), ("豊島", Encoding.CP932)),
        ("髙﨑①～ソ表".encode("cp932"), ("髙﨑①～ソ表", Encoding.CP932)),
        (b"\xfb\xfc", ("髙", Encoding.CP932)),  # as Windows writes it
        ("ﾄｼﾏ\r\n".encode("cp932"), ("ﾄｼﾏ\r\n", Encoding.CP932)),
        ("𠮷葛\U000e0100".encode(), ("𠮷葛\U000e0100", Encoding.UTF_8)),
        # By chance the first two bytes of each are UTF-8 as well.
        ("ﾅｶ ﾔｽ ﾐｱ 豊".encode("cp932"), ("ﾅｶ ﾔｽ ﾐｱ 豊", Encoding.CP932)),
        ("\ue000".encode("cp932"), ("\ue000", Encoding.CP932)),
    ],
)
def test_files_that_are_read(data: bytes, decoded: tuple[str, Encoding]) -> None:
    assert decode(data) == Decoded(*decoded)


@pytest.mark.parametrize(
    "data, encoding, position, line, offset, byte",
    [
        (b"\xef\xbb\xbfab\n\x83c", Encoding.UTF_8_BOM, 6, 2, 0, 0x83),
        ("豊島\n太".encode("cp932") + b"\x81", Encoding.CP932, 7, 2, 2, 0x81),
        ("豊\r\n島\r\n".encode("cp932") + b"ab\x80c", Encoding.CP932, 10, 3, 2, 0x80),
        ("豊\r島\r".encode("cp932") + b"\xa0", Encoding.CP932, 6, 3, 0, 0xA0),
        ("豊".encode("cp932") + b"\xfd", Encoding.CP932, 2, 1, 2, 0xFD),
        ("豊".encode("cp932") + b"\xff\xff", Encoding.CP932, 2, 1, 2, 0xFF),
        # Japanese in UTF-8 and then damaged, although all of it could be read as CP932.
        ("豊島区の名簿".encode() + b"\n\x81\x40", Encoding.UTF_8, 19, 2, 0, 0x81),
        ("豊島区の名簿".encode() + b"\n\xff", Encoding.UTF_8, 19, 2, 0, 0xFF),
        # UTF-16, as Excel's "Unicode text".
        ("豊島".encode("utf-16"), Encoding.CP932, 0, 1, 0, 0xFF),
        (b"\xed\xa0\x80", Encoding.CP932, 2, 1, 2, 0x80),  # half of a surrogate pair
    ],
)
def test_files_that_are_refused(
    data: bytes, encoding: Encoding, position: int, line: int, offset: int, byte: int
) -> None:
    with pytest.raises(UndecodableText) as raised:
        decode(data)
    found = raised.value
    assert (found.encoding, found.position, found.line, found.offset, found.byte) == (
        encoding,
        position,
        line,
        offset,
        byte,
    )
    assert str(found) == "undecodable_text"


def test_a_refusal_carries_nothing_of_the_file() -> None:
    """Not even as the cause that Python keeps, which holds the whole file."""
    with pytest.raises(UndecodableText) as raised:
        decode("豊島太郎".encode("cp932") + b"\xff")
    assert raised.value.__context__ is None
    assert "豊" not in repr(raised.value)


def test_no_byte_alone_is_replaced() -> None:
    """Each of the 256 single bytes is read as what it is, or refused."""
    refused = set()
    for value in range(256):
        try:
            read = decode(bytes([value])).text
        except UndecodableText:
            refused.add(value)
        else:
            assert read.encode("cp932") == bytes([value])
    assert refused == {*range(0x80, 0xA1), *range(0xE0, 0x100)}


def test_all_pairs_of_bytes_are_read_as_cp932_or_refused() -> None:
    """What is read comes back as the same text; nothing reads as a private single byte."""
    for first in range(0x80, 0x100):
        for second in range(0x40, 0x100):
            data = b"\x93\xd8" + bytes([first, second])  # 豊: makes it no UTF-8
            try:
                read = decode(data)
            except UndecodableText:
                continue
            assert read.encoding is Encoding.CP932
            assert read.text.encode("cp932").decode("cp932") == read.text
            assert not set(read.text) & set("\x80\uf8f0\uf8f1\uf8f2\uf8f3")


def test_every_character_of_unicode_to_cp932() -> None:
    """It comes back as it was, or as the table says, or is refused; there is no fourth way."""
    changed = {}
    refused = []
    for character in ALL_CHARACTERS:
        try:
            written = to_cp932(character)
        except UnmappableText as error:
            refused.append((character, error.characters))
            continue
        back = decode(b"\x93\xd8" + written).text[1:]
        assert back == comparable(character)
        if back != character:
            changed[character] = back
    assert changed == text.SILENT_CHANGES
    assert all(named == (Unmappable(1, character),) for character, named in refused)


@pytest.mark.parametrize(
    "content, characters",
    [
        ("𠮷野", [(1, "𠮷")]),
        ("a\r\n葛\U000e0100\r\n髙𠮷𠮷", [(2, "\U000e0100"), (3, "𠮷")]),
        ("é\né", [(1, "é"), (2, "é")]),
        ("\x80\uf8f0", [(1, "\x80"), (1, "\uf8f0")]),
        ("Ǻ—", [(1, "Ǻ"), (1, "—")]),
    ],
)
def test_characters_that_cp932_lacks_are_all_named(
    content: str, characters: list[tuple[int, str]]
) -> None:
    with pytest.raises(UnmappableText) as raised:
        to_cp932(content)
    assert list(raised.value.characters) == characters


def test_names_with_old_forms_are_written() -> None:
    assert to_cp932("髙﨑") == b"\xee\xe0\xed\x95"
    assert to_cp932("ソ表\r\n") == b"\x83\x5c\x95\x5c\r\n"


@pytest.mark.parametrize("pair", ["〜～", "−－", "‖∥", "¢￠", "£￡", "¬￢", "—―"])
def test_doubles_compare_equal(pair: str) -> None:
    one, other = tuple(pair)
    assert comparable(f"a{one}b") == comparable(f"a{other}b") == f"a{other}b"


def test_other_characters_compare_as_they_are() -> None:
    """No NFKC: 髙 is not 高, ① is not 1, ｶﾞ is not ガ."""
    for character in "高髙①1ｶガ葛﨑崎Ａ":
        assert comparable(character) == character


@pytest.mark.parametrize(
    "content, expected",
    [("", False), ("豊島", False), ("\ue000", True), ("山\uf8ff", True), ("\U000f0000", True),
     ("\U00100001", True), ("\ud7ff", False), ("\uf900", False), ("𠮷", False)],
)  # fmt: skip
def test_characters_of_one_system_only_are_flagged(content: str, expected: bool) -> None:  # noqa: FBT001 - a column
    assert has_private_use(content) is expected


@pytest.mark.parametrize(
    "content, expected",
    [("", False), ("豊島 太郎\u3000", False), ("a\tb", True), ("a\n", True), ("\0", True),
     ("\x7f", True), ("\x85", True), ("\u2028", True), ("\u202e", True), ("\u2066", True),
     ("葛\U000e0100", False), ("\u200d", False), ("\ud800", True)],
)  # fmt: skip
def test_invisible_controls_are_flagged(content: str, expected: bool) -> None:  # noqa: FBT001 - a column
    assert has_control(content) is expected


@pytest.mark.parametrize(
    "content, length",
    [
        ("", 0),
        ("abc", 3),
        ("豊島太郎", 4),
        ("𠮷", 1),
        ("葛\U000e0100飾", 2),
        ("辻\ufe00", 1),
        ("か\u3099", 1),
        ("ｶﾞ", 2),
        ("e\u0301", 1),
        ("\ue000", 1),
        ("\U00031350", 1),  # newer than this Python's table
        ("👨\u200d👩\u200d👧", 1),
        ("👍\U0001f3fd", 1),
        ("a\u200bb\u202e\n", 2),
    ],
)
def test_characters_that_a_person_sees(content: str, length: int) -> None:
    assert visible_length(content) == length


@pytest.mark.parametrize(
    "content",
    [
        "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\0", "＝1", "＋1", "－1", "＠x",
        " =1", "\u3000=1", "\u00a0=1", "\ufeff=1", "\u200b=1", "−1", "\t", "=", "\t豊島",
        "\0=1", "=cmd|' /C calc'!A0",
    ],
)  # fmt: skip
def test_cells_that_a_spreadsheet_could_run(content: str) -> None:
    assert is_formula(content)
    assert cell(content) == f"'{content}"
    assert not is_formula(cell(content))


@pytest.mark.parametrize(
    "content", ["", " ", "豊島", "1-1", "'=1", "a=b", "1", "ー", "山＝川", '"=']
)
def test_cells_that_are_safe(content: str) -> None:
    assert not is_formula(content)
    assert cell(content) == content


def test_a_safe_cell_survives_the_csv_writer() -> None:
    out = io.StringIO()
    csv.writer(out).writerow([cell('=1,"2"\n3'), "x"])
    assert next(csv.reader(io.StringIO(out.getvalue(), newline=""))) == ['\'=1,"2"\n3', "x"]
