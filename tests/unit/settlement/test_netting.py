"""Netting: a table that an accountant can read, and what must hold of any obligations."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ichimai.settlement import netting_rules
from ichimai.settlement.obligation_model import Debt

PARTIES = ("operator", *(f"association:{number}" for number in range(1, 7)), "tanaka-shokuhin")

TABLE = """
what is owed                                        who pays whom in the end
a b 100                                             a b 100
a b 100, b a 30                                     a b 70
a b 100, b a 100                                    -
a b 100, b c 100                                    a c 100
a b 100, b c 100, c a 100                           -
a b 100, b c 60, c a 20                             a b 40, a c 40
a a 500, a b 1                                      a b 1
a b 5, a c 5, a d 5                                 a b 5, a c 5, a d 5
a d 5, b d 5, c d 5                                 a d 5, b d 5, c d 5
a c 700, b d 300, b c 300                           a c 700, b c 300, b d 300
a c 9, b c 9                                        a c 9, b c 9
s o 500, o k 300, k o 280, g k 40                   s o 480, g k 40, s k 20
"""


def rows() -> list[tuple[str, str]]:
    lines = [line for line in TABLE.splitlines() if line][1:]
    return [(line[:50].strip(), line[50:].strip()) for line in lines]


def debts(text: str) -> list[Debt]:
    return [
        Debt(debtor, creditor, int(yen))
        for part in text.replace("-", "").split(",")
        if part
        for debtor, creditor, yen in [part.split()]
    ]


@pytest.mark.parametrize("owed, paid", rows(), ids=[owed for owed, _ in rows()])
def test_the_table(owed: str, paid: str) -> None:
    """The city is o, its sponsor s, k keeps the points' money, and g gave points."""
    positions = netting_rules.positions(debts(owed))
    found = netting_rules.transfers(positions)
    assert sorted(found) == sorted(debts(paid))


OBLIGATIONS = st.lists(
    st.builds(Debt, st.sampled_from(PARTIES), st.sampled_from(PARTIES), st.integers(1, 10**12)),
    max_size=40,
)


@given(OBLIGATIONS)
def test_any_obligations_net_to_the_last_yen(owed: list[Debt]) -> None:
    positions = netting_rules.positions(owed)
    made = netting_rules.transfers(positions)
    assert sum(positions.values()) == 0
    assert netting_rules.positions(made) == positions
    assert all(debt.yen > 0 for debt in made)
    # Nobody both pays and gets, and each transfer settles somebody.
    assert {debt.debtor for debt in made}.isdisjoint(debt.creditor for debt in made)
    assert len(made) <= max(len(positions) - 1, 0)
    assert sum(debt.yen for debt in made) <= sum(debt.yen for debt in owed)


@given(OBLIGATIONS, st.randoms())
def test_the_order_in_which_obligations_come_changes_nothing(
    owed: list[Debt], random: object
) -> None:
    again = owed[:]
    random.shuffle(again)  # type: ignore[attr-defined] # hypothesis gives a random.Random
    one, other = netting_rules.positions(owed), netting_rules.positions(again)
    assert netting_rules.transfers(one) == netting_rules.transfers(other)


@given(OBLIGATIONS)
def test_a_second_implementation_comes_to_the_same(owed: list[Debt]) -> None:
    """By a matrix, columns less rows; of equals, the first by name."""
    index = {party: place for place, party in enumerate(PARTIES)}
    matrix = [[0] * len(PARTIES) for _ in PARTIES]
    for debt in owed:
        matrix[index[debt.debtor]][index[debt.creditor]] += debt.yen
    gets = [sum(row[place] for row in matrix) - sum(matrix[place]) for place in range(len(PARTIES))]
    assert netting_rules.positions(owed) == {
        party: yen for party, yen in zip(PARTIES, gets, strict=True) if yen
    }
    made = []
    while any(gets):
        order = sorted(itertools.compress(PARTIES, gets))
        debtor = min(order, key=lambda party: gets[index[party]])
        creditor = max(order, key=lambda party: gets[index[party]])
        yen = min(-gets[index[debtor]], gets[index[creditor]])
        gets[index[debtor]] += yen
        gets[index[creditor]] -= yen
        made.append(Debt(debtor, creditor, yen))
    assert netting_rules.transfers(netting_rules.positions(owed)) == made


def test_what_does_not_add_up_is_a_bug() -> None:
    with pytest.raises(ValueError, match="what is owed"):
        netting_rules.transfers({"a": 1, "b": -2})
