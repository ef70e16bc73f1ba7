"""A shop's statement as a PDF that prints well on a shop's own printer.

The layout is ``paper.typ``. Everything from outside reaches it as one JSON string, never
as markup: a shop named ``#panic()`` is printed as such.
"""

import json
from functools import cache
from importlib import resources
from typing import Any, Final, Literal

import typst

from ichimai.kernel.clock import TOKYO, day_in_tokyo
from ichimai.merchants import BankAccount
from ichimai.settlement.errors import FontMissing
from ichimai.settlement.labels import LABELS, Language, long_date, short_date
from ichimai.settlement.statement_model import Movement, ShopStatement, Totals

FONTS: Final = (
    "BIZ UDPGothic",
    "BIZ UDGothic",
    "Noto Sans CJK JP",
    "Noto Sans JP",
    "IPAexGothic",
    "IPAGothic",
    "TakaoGothic",
    "VL Gothic",
    "Hiragino Sans",
    "Yu Gothic",
    "Meiryo",
)
"""Japanese fonts in the order in which they are tried; Debian: fonts-ipaexfont-gothic."""


def statement_pdf(
    statement: ShopStatement, *, issuer: str, program: str, language: Language = "ja"
) -> bytes:
    """The statement on A4, tagged for screen readers; the same bytes for the same statement.

    ``issuer`` and ``program`` are the names of the operator and the program in ``language``.
    Raises FontMissing.
    """
    content = _content(statement, issuer=issuer, program=program, language=language)
    try:
        return _compiled(statement, content, "a-2a")
    except typst.TypstError:
        # For archives (PDF/A) each character must have a glyph; a shop's name in a rare one
        # must not cost the shop its statement: there it shows as an empty box.
        return _compiled(statement, content, None)


def _compiled(
    statement: ShopStatement, content: dict[str, Any], standard: Literal["a-2a"] | None
) -> bytes:
    return typst.compile(
        _template(),
        format="pdf",
        font_paths=_fonts(),
        sys_inputs={"statement": json.dumps(content, ensure_ascii=False)},
        timestamp=int(statement.closing.closed_at.timestamp()),
        pdf_standards=standard,
    )


@cache
def _template() -> bytes:
    return resources.files("ichimai.settlement").joinpath("paper.typ").read_bytes()


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts()


def _font() -> str:
    """The first of FONTS that is on this machine."""
    installed = set(_fonts().families())
    for family in FONTS:
        if family in installed:
            return family
    raise FontMissing


def _content(
    statement: ShopStatement, *, issuer: str, program: str, language: Language
) -> dict[str, Any]:
    closing, worth = statement.closing, statement.closing.unit_yen
    return {
        "language": language,
        "font": _font(),
        "labels": LABELS[language],
        "issuer": issuer,
        "program": program,
        "shop": statement.shop.name,
        "shop_number": statement.shop.number,
        "association": statement.association,
        "from_on": long_date(statement.from_on, language) if statement.from_on else "",
        "to_on": long_date(closing.closes_on, language),
        "closed_at": f"{closing.closed_at.astimezone(TOKYO):%Y-%m-%d %H:%M}",
        "payable": _yen(abs(statement.yen)),
        "is_owed": statement.yen < 0,
        "carried_in": _some(-statement.carried_in * worth),
        "carried_out": _some(statement.carried_out * worth),
        "given": _some(-statement.given * worth),
        "corrected": _some(-statement.corrected * worth),
        "fee": _some(-statement.fee_yen),
        "invoice": _invoice(statement, language),
        "pay_on": _pay_on(statement, language),
        "account": _masked(statement, language),
        "totals": _totals(statement.totals, worth),
        "days": [
            {"date": short_date(day, language), **_totals(totals, worth)}
            for day, totals in statement.days
        ],
        "movements": [_movement(movement, language, worth) for movement in statement.movements],
    }


def _pay_on(statement: ShopStatement, language: Language) -> str:
    if statement.payout is not None:
        return long_date(statement.payout.pay_on, language)
    return LABELS[language]["pay_on_open" if statement.yen > 0 else "nothing_paid"]


def _invoice(statement: ShopStatement, language: Language) -> dict[str, str] | None:
    """What a qualified invoice says of the fee; the tax was rounded when it was made."""
    invoice = statement.invoice
    if invoice is None:
        return None
    return {
        "number": invoice.number,
        "registration": invoice.issuer.registration,
        "issuer": invoice.issuer.name,
        "date": long_date(day_in_tokyo(statement.closing.closed_at), language),
        "rate": f"{invoice.issuer.rate_percent}%",
        "with_tax": _yen(invoice.fee_yen),
        "without_tax": _yen(invoice.net_yen),
        "tax": _yen(invoice.tax_yen),
    }


def _movement(movement: Movement, language: Language, unit_yen: int) -> dict[str, str]:
    return {
        "date": short_date(day_in_tokyo(movement.at), language),
        "time": f"{movement.at.astimezone(TOKYO):%H:%M}",
        "what": LABELS[language][movement.kind.name.lower()],
        "yen": _yen(movement.units * unit_yen),
        "operation": movement.operation.hex[-12:],
    }


def _totals(totals: Totals, unit_yen: int) -> dict[str, str]:
    return {
        "sales_count": f"{totals.sales_count:,}",
        "sales": _yen(totals.sales * unit_yen),
        "refunds_count": f"{totals.refunds_count:,}",
        "refunds": _yen(-totals.refunds * unit_yen),
        "net": _yen(totals.net * unit_yen),
    }


def _some(yen: int) -> str:
    """An amount, or nothing where there is none."""
    return _yen(yen) if yen else ""


def _yen(units: int) -> str:
    return f"{units:,}".replace("-", "−")


def _masked(statement: ShopStatement, language: Language) -> dict[str, str]:
    """The account of the payout, or today's; paper lies about, so without most digits."""
    payout = statement.payout
    account: BankAccount = payout.account if payout else statement.shop.account
    kind = LABELS[language][f"kind_{account.kind}"]
    return {
        "bank": f"{account.bank_name} {account.branch_name}",
        "number": f"{kind} ****{account.number[-3:]}",
        "holder": account.holder_kana,
    }
