"""People with cards for everything but the gifts, and what they do at tills and places."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from typing import Final
from uuid import UUID

from ichimai import audit, merchants, people, programs, registry, simulation, storage
from ichimai.app import Installation
from ichimai.kernel import Asset, ids
from ichimai.kernel.ages import Counting, age_on
from ichimai.kernel.clock import day_in_tokyo
from ichimai.kernel.errors import DomainError
from ichimai.ledger import OperationId, Posted
from ichimai.people.records.claims import ClaimKind, NewClaim, Source
from ichimai.programs.model import (
    CashOutRequest,
    Choice,
    EarningRequest,
    ExchangeRequest,
    PurchaseRequest,
    RedemptionRequest,
    Request,
    ReturnRequest,
    StampRequest,
    TopUpRequest,
)
from ichimai.programs.terms import is_here
from ichimai.registry import SubjectId
from ichimai.simulation import Resident
from ichimai.simulation.life import Doing, Happening
from ichimai.towns import Town

SHARE: Final = 0.08
"""How many residents use the programs; as many more than their share as receive gifts."""

VISITORS_SHARE: Final = 0.015
_PIECES: Final = 120


@dataclass
class Townspeople:
    """Who takes part, with which card; ``answers`` counts what came of what was asked."""

    installation: Installation
    town: Town
    tokens: dict[str, str]
    cards: list[str] = field(default_factory=list)
    residents: int = 0
    born_on: list[date] = field(default_factory=list)
    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    _bought: set[UUID] = field(default_factory=set)

    def settle_in(self, known: Sequence[Resident], officer: UUID, seed: int) -> None:
        """Give cards to some residents, whose birth dates are attested, and to visitors."""
        chosen = simulation.life.some_of(known, SHARE, seed=seed)
        visitors = max(1, round(len(known) * VISITORS_SHARE))
        desk = self.installation.desk
        with desk.database.write(storage.REGISTRY) as tx:
            made = registry.cards.new_cards(tx, desk.key, desk.clock, len(chosen) + visitors)
            holders = [card.holder for card in made]
            subjects = registry.holders.subjects(tx, desk.clock, desk.sector, holders)
        self.cards, self.residents = [card.code for card in made], len(chosen)
        self.born_on = [resident.born_on for resident in chosen]
        self._attest(chosen, subjects, officer)
        self._stock(officer)

    def _attest(
        self, chosen: Sequence[Resident], subjects: Sequence[SubjectId], officer: UUID
    ) -> None:
        desk, today = self.installation.desk, day_in_tokyo(self.installation.clock.now())
        look = audit.Look(staff=officer, role="officer", purpose=audit.Purpose.LIST)
        since = (today - timedelta(days=400)).isoformat()
        with desk.database.write(desk.operator) as tx:
            for resident, subject in zip(chosen, subjects, strict=False):
                for kind, value in (
                    (ClaimKind.BIRTH_DATE, resident.born_on.isoformat()),
                    (ClaimKind.RESIDENT_SINCE, since),
                ):
                    claim = NewClaim(kind, value, Source.LIST, "demo", today)
                    people.records.claims.add(
                        tx, desk.personal_key, desk.clock, look, subject, claim=claim
                    )

    def _stock(self, officer: UUID) -> None:
        """Bring the things that are handed over to where that is done."""
        desk = self.installation.desk
        with desk.database.write(desk.operator) as tx:
            for place in merchants.directory.places(tx):
                till = simulation.life.till_of(place)
                for program in self.town.programs:
                    if not is_here(program.acceptance, till):
                        continue
                    for thing in program.things:
                        if thing.has_stock:
                            programs.stock.deliver(
                                tx,
                                desk.clock,
                                OperationId(ids.uuid7(desk.clock)),
                                program=program.key,
                                thing=thing.key,
                                place=place.id,
                                pieces=_PIECES,
                                by=officer,
                            )

    def days(
        self, fronts: Sequence[simulation.Storefront], *, seed: int, first_day: date, days: int
    ) -> dict[date, list[Happening]]:
        """What they do, by day."""
        lived = simulation.life.lived(
            self.town,
            fronts,
            residents=self.residents,
            visitors=len(self.cards) - self.residents,
            seed=seed,
            first_day=first_day,
            days=days,
        )
        return {day: list(some) for day, some in groupby(lived, lambda one: day_in_tokyo(one.at))}

    def requests(self, happenings: Sequence[Happening]) -> Iterator[tuple[Happening, Request]]:
        """What tills ask for them; goods come back only of a sale that was made."""
        for one in happenings:
            if one.doing is Doing.BRING_BACK and one.refers_to not in self._bought:
                continue
            yield one, self._request(one)

    def note(self, happening: Happening, answer: Posted | DomainError) -> None:
        """Count an answer; a refusal is part of life."""
        if isinstance(answer, Posted):
            if happening.doing is Doing.BUY:
                self._bought.add(happening.id)
            self.answers[happening.doing, "done"] += 1
        else:
            self.answers[happening.doing, answer.code] += 1

    def with_ages(self, day: date) -> list[dict[str, object]]:
        """Everybody's card and age on a day; of visitors it is not known."""
        ages = [age_on(day, born_on, Counting.BIRTHDAY) for born_on in self.born_on]
        known = [*ages, *[None] * (len(self.cards) - len(ages))]
        return [{"card": card, "age": age} for card, age in zip(self.cards, known, strict=True)]

    @property
    def asked(self) -> dict[str, int]:
        """What was asked and came of it, and how often: ``buy done``, ``stamp limit_reached``."""
        return {" ".join(what): count for what, count in sorted(self.answers.items())}

    def _request(self, one: Happening) -> Request:
        id_, token, program = OperationId(one.id), self.tokens[one.shop], Asset(one.program)
        card, at = self.cards[one.person], one.at
        match one.doing:
            case Doing.BUY:
                chosen = one.pay_with
                pay_with = None if chosen is None else tuple(Choice(Asset(key)) for key in chosen)
                return PurchaseRequest(
                    id=id_,
                    token=token,
                    credential=card,
                    occurred_at=at,
                    total_yen=one.units,
                    pay_with=pay_with,
                )
            case Doing.BRING_BACK:
                purchase = OperationId(one.refers_to or ids.NIL)
                return ReturnRequest(id=id_, token=token, purchase=purchase, total_yen=one.units)
            case Doing.TAKE_PART:
                return EarningRequest(
                    id=id_, token=token, credential=card, occurred_at=at, event=one.part
                )
            case Doing.STAMP:
                return StampRequest(
                    id=id_, token=token, credential=card, occurred_at=at, program=program
                )
            case Doing.EXCHANGE:
                return ExchangeRequest(
                    id=id_,
                    token=token,
                    credential=card,
                    occurred_at=at,
                    program=program,
                    exchange=one.part,
                    times=one.units,
                )
            case Doing.COLLECT:
                return RedemptionRequest(
                    id=id_,
                    token=token,
                    credential=card,
                    occurred_at=at,
                    program=program,
                    thing=one.part,
                )
            case Doing.PAY_IN:
                return TopUpRequest(
                    id=id_,
                    token=token,
                    credential=card,
                    occurred_at=at,
                    program=program,
                    units=one.units,
                )
            case Doing.TAKE_OUT:
                return CashOutRequest(
                    id=id_,
                    token=token,
                    credential=card,
                    occurred_at=at,
                    program=program,
                    units=one.units,
                )
