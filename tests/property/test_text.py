"""Nothing is lost or replaced between bytes and text, whatever they are."""

import csv
import io
import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from ichimai.kernel.text import (
    SILENT_CHANGES,
    Encoding,
    UndecodableText,
    UnmappableText,
    cell,
    comparable,
    decode,
    has_control,
    has_private_use,
    to_cp932,
)

TEXT = st.text(st.characters(codec="utf-8"))
JAPANESE = st.text(
    st.characters(
        codec="cp932",
        include_characters="".join(SILENT_CHANGES),
        exclude_characters="\x80\uf8f0\uf8f1\uf8f2\uf8f3",
    )
)
RUNNABLE = "=+-@＝＋－＠−\t\r\n\0"
BYTES = st.one_of(
    st.binary(),
    st.lists(st.sampled_from([b"\x81", b"\x40", b"\n", b"\r", "豊".encode(), b"\xef\xbb\xbf"])).map(
        b"".join
    ),
)


@given(BYTES)
@example(b"\xef\xbb\xbf\xef\xbb\xbf")
def test_any_bytes_are_read_without_loss_or_refused(data: bytes) -> None:
    try:
        read, encoding = decode(data)
    except UndecodableText as error:
        refused = error
    else:
        if encoding is not Encoding.CP932:
            assert read.encode(encoding) == data
        assert read.encode(encoding).decode(encoding) == read
        assert "\ufffd" not in read or "\ufffd".encode() in data
        return
    assert data[refused.position] == refused.byte
    before = data[: refused.position]
    before.decode(refused.encoding)
    ends = before.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    assert refused.line == ends.count(b"\n") + 1
    assert refused.offset == len(ends) - ends.rfind(b"\n") - 1


@given(TEXT)
def test_utf_8_with_and_without_mark_comes_back(content: str) -> None:
    assert decode(content.encode("utf-8-sig")) == (content, Encoding.UTF_8_BOM)
    if not content.startswith("\ufeff"):
        assert decode(content.encode()) == (content, Encoding.UTF_8)


@given(JAPANESE)
def test_cp932_comes_back_as_the_table_says(content: str) -> None:
    """With a first character that makes it no UTF-8, as Japanese headings do."""
    assert decode(to_cp932("豊" + content)) == ("豊" + comparable(content), Encoding.CP932)


@given(TEXT)
def test_what_cp932_lacks_is_listed_and_only_that(content: str) -> None:
    try:
        to_cp932(content)
    except UnmappableText as refused:
        lacking = {found.character for found in refused.characters}
        assert lacking <= set(content)
        rest = "".join(character for character in content if character not in lacking)
        to_cp932(rest)


@given(TEXT)
def test_comparing_is_settled_after_one_step(content: str) -> None:
    assert comparable(comparable(content)) == comparable(content)
    assert len(comparable(content)) == len(content)


@given(st.one_of(TEXT, st.text(RUNNABLE + " \u3000a豊'", max_size=6)))
def test_no_exported_cell_begins_a_formula(content: str) -> None:
    """And its text is all there, and a second time changes nothing."""
    safe = cell(content)
    assert safe in {content, f"'{content}"}
    assert cell(safe) == safe
    assert not safe.lstrip(" \u3000\u00a0\ufeff\u200b").startswith(tuple(RUNNABLE))
    out = io.StringIO(newline="")
    csv.writer(out).writerow([safe, "."])
    assert next(csv.reader(io.StringIO(out.getvalue(), newline=""))) == [safe, "."]


@given(st.characters())
def test_flags_agree_with_the_categories_of_unicode(character: str) -> None:
    category = unicodedata.category(character)
    assert has_private_use(character) == (category == "Co")
    if category in {"Cc", "Cs", "Zl", "Zp"}:
        assert has_control(character)
    if category[0] in "LNP" or character == "\u3000":
        assert not has_control(character)
