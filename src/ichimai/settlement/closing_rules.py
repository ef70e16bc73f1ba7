"""What a closing makes of what the journal says. Pure.

Between parties the operator is the house: it pays shops through its bank, and everybody else
owes it, or is owed by it, what shops accepted, gave and were charged.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Final, Literal, NamedTuple
from uuid import UUID

from ichimai.kernel import Asset, ids
from ichimai.kernel.clock import day_in_tokyo
from ichimai.kernel.rates import shares
from ichimai.ledger.model import OperationId, derived_id
from ichimai.merchants import ShopId
from ichimai.programs.funding import SHOP
from ichimai.programs.terms import Charging, Program
from ichimai.settlement import association_rules
from ichimai.settlement.errors import SettlementTermsChanged, UnknownFunder
from ichimai.settlement.model import Closing, ClosingId, OpenLine, Payable
from ichimai.settlement.obligation_model import (
    OPERATOR,
    AssociationClosing,
    Obligation,
    ObligationId,
    Why,
)
from ichimai.settlement.rules import week_to_close

Cycle = Literal["daily", "weekly", "monthly"]

_DAY: Final = timedelta(days=1)
_WHOLE: Final = 10_000
"""Basis points of the whole."""
_ASSOCIATION: Final = "association:"


class Terms(NamedTuple):
    """What of a program's terms decides who owes whom.

    ``keeper``: who has the money for units charged at issue, and gets the fees.
    """

    asset: Asset
    charging: Charging
    funder: str
    keeper: str
    unit_yen: int
    fee_basis_points: int

    @property
    def answers(self) -> str:
        """The party that pays for what is put right."""
        party = self.keeper if self.charging is Charging.AT_ISSUE else self.funder
        return OPERATOR if party == SHOP else party


@dataclass(frozen=True, slots=True)
class Facts:
    """What the journal says of one program between two closings, in units.

    By shop: ``swept`` to its payable, ``carried`` below 0, ``accepted`` (sales less refunds). By
    who funds units: ``used``, ``issued`` and ``outstanding``. ``crossed``: used, by the association
    that gave (None: none did) and the one that accepted. Of lots that many gave together there are
    ``pooled`` left; ``pooled_used``, by the association that accepted; ``ever_issued``, by who
    funds units, says how they are shared. ``charged``, ``corrected`` (in the
    owner's favour) and ``overdue`` (carried too long, owed now): what came onto who owes it.
    """

    swept: Mapping[UUID, int] = field(default_factory=dict)
    carried: Mapping[UUID, int] = field(default_factory=dict)
    accepted: Mapping[UUID, int] = field(default_factory=dict)
    used: Mapping[UUID, int] = field(default_factory=dict)
    issued: Mapping[UUID, int] = field(default_factory=dict)
    outstanding: Mapping[UUID, int] = field(default_factory=dict)
    crossed: Mapping[tuple[int | None, int], int] = field(default_factory=dict)
    pooled: int = 0
    pooled_used: Mapping[int, int] = field(default_factory=dict)
    ever_issued: Mapping[UUID, int] = field(default_factory=dict)
    charged: Mapping[UUID, int] = field(default_factory=dict)
    corrected: Mapping[UUID, int] = field(default_factory=dict)
    overdue: Mapping[UUID, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class People:
    """Whose the accounts are: ``shops`` with their associations, and ``parties`` by owner."""

    shops: Mapping[UUID, int]
    parties: Mapping[UUID, str]

    def party(self, owner: UUID) -> str:
        """The party that an issuing account belongs to; of a shop: ``shop``.

        Raises UnknownFunder.
        """
        if owner in self.shops:
            return SHOP
        found = self.parties.get(owner)
        if found is None:
            raise UnknownFunder(owner)
        return found

    def association(self, owner: UUID) -> int | None:
        """The association to which what ``owner`` gives is counted, if to one."""
        if owner in self.shops:
            return self.shops[owner]
        party = self.parties.get(owner, "")
        return int(party.removeprefix(_ASSOCIATION)) if party.startswith(_ASSOCIATION) else None


def part_of(run: UUID, part: str) -> UUID:
    """The id of a part of a run: made at the same instant, and always the same."""
    at = ids.made_at(run)
    if at is None:
        return derived_id(f"{run}/{part}")
    return ids.uuid7_at(at, sha256(run.bytes + part.encode()).digest()[:10])


def day_to_close(cycle: Cycle, now: datetime) -> date:
    """The last day of the last day, week or month that is over in Tokyo."""
    today = day_in_tokyo(now)
    match cycle:
        case "daily":
            return today - _DAY
        case "weekly":
            return week_to_close(now)
        case "monthly":
            return today.replace(day=1) - _DAY


def terms_of(program: Program) -> Terms:
    """What of ``program`` decides who owes whom."""
    settlement = program.settlement
    return Terms(
        asset=program.key,
        charging=settlement.charging,
        funder=program.funder,
        keeper=settlement.pool or OPERATOR,
        unit_yen=program.unit_yen,
        fee_basis_points=settlement.fee_basis_points,
    )


def check_terms(terms: Terms, last: Closing) -> None:
    """Refuse what would charge twice, or not at all. Raises SettlementTermsChanged."""
    if (terms.charging, terms.unit_yen) != (last.charging, last.unit_yen):
        raise SettlementTermsChanged(terms.asset)


def fees(terms: Terms, swept: Mapping[UUID, int]) -> dict[UUID, int]:
    """The fee of each shop in yen: together the rate of all, to the last yen."""
    order = sorted(swept)
    weights = [swept[shop] * terms.unit_yen for shop in order]
    whole = sum(weights) * terms.fee_basis_points // _WHOLE
    return {shop: fee for shop, fee in zip(order, shares(whole, weights), strict=True) if fee}


def overdue(
    carried: Mapping[UUID, int],
    before: Mapping[UUID, int],
    shops: Mapping[UUID, int],
    limits: Mapping[int, int],
    *,
    otherwise: int,
) -> dict[UUID, int]:
    """What shops carried for as many closings (``before``) as their association may."""
    return {
        shop: units
        for shop, units in carried.items()
        if before.get(shop, 0) >= limits.get(shops[shop], otherwise)
    }


def payables(
    closing: ClosingId,
    terms: Terms,
    facts: Facts,
    *,
    fee_yen: Mapping[UUID, int],
    before: Mapping[UUID, int],
    shops: AbstractSet[UUID],
) -> list[Payable]:
    """A line for each shop of which the journal says anything; the order is by id."""
    found = []
    is_owed = terms.charging is not Charging.NEVER
    touched: set[UUID] = set()
    for part in (facts.swept, facts.carried, facts.accepted, facts.charged, facts.corrected):
        touched.update(part)
    for shop in sorted((touched | facts.overdue.keys()) & shops):
        units = facts.swept.get(shop, 0) if is_owed else 0
        charged = facts.charged.get(shop, 0)
        late = facts.overdue.get(shop, 0)
        due = charged - facts.corrected.get(shop, 0) + late
        fee = fee_yen.get(shop, 0)
        carried = facts.carried.get(shop, 0)
        line = Payable(
            closing=closing,
            shop=ShopId(shop),
            units=units,
            carried=carried,
            accepted=facts.accepted.get(shop, 0),
            issued=charged,
            due=due,
            fee_yen=fee,
            yen=(units - due) * terms.unit_yen - fee,
            carried_before=before.get(shop, 0) if carried or late else 0,
        )
        found.append(line)
    return found


def obligations(
    closing: Closing, terms: Terms, facts: Facts, people: People, *, fee_yen: int
) -> list[Obligation]:
    """Who owes whom, besides what shops are owed or charged.

    What comes to the operator, less what it owes for shops, is what shops' lines add up to.
    What is owed to oneself is said too: the rows add up only with it.
    """
    owed: dict[tuple[str, str, Why], int] = defaultdict(int)
    if terms.charging is Charging.AT_ISSUE:
        for owner, units in facts.charged.items():
            party = people.party(owner)
            owed[OPERATOR if party == SHOP else party, terms.keeper, Why.ISSUE] += units
        owed[terms.keeper, OPERATOR, Why.USE] += sum(facts.used.values())
    elif terms.charging is Charging.AT_USE:
        for owner, units in facts.used.items():
            party = people.party(owner)
            # A shop that funds what is used is charged itself: it is in its line.
            if party != SHOP:
                owed[party, OPERATOR, Why.USE] += units
    corrected = sum(units for owner, units in facts.corrected.items() if owner in people.shops)
    owed[terms.answers, OPERATOR, Why.CORRECTION] += corrected
    yen = {key: units * terms.unit_yen for key, units in owed.items()}
    yen[OPERATOR, terms.keeper, Why.FEE] = fee_yen
    return [
        _obligation(closing, debtor, creditor, amount, why)
        for (debtor, creditor, why), amount in sorted(yen.items())
        if amount
    ]


def _obligation(closing: Closing, debtor: str, creditor: str, yen: int, why: Why) -> Obligation:
    id_ = part_of(closing.id, f"{debtor}/{creditor}/{why}")
    if yen < 0:
        debtor, creditor, yen = creditor, debtor, -yen
    return Obligation(ObligationId(id_), closing.run, closing.id, debtor, creditor, yen, why)


def is_about_charges(obligation: Obligation, closing: Closing) -> bool:
    """Whether it settles what its party was charged; who keeps a pool owes for what is used, too.

    Of a party there is one such obligation in a closing, so that its charge is settled once.
    """
    at_issue = closing.charging is Charging.AT_ISSUE
    return obligation.why is (Why.ISSUE if at_issue else Why.USE)


def party_charged(obligation: Obligation) -> str:
    """Whose charges an obligation is about: below 0 together, they made it its creditor."""
    closing, debtor, creditor = obligation.closing, obligation.debtor, obligation.creditor
    same = closing and part_of(closing, f"{debtor}/{creditor}/{obligation.why}") == obligation.id
    return debtor if same else creditor


def charge_of(closing: Closing) -> OperationId:
    """The operation that charged for a closing."""
    if closing.charging is Charging.AT_ISSUE:
        return OperationId(part_of(closing.id, "charge"))
    return OperationId(part_of(closing.run, "charges"))


def by_association(closing: ClosingId, facts: Facts, people: People) -> list[AssociationClosing]:
    """What a closing means for each association of which the journal says anything."""
    issued = _added_up(facts.issued, people)
    outstanding = _added_up(facts.outstanding, people)
    accepted: dict[int, int] = defaultdict(int)
    elsewhere: dict[int, int] = defaultdict(int)
    from_others: dict[int, int] = defaultdict(int)
    for shop, units in facts.accepted.items():
        accepted[people.shops[shop]] += units
    weights = association_rules.weights(
        (people.association(owner), units) for owner, units in facts.ever_issued.items()
    )
    for giver, units in association_rules.shared(facts.pooled, weights).items():
        if giver is not None:
            outstanding[giver] = outstanding.get(giver, 0) + units
    crossed = [(giver, taker, units) for (giver, taker), units in facts.crossed.items()]
    for taker, whole in facts.pooled_used.items():
        parts = association_rules.shared(whole, weights)
        crossed += [(giver, taker, units) for giver, units in parts.items()]
    for giver, taker, units in crossed:
        if giver is not None and giver != taker:
            elsewhere[giver] += units
            from_others[taker] += units
    every = set().union(issued, outstanding, accepted, elsewhere, from_others)
    return [
        AssociationClosing(
            closing=closing,
            association=number,
            issued=issued.get(number, 0),
            outstanding=outstanding.get(number, 0),
            accepted=accepted.get(number, 0),
            elsewhere=elsewhere.get(number, 0),
            from_others=from_others.get(number, 0),
        )
        for number in sorted(every)
    ]


def _added_up(units: Mapping[UUID, int], people: People) -> dict[int, int]:
    found: dict[int, int] = defaultdict(int)
    for owner, amount in units.items():
        number = people.association(owner)
        if number is not None:
            found[number] += amount
    return dict(found)


def to_bill(
    lines: Iterable[OpenLine], limits: Mapping[int, int], *, otherwise: int
) -> dict[int, list[OpenLine]]:
    """By association, the lines of shops that owe more than they are owed, and long enough.

    A disputed line is left out of what a shop owes.
    """
    by_shop: dict[ShopId, list[OpenLine]] = defaultdict(list)
    for line in lines:
        if not line.is_disputed:
            by_shop[line.payable.shop].append(line)
    found: dict[int, list[OpenLine]] = defaultdict(list)
    for mine in by_shop.values():
        limit = limits.get(mine[0].association, otherwise)
        if yen_of(mine) < 0 and age_of_debt(mine) >= limit:
            found[mine[0].association] += mine
    return dict(sorted(found.items()))


def yen_of(lines: Sequence[OpenLine]) -> int:
    """What lines come to."""
    return sum(line.payable.yen for line in lines)


def age_of_debt(lines: Sequence[OpenLine]) -> int:
    """For how many closings the oldest line below 0 was carried."""
    return max((line.age for line in lines if line.payable.yen < 0), default=0)
