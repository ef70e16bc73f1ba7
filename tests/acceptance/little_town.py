"""A town small enough to know everybody in it, with a server that answers for it."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta

import uvicorn
from starlette.applications import Starlette

from ichimai import ledger, merchants, people, programs, registry, web
from ichimai.kernel import Asset, ids, typed_codes
from ichimai.kernel.ages import Basis, Counting
from ichimai.kernel.clock import ManualClock
from ichimai.ledger import OperationId
from ichimai.ledger.model import Grant
from ichimai.merchants import Association, BankAccount, EnrolledTerminal, Shop, ShopId, ShopSize
from ichimai.people.model import StaffRole
from ichimai.people.records.personal import PersonalKey
from ichimai.programs import funding, lists
from ichimai.programs.model import PaymentRequest, Request
from ichimai.programs.terms import Acceptance, Expiry, Program, Reason
from ichimai.registry import RegistryKey, SubjectId
from ichimai.registry.model import IssuedCard
from ichimai.storage import REGISTRY, Database, Schema
from ichimai.web.services import Submit
from tests.passwords import cheap_hash

SECTOR = "131164"
_DAY = date(2026, 9, 15)
GIFT = Program(
    key=Asset("longevity-gift"),
    name_ja="長寿祝い",
    name_en="Longevity gift",
    funder="toshima",
    acceptance=Acceptance(requires_gift_voucher_association=True),
    expiry=Expiry(on=date(2027, 9, 30)),
    reasons=(
        Reason(
            key="KIJU",
            name="喜寿",
            name_en="77th birthday",
            units=10_000,
            years=77,
            since="birth",
            basis=Basis.ON_DATE,
            counting=Counting.BIRTHDAY,
            reference_date=_DAY,
        ),
        Reason(
            key="BEIJU",
            name="米寿",
            name_en="88th birthday",
            units=10_000,
            years=88,
            since="birth",
            basis=Basis.ON_DATE,
            counting=Counting.BIRTHDAY,
            reference_date=_DAY,
        ),
        Reason(
            key="KINKON",
            name="金婚",
            name_en="Golden wedding",
            units=10_000,
            years=50,
            since="marriage",
            basis=Basis.WITHIN_CALENDAR_YEAR,
            reference_date=_DAY,
        ),
    ),
)
STREETS = [
    Association(8, "巣鴨地蔵通り商店街振興組合", 171, accepts_gift_vouchers=True),
    Association(27, "日出優良商店会", 35, accepts_gift_vouchers=True),
    Association(90, "えびす通り高松商店会", 14, accepts_gift_vouchers=False),
]
STAFF = {
    "佐藤 公子": StaffRole.OFFICER,
    "鈴木 一郎": StaffRole.APPROVER,
    "高橋 恵": StaffRole.TREASURER,
    "田中 誠": StaffRole.AUDITOR,
}
PASSWORD = "a-long-password-for-tests"
PIN = "280519"
ACCOUNT = BankAccount("0001", "ﾐｽﾞﾎ", "007", "ｽｶﾞﾓ", 1, "1234567", "ﾏﾙﾌｸ ｾｲｶ")


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
            self.greengrocer = self._shop("08-017", "丸福青果", "マルフクセイカ", ShopSize.SMALL)
            self.supermarket = self._shop("27-003", "日の出ストア", "ヒノデストア", ShopSize.LARGE)
            self.tavern = self._shop("90-002", "酒処えびす", "サカドコロエビス", ShopSize.SMALL)
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

    @property
    def desk(self) -> programs.Desk:
        """The desk that tills ask."""
        return programs.Desk(
            self.database, self.operator, SECTOR, self.key, self.clock, self.personal_key
        )

    def _grant(self, subject: SubjectId, units: tuple[int, ...]) -> None:
        grants = [
            Grant(
                operation=OperationId(ids.uuid7(self.clock)),
                wallet=subject,
                funder=funding.funder_id(GIFT),
                asset=GIFT.key,
                units=each,
                expires_at=self.clock.now() + timedelta(days=180 * (number + 1)),
            )
            for number, each in enumerate(units)
        ]
        with self.database.write(self.operator) as tx:
            for answer in ledger.post(tx, self.clock, grants):
                assert isinstance(answer, ledger.Posted), answer

    def _shop(self, number: str, name: str, kana: str, size: ShopSize) -> Shop:
        return Shop(
            id=ShopId(ids.uuid7(self.clock)),
            number=number,
            association=int(number[:2]),
            name=name,
            kana=kana,
            size=size,
            category="food",
            account=ACCOUNT,
        )


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
            "豊島区 長寿祝い担当　電話 03-0000-0000（平日 8時30分〜17時）",
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
    committer = ledger.GroupCommit(town.desk.serve)
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


@contextmanager
def running(app: Starlette, listener: socket.socket) -> Iterator[str]:
    """A server of any application at a port that is already held; its address."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
