"""What a till asks for each of its tasks, as the desk takes it."""

from typing import Any, Final

from ichimai.kernel import Asset
from ichimai.programs.model import (
    CashOutRequest,
    EarningRequest,
    ExchangeRequest,
    RedemptionRequest,
    Request,
    StampRequest,
    TopUpRequest,
)
from ichimai.programs.wallets import TaskKind

GIVING: Final = frozenset({TaskKind.STAMP, TaskKind.EVENT})
"""The tasks that give and take nothing: they can be done without a network."""


def address_of(kind: TaskKind, program: str, item: str) -> str:
    """The page of a task of a program, by the key of its part (``-``: the program)."""
    return f"/shop/tasks/{kind}/{program}/{item}"


def request_of(
    kind: TaskKind,
    program: str,
    item: str,
    *,
    yen: int = 0,
    **of: Any,  # noqa: ANN401 - what every request of a card has
) -> Request:
    """What is asked of the card. ``yen``: what is paid in or back."""
    asset = Asset(program)
    match kind:
        case TaskKind.STAMP:
            return StampRequest(program=asset, **of)
        case TaskKind.EVENT:
            return EarningRequest(event=item, program=asset, **of)
        case TaskKind.THING:
            return RedemptionRequest(program=asset, thing=item, **of)
        case TaskKind.GIFT | TaskKind.EXCHANGE:
            return ExchangeRequest(program=asset, exchange=item, **of)
        case TaskKind.TOP_UP:
            return TopUpRequest(program=asset, units=yen, **of)
        case TaskKind.CASH_OUT:
            return CashOutRequest(program=asset, units=yen, **of)
        case TaskKind.CHECK:
            raise ValueError(kind)  # it is no request: nothing is written
