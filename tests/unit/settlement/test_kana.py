"""Which names a bank's file carries; nothing is ever changed or cut off on its own."""

import pytest

from ichimai.settlement.kana import (
    NameFault,
    NameProblem,
    problems_of_bank_name,
    problems_of_party_name,
    suggested_bank_name,
    suggested_party_name,
)


@pytest.mark.parametrize(
    "name",
    [
        "ﾔﾏﾀﾞ ﾀﾛｳ",
        "ｶ)ｴﾝﾄﾞｳｼﾖｳﾃﾝ",
        "ABC-1.(ｶ",
        "ｳﾞｲｵﾗ ﾊﾟﾋﾟﾌﾟﾍﾟﾎﾟ",
        "ｱ",
        "ｱ" * 30,
    ],
)
def test_a_clean_name_has_no_problem(name: str) -> None:
    assert problems_of_party_name(name) == ()


@pytest.mark.parametrize(
    "name, position, character, fault",
    [
        ("ｷｬﾉﾝ", 2, "ｬ", NameFault.SMALL_KANA),
        ("ﾆｯﾎﾟﾝ", 2, "ｯ", NameFault.SMALL_KANA),
        ("ﾔﾏﾀﾞｰ", 5, "ｰ", NameFault.LONG_VOWEL),
        ("ﾔﾏﾀﾞー", 5, "ー", NameFault.LONG_VOWEL),
        ("ﾔﾏァ", 3, "ァ", NameFault.SMALL_KANA),
        ("ヤﾏ", 1, "ヤ", NameFault.FULL_WIDTH),
        ("ｱＡ", 2, "Ａ", NameFault.FULL_WIDTH),
        ("ﾞｱ", 1, "ﾞ", NameFault.LONE_MARK),
        ("ﾜﾞ", 2, "ﾞ", NameFault.LONE_MARK),
        ("ｶﾟ", 2, "ﾟ", NameFault.LONE_MARK),
        ("ｶﾞﾞ", 3, "ﾞ", NameFault.LONE_MARK),
        (" ｱ", 1, " ", NameFault.EDGE_SPACE),
        ("ｱ ", 2, " ", NameFault.EDGE_SPACE),
        ("ｱｦ", 2, "ｦ", NameFault.NOT_ALLOWED),
        ("ｱ,ｲ", 2, ",", NameFault.NOT_ALLOWED),
        ("ｱ･ｲ", 2, "･", NameFault.NOT_ALLOWED),
        ("ｱ/ｲ", 2, "/", NameFault.NOT_ALLOWED),
        ("ｱa", 2, "a", NameFault.NOT_ALLOWED),
        ("山田", 1, "山", NameFault.NOT_ALLOWED),
        ("ｱ\n", 2, "\n", NameFault.NOT_ALLOWED),
        ("ｱ\x00", 2, "\x00", NameFault.NOT_ALLOWED),
        ("ｱ٣", 2, "٣", NameFault.NOT_ALLOWED),
    ],
)
def test_an_impossible_character_is_named_with_its_place(
    name: str, position: int, character: str, fault: NameFault
) -> None:
    assert problems_of_party_name(name)[0] == NameProblem(position, character, fault)


def test_a_long_name_is_refused_where_it_would_be_cut() -> None:
    """A voicing mark is a byte of its own; a cut there would make another name."""
    name = "ｱ" * 29 + "ｶﾞ"
    assert problems_of_party_name(name) == (NameProblem(31, "ﾞ", NameFault.TOO_LONG),)
    assert problems_of_party_name(name, 40) == ()
    assert suggested_party_name(name) is None


def test_an_empty_name_is_refused() -> None:
    assert problems_of_party_name("") == (NameProblem(1, "", NameFault.EMPTY),)
    assert suggested_party_name("  ") is None


def test_every_problem_is_listed() -> None:
    assert [problem.position for problem in problems_of_party_name("ｷｬﾉﾝｰ")] == [2, 5]


def test_a_bank_name_has_fewer_symbols_and_less_room() -> None:
    assert problems_of_bank_name("ﾐｽﾞﾎ") == ()
    assert problems_of_bank_name("ﾐﾂﾋﾞｼUFJ") == ()
    assert problems_of_bank_name("ｱ.ｲ")[0].fault is NameFault.NOT_ALLOWED
    assert problems_of_bank_name("ｱ(ｲ")[0].fault is NameFault.NOT_ALLOWED
    assert problems_of_bank_name("ｱ" * 16)[0].fault is NameFault.TOO_LONG


@pytest.mark.parametrize(
    "typed, offered",
    [
        ("ヤマダ　ショーテン", "ﾔﾏﾀﾞ ｼﾖ-ﾃﾝ"),
        ("キャノン", "ｷﾔﾉﾝ"),
        ("ﾆｯﾎﾟﾝ", "ﾆﾂﾎﾟﾝ"),
        ("カ\u3099クフ\u3099チ", "ｶﾞｸﾌﾞﾁ"),
        ("カ）エンドウ", "ｶ)ｴﾝﾄﾞｳ"),
        ("ａｂｃ", "ABC"),
        ("ヲカモト・タロウ", "ｵｶﾓﾄ.ﾀﾛｳ"),
        ("ウォッカ", "ｳｵﾂｶ"),
        ("霞ヶ関", None),
        ("やまだ", None),
        ("山田太郎", None),
    ],
)
def test_a_form_is_offered_for_a_person_to_confirm(typed: str, offered: str | None) -> None:
    """Kanji and hiragana have no sure reading: nothing is offered for them."""
    assert suggested_party_name(typed) == offered


def test_a_form_is_offered_for_a_bank() -> None:
    assert suggested_bank_name("スガモシンキン") == "ｽｶﾞﾓｼﾝｷﾝ"
    assert suggested_bank_name("ゆうちょ銀行") is None
