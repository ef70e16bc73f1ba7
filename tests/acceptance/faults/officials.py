"""What the town hall does beside the tills, as racers do it. Imports the product when asked to."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

if TYPE_CHECKING:
    from ichimai.app import Installation

Deed = Callable[..., Any]


def prepare() -> None:
    """Import what every deed needs, once, before racers are forked."""
    import ichimai.app  # noqa: F401, PLC0415  tills race without the product


def ready(folder: str, url: str, deed: str) -> Deed:
    """A deed on a town, with its connection open; it returns what JSON can say."""
    from ichimai.app import Installation, Settings  # noqa: PLC0415  tills race without the product

    parts = Installation(Settings(data=Path(folder), database_url=url))
    with parts.database.read(parts.operator) as tx:
        tx.row("SELECT 1")
    chosen = DEEDS[deed]
    return lambda **arguments: chosen(parts, **arguments)


def close_week(parts: "Installation", closing: str, asset: str, by: str) -> str:
    """Close the last week of a program; the refusal's code, or empty."""
    from ichimai import settlement  # noqa: PLC0415  tills race without the product
    from ichimai.kernel import Asset, errors  # noqa: PLC0415  the same
    from ichimai.settlement.model import ClosingId  # noqa: PLC0415  the same

    try:
        with parts.database.write(parts.operator) as tx:
            settlement.close(
                tx, parts.clock, ClosingId(UUID(closing)), Asset(asset), closed_by=UUID(by)
            )
    except errors.DomainError as error:
        return error.code
    return ""


def decide_list(parts: "Installation", list_: str, by: str, *, is_approved: bool) -> str:
    """Approve or decline a list of grants; the refusal's code, or empty."""
    from ichimai import programs  # noqa: PLC0415  tills race without the product
    from ichimai.kernel import errors  # noqa: PLC0415  the same
    from ichimai.programs.model import GrantListId  # noqa: PLC0415  the same

    try:
        with parts.database.write(parts.operator) as tx:
            programs.lists.decide(
                tx, parts.clock, GrantListId(UUID(list_)), by=UUID(by), is_approved=is_approved
            )
    except errors.DomainError as error:
        return error.code
    return ""


def expire_until(parts: "Installation", at: float) -> int:
    """Move what has ended, again and again until an instant (seconds of the epoch)."""
    from ichimai import programs  # noqa: PLC0415  tills race without the product

    expired = 0
    while parts.clock.now().timestamp() < at:
        expired += programs.upkeep.expire(parts.desk)
    return expired


DEEDS: Final[dict[str, Deed]] = {
    "close_week": close_week,
    "decide_list": decide_list,
    "expire_until": expire_until,
}
