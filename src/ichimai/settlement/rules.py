"""What closes when, who may be paid, and what is held back for a second look."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from ichimai.kernel.clock import day_in_tokyo
from ichimai.merchants import BankAccount, Shop, ShopId
from ichimai.settlement import kana
from ichimai.settlement.business_days import bank_days_after, is_bank_day
from ichimai.settlement.errors import DayNotOver, NotABankDay, PayeeProblem, PayerRefused
from ichimai.settlement.model import (
    BankTransfer,
    HeldFor,
    HeldPayee,
    Payable,
    Payee,
    Payer,
    TransferOrder,
)

MAX_TRANSFER_YEN: Final = 9_999_999_999
"""What one record of a transfer file can hold (振込金額, 10 digits)."""

USUAL_FACTOR: Final = 3
"""A shop paid more than this many times its highest payout is held (faults.md I22)."""

USUAL_PERIOD: Final = timedelta(days=90)
"""How far back the highest payout is looked for."""

ALWAYS_USUAL_YEN: Final = 30_000
"""Up to this nothing is held: three gifts in a small shop are no error of the town's."""

BANK_DAYS_AHEAD: Final = 3
"""Banks want a transfer file a few bank days before the day on which it pays."""

LATEST_PAY_DAY: Final = timedelta(days=30)
"""A transfer file has no year: a day farther away could be taken for one of last year."""

_DAY: Final = timedelta(days=1)
_SUNDAY: Final = 6


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a batch would pay, and what it would leave out."""

    payables: tuple[Payable, ...]
    held: tuple[HeldPayee, ...]

    @property
    def units_by_shop(self) -> dict[ShopId, int]:
        """What each shop would be paid, all closings together."""
        return _units_by_shop(self.payables)


def week_to_close(now: datetime) -> date:
    """The last Sunday that is over in Tokyo."""
    yesterday = day_in_tokyo(now) - _DAY
    return yesterday - _DAY * ((yesterday.weekday() - _SUNDAY) % 7)


def check_closing_day(closes_on: date, now: datetime) -> None:
    """Refuse a day that is not over. Raises DayNotOver."""
    if closes_on >= day_in_tokyo(now):
        raise DayNotOver(closes_on)


def pay_day(now: datetime) -> date:
    """The day on which a batch made now pays, unless another is asked for."""
    return bank_days_after(day_in_tokyo(now), BANK_DAYS_AHEAD)


def check_pay_day(pay_on: date, now: datetime) -> None:
    """Refuse a day on which banks do not pay, or that is past or too far. Raises NotABankDay."""
    today = day_in_tokyo(now)
    if not today < pay_on <= today + LATEST_PAY_DAY or not is_bank_day(pay_on):
        raise NotABankDay(pay_on)


def proposal(
    payables: Sequence[Payable],
    usual: Mapping[ShopId, int],
    *,
    hold: AbstractSet[ShopId],
    release: AbstractSet[ShopId],
    refused: AbstractSet[ShopId] = frozenset(),
) -> Proposal:
    """Which of ``payables`` to pay now.

    Shops in ``hold`` are left out. So is a shop whose account a bank ``refused``, and one that
    would get more than three times its ``usual`` (highest) payout unless it was never paid
    before; but not those in ``release``.
    """
    held = []
    for shop, units in _units_by_shop(payables).items():
        reason = _reason_to_hold(
            shop, units, usual.get(shop), hold=hold, release=release, refused=refused
        )
        if reason is not None:
            held.append(HeldPayee(shop, units, reason))
    left_out = {payee.shop for payee in held}
    return Proposal(
        tuple(payable for payable in payables if payable.shop not in left_out), tuple(held)
    )


def _reason_to_hold(
    shop: ShopId,
    units: int,
    usual: int | None,
    *,
    hold: AbstractSet[ShopId],
    release: AbstractSet[ShopId],
    refused: AbstractSet[ShopId],
) -> HeldFor | None:
    if shop in hold:
        return HeldFor.ASKED
    if shop in release:
        return None
    if shop in refused:
        return HeldFor.BANK_REFUSED
    if usual is None or units <= ALWAYS_USUAL_YEN:
        return None
    return HeldFor.ABOVE_USUAL if units > USUAL_FACTOR * usual else None


def _units_by_shop(payables: Iterable[Payable]) -> dict[ShopId, int]:
    units: dict[ShopId, int] = defaultdict(int)
    for payable in payables:
        units[payable.shop] += payable.units
    return dict(units)


def payee_problems(shop: Shop, yen: int) -> Iterator[PayeeProblem]:
    """What keeps ``shop`` from being paid ``yen`` by a bank's file."""
    for field, value, faults in _name_faults(shop.account, kana.PARTY_NAME_BYTES):
        suggest = (
            kana.suggested_party_name if field == "account_holder" else kana.suggested_bank_name
        )
        suggestion = suggest(value) or ""
        yield PayeeProblem(shop.number, shop.name, field, value, faults, suggestion)
    if yen > MAX_TRANSFER_YEN:
        yield PayeeProblem(shop.number, shop.name, "amount", str(yen), (), "")


def check_payer(payer: Payer) -> None:
    """Refuse a payer whom a bank's file cannot carry. Raises PayerRefused."""
    account = payer.account
    digits = (
        ("code", payer.code, 10),
        ("bank_code", account.bank_code, 4),
        ("branch_code", account.branch_code, 3),
        ("account_number", account.number, 7),
    )
    wrong = [name for name, text, length in digits if not _has_digits(text, length)]
    wrong += [name for name, _, _ in _name_faults(account, kana.PAYER_NAME_BYTES)]
    if account.kind not in {1, 2}:
        wrong.append("account_kind")
    if wrong:
        raise PayerRefused(tuple(wrong))


def transfer_order(payer: Payer, pay_on: date, payees: Iterable[Payee]) -> TransferOrder:
    """What the bank is asked to do: ``payees`` by shop number, whose digits are the reference."""
    transfers = (
        BankTransfer(payee.account, payee.units, reference_of(payee.shop_number))
        for payee in sorted(payees, key=lambda payee: payee.shop_number)
    )
    return TransferOrder(payer, pay_on, tuple(transfers))


def reference_of(shop_number: str) -> str:
    """A shop's number as the bank keeps it for us: ``08-017`` is ``08017``."""
    return shop_number.replace("-", "")


def _name_faults(
    account: BankAccount, holder_bytes: int
) -> Iterator[tuple[str, str, tuple[kana.NameProblem, ...]]]:
    names = (
        ("bank_name", account.bank_name, kana.problems_of_bank_name(account.bank_name)),
        ("branch_name", account.branch_name, kana.problems_of_bank_name(account.branch_name)),
        (
            "account_holder",
            account.holder_kana,
            kana.problems_of_party_name(account.holder_kana, holder_bytes),
        ),
    )
    return ((field, value, faults) for field, value, faults in names if faults)


def _has_digits(text: str, length: int) -> bool:
    return len(text) == length and text.isascii() and text.isdigit()
