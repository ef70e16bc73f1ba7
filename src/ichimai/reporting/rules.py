"""What the law asks, whose money stands behind a lot, how old it is and when it ends. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple, TypeVar
from uuid import UUID

from ichimai.kernel import Asset
from ichimai.kernel.clock import end_of_day, start_of_day
from ichimai.ledger.model import NEVER
from ichimai.programs import funding
from ichimai.programs.terms import Instrument, Money, Program, Version
from ichimai.reporting.errors import NoTerms
from ichimai.reporting.model import Age, End, IssuerUnused, ProgramName, UnusedRow

THRESHOLD_YEN: Final = 10_000_000
"""An issuer whose unused balance is above it deposits (資金決済法14条, 同法施行令6条)."""

AGES: Final = (
    Age.OLDER,
    Age.UP_TO_365,
    Age.UP_TO_180,
    Age.UP_TO_90,
    Age.UP_TO_30,
    Age.PENDING,
)
"""In the order of the instants at which lots could first be used; see ``age_bounds``."""

ENDS: Final = (
    End.ENDED,
    End.WITHIN_30,
    End.WITHIN_90,
    End.WITHIN_180,
    End.WITHIN_365,
    End.LATER,
    End.NEVER,
)
"""In the order of the instants at which lots end; see ``end_bounds``."""

_DAYS: Final = (30, 90, 180, 365)
_COUNTED: Final = frozenset({Instrument.OWN_USE, Instrument.THIRD_PARTY})
REASONS: Final[Mapping[Instrument, tuple[str, str]]] = {
    Instrument.NOT_PAID_FOR: (
        "対価を得ずに発行するため、前払式支払手段に当たりません（資金決済法3条1項）。",
        "Nobody paid for it, so it is no prepaid payment instrument (art. 3(1)).",
    ),
    Instrument.LOCAL_GOVERNMENT: (
        "地方公共団体が発行するため、適用除外です（資金決済法4条3号）。",
        "Issued by a local government, so it is exempt (art. 4(3)).",
    ),
    Instrument.SIX_MONTHS: (
        (
            "発行の日から6か月内に限り使えるため、適用除外です（資金決済法4条2号）。"
            "6か月を超えて使えるものがあれば、その分は算入します。"
        ),
        (
            "Usable for six months from issue only, so it is exempt (art. 4(2)). What can be used"
            " longer is counted."
        ),
    ),
    Instrument.OWN_USE: (
        (
            "自家型前払式支払手段です。発行者の未使用残高の合計が基準日に1,000万円を超えると、"
            "届出（同5条）と2分の1以上の発行保証金の供託（同14条）が必要です。"
        ),
        (
            "An own-use instrument. When the issuer's sum is above 10,000,000 yen on a base day, it"
            " notifies (art. 5) and deposits at least half (art. 14)."
        ),
    ),
    Instrument.THIRD_PARTY: (
        (
            "第三者型前払式支払手段です。発行には登録（同7条）が必要で、発行者の未使用残高の合計が"
            "基準日に1,000万円を超えると、2分の1以上の発行保証金を供託します（同14条）。"
        ),
        (
            "A third-party instrument. Its issuer is registered (art. 7) and deposits at least half"
            " when its sum is above 10,000,000 yen on a base day (art. 14)."
        ),
    ),
}
"""Why each kind of instrument counts or does not, in Japanese and English."""

OTHER: Final = "other"
"""The party of units that no program's terms speak of."""

Row = TypeVar("Row")
Key = TypeVar("Key")


class Terms:
    """The versions of all programs, by how many had begun at an instant (the epoch)."""

    def __init__(self, versions: Sequence[Version], shops: Iterable[UUID] = ()) -> None:
        self._versions = sorted(versions, key=lambda each: (each.starts_at, each.program.version))
        self._shops = frozenset(shops)
        self._known: dict[int, tuple[dict[Asset, Program], dict[UUID, str]]] = {}
        self.starts = sorted({each.starts_at for each in versions})

    def epoch_at(self, at: datetime) -> int:
        """The epoch of an instant."""
        return sum(start <= at for start in self.starts)

    @property
    def latest(self) -> dict[Asset, Program]:
        """The last version of each program, begun or not."""
        return {each.program.key: each.program for each in self._versions}

    def program(self, asset: Asset, epoch: int) -> Program:
        """The version that lots of ``epoch`` keep; one given before the first has the first.

        Raises NoTerms: no unit may be left out of a report in silence.
        """
        found = self._at(epoch)[0].get(asset)
        if found is None:
            raise NoTerms(asset)
        return found

    def begun(self, before: datetime) -> list[Program]:
        """The programs that had begun before an instant, as they were then, by key."""
        epoch = sum(start < before for start in self.starts)
        keys = sorted({each.program.key for each in self._versions if each.starts_at < before})
        return [self.program(key, epoch) for key in keys]

    def party(self, owner: UUID, epoch: int) -> str:
        """Who stands behind what ``owner`` issued."""
        for known in (self._at(epoch)[1], self._at(len(self.starts))[1]):
            if owner in known:
                return known[owner]
        return funding.SHOP if owner in self._shops else OTHER

    def _at(self, epoch: int) -> tuple[dict[Asset, Program], dict[UUID, str]]:
        found = self._known.get(epoch)
        if found is None:
            last = self.starts[epoch - 1] if epoch else None
            begun = [
                each.program
                for each in self._versions
                if last is not None and each.starts_at <= last
            ]
            first = [each.program for each in reversed(self._versions)]
            programs = {each.key: each for each in (*first, *begun)}
            parties = funding.parties((*first, *begun))
            found = self._known[epoch] = programs, parties
        return found


class Standing(NamedTuple):
    """What a version of a program has unused, in units."""

    program: Program
    units: int
    long_units: int


def name_of(program: Program) -> ProgramName:
    """What a program is called."""
    return ProgramName(program.key, program.name_ja, program.name_en)


def issuer_of(program: Program) -> str:
    """Who issues a program's units to the law: who keeps the money for them."""
    return program.settlement.pool or program.funder


def money_of(program: Program, party: str) -> Money:
    """Whose money stands behind units of ``program`` that ``party`` gave.

    Its terms say it of its own funder; of another party its nature does: what a shop gives of
    its own is the merchants' money, like an association's. What was paid for is always the
    person's own, whichever till took the money.
    """
    if program.money is Money.OWN:
        return Money.OWN
    if party in {program.funder, OTHER}:
        return program.money
    if party == "operator":
        return Money.PUBLIC
    if party == funding.SHOP or party.startswith("association:"):
        return Money.ASSOCIATION
    return Money.SPONSOR


def unused_row(standing: Standing) -> UnusedRow:
    """What is unused of a version, and what of it counts."""
    program, each = standing.program, standing.program.unit_yen
    yen, long_yen = standing.units * each, standing.long_units * each
    counted = 0
    if program.instrument in _COUNTED:
        counted = yen
    elif program.instrument is Instrument.SIX_MONTHS:
        counted = long_yen
    reason_ja, reason_en = REASONS[program.instrument]
    return UnusedRow(
        program=name_of(program),
        version=program.version,
        issuer=issuer_of(program),
        instrument=program.instrument,
        reason_ja=reason_ja,
        reason_en=reason_en,
        deciding_law=program.deciding_law,
        units=standing.units,
        yen=yen,
        long_yen=long_yen,
        counted_yen=counted,
    )


def issuers(rows: Iterable[UnusedRow]) -> tuple[IssuerUnused, ...]:
    """What the law asks of each issuer, over all its instruments together."""
    sums = summed(rows, lambda row: row.issuer, lambda row: row.counted_yen)
    return tuple(
        IssuerUnused(
            issuer=issuer,
            counted_yen=yen,
            is_above_threshold=yen > THRESHOLD_YEN,
            # At least half: an odd yen is rounded up.
            deposit_yen=(yen + 1) // 2 if yen > THRESHOLD_YEN else 0,
        )
        for issuer, yen in sorted(sums.items())
    )


def is_base_day(day: date) -> bool:
    """Whether ``day`` is a base day (基準日)."""
    return (day.month, day.day) in {(3, 31), (9, 30)}


def last_base_day(today: date) -> date:
    """The last base day that is over."""
    candidates = (
        date(year, month, day)
        for year in (today.year, today.year - 1)
        for month, day in ((9, 30), (3, 31))
    )
    return next(day for day in candidates if day < today)


def due_on(day: date) -> date | None:
    """Two months after a base day, which is not counted (資金決済法14条, 23条)."""
    if not is_base_day(day):
        return None
    return date(day.year, 5, 31) if day.month == 3 else date(day.year, 11, 30)


def age_bounds(day: date) -> list[datetime]:
    """The instants that part ``AGES`` at the end of ``day``."""
    first = [start_of_day(day - timedelta(days=days)) for days in reversed(_DAYS)]
    return [*first, end_of_day(day)]


def end_bounds(day: date) -> list[datetime]:
    """The instants that part ``ENDS``: a lot's end is the first instant at which it is over."""
    instant = timedelta(microseconds=1)
    last = [end_of_day(day + timedelta(days=days)) + instant for days in (0, *_DAYS)]
    return [*last, NEVER]


def summed(
    rows: Iterable[Row], key: Callable[[Row], Key], units: Callable[[Row], int]
) -> dict[Key, int]:
    """The sums of ``units`` by ``key``."""
    found: dict[Key, int] = {}
    for row in rows:
        found[key(row)] = found.get(key(row), 0) + units(row)
    return found
