"""The words of reports that are saved as files, in Japanese and English."""

from collections.abc import Mapping
from typing import Final, Literal

from ichimai.programs.terms import Instrument, Money
from ichimai.reporting.model import Age, End

Language = Literal["ja", "en"]

COLUMNS: Final[Mapping[str, tuple[str, str]]] = {
    "day": ("基準日", "Day"),
    "program": ("制度", "Program"),
    "name": ("制度名", "Name"),
    "version": ("版", "Version"),
    "issuer": ("発行者", "Issuer"),
    "instrument": ("法律上の区分", "In the law"),
    "units": ("単位数", "Units"),
    "yen": ("金額（円）", "Yen"),
    "long_yen": ("うち6か月を超えるもの（円）", "Of these, beyond six months (yen)"),
    "counted_yen": ("算入額（円）", "Counted (yen)"),
    "deposit_yen": ("供託すべき最低額（円）", "Least deposit (yen)"),
    "due_on": ("期限", "Due"),
    "reason": ("理由", "Why"),
    "deciding_law": ("制度の定め", "By the program's terms"),
    "from_on": ("自", "From"),
    "to_on": ("至", "To"),
    "party": ("負担者", "Whose"),
    "money": ("財源", "Money"),
    "early_yen": ("うち期間前に期限が来たもの（円）", "Of these, over before the period (yen)"),
    "age": ("使えるようになってからの日数", "Days since it was usable"),
    "end": ("期限までの日数", "Days until it ends"),
    "month": ("月", "Month"),
    "class": ("区分", "Class"),
    "key": ("番号", "Number"),
    "class_name": ("名称", "Name"),
    "people": ("人数", "People"),
    "share": ("割合（％）", "Share (%)"),
    "recipient": ("宛名番号", "Recipient number"),
    "last_on": ("使える最後の日", "Last day"),
    "notice": ("お知らせ", "Notice"),
    "told_on": ("お知らせした日", "Told on"),
    "person": ("氏名", "Person"),
    "kana": ("フリガナ", "Kana"),
    "birth_date": ("生年月日", "Birth date"),
    "phone": ("電話番号", "Telephone"),
    "mail": ("メールアドレス", "Mail"),
    "resident_since": ("住民となった日", "Resident since"),
    "disability_grade": ("障害の等級", "Grade of disability"),
    "memberships": ("会員番号", "Memberships"),
}

INSTRUMENTS: Final[Mapping[Instrument, tuple[str, str]]] = {
    Instrument.NOT_PAID_FOR: ("無償（前払式支払手段でない）", "not paid for"),
    Instrument.LOCAL_GOVERNMENT: (
        "地方公共団体の発行（適用除外）",
        "of a local government (exempt)",
    ),
    Instrument.SIX_MONTHS: ("6か月以内（適用除外）", "six months (exempt)"),
    Instrument.OWN_USE: ("自家型", "own use"),
    Instrument.THIRD_PARTY: ("第三者型", "third party"),
}
MONEY: Final[Mapping[Money, tuple[str, str]]] = {
    Money.PUBLIC: ("公費", "public"),
    Money.ASSOCIATION: ("商店会・店舗", "associations and shops"),
    Money.OWN: ("本人のお金", "the person's own"),
    Money.SPONSOR: ("協賛者", "sponsors"),
}
AGES: Final[Mapping[Age, tuple[str, str]]] = {
    Age.PENDING: ("まだ使えない", "not usable yet"),
    Age.UP_TO_30: ("0〜30日", "0-30"),
    Age.UP_TO_90: ("31〜90日", "31-90"),
    Age.UP_TO_180: ("91〜180日", "91-180"),
    Age.UP_TO_365: ("181〜365日", "181-365"),
    Age.OLDER: ("365日超", "over 365"),
}
ENDS: Final[Mapping[End, tuple[str, str]]] = {
    End.ENDED: ("その日まで", "by that day"),
    End.WITHIN_30: ("1〜30日", "1-30"),
    End.WITHIN_90: ("31〜90日", "31-90"),
    End.WITHIN_180: ("91〜180日", "91-180"),
    End.WITHIN_365: ("181〜365日", "181-365"),
    End.LATER: ("365日超", "over 365"),
    End.NEVER: ("期限なし", "no end"),
}
CLASSES: Final[Mapping[str, tuple[str, str]]] = {
    "all": ("合計", "all"),
    "association": ("商店会", "association"),
    "size": ("店舗の規模", "size of shop"),
    "issuer": ("発行者の合計", "sum of an issuer"),
    "small": ("小型店", "small"),
    "medium": ("中型店", "medium"),
    "large": ("大型店", "large"),
}
HIDDEN: Final = ("非表示", "not shown")


def said(words: tuple[str, str], language: Language) -> str:
    """The one of two words that is of a language."""
    return words[0] if language == "ja" else words[1]
