"""What commands say, as far as the same id must say the same; and the amounts they name."""

from ichimai.ledger import Kind
from ichimai.ledger.model import (
    Award,
    CashOut,
    Charge,
    Command,
    Exchange,
    Give,
    Purchase,
    Redeem,
    Return,
)


def body(command: Command, moved: int, *, is_posted: bool) -> list[tuple[str, object]]:
    """What of a command must be the same again, each with the word for another.

    ``moved``: what a gift of all that was there came to.
    """
    match command:
        case Charge():
            return [("kind", command.asset)]
        case Return():
            return [
                ("amount", command.total_yen),
                ("payment", command.purchase),
                ("terminal", command.terminal),
            ]
        case Give() if is_posted:
            asked = moved if command.units is None else command.units
            return [("programs", command.asset), ("amount", asked), ("credential", command.to)]
        case Give():
            return [("amount", command.units or 0), ("credential", command.actor)]
        case Award():
            kind = command.earns[0].kind if command.earns else Kind.EARN
            paid = command.earns[0].units if kind == Kind.TOP_UP else 0
            return [
                ("kind", kind),
                ("amount", paid),
                ("credential", command.actor),
                ("terminal", command.terminal),
                ("programs", command.asked),
            ]
        case Purchase():
            return [*_of_card(command, command.total_yen), ("programs", command.asked)]
        case Exchange() | Redeem():
            asset = command.purse.asset if is_posted else ""
            said = "programs", command.asked
            return [("programs", asset), *_of_card(command, command.units), said]
        case CashOut():
            asset = command.asset if is_posted else ""
            return [("programs", asset), *_of_card(command, command.units)]
    raise AssertionError(command)


def _of_card(
    command: Purchase | Exchange | Redeem | CashOut, units: int
) -> list[tuple[str, object]]:
    return [("amount", units), ("credential", command.actor), ("terminal", command.terminal)]


def amounts(command: Command) -> list[tuple[int, int]]:
    """The amounts that a command names, each with the least that it may be."""
    match command:
        case Purchase(total_yen=units) | Return(total_yen=units):
            return [(1, units)]
        case Exchange(units=units) | Redeem(units=units) | CashOut(units=units):
            return [(1, units)]
        case Give(units=int() as units):
            return [(1, units)]
        case Award(earns=earns):
            return [(0, earn.units) for earn in earns]
    return []
