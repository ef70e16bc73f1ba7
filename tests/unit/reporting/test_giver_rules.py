"""Whose is what is left of a lot that several gave."""

from uuid import UUID

from ichimai.reporting import giver_rules
from ichimai.reporting.giver_rules import Part
from tests import tables
from tests.tables import Row

GIVERS = {name: UUID(int=place) for place, name in enumerate(("shops", "street", "town"), 1)}


@tables.each(
    """
    given: shops  street  town   left   shops'  street's  town's
    70            0       30     100    70      0         30
    70            0       30     54     38      0         16
    70            0       30     1      1       0         0
    70            0       30     0      0       0         0
    1             1       1      2      1       1         0
    1             1       1      1      1       0         0
    10            10      20     3      1       1         1
    2             3       5      9      2       3         4
    999,999       0       1      500    500     0         0
    999,999       0       1      500,000    500,000    0    0
    0             0       5      4      0       0         4
    1             1       1      -2     -1      -1        0
    10            10      20     -3     -1      -1        -1
    """
)
def test_what_is_left_is_shared_by_what_was_given(row: Row) -> None:
    """Together it is what is left; the largest remainder gets the next, of equal ones the first."""
    given = dict(
        zip(GIVERS.values(), map(row.units, ("given: shops", "street", "town")), strict=True)
    )
    of = dict(zip(GIVERS.values(), map(row.units, ("shops'", "street's", "town's")), strict=True))
    found = giver_rules.split(row.units("left"), given)
    assert found == {giver: units for giver, units in of.items() if units}
    assert sum(found.values()) == row.units("left")


@tables.each(
    """
    moves              groups
    -                  -
    a>b                ab
    a>b b>a            ab
    a>b c>d            ab cd
    a>b c>d d>b        abcd
    c>b b>a e>d        abc de
    """
)
def test_wallets_between_which_a_lot_went_are_one_group(row: Row) -> None:
    """Its givers are those of all of them; a wallet from which nothing went has its own."""
    lot = UUID(int=9)
    parts = {name: Part(UUID(int=ord(name)), lot) for name in "abcdef"}
    pairs = row["moves"].split() if "moves" in row else []
    heads = giver_rules.joined((parts[pair[0]], parts[pair[2]]) for pair in pairs)
    groups: dict[Part, str] = {}
    for name, part in parts.items():
        if part in heads:
            groups[heads[part]] = groups.get(heads[part], "") + name
    assert sorted(groups.values()) == (row["groups"].split() if "groups" in row else [])
    given = [(part, GIVERS["town"], ord(name)) for name, part in parts.items()]
    found = giver_rules.together([*given, *given], heads)
    assert sum(sum(each.values()) for each in found.values()) == 2 * sum(map(ord, parts))
    for head, names in groups.items():
        assert found[head] == {GIVERS["town"]: 2 * sum(map(ord, names))}
