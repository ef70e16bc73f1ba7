"""Who owes whom for a program's units, whose money they are, and what the law makes of them."""

from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta

from ichimai.programs.scopes import Party, Table


class Charging(StrEnum):
    """When who funds a unit owes for it."""

    AT_ISSUE = "at_issue"
    """When it is given: a shop pays for the points it gives."""
    AT_USE = "at_use"
    """When it is spent: a town's gift."""
    NEVER = "never"
    """Things and stamps: nobody is owed anything."""


class Settlement(Table, frozen=True, kw_only=True):
    """Who owes whom, and how often it is settled.

    ``pool``: who keeps the money for units charged at issue, and pays for their use.
    ``fee_basis_points``: of what a shop accepted; 100 are 1 %.
    """

    charging: Charging = Charging.AT_USE
    pool: Party | None = None
    cycle: Literal["daily", "weekly", "monthly"] = "weekly"
    fee_basis_points: Annotated[int, Meta(ge=0, le=2_000)] = 0


class Instrument(StrEnum):
    """What the unit is in the Payment Services Act (資金決済法), for its unused-balance report."""

    NOT_PAID_FOR = "not_paid_for"
    """A premium (景品) that nobody paid for: no prepaid payment instrument."""
    LOCAL_GOVERNMENT = "local_government"
    """Issued by a local government: exempt (4条3号)."""
    SIX_MONTHS = "six_months"
    """Ends within six months of issue: exempt (4条2号)."""
    OWN_USE = "own_use"
    """自家型: used at the issuer alone; reported from 10,000,000 yen unused."""
    THIRD_PARTY = "third_party"
    """第三者型: used at others too; the issuer is registered."""


class Money(StrEnum):
    """Whose money stands behind a unit."""

    PUBLIC = "public"
    ASSOCIATION = "association"
    OWN = "own"
    SPONSOR = "sponsor"
