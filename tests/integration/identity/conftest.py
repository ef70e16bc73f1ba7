"""A town whose counters and terminals have cards shown to them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

import pytest

from ichimai import identity, registry
from ichimai.cards import Kind, Shown, barcodes
from ichimai.cards.barcodes import CardScheme, Check
from ichimai.identity import Place
from ichimai.identity.model import Link, LinkId, LinkState, NewTap, Service, ServiceCode, Tap
from ichimai.kernel import ids
from ichimai.kernel.clock import ManualClock
from ichimai.registry.model import HolderId
from ichimai.storage import REGISTRY, Database, Schema, WriteTx
from tests.town import SECTOR, Town

LIBRARY = Service(
    code=ServiceCode("library"),
    name_ja="図書館",
    name_en="Library",
    scheme=CardScheme("library", check=Check.M10W21_SPLIT, length=8),
)
NUMBERS = [barcodes.with_check(f"{1_000_000 + n}", LIBRARY.scheme) for n in range(4)]
"""Numbers of the library with right check digits."""


@dataclass
class Hall:
    """A town hall: what its counters and terminals do, each in a transaction of its own."""

    database: Database
    operator: Schema
    clock: ManualClock
    key: registry.RegistryKey = field(default_factory=lambda: registry.RegistryKey(b"k" * 32))

    @property
    def reception(self) -> identity.Reception:
        """Where cards are shown."""
        return identity.Reception(self.database, self.operator, SECTOR, self.key, self.clock)

    @property
    def identity_key(self) -> bytes:
        """The operator's."""
        return identity.sealing.operator_key(self.key.secret, SECTOR)

    def place(self, *, is_counter: bool = True) -> Place:
        """A new place."""
        return Place(ids.uuid7(self.clock), is_counter)

    def printed(self) -> str:
        """The code of a printed card, of somebody new."""
        with self.database.write(REGISTRY) as tx:
            (card,) = registry.cards.new_cards(tx, self.key, self.clock, 1)
        return card.code

    def holder(self) -> HolderId:
        """Somebody new, without a card."""
        with self.database.write(REGISTRY) as tx:
            (holder,) = registry.holders.new(tx, self.clock, 1)
        return holder

    def bind(self, holder: HolderId, shown: Shown, public_key: bytes | None = None) -> None:
        """Give somebody a card."""
        with self.database.write(REGISTRY) as tx:
            registry.credentials.add(tx, self.key, self.clock, holder, shown, public_key=public_key)

    def felica(self) -> str:
        """The IDm of somebody new."""
        idm = ids.uuid7(self.clock).bytes[-8:]
        self.bind(self.holder(), Shown(Kind.FELICA, idm))
        return idm.hex()

    def tap(self, place: Place, code: str) -> NewTap:
        """Show a printed card."""
        return self.reception.code(place, code)

    def current(self, place: Place, token: str) -> Tap:
        """Who is there."""
        with self.database.write(self.operator) as tx:
            return identity.taps.current(tx, self.clock, place, token)

    def lift(self, place: Place) -> None:
        """Take the card away."""
        with self.database.write(self.operator) as tx:
            identity.taps.end(tx, self.clock, place)

    def open_library(self) -> None:
        """Make the library's numbers known."""
        with self.database.write(self.operator) as tx:
            identity.links.add_service(tx, self.clock, LIBRARY)

    def ask(self, place: Place, token: str, number: str, service: str = "library") -> LinkId:
        """Ask for a link."""
        with self.database.write(self.operator) as tx:
            tap = identity.taps.current(tx, self.clock, place, token)
            asked = identity.links.ask(
                tx,
                self.clock,
                self.identity_key,
                tap,
                service=service,
                number=number,
                staff=None,
            )
        return asked.link.id

    def confirm(self, place: Place, token: str, link: LinkId) -> Link:
        """Confirm a link."""
        with self.database.write(self.operator) as tx:
            tap = identity.taps.current(tx, self.clock, place, token)
            return identity.links.confirm(tx, self.clock, link, tap, staff=None)

    def joined(self, code: str, number: str) -> Link:
        """Ask and confirm, at a counter of its own."""
        place = self.place()
        asked = self.ask(place, self.tap(place, code).token, number)
        return self.confirm(place, self.tap(place, code).token, asked)

    def states(self, code: str) -> list[LinkState]:
        """What became of somebody's links, in their order."""
        subject = self.tap(self.place(), code).tap.subject
        assert subject
        with self.database.read(self.operator) as tx:
            return [link.state for link in identity.links.links_of(tx, subject)]

    def in_tx(self, do: Callable[[WriteTx], object]) -> None:
        """Do something in a transaction."""
        with self.database.write(self.operator) as tx:
            do(tx)

    def strays(self) -> list[tuple[UUID, str]]:
        """Links whose state is not that of the last entry in the journal."""
        with self.database.read(self.operator) as tx:
            return tx.rows(
                """
                SELECT link.id, link.state FROM link WHERE state <> (
                    SELECT state FROM link_event WHERE link_event.link = link.id
                    ORDER BY entry DESC LIMIT 1
                )
                """
            )


@pytest.fixture
def hall(database: Database, operator: Schema, clock: ManualClock) -> Hall:
    """A town hall with a library."""
    made = Hall(database, operator, clock)
    made.open_library()
    return made


@pytest.fixture
def town(database: Database, operator: Schema, clock: ManualClock) -> Town:
    """A town with shops, tills, cards and staff."""
    return Town(database, operator, clock).build()
