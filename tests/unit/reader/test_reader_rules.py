"""When a tap begins and ends: what the readers say goes in, what happened comes out."""

from collections.abc import Callable
from itertools import count
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from ichimai.reader import rules
from ichimai.reader.model import Happening, Slot
from tests.tables import Row, each

NONE = "none"


def slots(picture: str) -> list[Slot]:
    """``A0 B2c``: A changed never and is empty, B twice and has a card (``m``: a mute one)."""
    words = [] if picture == NONE else picture.split()
    return [
        Slot(word[0], int(word[1]), has_card=word[2:] in {"c", "m"}, is_mute=word[2:] == "m")
        for word in words
    ]


def ids() -> Callable[[], UUID]:
    numbers = count(1)
    return lambda: UUID(int=next(numbers))


@each("""
    before    now        happened                              tap
    none      A0         reader_added                          -
    none      A1c        reader_added                          A1
    A0        none       reader_gone                           -
    A0        A0 B0      reader_added                          -
    A0        A1c        -                                     A1
    A1c       A1c        -                                     A1
    A1c       A2         card_lifted                           -
    A1c       A3c        card_lifted                           A3
    A1c       none       reader_gone,card_lifted               -
    A1c       B0         reader_gone,reader_added,card_lifted  -
    A1c       A1c B0     reader_added                          A1
    A1c B0    A1c B1c    card_lifted,one_card_only             -
    A0 B0     A1c B1c    one_card_only                         -
    A0 B0     A1c B1m    one_card_only                         -
    A1c B1c   A1c B2     -                                     -
    A1c B1c   A2 B2      -                                     -
    A0        A1m        card_unreadable                       -
    A1m       A1m        -                                     -
    A1m       A2         -                                     -
    A1m       A3m        card_unreadable                       -
    A1m       A3c        -                                     A3
""")
def test_a_look_at_the_readers(row: Row) -> None:
    """What happened between two looks, and whose tap counts then."""
    new_id = ids()
    table, _ = rules.look(rules.Table(), slots(row["before"]), new_id)
    table, events = rules.look(table, slots(row["now"]), new_id)
    happened = ",".join(event.happening for event in events) or "-"
    tap = f"{table.tap.reader}{table.tap.changes}" if table.tap else "-"
    assert (happened, tap) == (row["happened"], row["tap"])


def test_after_two_cards_all_must_be_lifted() -> None:
    """Of two cards the one that stays is not taken: whose it is, nobody knows (E74)."""
    new_id, table = ids(), rules.Table()
    for picture in ("A0 B0", "A1c B0", "A1c B1c", "A1c B2", "A1c B2"):
        table, _ = rules.look(table, slots(picture), new_id)
    assert table.tap is None
    table, _ = rules.look(table, slots("A2 B2"), new_id)
    table, _ = rules.look(table, slots("A3c B2"), new_id)
    assert table.tap is not None


def test_a_card_that_was_not_recognised_must_be_lifted() -> None:
    table, _ = rules.look(rules.Table(), slots("A1c"), ids())
    table, events = rules.look(rules.without_tap(table), slots("A1c"), ids())
    assert (table.tap, events) == (None, [])
    table, _ = rules.look(table, slots("A2"), ids())
    table, _ = rules.look(table, slots("A3c"), ids())
    assert table.tap is not None


A_LOOK = st.dictionaries(
    st.sampled_from("ABC"),
    st.tuples(st.integers(0, 3), st.sampled_from(["", "c", "m"])),
).map(lambda found: " ".join(f"{n}{c}{s}" for n, (c, s) in sorted(found.items())) or NONE)


@given(st.lists(A_LOOK, max_size=12))
def test_a_tap_is_one_card_and_its_end_is_told_once(looks: list[str]) -> None:
    """However the readers change: a tap is the only card there, and no tap is used twice."""
    new_id, table, ended = ids(), rules.Table(), set[UUID | None]()
    for picture in looks:
        before = table.tap
        table, events = rules.look(table, slots(picture), new_id)
        lifted = [event.tap for event in events if event.happening is Happening.CARD_LIFTED]
        assert lifted == ([before.id] if before and table.tap != before else [])
        ended.update(lifted)
        cards = [slot for slot in slots(picture) if slot.has_card]
        if table.tap:
            assert table.tap.id not in ended
            assert [(slot.reader, slot.changes) for slot in cards] == [
                (table.tap.reader, table.tap.changes)
            ]
