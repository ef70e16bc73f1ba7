"""What counts for one person counts for another under an id that the ledger can work out."""

from datetime import date
from typing import Final
from uuid import uuid4

from ichimai.kernel import Asset
from ichimai.ledger.model import tally_of
from ichimai.programs.catalogue import group_tally
from ichimai.programs.periods import LimitKeys, tally_id
from ichimai.programs.terms import Limits

POINTS: Final = Asset("points")
DAY: Final = date(2026, 10, 1)
EVERY: Final = Limits(**dict.fromkeys(Limits.__struct_fields__, 1))


def test_the_tally_of_somebody_else_is_known_from_ones_own() -> None:
    """Of each limit that a program may have, in the order in which they are listed."""
    mine, theirs, shop = uuid4(), uuid4(), uuid4()
    keys = LimitKeys(POINTS, "sales", EVERY, DAY)
    pairs = [
        (one.tally, other.tally)
        for one, other in zip(keys.of(mine, shop), keys.of(theirs, shop), strict=True)
    ]
    pairs.append((group_tally(mine, POINTS, "g", DAY), group_tally(theirs, POINTS, "g", DAY)))
    pairs.append((tally_id(mine, POINTS, "", "", ""), tally_id(theirs, POINTS, "", "", "")))
    assert len(pairs) == len(Limits.__struct_fields__) + 2
    for one, other in pairs:
        assert tally_of(one, mine=mine, theirs=theirs) == other
        assert tally_of(other, mine=theirs, theirs=mine) == one
        assert one != other
