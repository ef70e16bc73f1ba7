"""What closes when, who may be paid, and what is held back for a second look."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from ichimai.kernel import JPY, Asset
from ichimai.kernel.clock import day_in_tokyo
from ichimai.ledger.model import Kind, Leg, Role, Transfer, account_id
from ichimai.merchants import BankAccount, Shop, ShopId, ShopSize
from ichimai.settlement import kana
from ichimai.settlement.business_days import bank_days_after, is_bank_day
from ichimai.settlement.errors import (
    DayNotOver,
    NotABankDay,
    PayDayOver,
    PayeeProblem,
    PayerRefused,
)
from ichimai.settlement.model import (
    BankTransfer,
    HeldFor,
    HeldPayee,
    OpenLine,
    Payee,
    Payer,
    TransferOrder,
)
from ichimai.settlement.obligation_model import PartyAccount, Policy

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

    lines: tuple[OpenLine, ...]
    held: tuple[HeldPayee, ...]

    @property
    def yen_by_shop(self) -> dict[ShopId, int]:
        """What each shop would be paid, over all programs and closings."""
        return _yen_by_shop(self.lines)


def week_to_close(now: datetime) -> date:
    """The last Sunday that is over in Tokyo."""
    yesterday = day_in_tokyo(now) - _DAY
    return yesterday - _DAY * ((yesterday.weekday() - _SUNDAY) % 7)


def check_closing_day(closes_on: date, now: datetime) -> None:
    """Refuse a day that is not over. Raises DayNotOver."""
    if closes_on >= day_in_tokyo(now):
        raise DayNotOver(closes_on)


def last_dispute_day(closed_at: datetime, policy: Policy) -> date:
    """The last day in Tokyo on which a line closed then may be disputed."""
    return day_in_tokyo(closed_at) + _DAY * policy.dispute_days


def first_disputable_day(today: date, policy: Policy) -> date:
    """The first day whose closings may still be disputed today."""
    return today - _DAY * policy.dispute_days


def pay_day(now: datetime, sizes: AbstractSet[ShopSize] = frozenset()) -> date:
    """The day on which a batch made now pays, unless another is asked for.

    One for small shops alone pays on the next bank day.
    """
    ahead = 1 if sizes == {ShopSize.SMALL} else BANK_DAYS_AHEAD
    return bank_days_after(day_in_tokyo(now), ahead)


def check_pay_day(pay_on: date, now: datetime) -> None:
    """Refuse a day on which banks do not pay, or that is past or too far. Raises NotABankDay."""
    today = day_in_tokyo(now)
    if not today < pay_on <= today + LATEST_PAY_DAY or not is_bank_day(pay_on):
        raise NotABankDay(pay_on)


def check_still_to_come(pay_on: date, now: datetime) -> None:
    """Refuse a file whose day is there: no bank takes it any more. Raises PayDayOver."""
    if pay_on <= day_in_tokyo(now):
        raise PayDayOver(pay_on)


def proposal(
    lines: Sequence[OpenLine],
    usual: Mapping[ShopId, int],
    *,
    hold: AbstractSet[ShopId],
    release: AbstractSet[ShopId],
    refused: AbstractSet[ShopId] = frozenset(),
) -> Proposal:
    """Which of ``lines`` to pay now.

    Disputed lines are left out, and shops in ``hold``, and shops that owe more than they are
    owed. So is a shop whose account a bank ``refused``, and one that would get more than three
    times its ``usual`` (highest) payout unless it was never paid before; but not if it is in
    ``release``.
    """
    disputed = _yen_by_shop(line for line in lines if line.is_disputed)
    held = [HeldPayee(*each, HeldFor.DISPUTED) for each in disputed.items() if each[1] > 0]
    rest = [line for line in lines if not line.is_disputed]
    left_out = set()
    for shop, yen in _yen_by_shop(rest).items():
        reason = _reason_to_hold(
            shop, yen, usual.get(shop), hold=hold, release=release, refused=refused
        )
        if yen <= 0 or reason is not None:
            left_out.add(shop)
        if yen > 0 and reason is not None:
            held.append(HeldPayee(shop, yen, reason))
    paid = tuple(line for line in rest if line.payable.shop not in left_out)
    return Proposal(paid, tuple(held))


def to_pay(lines: Sequence[OpenLine]) -> int:
    """The yen that a payout of ``lines`` pays, if nobody holds anything else back."""
    found = proposal(lines, {}, hold=frozenset(), release=frozenset())
    return sum(found.yen_by_shop.values())


def is_due(line: OpenLine, today: date) -> bool:
    """Whether a line is paid now by the size of its shop: the small first.

    A small shop's at once; a medium one's when the week is over in which it was closed; a large
    one's when the month is.
    """
    closed = line.closes_on
    match line.size:
        case ShopSize.SMALL:
            return True
        case ShopSize.MEDIUM:
            return today > closed + _DAY * ((_SUNDAY - closed.weekday()) % 7)
        case ShopSize.LARGE:
            return (today.year, today.month) > (closed.year, closed.month)


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


def _yen_by_shop(lines: Iterable[OpenLine]) -> dict[ShopId, int]:
    yen: dict[ShopId, int] = defaultdict(int)
    for line in lines:
        yen[line.payable.shop] += line.payable.yen
    return dict(yen)


def legs(lines: Iterable[OpenLine]) -> tuple[Leg, ...]:
    """What moves in the ledger when lines are settled, each shop and program once.

    What a shop is owed goes to its settled account; what it owes comes out of that: there, in
    yen, is what it got in cash.
    """
    owed: dict[tuple[ShopId, Asset], int] = defaultdict(int)
    due: dict[tuple[ShopId, Asset], int] = defaultdict(int)
    for line in lines:
        owed[line.payable.shop, line.asset] += line.payable.units
        due[line.payable.shop, line.asset] += line.payable.due
        due[line.payable.shop, JPY] += line.payable.fee_yen
    made = [
        _leg(key, units, (Role.PAYABLE, Role.SETTLED), Kind.PAYOUT)
        for key, units in sorted(owed.items())
        if units
    ]
    for key, units in sorted(due.items()):
        if units:
            way = (Role.SETTLED, Role.DUE) if units > 0 else (Role.DUE, Role.SETTLED)
            made.append(_leg(key, abs(units), way, Kind.OFFSET))
    return tuple(made)


def _leg(key: tuple[ShopId, Asset], units: int, way: tuple[Role, Role], kind: Kind) -> Leg:
    shop, asset = key
    return Leg(owner=shop, asset=asset, from_role=way[0], to_role=way[1], units=units, kind=kind)


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
    _check_account(payer.code, payer.account, kana.PAYER_NAME_BYTES)


def check_party_account(known: PartyAccount) -> None:
    """Refuse an account into which, or with a code out of which, no file pays.

    Raises PayerRefused.
    """
    _check_account(known.code, known.account, kana.PARTY_NAME_BYTES)


def _check_account(code: str | None, account: BankAccount, holder_bytes: int) -> None:
    digits = (
        ("code", code, 10),
        ("bank_code", account.bank_code, 4),
        ("branch_code", account.branch_code, 3),
        ("account_number", account.number, 7),
    )
    wrong = [
        name for name, text, length in digits if text is not None and not _has_digits(text, length)
    ]
    wrong += [name for name, _, _ in _name_faults(account, holder_bytes)]
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


def undone(transfers: Sequence[Transfer], shops: Iterable[ShopId]) -> Iterator[Leg]:
    """What a payout moved between the accounts of ``shops``, moved back, the last first."""
    assets = {transfer.asset for transfer in transfers}
    whose = {
        account_id(shop, role, asset): (shop, role)
        for shop in shops
        for role in Role
        for asset in assets
    }
    for transfer in reversed(transfers):
        if transfer.debit in whose and transfer.credit in whose:
            shop, to_role = whose[transfer.debit]
            _, from_role = whose[transfer.credit]
            yield Leg(
                owner=shop,
                asset=transfer.asset,
                from_role=from_role,
                to_role=to_role,
                units=transfer.units,
                kind=Kind.CORRECTION,
            )
