"""What somebody has of each program, as the pages show it; and what happened, in one line each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final
from uuid import UUID

from markupsafe import Markup

from ichimai.kernel import Asset
from ichimai.ledger import Kind, OperationId
from ichimai.programs import wallets
from ichimai.programs.terms import Program, ProgramKind
from ichimai.programs.wallets import Entry, Wallet, WalletLot
from ichimai.storage import ReadTx
from ichimai.web.layout import Visit, formats, mark, stamp_cards

_KINDS: Final = (
    ProgramKind.VOUCHER,
    ProgramKind.PREPAID,
    ProgramKind.POINTS,
    ProgramKind.STAMPS,
    ProgramKind.IN_KIND,
)
_PROGRESS: Final = mark("%(done)s of %(all)s collected")


@dataclass(frozen=True, slots=True)
class Holding:
    """What somebody has of one program: ``units`` that may be used, and lots that are pending.

    ``card``: how many units make a full card; 0: it has none.
    """

    program: Program
    units: int
    lots: tuple[WalletLot, ...]
    pending: tuple[WalletLot, ...]
    picture: Markup

    @property
    def card(self) -> int:
        """How many units make a full card, or pay only together; 0: there is no such thing."""
        return card_of(self.program)

    @property
    def full(self) -> int:
        """How many cards are full."""
        return self.units // self.card if self.card else 0

    @property
    def missing(self) -> int:
        """How many units the next card still needs."""
        return self.card - self.units % self.card if self.card else 0

    @property
    def pays(self) -> bool:
        """Whether it is worth yen in a shop."""
        program = self.program
        return program.kind in _KINDS[:3] and not program.use.is_by_exchange_only

    @property
    def is_yen(self) -> bool:
        """Whether it is told in yen alone."""
        return self.program.kind in _KINDS[:2]


def card_of(program: Program) -> int:
    """How many units make a full card; 0: there is no such thing."""
    if program.card_units is not None:
        return program.card_units
    return program.use.multiple if program.use.multiple > 1 else 0


def holding(visit: Visit, program: Program, wallet: Wallet) -> Holding:
    """What somebody has of ``program``."""
    lots = wallet.of(program.key)
    units, card = wallet.usable.get(program.key, 0), card_of(program)
    drawn = Markup("")
    if card:
        stamped = units % card or (card if units else 0)
        words = visit.say(_PROGRESS) % {
            "done": formats.units(stamped, program, visit.language),
            "all": formats.units(card, program, visit.language),
        }
        drawn = stamp_cards.picture(stamped, card, words)
    return Holding(
        program=program,
        units=units,
        lots=tuple(lot for lot in lots if lot.usable_at is None),
        pending=tuple(lot for lot in lots if lot.usable_at is not None),
        picture=drawn,
    )


def holdings(visit: Visit, programs: dict[Asset, Program], wallet: Wallet) -> list[Holding]:
    """What somebody has, of each program something: what pays first, things last."""
    there = [program for key, program in programs.items() if wallet.of(key)]
    found = [holding(visit, program, wallet) for program in there]

    def place(each: Holding) -> tuple[bool, int, int]:
        return not each.pays, _KINDS.index(each.program.kind), -each.units

    return sorted(found, key=place)


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened, over all programs; ``kind`` names it."""

    operation: OperationId
    kind: Kind
    shop: str | None
    recorded_at: datetime
    parts: tuple[tuple[Program, int], ...]

    @property
    def program(self) -> Program:
        """The program that is told first."""
        return self.parts[0][0]

    @property
    def is_of_things(self) -> bool:
        """Whether a right to a thing was used."""
        return self.program.kind == ProgramKind.IN_KIND

    @property
    def is_of_stamps(self) -> bool:
        """Whether a card was stamped."""
        return self.program.kind == ProgramKind.STAMPS

    @property
    def is_plus(self) -> bool:
        """Whether it brought something."""
        return self.parts[0][1] > 0


_TOLD_FIRST: Final = (
    Kind.EXCHANGE,
    Kind.PAYMENT,
    Kind.POST,
    Kind.REFUND,
    Kind.TOP_UP,
    Kind.TAKE_BACK,
)
"""What names an operation that did several things."""


def happenings(
    tx: ReadTx, subject: UUID, before: int | None, wanted: int
) -> tuple[list[Happening], int | None]:
    """``wanted`` things that happened, each one line, and where the next page begins.

    A payment from three gifts is three entries of one program, and one thing to its owner.
    """
    limit = wanted * 3
    while True:
        found = wallets.history(tx, subject, before=before, limit=limit)
        things = [list(entries) for _, entries in groupby(found, key=_operation)]
        has_all = len(found) < limit
        # The last one may go on beyond what was read.
        if has_all or len(things) > wanted:
            break
        limit *= 2
    shown = things[:wanted]
    next_mark = shown[-1][-1].number if len(things) > wanted else None
    return [happening(entries) for entries in shown], next_mark


def _operation(entry: Entry) -> OperationId:
    return entry.operation


def happening(entries: Sequence[Entry]) -> Happening:
    """What one operation did, from its entries, in any order."""
    oldest_first = sorted(entries, key=lambda entry: entry.number)
    kinds = {entry.kind for entry in entries}
    kind = next((each for each in _TOLD_FIRST if each in kinds), oldest_first[0].kind)
    oldest_first.sort(key=lambda entry: entry.kind != kind)
    sums: dict[Asset, tuple[Program, int]] = {}
    for entry in oldest_first:
        key = entry.program.key
        sums[key] = entry.program, sums.get(key, (entry.program, 0))[1] + entry.units
    return Happening(
        operation=entries[0].operation,
        kind=kind,
        shop=next((entry.shop for entry in oldest_first if entry.shop), None),
        recorded_at=entries[0].recorded_at,
        parts=tuple(sums.values()),
    )
