"""What a person's new phones may still pay, in the order of a batch."""

from uuid import NAMESPACE_OID, UUID, uuid5

from ichimai.kernel import Asset
from ichimai.ledger import OperationId
from ichimai.programs.model import Choice, PurchaseRequest
from ichimai.programs.new_phone_rules import Wish, allowed, most_of
from tests.tables import Row, each


@each("""
    left                wishes                                         allowed
    hanako 3000         hanako a 3000 exactly                          3000
    hanako 3000         hanako a 3001 exactly                          no
    hanako 3000         hanako a 3001 in_part                          3000
    hanako 3000         hanako a 2999 in_part                          2999
    hanako 0            hanako a 1 in_part                             0
    hanako 0            hanako a 1 exactly                             no
    hanako 0            hanako a 0 exactly                             0
    hanako -1000        hanako a 500 in_part                           0
    hanako -1000        hanako a 500 exactly                           no
    hanako 3000         hanako a 2000 in_part, hanako b 2000 in_part   2000, 1000
    hanako 3000         hanako a 4000 in_part, hanako b 1 exactly      3000, no
    hanako 3000         hanako a 4000 exactly, hanako b 3000 exactly   no, 3000
    hanako 3000         hanako a 2000 exactly, hanako b 2000 in_part   2000, 1000
    hanako 3000         hanako a 2000 in_part, hanako a 2000 in_part   2000, 2000
    hanako 3000         hanako a 100 in_part, hanako a 9000 in_part    100, 100
    hanako 3000         hanako a 100 exactly, hanako a 3000 exactly    100, no
    hanako 30, taro 10  hanako a 25 in_part, taro b 25 in_part, hanako c 9 in_part   25, 10, 5
    hanako 30, taro 10  hanako a 25 in_part, taro a 25 in_part         25, 10
""")
def test_new_phones_pay_what_is_left_of_the_limit(row: Row) -> None:
    """An operation counts once; one that cannot be paid in part is done whole or not at all."""
    rooms = {_id(who): int(yen) for who, yen in _words(row["left"])}
    wishes = [
        Wish(_id(operation), _id(who), int(yen), how == "in_part")
        for who, operation, yen, how in _words(row["wishes"])
    ]
    told = ["no" if yen is None else str(yen) for yen in allowed(wishes, rooms)]
    assert ", ".join(told) == row["allowed"]


@each("""
    sale   with                   there                   at most
    5,000  -                      gift 3000, points 100   3,100
    2,000  -                      gift 3000, points 100   2,000
    5,000  -                      -                       0
    5,000  cash                   gift 3000               0
    5,000  gift                   gift 3000, points 100   3,000
    5,000  points                 gift 3000               0
    5,000  gift 1200              gift 3000, points 100   1,200
    5,000  gift 1200, points      gift 1000, points 100   1,100
    1,000  gift 1200, points 50   gift 3000, points 100   1,000
""")
def test_a_sale_takes_at_most_what_is_there_of_what_was_named(row: Row) -> None:
    """What is all cash takes nothing."""
    chosen: tuple[Choice, ...] | None = None
    if "with" in row:
        named = [] if row["with"] == "cash" else _words(row["with"])
        chosen = tuple(
            Choice(Asset(name), int(units[0]) if units else None) for name, *units in named
        )
    sale = PurchaseRequest(
        id=OperationId(_id("a")),
        token="",
        credential="",
        total_yen=row.units("sale"),
        pay_with=chosen,
    )
    there = (
        {Asset(name): int(units) for name, units in _words(row["there"])} if "there" in row else {}
    )
    assert most_of(sale, there) == row.units("at most")


def _words(cell: str) -> list[list[str]]:
    return [part.split() for part in cell.split(", ")]


def _id(name: str) -> UUID:
    return uuid5(NAMESPACE_OID, name)
