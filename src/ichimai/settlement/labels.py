"""The words on a statement, in Japanese and English."""

from collections.abc import Mapping
from datetime import date
from typing import Final, Literal

from babel.dates import format_date

Language = Literal["ja", "en"]

LABELS: Final[Mapping[Language, Mapping[str, str]]] = {
    "ja": {
        "title": "お支払明細書",
        "to": "御中",
        "shop_number": "加盟店番号",
        "shop": "店舗名",
        "association": "商店会",
        "program": "制度",
        "period": "対象期間",
        "until": "まで",
        "closed_at": "締め",
        "closes_on": "締め日",
        "payable": "お支払額",
        "pay_on": "お振込日",
        "pay_on_open": "準備中です。決まりしだいお知らせします。",
        "nothing_paid": "今回のお振込はありません。",
        "account": "お振込先",
        "carried_out": "次回への繰越（返金が売上を上回った額）",
        "carried_in": "前回からの繰越",
        "sales": "売上",
        "refunds": "返金",
        "count": "件",
        "days": "日ごとの合計",
        "date": "日付",
        "time": "時刻",
        "net": "差引",
        "total": "合計",
        "details": "取引の明細",
        "what": "区分",
        "yen": "金額（円）",
        "operation": "取引番号",
        "payment": "売上",
        "post": "売上",
        "refund": "返金",
        "correction": "訂正",
        "nothing": "この期間の取引はありません。",
        "holder": "名義",
        "questions": "内容にお気づきの点は、発行者へお問い合わせください。",
        "kind_1": "普通",
        "kind_2": "当座",
        "kind_4": "貯蓄",
    },
    "en": {
        "title": "Statement of payment",
        "to": "",
        "shop_number": "Shop number",
        "shop": "Shop",
        "association": "Association",
        "program": "Program",
        "period": "Period",
        "until": "until",
        "closed_at": "Closed",
        "closes_on": "Closing day",
        "payable": "Amount paid",
        "pay_on": "Paid on",
        "pay_on_open": "Being prepared; you will be told the day.",
        "nothing_paid": "Nothing is paid this time.",
        "account": "Paid to",
        "carried_out": "Carried to the next closing (refunds above sales)",
        "carried_in": "Carried from the last closing",
        "sales": "Sales",
        "refunds": "Refunds",
        "count": "",
        "days": "By day",
        "date": "Date",
        "time": "Time",
        "net": "Net",
        "total": "Total",
        "details": "Transactions",
        "what": "What",
        "yen": "Yen",
        "operation": "Transaction",
        "payment": "Sale",
        "post": "Sale",
        "refund": "Refund",
        "correction": "Correction",
        "nothing": "Nothing was sold in this period.",
        "holder": "in the name of",
        "questions": "For questions about this statement, please ask the issuer.",
        "kind_1": "ordinary",
        "kind_2": "current",
        "kind_4": "savings",
    },
}

_PATTERNS: Final[Mapping[Language, tuple[str, str]]] = {
    "ja": ("y年M月d日(E)", "M月d日(E)"),
    "en": ("E d MMM y", "E d MMM"),
}


def long_date(day: date, language: Language) -> str:
    """``2026年10月4日(日)``, ``Sun 4 Oct 2026``."""
    return format_date(day, _PATTERNS[language][0], locale=language)


def short_date(day: date, language: Language) -> str:
    """``10月4日(日)``, ``Sun 4 Oct``."""
    return format_date(day, _PATTERNS[language][1], locale=language)
