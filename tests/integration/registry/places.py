"""What the registry's tests say often."""

from dataclasses import dataclass, field
from uuid import UUID

from ichimai import registry
from ichimai.cards import Kind, Shown
from ichimai.kernel.clock import ManualClock
from ichimai.registry import Resolved, SubjectId
from ichimai.registry.model import Added, HolderId
from ichimai.storage import REGISTRY, Database

KEY = registry.RegistryKey(b"k" * 32)
TOSHIMA, CHIYODA, SHINJUKU = "131164", "131016", "131041"
OFFICER = UUID("00000000-0000-4000-8000-00000000000f")


def number(kind: Kind, text: str, scheme: str = "") -> Shown:
    """What a card of ``kind`` with a number shows."""
    return Shown(kind, text.encode(), scheme)


def certificate(text: str) -> Shown:
    """What a My Number Card shows."""
    return number(Kind.MY_NUMBER_CARD, text)


@dataclass
class Register:
    """The registry of a test, one transaction a sentence."""

    database: Database
    clock: ManualClock
    key: registry.RegistryKey = field(default_factory=lambda: KEY)

    def holders(self, count: int) -> list[HolderId]:
        """New holders."""
        with self.database.write(REGISTRY) as tx:
            return registry.holders.new(tx, self.clock, count)

    def add(self, holder: HolderId, shown: Shown, public_key: bytes | None = None) -> Added:
        """Bind a card without an end."""
        with self.database.write(REGISTRY) as tx:
            return registry.credentials.add(
                tx, self.key, self.clock, holder, shown, public_key=public_key
            )

    def subject(self, sector: str, holder: HolderId) -> SubjectId:
        """Who a holder is in a sector, from now on if not before."""
        with self.database.write(REGISTRY) as tx:
            return registry.holders.subjects(tx, self.clock, sector, [holder])[0]

    def tap(self, shown: Shown, sector: str = TOSHIMA) -> Resolved | None:
        """What a card is to a sector."""
        with self.database.read(REGISTRY) as tx:
            found = registry.resolve_shown(tx, self.key, self.clock, sector, [shown])
        return found[0]

    def known(self, shown: Shown, sector: str = TOSHIMA) -> Resolved:
        """The same for a card that must be known."""
        found = self.tap(shown, sector)
        assert found is not None
        return found
