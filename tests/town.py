"""A town small enough to know everybody in it: three streets, six shops, and an intruder.

Made with the product's own functions in some 100 ms, so that each test may have its own.
"""

import asyncio
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

import uvicorn
from starlette.types import ASGIApp

from ichimai import ledger, merchants, people, programs, registry, settlement, web
from ichimai.kernel import Asset, ids
from ichimai.kernel.ages import Basis, Counting
from ichimai.kernel.clock import Clock, ManualClock
from ichimai.ledger import OperationId
from ichimai.ledger.model import Grant
from ichimai.merchants import Association, BankAccount, EnrolledTerminal, Shop, ShopId, ShopSize
from ichimai.people.model import Audience, Staff, StaffRole
from ichimai.people.records.personal import PersonalKey
from ichimai.programs import funding, lists
from ichimai.programs.model import PaymentRequest
from ichimai.programs.terms import Acceptance, Expiry, Program, Reason, Use
from ichimai.registry import RegistryKey, SubjectId
from ichimai.settlement.model import Payer, PayerId
from ichimai.storage import REGISTRY, Database, EmbeddedServer, Schema, operator_schema
from tests import databases
from tests.passwords import cheap_hash

SECTOR: Final = "131164"
START: Final = datetime(2026, 10, 1, 3, tzinfo=UTC)
PASSWORD: Final = "a-long-password-for-tests"
_DAY = date(2026, 9, 15)
GIFT: Final = Program(
    key=Asset("longevity-gift"),
    name_ja="長寿祝い",
    name_en="Longevity gift",
    funder="toshima",
    acceptance=Acceptance(requires_gift_voucher_association=True, excluded_categories=("tobacco",)),
    use=Use(per_payment_limit=8_000, per_day_limit=15_000),
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
STREETS: Final = (
    Association(8, "巣鴨地蔵通り商店街振興組合", 171, accepts_gift_vouchers=True),
    Association(27, "日出優良商店会", 35, accepts_gift_vouchers=True),
    Association(90, "えびす通り高松商店会", 14, accepts_gift_vouchers=False),
)
SHOPS: Final[Mapping[str, tuple[str, str, str, ShopSize, str]]] = {
    "greengrocer": ("08-017", "丸福青果", "マルフクセイカ", ShopSize.SMALL, "food"),
    "teahouse": ("08-021", "茶舗みどり", "チャホミドリ", ShopSize.SMALL, "food"),
    "pharmacy": ("08-044", "とげぬき薬局", "トゲヌキヤッキョク", ShopSize.MEDIUM, "drugs"),
    "supermarket": ("27-003", "日の出ストア", "ヒノデストア", ShopSize.LARGE, "food"),
    "tobacconist": ("27-004", "煙草の里", "タバコノサト", ShopSize.SMALL, "tobacco"),
    "tavern": ("90-002", "酒処えびす", "サケドコロエビス", ShopSize.SMALL, "food"),
}
ACCOUNT: Final = BankAccount("0001", "ﾐｽﾞﾎ", "007", "ｽｶﾞﾓ", 1, "1234567", "ﾏﾙﾌｸ ｾｲｶ")
PAYER: Final = Payer(
    PayerId(UUID(int=0x9)), "0131164001", replace(ACCOUNT, holder_kana="ﾄｼﾏｸ ｶｲｹｲｶﾝﾘｼﾔ")
)
GIFTS: Final = {"hanako": (10_000,), "taro": (10_000, 10_000), "kazu": (100,), "jiro": (10_000,)}
"""What each resident was given; jiro's card is stopped."""

INTRUDERS_CARD: Final = "NEVE-R1SS-VEDN-EVER-M"
"""Has a right check character and was never issued."""

STAFF: Final = {
    "officer": ("佐藤 公子", StaffRole.OFFICER),
    "approver": ("鈴木 一郎", StaffRole.APPROVER),
    "treasurer": ("高橋 恵", StaffRole.TREASURER),
    "second treasurer": ("渡辺 進", StaffRole.TREASURER),
    "auditor": ("田中 誠", StaffRole.AUDITOR),
    "intruder": ("山本 去", StaffRole.TREASURER),
}
"""The intruder is one who left, and held on to the token."""


def shop(clock: Clock, number: str, name: str, kana: str, size: ShopSize, category: str) -> Shop:
    """A shop of the association that its number begins with, paid into an account of its own."""
    return Shop(
        id=ShopId(ids.uuid7(clock)),
        number=number,
        association=int(number[:2]),
        name=name,
        kana=kana,
        size=size,
        category=category,
        account=replace(ACCOUNT, number=f"00{number.replace('-', '')}"),
    )


def gift(clock: Clock, subject: SubjectId, units: int, number: int) -> Grant:
    """Somebody's gift; each ``number`` ends half a year after the one before."""
    return Grant(
        operation=OperationId(ids.uuid7(clock)),
        wallet=subject,
        funder=funding.funder_id(GIFT),
        asset=GIFT.key,
        units=units,
        expires_at=clock.now() + timedelta(days=180 * (number + 1)),
    )


class _PromptServer(uvicorn.Server):
    """Stops at once when it is told to; others look for that ten times a second, and wait twice."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._has_begun = threading.Event()

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            super().run(sockets)
        finally:
            self._has_begun.set()

    def stop(self) -> None:
        """End, when the answers that are being made are given."""
        self._has_begun.wait()
        if self.started:
            self._loop.call_soon_threadsafe(self._end.set)

    async def main_loop(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        await self.on_tick(0)
        self._has_begun.set()
        await self._end.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002 - uvicorn's own
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await asyncio.sleep(0.002)  # the lines that were idle are closed
        await self._wait_tasks_to_complete()


@contextmanager
def running(app: ASGIApp, listener: socket.socket) -> Iterator[str]:
    """A server of any application at a port that is already held; its address."""
    server = _PromptServer(uvicorn.Config(app, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.stop()
        thread.join()
        listener.close()


@dataclass
class Town:
    """All that a test may want to name: shops, tills, cards and staff by what they are."""

    database: Database
    operator: Schema
    clock: ManualClock
    key: RegistryKey = field(default_factory=lambda: RegistryKey(b"k" * 32))
    personal_key: PersonalKey = field(default_factory=lambda: PersonalKey(b"p" * 32, SECTOR))
    shops: dict[str, Shop] = field(default_factory=dict)
    tills: dict[str, EnrolledTerminal] = field(default_factory=dict)
    cards: dict[str, str] = field(default_factory=dict)
    subjects: dict[str, SubjectId] = field(default_factory=dict)
    staff: dict[str, Staff] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def build(self) -> "Town":
        """Make everybody and everything."""
        self.shops = {called: shop(self.clock, *row) for called, row in SHOPS.items()}
        with self.database.write(self.operator) as tx:
            merchants.directory.add_associations(tx, STREETS)
            merchants.directory.add_shops(tx, list(self.shops.values()))
            settlement.set_payer(tx, self.clock, PAYER, entered_by=ids.NIL)
            lists.open_program(tx, self.clock, GIFT)
        self._enrol()
        self._employ()
        self._issue_cards()
        return self

    def token(self, who: str) -> str:
        """A bearer token: a till's by its shop, ``revoked`` or a member of staff's."""
        return self.tills[who].token if who in self.tills else self.tokens[who]

    @property
    def desk(self) -> programs.Desk:
        """The desk that tills ask."""
        return programs.Desk(
            self.database, self.operator, SECTOR, self.key, self.clock, self.personal_key
        )

    def pay(self, who: str, shop: str, units: int) -> OperationId:
        """Pay with somebody's card at a shop."""
        request = PaymentRequest(
            id=self.operation(),
            token=self.token(shop),
            credential=self.cards[who],
            units=units,
            is_repeat_confirmed=True,
        )
        (answer,) = self.desk.serve([request])
        assert isinstance(answer, ledger.Posted), answer
        return request.id

    def operation(self) -> OperationId:
        """A new id."""
        return OperationId(ids.uuid7(self.clock))

    def balance(self, who: str) -> int:
        """What is left of a resident's gifts."""
        with self.database.read(self.operator) as tx:
            return programs.wallets.wallet(tx, self.clock, self.subjects[who]).total_units

    def head(self) -> tuple[int, int, bytes]:
        """The ledger's head: as long as it is the same, nothing was written."""
        with self.database.read(self.operator) as tx:
            row = tx.row("SELECT sequence, number, hash FROM ledger_head")
        assert row is not None
        return row[0], row[1], bytes(row[2])

    def week(self) -> None:
        """Let a week pass. Everybody on the staff signs in again."""
        self.clock.advance(timedelta(days=7))
        for name in self.staff:
            self.sign_in(name)

    def sign_in(self, called: str) -> None:
        """Give a member of staff a new session."""
        with self.database.write(self.operator) as tx:
            session = people.sessions.start(tx, self.clock, Audience.STAFF, self.staff[called].id)
        self.tokens[called] = session.token

    def _enrol(self) -> None:
        names = [*self.shops, "revoked"]
        at = [shop.id for shop in self.shops.values()]
        with self.database.write(self.operator) as tx:
            tills = merchants.tills.enrol_directly(tx, self.clock, [*at, at[0]])
            merchants.tills.revoke(tx, self.clock, tills[-1].terminal)
        self.tills = dict(zip(names, tills, strict=True))

    def _employ(self) -> None:
        for called, (name, role) in STAFF.items():
            with self.database.write(self.operator) as tx:
                member = people.staff.add(
                    tx, self.clock, name=name, role=role, password=cheap_hash(PASSWORD)
                )
            self.staff[called] = member
            self.sign_in(called)
        with self.database.write(self.operator) as tx:
            people.staff.leave(tx, self.clock, self.staff["intruder"].id)

    def _issue_cards(self) -> None:
        with self.database.write(REGISTRY) as tx:
            cards = registry.cards.new_cards(tx, self.key, self.clock, len(GIFTS))
            subjects = registry.holders.subjects(
                tx, self.clock, SECTOR, [card.holder for card in cards]
            )
        self.cards = dict(zip(GIFTS, (card.code for card in cards), strict=True))
        self.cards["intruder"] = INTRUDERS_CARD
        self.subjects = dict(zip(GIFTS, subjects, strict=True))
        grants = [
            gift(self.clock, subject, units, number)
            for subject, gifts in zip(subjects, GIFTS.values(), strict=True)
            for number, units in enumerate(gifts)
        ]
        with self.database.write(self.operator) as tx:
            for answer in ledger.post(tx, self.clock, grants):
                assert isinstance(answer, ledger.Posted), answer
        programs.cards.stop_card(self.desk, self.cards["jiro"])


@contextmanager
def shared_town(server: EmbeddedServer, template: str) -> Iterator[Town]:
    """A town that several tests share: ``server`` and ``template`` are the fixtures."""
    with (
        databases.copy_of(server, template) as url,
        closing(Database(url)) as database,
    ):
        yield Town(database, operator_schema(SECTOR), ManualClock(START)).build()


@contextmanager
def application(town: Town) -> Iterator[ASGIApp]:
    """What a server process answers for ``town``."""
    committer = ledger.group_commit.GroupCommit(town.desk.serve)
    services = web.Services(
        database=town.database,
        operator=town.operator,
        sector=SECTOR,
        registry_key=town.key,
        clock=town.clock,
        personal_key=town.personal_key,
        submit=committer.submit,
        town=web.Town("豊島区", "Toshima City", "", ""),
        is_https=False,
        needs_second_factor=False,
    )
    try:
        yield web.Express(web.application(services), services)
    finally:
        committer.close()


@contextmanager
def served(town: Town) -> Iterator[str]:
    """The address of a server, in this process, that answers for ``town``."""
    listener = socket.create_server(("127.0.0.1", 0))
    with application(town) as app, running(app, listener) as address:
        yield address
