"""A town small enough to know everybody in it, with a server that answers for it."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import msgspec

from ichimai import jobs, ledger, merchants, people, programs, registry, web
from ichimai.kernel import ids, typed_codes
from ichimai.kernel.clock import ManualClock
from ichimai.ledger import OperationId
from ichimai.merchants import EnrolledTerminal, Shop, ShopId
from ichimai.people.records.personal import PersonalKey
from ichimai.programs import lists
from ichimai.programs.model import PaymentRequest, Request
from ichimai.programs.terms import Acceptance, Use
from ichimai.registry import RegistryKey, SubjectId
from ichimai.registry.model import IssuedCard
from ichimai.storage import REGISTRY, Database, Schema
from ichimai.web.services import Submit
from tests import town as base
from tests.passwords import cheap_hash
from tests.town import PASSWORD, SECTOR, SHOPS, STREETS, running, shop

__all__ = [
    "GIFT",
    "PASSWORD",
    "PIN",
    "SECTOR",
    "STAFF",
    "STREETS",
    "LittleTown",
    "running",
    "served",
]

GIFT = msgspec.structs.replace(
    base.GIFT, acceptance=Acceptance(requires_gift_voucher_association=True), use=Use()
)
"""The town's gift, without its limits and for every kind of shop."""

STAFF = dict(base.STAFF[called] for called in ("officer", "approver", "treasurer", "auditor"))
PIN = "280519"


@dataclass
class LittleTown:
    """Three streets, a greengrocer, a supermarket, a tavern, and residents with gifts."""

    database: Database
    operator: Schema
    clock: ManualClock
    key: RegistryKey
    personal_key: PersonalKey = field(default_factory=lambda: PersonalKey(b"p" * 32, SECTOR))
    tills: dict[ShopId, EnrolledTerminal] = field(default_factory=dict)

    def build(self) -> None:
        """Register everything but the residents."""
        password = cheap_hash(PASSWORD)
        with self.database.write(self.operator) as tx:
            merchants.directory.add_associations(tx, STREETS)
            self.greengrocer = shop(self.clock, *SHOPS["greengrocer"])
            self.supermarket = shop(self.clock, *SHOPS["supermarket"])
            self.tavern = shop(self.clock, *SHOPS["tavern"])
            merchants.directory.add_shops(tx, [self.greengrocer, self.supermarket, self.tavern])
            lists.open_program(tx, self.clock, GIFT)
            for name, role in STAFF.items():
                people.staff.add(tx, self.clock, name=name, role=role, password=password)

    def resident(self, *units: int) -> IssuedCard:
        """A resident's card, with a gift of each of ``units``, some months apart in their end."""
        with self.database.write(REGISTRY) as tx:
            (card,) = registry.cards.new_cards(tx, self.key, self.clock, 1)
            (subject,) = registry.holders.subjects(tx, self.clock, SECTOR, [card.holder])
        self._grant(subject, units)
        return card

    def pay(self, shop: Shop, card: IssuedCard, units: int) -> OperationId:
        """The resident buys something; some time passes."""
        if shop.id not in self.tills:
            with self.database.write(self.operator) as tx:
                (self.tills[shop.id],) = merchants.tills.enrol_directly(tx, self.clock, [shop.id])
        self.clock.advance(timedelta(minutes=2))
        request = PaymentRequest(
            id=OperationId(ids.uuid7(self.clock)),
            token=self.tills[shop.id].token,
            credential=card.code,
            units=units,
        )
        (answer,) = self.desk.serve([request])
        assert isinstance(answer, ledger.Posted), answer
        return request.id

    def unissued_code(self) -> str:
        """A well-formed card number that was never issued."""
        return typed_codes.grouped(typed_codes.new(16), 4)

    def stop(self, card: IssuedCard) -> None:
        """The card is lost."""
        programs.cards.stop_card(self.desk, card.code)

    def enrolment_code(self, shop: Shop) -> str:
        """The code on the paper that the shop gets."""
        with self.database.write(self.operator) as tx:
            return merchants.tills.new_enrolment(tx, self.clock, shop.id)

    def close_asked(self) -> None:
        """Carry out the closings that were asked for, as the next round does."""
        jobs.rounds.close_asked(self.desk)

    @property
    def desk(self) -> programs.Desk:
        """The desk that tills ask."""
        return programs.Desk(
            self.database, self.operator, SECTOR, self.key, self.clock, self.personal_key
        )

    def _grant(self, subject: SubjectId, units: tuple[int, ...]) -> None:
        grants = [base.gift(self.clock, subject, each, number) for number, each in enumerate(units)]
        with self.database.write(self.operator) as tx:
            for answer in ledger.post(tx, self.clock, grants):
                assert isinstance(answer, ledger.Posted), answer


def services_of(
    town: LittleTown,
    *,
    submit: Submit | None = None,
    is_https: bool = False,
    base_url: str = "http://localhost",
) -> web.Services:
    """What pages are made of in ``town``."""
    return web.Services(
        database=town.database,
        operator=town.operator,
        sector=SECTOR,
        registry_key=town.key,
        clock=town.clock,
        personal_key=town.personal_key,
        submit=submit or _nobody,
        town=web.Town(
            "豊島区",
            "Toshima City",
            "豊島区 区民カード担当　電話 03-0000-0000（平日 8時30分〜17時）",
            "Toshima City, longevity gifts: phone 03-0000-0000 (weekdays 8:30 to 17:00)",
        ),
        is_https=is_https,
        base_url=base_url,
        needs_second_factor=False,
    )


async def _nobody(_: Request) -> ledger.Posted:
    raise NotImplementedError


@contextmanager
def served(
    town: LittleTown,
    *,
    is_https: bool = False,
    through: Callable[[Submit], Submit] = lambda submit: submit,
    changed: Callable[[web.Services], web.Services] = lambda services: services,
) -> Iterator[str]:
    """A server that answers for ``town``; its address.

    ``through``: what lies before the desk. ``changed``: what is otherwise than usual; the
    services' ``base_url`` names the very port, at ``localhost``.
    """
    committer = ledger.group_commit.GroupCommit(town.desk.serve)
    listener = socket.create_server(("127.0.0.1", 0))
    services = services_of(
        town,
        submit=through(committer.submit),
        is_https=is_https,
        base_url=f"http://localhost:{listener.getsockname()[1]}",
    )
    with running(web.application(changed(services)), listener) as address:
        yield address
    committer.close()
