"""Compares the tills' books with the ledger: nothing lost, nothing doubled, nothing invented."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from ichimai import ledger
from ichimai.ledger import Kind
from ichimai.storage import ReadTx
from tests.acceptance.faults.shoppers import Entry, Journal
from tests.acceptance.faults.town import Town

_NEW: Final = (
    "SELECT operation, kind, sum(units)::bigint FROM transfer"
    " WHERE number > %s GROUP BY operation, kind"
)


@dataclass
class Audit:
    """What the ledger has made since the audit began, by operation and kind."""

    town: Town
    journal: Journal
    made: dict[UUID, dict[Kind, int]] = field(default_factory=dict)
    number: int = 0

    def __post_init__(self) -> None:
        parts = self.town.installation
        with parts.database.snapshot(parts.operator) as tx:
            self.number = ledger.reports.count_transfers(tx)

    def check(self) -> None:
        """At any moment: verified, acknowledged ⊆ ledger ⊆ asked, each exactly once."""
        acknowledged = {key: e for key, e in self.journal.known().items() if e.is_acknowledged}
        self._read()
        asked = self.journal.known()
        for key, entry in acknowledged.items():
            assert self.made.get(key) == entry.makes, f"acknowledged, but {self.made.get(key)}"
        for key, kinds in self.made.items():
            assert kinds == asked[key].makes, f"{asked[key]} made {kinds}"
        assert units_of(acknowledged) <= sum_of(self.made) <= units_of(asked)
        assert not self.journal.faults, self.journal.faults[:3]

    def check_settled(self) -> None:
        """When every till has its answer: the ledger is exactly what was acknowledged."""
        self.check()
        asked = self.journal.known()
        assert all(entry.answer is not None for entry in asked.values())
        acknowledged = {key: e.makes for key, e in asked.items() if e.is_acknowledged}
        assert self.made == acknowledged

    def _read(self) -> None:
        parts = self.town.installation
        with parts.database.snapshot(parts.operator) as tx:
            verified = ledger.verification.verify(tx)
            rows = tx.rows(_NEW, (self.number,))
        self.number = verified.transfers
        new: dict[UUID, dict[Kind, int]] = {}
        for operation, kind, units in rows:
            new.setdefault(operation, {})[Kind(kind)] = units
        assert not new.keys() & self.made.keys(), "made again, or in two steps"
        self.made |= new


def units_made(tx: ReadTx, operations: Iterable[UUID]) -> dict[UUID, int]:
    """What each operation moved in the ledger; nothing for those that are not there."""
    return dict(
        tx.rows(
            "SELECT operation, sum(units)::bigint FROM transfer WHERE operation = ANY(%s::uuid[])"
            " GROUP BY operation",
            (list(operations),),
        )
    )


def units_of(entries: Mapping[UUID, Entry]) -> int:
    """The sum that some operations move if all are carried out."""
    return sum(sum(entry.makes.values()) for entry in entries.values())


def sum_of(made: Mapping[UUID, Mapping[Kind, int]]) -> int:
    """The sum that the ledger moved."""
    return sum(sum(kinds.values()) for kinds in made.values())
