"""What commands are made of: purses to pay from, legs, caps, and what is earned."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from ichimai.kernel import Asset
from ichimai.kernel.rates import Rate
from ichimai.ledger.journal_model import Kind, Role


class Purse(Struct, frozen=True, kw_only=True):
    """A program that may be drawn on here: its limits in units, and how restricted it is.

    ``order``: the person's own, before the end of lots decides. ``multiple``: only so many units
    at once. ``spans``: lots are accepted here whose ``usable_at`` is in one of them, from the
    first instant until before the last; None: all are.
    """

    asset: Asset
    rank: int = 0
    per_payment: int | None = None
    per_day: int | None = None
    is_capped: bool = False
    order: int = 0
    multiple: int = 1
    spans: tuple[tuple[datetime, datetime], ...] | None = None


class Leg(Struct, frozen=True, kw_only=True):
    """``units`` of ``owner``'s from one account to another; ``to``: whose that is, if another's."""

    owner: UUID
    asset: Asset
    from_role: Role
    to_role: Role
    units: int
    kind: Kind
    to: UUID | None = None


class Cap(Struct, frozen=True):
    """At most ``limit`` (None: only counted) in what ``tally`` counts: units, or times."""

    tally: UUID
    limit: int | None = None
    is_of_times: bool = False


class Minimum(Struct, frozen=True):
    """At least ``units`` in what ``tally`` counts."""

    tally: UUID
    units: int


class Earn(Struct, frozen=True, kw_only=True):
    """Units of ``asset`` from ``funder``, as many as its caps and the funder's bound leave.

    ``rate``: how many, of a sale; otherwise ``units``. ``is_bounded``: the funder has a bound of
    its own. ``is_pooled``: with what others give of it, for it is paid for when it is given.
    ``is_whole``: all of it or nothing. ``most``: never more than this in the wallet.
    ``wallet``: whose, if not the command's. ``times_of_last``: a bonus, of so many times at most
    what the earning before it gave: its caps and its budget cut the bonus too.
    """

    asset: Asset
    funder: UUID
    expires_at: datetime
    units: int = 0
    rate: Rate | None = None
    usable_at: datetime | None = None
    caps: tuple[Cap, ...] = ()
    is_bounded: bool = False
    is_pooled: bool = False
    is_whole: bool = False
    most: int | None = None
    kind: Kind = Kind.EARN
    wallet: UUID | None = None
    times_of_last: int | None = None

    def with_last(self, units: int, last: int) -> int:
        """``units`` of an earning; of a bonus, no more than its times of the ``last`` given."""
        return units if self.times_of_last is None else min(units, last * self.times_of_last)
