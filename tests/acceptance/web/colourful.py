"""Somebody of the little town who has something of every kind of program, and a granddaughter."""

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import msgspec

from ichimai import ledger, merchants, people
from ichimai.kernel import Asset, ids
from ichimai.kernel.clock import day_in_tokyo
from ichimai.ledger import OperationId
from ichimai.merchants import Shop
from ichimai.people.records.delegates import DelegateKind, DelegationId, NewDelegation, Scope
from ichimai.programs import lists, stock
from ichimai.programs.model import (
    EarningRequest,
    PurchaseRequest,
    Request,
    StampRequest,
    TopUpRequest,
)
from ichimai.programs.terms import Program
from ichimai.registry.model import IssuedCard
from tests.acceptance.little_town import LittleTown
from tests.acceptance.web.residents import look, personal_key, subject_of
from tests.integration.programs import fair

MORE: Final = """
[[program]]
key = "smile"
kind = "stamps"
name_ja = "スマイルカード"
name_en = "Smile card"
unit_ja = "個"
unit_en = "stamps"
unit_yen = 0
card_units = 10
sharing = "household"
about_ja = "子育て施設に来るとスタンプがたまり、10個で絵本と交換できます。"
about_en = "A stamp for each visit to a childcare centre. Ten stamps give you a picture book."
[program.expiry]
after_months = 24
[[program.earning]]
key = "visit"
name_ja = "施設の利用"
name_en = "A visit"
trigger = "stamp"
where = { associations = [8] }
[[program.exchange]]
key = "book"
name_ja = "絵本と交換"
name_en = "A picture book"
take = 10
gift_ja = "絵本1冊"
gift_en = "One picture book"

[[program]]
key = "miles"
kind = "points"
name_ja = "健康マイレージ"
name_en = "Health mileage"
unit_ja = "マイル"
unit_en = "miles"
unit_yen = 0
use = { is_by_exchange_only = true }
[program.expiry]
end_of_fiscal_year = true
years_later = 1
[[program.earning]]
key = "walk"
name_ja = "ウォーキング"
name_en = "Walk"
trigger = "event"
event = "walk"
units = 600
[[program.earning]]
key = "check-up"
name_ja = "健診受診"
name_en = "Health check-up"
trigger = "event"
event = "check-up"
units = 300
usable_after_days = 61
[[program.exchange]]
key = "to-points"
name_ja = "地蔵ポイントと交換"
name_en = "Exchange for Jizo points"
take = 100
to = "street-points"
give = 80
limits = { units_per_fiscal_year = 400 }
[[program.exchange]]
key = "closed"
name_ja = "春の交換"
name_en = "Exchange in spring"
take = 100
to = "street-points"
give = 100
when = { from_on = 2027-03-01, until_on = 2027-03-31 }

[[program]]
key = "diapers"
kind = "in_kind"
name_ja = "おむつ券"
name_en = "Diaper tickets"
unit_ja = "枚"
unit_en = "tickets"
unit_yen = 0
sharing = "delegates"
[program.acceptance]
associations = [8]
[program.expiry]
end_of_fiscal_year = true
[[program.thing]]
key = "pack"
name_ja = "おむつ1パック"
name_en = "One pack of diapers"
[[program.earning]]
key = "year"
name_ja = "年度の交付"
name_en = "The year's tickets"
trigger = "event"
event = "diapers"
units = 12
"""


@dataclass(frozen=True)
class Colourful:
    """Her card, her granddaughter's, and what lets the one act for the other."""

    card: IssuedCard
    other: IssuedCard
    delegation: DelegationId


def with_every_program(town: LittleTown) -> None:
    """Open programs of every kind in the town."""
    found = tomllib.loads(MORE)["program"]
    more = [msgspec.convert(table, Program, strict=False) for table in found]
    with town.database.write(town.operator) as tx:
        for program in (*fair.programs(), *more):
            lists.open_program(tx, town.clock, program)
        stock.deliver(
            tx,
            town.clock,
            OperationId(ids.uuid7(town.clock)),
            program=Asset("saplings"),
            thing="plum",
            place=town.greengrocer.id,
            pieces=2,
            by=ids.NIL,
        )


def colourful(town: LittleTown) -> Colourful:
    """A town with every kind of program, and somebody who has something of each."""
    with_every_program(town)
    card, other = town.resident(3_000, 10_000), town.resident()
    of: dict[str, Any] = {"credential": card.code}
    ask(town, PurchaseRequest, total_yen=1_280, **of)
    for program, times in (("rally", 1), ("smile", 4)):
        for _ in range(times):
            ask(town, StampRequest, program=Asset(program), **of)
    ask(town, StampRequest, shop="tavern", program=Asset("rally"), **of)
    for event in ("health-class", "walk", "check-up", "greening", "diapers"):
        ask(town, EarningRequest, event=event, **of)
    ask(town, TopUpRequest, program=Asset("sports"), units=2_000, **of)
    return Colourful(card, other, related(town, card, other))


def ask(
    town: LittleTown,
    kind: type[Request],
    *,
    shop: str | Shop = "greengrocer",
    **of: Any,  # noqa: ANN401 - what the request takes
) -> None:
    """One request at a shop's till, some time after the one before."""
    place = shop.id if isinstance(shop, Shop) else getattr(town, shop).id
    if place not in town.tills:
        with town.database.write(town.operator) as tx:
            (town.tills[place],) = merchants.tills.enrol_directly(tx, town.clock, [place])
    town.clock.advance(timedelta(minutes=2))
    id_ = OperationId(ids.uuid7(town.clock))
    (answer,) = town.desk.serve([kind(id=id_, token=town.tills[place].token, **of)])
    assert isinstance(answer, ledger.Posted), answer


def related(
    town: LittleTown,
    principal: IssuedCard,
    delegate: IssuedCard,
    kind: DelegateKind = DelegateKind.FAMILY,
) -> DelegationId:
    """Somebody is entered as acting for somebody else."""
    new = NewDelegation(
        principal=subject_of(town, principal),
        delegate=subject_of(town, delegate),
        credential=ids.uuid7(town.clock),
        kind=kind,
        scopes=frozenset({Scope.COLLECT}),
        per_day_yen=0,
        in_all_yen=0,
        from_on=day_in_tokyo(town.clock.now()),
        until_on=date(2027, 3, 31),
    )
    with town.database.write(town.operator) as tx:
        return people.records.delegates.add(tx, personal_key(town), town.clock, look(), new)
