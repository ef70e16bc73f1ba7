"""The language of the ledger's tables: phrases become commands, and answers become words.

    grant g1 1000 until 12-31          1,000 units to A's wallet, through the last of December
    pay p1 300 by B at L1 confirmed    from the wallet of card B at the first till of shop L
    hold h1 300 until 10-01 13:00      set aside for the shop
    post c1 200 of h1                  200 to the shop and the rest back
    void c1 of h1      timeout c1 of h1      refund r1 300 of p1      expire e1      stop s1 by A
    close d1           payout o1 300

A card is called after its wallet (``A``, ``A2``), a till after its shop (``S1``); unless said
otherwise it is card ``A`` at till ``S1``. Shop ``L`` is a large one.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from ichimai import ledger, registry
from ichimai.kernel import Asset, errors, ids
from ichimai.kernel.clock import end_of_day, start_of_day
from ichimai.ledger import Kind, OperationId
from ichimai.ledger.model import (
    AccountId,
    Command,
    Expire,
    Grant,
    Leg,
    Move,
    Pay,
    Purse,
    Refund,
    Release,
    Role,
    Stop,
    Sweep,
    account_id,
    derived_id,
)

GIFT: Final = Asset("gift")
YEAR: Final = 2026


@dataclass(frozen=True)
class Terms:
    """A program as its tables need it. ``is_capped``: large shops may take only a part."""

    asset: Asset = GIFT
    rank: int = 0
    per_payment: int | None = None
    per_day: int | None = None
    is_capped: bool = False
    grace_days: int = 14

    def purse(self, shop: str) -> Purse:
        """What a till of ``shop`` may draw on."""
        return Purse(
            asset=self.asset,
            rank=self.rank,
            per_payment=self.per_payment,
            per_day=self.per_day,
            is_capped=self.is_capped and shop == "L",
        )


def named(kind: str, name: str) -> UUID:
    """The id of what a table calls ``name``."""
    return derived_id(f"{kind}/{name}")


def operation(name: str) -> OperationId:
    """The id of an operation: ``@`` and a time in its name make one of version 7."""
    if "@" not in name:
        return OperationId(named("operation", name))
    digits = [int(part) for part in re.findall(r"\d+", name.split("@")[1])]
    made_at = start_of_day(date(YEAR, *digits[:2])) + _time_of_day(digits[2:])
    return OperationId(ids.uuid7_at(made_at, named("operation", name).bytes[:10]))


def moment(text: str, before: datetime) -> datetime:
    """``10-01 12:00:59.999`` in Tokyo, or ``+90s`` and ``+1ms`` after ``before``."""
    if text == "-":
        return before
    if found := re.fullmatch(r"\+(\d+)(ms|s|m|d)", text):
        amount, unit = int(found[1]), found[2]
        names = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "d": "days"}
        return before + timedelta(**{names[unit]: amount})
    day, _, time = text.partition(" ")
    month, number = day.split("-")
    hour, minute, *second = time.split(":")
    of_day = timedelta(hours=int(hour), minutes=int(minute), seconds=float(*second or ["0"]))
    return start_of_day(date(YEAR, int(month), int(number))) + of_day


def _time_of_day(parts: Sequence[int]) -> timedelta:
    hours, minutes, seconds = (*parts, 0, 0, 0)[:3]
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


_KEYS = {"of", "by", "to", "at", "in", "from", "until", "refused", "capped", "limit"}


class _Phrase:
    """The words after the verb and the name."""

    def __init__(self, words: list[str]) -> None:
        self.said = {"by": "A", "at": "S1", "in": str(GIFT), "from": "city", "limit": "5000"}
        rest = iter(words)
        for word in rest:
            if word in _KEYS:
                self.said["by" if word == "to" else word] = next(rest)
            elif re.fullmatch(r"-?\d+", word):
                self.said["units"] = word
            elif re.fullmatch(r"\d+:[\d:.]+", word):
                self.said["until"] += f" {word}"
            elif word == "confirmed":
                self.said[word] = word
            else:
                raise ValueError(f"what is {word!r}?")

    def __getitem__(self, key: str) -> str:
        return self.said.get(key, "")

    def number(self, key: str) -> int | None:
        """A number that was said, or None."""
        return int(self.said[key]) if key in self.said else None

    @property
    def units(self) -> int:
        """The amount; 0 when none was said."""
        return self.number("units") or 0

    @property
    def asset(self) -> Asset:
        """The program."""
        return Asset(self["in"])

    @property
    def wallet(self) -> UUID:
        """The wallet of the card."""
        return named("wallet", self["by"][0])

    @property
    def shop(self) -> str:
        """The shop of the till."""
        return self["at"][:-1]


def command(text: str, programs: Sequence[Terms], now: datetime) -> Command:
    """The command that a phrase stands for."""
    verb, name, *words = text.split()
    phrase, id_ = _Phrase(words), operation(name)
    terminal, payee = named("till", phrase["at"]), named("shop", phrase.shop)
    graces: Mapping[Asset, int] = {terms.asset: terms.grace_days for terms in programs}
    match verb:
        case "pay" | "hold":
            return Pay(
                operation=id_,
                wallet=phrase.wallet,
                payee=payee,
                units=phrase.units,
                purses=tuple(terms.purse(phrase.shop) for terms in programs),
                terminal=terminal,
                actor=named("card", phrase["by"]),
                is_repeat_confirmed="confirmed" in phrase.said,
                hold_until=moment(phrase["until"], now) if verb == "hold" else None,
                refused=_REFUSED[phrase["refused"]](),
            )
        case "post" | "void" | "timeout":
            return Release(
                operation=id_,
                hold=operation(phrase["of"]),
                units=phrase.number("units") if verb == "post" else 0,
                payee=ids.NIL if verb == "timeout" else payee,
                terminal=ids.NIL if verb == "timeout" else terminal,
                grace_days=graces,
                is_timeout=verb == "timeout",
            )
        case "refund":
            return Refund(
                operation=id_,
                payment=operation(phrase["of"]),
                units=phrase.units,
                payee=payee,
                terminal=terminal,
                grace_days=graces,
            )
        case _:
            return _of_the_operator(verb, id_, phrase)


def _of_the_operator(verb: str, id_: OperationId, phrase: _Phrase) -> Command:
    match verb:
        case "grant":
            month, day = (phrase["until"] or "12-31").split("-")
            return Grant(
                operation=id_,
                wallet=phrase.wallet,
                funder=named("funder", phrase["from"]),
                asset=phrase.asset,
                units=phrase.units,
                expires_at=end_of_day(date(YEAR, int(month), int(day))),
                capped_units=phrase.number("capped"),
            )
        case "expire":
            return Expire(operation=id_, limit=phrase.number("limit") or 0)
        case "close":
            return Sweep(operation=id_, asset=phrase.asset)
        case "payout":
            leg = Leg(
                owner=named("shop", phrase.shop),
                asset=phrase.asset,
                from_role=Role.PAYABLE,
                to_role=Role.SETTLED,
                units=phrase.units,
                kind=Kind.PAYOUT,
            )
            return Move(operation=id_, legs=(leg,))
        case "stop":
            return Stop(operation=id_, actor=named("card", phrase["by"]))
        case _:
            raise ValueError(f"what is {verb!r}?")


_REFUSED: Final[Mapping[str, Callable[[], errors.DomainError | None]]] = {
    "": lambda: None,
    "unknown_credential": registry.errors.UnknownCredential,
    "credential_stopped": ledger.errors.CredentialStopped,
    "not_accepted_here": ledger.errors.NotAcceptedHere,
}


def word(answer: ledger.Posted | errors.DomainError) -> str:
    """``posted``, ``again`` or the refusal's code."""
    if isinstance(answer, errors.DomainError):
        return answer.code
    return "again" if answer.is_replay else "posted"


_SIDES: Final = {
    "": (Role.WALLET, "wallet"),
    "sold": (Role.RECEIVABLE, "shop"),
    "held": (Role.CLEARING, "shop"),
    "payable": (Role.PAYABLE, "shop"),
    "settled": (Role.SETTLED, "shop"),
    "issued": (Role.ISSUED, "funder"),
}


def accounts(column: str, programs: Sequence[Terms]) -> list[AccountId]:
    """The accounts whose balances a column adds up: ``A``, ``S sold``, ``S held``, ``expired``."""
    if column == "expired":
        owners = {terms.asset: derived_id(f"program/{terms.asset}") for terms in programs}
        return [account_id(owner, Role.EXPIRED, asset) for asset, owner in owners.items()]
    name, _, side = column.partition(" ")
    role, kind = _SIDES[side]
    return [account_id(named(kind, name), role, terms.asset) for terms in programs]
