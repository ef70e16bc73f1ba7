"""The words of what is more than a payment.

buy b1 1280 by A at S1                1,280 yen: programs that pay by themselves pay, offers give
buy b1 1280 with points:300,gift      300 points at most, then gifts; ``with nothing``: cash
return r1 300 of b1                   goods for 300 yen come back
award a1 of class by A                what the offer ``class`` gives
award a1 of class by A for points:100 to B     and 100 points to B, who brought A along
topup t1 1000 in money most 20000     paid in at the till
topup t1 1000 in money for bonus:100 from city bounded      with a premium
exchange x1 100 in points for gift:80 from city needs class:500 per units_ever:400
exchange x1 100 in points             for something that is handed over
redeem d1 1 in books thing atlas      cashout o1 300 in money      give v1 300 by A to B
deliver y1 5 in atlas at S1           charge c1 in points
merge u1 by A to B                    all of A's is B's from now on; ``of u0``: what came to A since
split w1 of u1 by B to A              and back, as far as B has it
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import structs

from ichimai.kernel import Asset, ids
from ichimai.kernel.clock import day_in_tokyo
from ichimai.ledger import Kind, OperationId
from ichimai.ledger.model import (
    Award,
    Cap,
    CashOut,
    Charge,
    Command,
    Earn,
    Exchange,
    Give,
    Leg,
    MergeWallets,
    Minimum,
    Move,
    Purchase,
    Purse,
    Redeem,
    Return,
    Role,
    SplitWallets,
)
from ichimai.programs.periods import EVER, LimitKeys, half_year_of, tally_id
from ichimai.programs.terms import Limits
from tests.journals.phrases import Phrase, end_of, named, operation
from tests.journals.terms import Terms

VERBS: Final = frozenset(
    "buy return award topup exchange redeem cashout give deliver charge merge split".split()
)
NOTHING: Final = "nothing"


def command(
    verb: str, id_: OperationId, phrase: Phrase, programs: Sequence[Terms], now: datetime
) -> Command:
    """The command that a phrase with one of ``VERBS`` stands for."""
    asked = _Asked(id_, phrase, programs, now)
    match verb:
        case "buy":
            return asked.purchase()
        case "return":
            return asked.given_back()
        case "award":
            return asked.award(asked.offered())
        case "topup":
            return asked.award(asked.paid_in())
        case "exchange":
            return asked.exchange()
        case "redeem":
            return asked.redeem()
        case "cashout":
            return asked.cash_out()
        case "give":
            return asked.give()
        case "deliver":
            return asked.deliver()
        case "merge":
            return asked.merge()
        case "split":
            return asked.split()
        case _:
            return Charge(operation=id_, asset=phrase.asset)


def _pair(text: str) -> tuple[str, int | None]:
    name, _, number = text.partition(":")
    return name, int(number) if number else None


class _Asked:
    """One phrase with what every command is made of."""

    def __init__(
        self, id_: OperationId, phrase: Phrase, programs: Sequence[Terms], now: datetime
    ) -> None:
        self.id, self.phrase, self.programs, self.now = id_, phrase, programs, now
        self.terminal = named("till", phrase["at"])
        self.shop = named("shop", phrase.shop)
        self.actor = named("card", phrase["by"])
        self.graces: Mapping[Asset, int] = {each.asset: each.grace_days for each in programs}

    def purchase(self) -> Purchase:
        phrase = self.phrase
        return Purchase(
            operation=self.id,
            wallet=phrase.wallet,
            payee=self.shop,
            total_yen=phrase.units,
            purses=self._purses(),
            earns=tuple(
                offer.earn(each.asset, phrase.wallet, self.shop, self.now)
                for each in self.programs
                for offer in each.offers
                if offer.rate is not None
            ),
            terminal=self.terminal,
            actor=self.actor,
            asked=phrase["with"],
            pay_at_most=phrase.number("most"),
            is_repeat_confirmed="confirmed" in phrase.said,
        )

    def _purses(self) -> tuple[Purse, ...]:
        known = {each.asset: each.purse(self.phrase.shop) for each in self.programs}
        if not self.phrase["with"]:
            return tuple(known[each.asset] for each in self.programs if each.is_automatic)
        if self.phrase["with"] == NOTHING:
            return ()
        chosen = [_pair(text) for text in self.phrase["with"].split(",")]
        return tuple(
            structs.replace(known[Asset(name)], order=place, per_payment=most)
            for place, (name, most) in enumerate(chosen)
        )

    def given_back(self) -> Return:
        return Return(
            operation=self.id,
            purchase=operation(self.phrase["of"]),
            total_yen=self.phrase.units,
            payee=self.shop,
            terminal=self.terminal,
            grace_days=self.graces,
        )

    def award(self, earns: tuple[Earn, ...]) -> Award:
        phrase = self.phrase
        what = f"event {phrase['of']}" if phrase["of"] else f"top-up of {phrase.asset}"
        return Award(
            operation=self.id,
            wallet=self.phrase.wallet,
            earns=earns,
            place=self.shop,
            terminal=self.terminal,
            actor=self.actor,
            asked=what,
        )

    def offered(self) -> tuple[Earn, ...]:
        phrase = self.phrase
        earns = tuple(
            offer.earn(each.asset, phrase.wallet, self.shop, self.now)
            for each in self.programs
            for offer in each.offers
            if offer.name.partition(" ")[0] == phrase["of"]
        )
        if not phrase["to"]:
            return earns
        return (*earns, structs.replace(self._given(), wallet=phrase.target))

    def paid_in(self) -> tuple[Earn, ...]:
        phrase = self.phrase
        own = Earn(
            asset=phrase.asset,
            funder=self.shop,
            expires_at=end_of("12-31"),
            units=phrase.units,
            most=phrase.number("most"),
            kind=Kind.TOP_UP,
        )
        return (own, self._given()) if phrase["for"] else (own,)

    def _given(self, *, is_whole: bool = False) -> Earn:
        name, units = _pair(self.phrase["for"])
        return Earn(
            asset=Asset(name),
            funder=named("funder", self.phrase["from"]),
            expires_at=end_of(self.phrase["until"] or "12-31"),
            units=units or 0,
            is_bounded="bounded" in self.phrase.said,
            is_whole=is_whole,
        )

    def exchange(self) -> Exchange:
        phrase = self.phrase
        limits = Limits()
        if phrase["per"]:
            name, units = _pair(phrase["per"])
            limits = structs.replace(limits, **{name: units})
        needs = [_pair(phrase["needs"])] if phrase["needs"] else []
        keys = LimitKeys(phrase.asset, "exchange", limits, day_in_tokyo(self.now))
        return Exchange(
            operation=self.id,
            wallet=phrase.wallet,
            purse=Purse(asset=phrase.asset),
            units=phrase.units,
            to=self._given(is_whole=True) if phrase["for"] else None,
            place=self.shop,
            terminal=self.terminal,
            actor=self.actor,
            asked=f"exchange {phrase['of']} of {phrase.asset}",
            times=phrase.number("times") or 1,
            caps=keys.of(phrase.wallet, self.shop),
            minimums=tuple(
                Minimum(self._tally(phrase.wallet, name), units or 0) for name, units in needs
            ),
        )

    def _tally(self, wallet: UUID, offer: str) -> UUID:
        """Under what units of an offer are counted that has ``units_ever``."""
        return tally_id(wallet, self.phrase.asset, offer, EVER, "units")

    def redeem(self) -> Redeem:
        phrase = self.phrase
        return Redeem(
            asked=f"thing {phrase['thing']} of {phrase.asset}",
            operation=self.id,
            wallet=phrase.wallet,
            purse=Purse(asset=phrase.asset),
            units=phrase.units,
            stock=Asset(phrase["thing"]) if phrase["thing"] else None,
            payee=self.shop,
            terminal=self.terminal,
            actor=self.actor,
        )

    def cash_out(self) -> CashOut:
        most, period = self.phrase.number("most"), half_year_of(day_in_tokyo(self.now))
        key = tally_id(self.phrase.wallet, self.phrase.asset, "cash-out", period, "units")
        return CashOut(
            operation=self.id,
            wallet=self.phrase.wallet,
            asset=self.phrase.asset,
            units=self.phrase.units,
            payee=self.shop,
            terminal=self.terminal,
            actor=self.actor,
            most_left=most,
            caps=() if most is None else (Cap(key, most),),
        )

    def give(self) -> Give:
        return Give(
            operation=self.id,
            wallet=self.phrase.wallet,
            to=self.phrase.target,
            asset=self.phrase.asset,
            units=self.phrase.number("units"),
            actor=self.actor,
        )

    def deliver(self) -> Move:
        leg = Leg(
            owner=named("funder", "operator"),
            asset=self.phrase.asset,
            from_role=Role.ISSUED,
            to_role=Role.STOCK,
            units=self.phrase.units,
            kind=Kind.DELIVERY,
            to=self.shop,
        )
        return Move(operation=self.id, legs=(leg,))

    def merge(self) -> MergeWallets:
        phrase = self.phrase
        follows = operation(phrase["of"]) if phrase["of"] else OperationId(ids.NIL)
        return MergeWallets(
            operation=self.id,
            wallet=phrase.wallet,
            to=phrase.target,
            assets=tuple(each.asset for each in self.programs),
            actor=named("staff", "registrar"),
            tallies=self._tallies(phrase.wallet),
            follows=follows,
        )

    def split(self) -> SplitWallets:
        phrase = self.phrase
        return SplitWallets(
            operation=self.id,
            merge=operation(phrase["of"]),
            wallet=phrase.wallet,
            to=phrase.target,
            assets=tuple(each.asset for each in self.programs),
            actor=named("staff", "registrar"),
        )

    def _tallies(self, wallet: UUID) -> tuple[UUID, ...]:
        """Under what offers count for somebody."""
        day = day_in_tokyo(self.now)
        keys = [
            LimitKeys(each.asset, offer.name, offer.limits, day)
            for each in self.programs
            for offer in each.offers
        ]
        return tuple(cap.tally for key in keys for cap in key.of(wallet, self.shop))
