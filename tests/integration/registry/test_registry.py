"""The registry on a real PostgreSQL: issuing, resolving, pairwise ids, stopping."""

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, LiteralString
from uuid import UUID, uuid4

import pytest

from ichimai import registry
from ichimai.kernel.clock import ManualClock
from ichimai.storage import REGISTRY, Database, ReadTx

KEY = registry.RegistryKey(b"k" * 32)
OTHER_KEY = registry.RegistryKey(b"o" * 32)
TOSHIMA = "131164"
CHIYODA = "131016"


def issue(
    database: Database, clock: ManualClock, count: int = 1
) -> list[registry.model.IssuedCard]:
    with database.write(REGISTRY) as tx:
        return registry.cards.new_cards(tx, KEY, clock, count)


def resolve(database: Database, sector: str, *codes: str) -> list[registry.Resolved | None]:
    with database.read(REGISTRY) as tx:
        return registry.resolve(tx, KEY, sector, codes)


def resolved(database: Database, sector: str, code: str) -> registry.Resolved:
    (found,) = resolve(database, sector, code)
    assert found is not None
    return found


def subjects(
    database: Database, clock: ManualClock, sector: str, *cards: registry.model.IssuedCard
) -> list[registry.SubjectId]:
    with database.write(REGISTRY) as tx:
        return registry.holders.subjects(tx, clock, sector, [card.holder for card in cards])


def stop(database: Database, clock: ManualClock, code: str) -> registry.model.StoppedCredential:
    with database.write(REGISTRY) as tx:
        return registry.cards.stop_credential(tx, KEY, clock, code)


def dump(database: Database) -> str:
    """Everything that the registry's tables hold, as text."""
    with database.read(REGISTRY) as tx:
        tables = tx.rows(
            "SELECT tablename FROM pg_tables WHERE schemaname = %s AND tablename !~ 'yoyo'",
            [REGISTRY],
        )
        rows = [tx.rows(f"SELECT t::text FROM {name} AS t") for (name,) in tables]
    return "\n".join(text for table in rows for (text,) in table)


def test_new_cards_go_to_new_holders(database: Database, clock: ManualClock) -> None:
    """Each card is a holder's first; ids and codes are all different."""
    cards = issue(database, clock, 1_000)
    assert len({card.holder for card in cards}) == 1_000
    assert len({card.credential for card in cards}) == 1_000
    assert len({card.code for card in cards}) == 1_000
    assert all(registry.cards.parse_code(card.code) == card.code for card in cards)


def test_no_cards_are_no_error(database: Database, clock: ManualClock) -> None:
    """A list of nobody issues nothing."""
    assert issue(database, clock, 0) == []
    assert resolve(database, TOSHIMA) == []
    assert subjects(database, clock, TOSHIMA) == []


def test_a_card_resolves_in_the_place_where_it_was_asked(
    database: Database, clock: ManualClock
) -> None:
    """Answers come in the order of the codes; what is no card of ours is None."""
    first, second = issue(database, clock, 2)
    wanted = subjects(database, clock, TOSHIMA, first, second)
    found = resolve(
        database, TOSHIMA, second.code, "nonsense", first.code, "0" * 17, "", second.code.lower()
    )
    assert [None if card is None else card.subject for card in found] == [
        wanted[1],
        None,
        wanted[0],
        None,
        None,
        wanted[1],
    ]
    assert found[0] == found[5]


def test_a_holder_has_no_subject_where_nothing_was_begun(
    database: Database, clock: ManualClock
) -> None:
    """A card that is new to a sector is known to be ours, with no subject yet."""
    (card,) = issue(database, clock)
    assert resolved(database, TOSHIMA, card.code).subject is None


def test_a_subject_stays_the_same_for_all_cards_of_a_holder(
    database: Database, clock: ManualClock
) -> None:
    """A second card changes the reference and keeps the subject: value follows the person."""
    (card,) = issue(database, clock)
    (subject,) = subjects(database, clock, TOSHIMA, card)
    with database.write(REGISTRY) as tx:
        second = registry.cards.issue_card(tx, KEY, clock, card.holder)
    assert subjects(database, clock, TOSHIMA, card, second) == [subject, subject]
    found = [resolved(database, TOSHIMA, code) for code in (card.code, second.code)]
    assert [each.subject for each in found] == [subject, subject]
    assert found[0].reference != found[1].reference


def test_a_card_is_not_issued_to_nobody(database: Database, clock: ManualClock) -> None:
    """A holder that does not exist gets no card."""
    with pytest.raises(registry.errors.UnknownHolder), database.write(REGISTRY) as tx:
        registry.cards.issue_card(tx, KEY, clock, registry.model.HolderId(uuid4()))


def test_two_sectors_share_nothing_about_a_holder(database: Database, clock: ManualClock) -> None:
    """Neither subject nor reference, nor any half of them, is common to two sectors or the card."""
    cards = issue(database, clock, 200)
    seen: list[set[bytes]] = []
    for sector in (TOSHIMA, CHIYODA):
        subjects(database, clock, sector, *cards)
        found = [resolved(database, sector, card.code) for card in cards]
        ids = [each.reference for each in found] + [UUID(str(each.subject)) for each in found]
        seen.append({half for id_ in ids for half in (id_.bytes[:8], id_.bytes[8:])})
    ours = {card.credential.bytes[8:] for card in cards} | {card.holder.bytes[8:] for card in cards}
    assert not seen[0] & seen[1]
    assert not (seen[0] | seen[1]) & ours
    assert len(seen[0]) == len(seen[1]) == 800


def test_a_subject_tells_no_time(database: Database, clock: ManualClock) -> None:
    """Subjects are random: a time in them would join those of two sectors."""
    (card,) = issue(database, clock)
    for sector in (TOSHIMA, CHIYODA):
        (subject,) = subjects(database, clock, sector, card)
        assert subject.version == 4


def test_racers_get_one_subject(database: Database, clock: ManualClock) -> None:
    """Many who ask at once for the same new subjects, in any order, get the same ones."""
    cards = issue(database, clock, 50)
    barrier = threading.Barrier(8)

    def ask(turn: int) -> dict[UUID, UUID]:
        mine = cards if turn % 2 else cards[::-1]
        barrier.wait()
        return dict(
            zip(
                (card.holder for card in mine),
                subjects(database, clock, TOSHIMA, *mine),
                strict=True,
            )
        )

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))
    assert all(answer == answers[0] for answer in answers)
    with database.read(REGISTRY) as tx:
        assert tx.row("SELECT count(*) FROM holder_of_subject") == (50,)


def test_a_stopped_card_is_seen_at_the_next_tap(database: Database, clock: ManualClock) -> None:
    """Once a stop is committed, resolving says so; the holder's other card still works."""
    (card,) = issue(database, clock)
    with database.write(REGISTRY) as tx:
        second = registry.cards.issue_card(tx, KEY, clock, card.holder)
    assert not resolved(database, TOSHIMA, card.code).is_stopped
    stop(database, clock, card.code.lower())
    assert resolved(database, TOSHIMA, card.code).is_stopped
    assert not resolved(database, TOSHIMA, second.code).is_stopped


def test_a_stop_names_the_reference_of_every_sector_to_be_told(
    database: Database, clock: ManualClock
) -> None:
    """The references are those by which the sectors' tills have met the card."""
    (card,) = issue(database, clock)
    for sector in (TOSHIMA, CHIYODA):
        subjects(database, clock, sector, card)
    stopped = stop(database, clock, card.code)
    assert stopped.credential == card.credential
    assert stopped.references == {
        sector: resolved(database, sector, card.code).reference for sector in (TOSHIMA, CHIYODA)
    }


def test_stopping_again_changes_nothing(database: Database, clock: ManualClock) -> None:
    """The same stop, sent again later, gives the first answer."""
    (card,) = issue(database, clock)
    first = stop(database, clock, card.code)
    clock.advance(timedelta(hours=1))
    assert stop(database, clock, card.code) == first


@pytest.mark.parametrize("code", ["nonsense", "0000-0000-0000-0000-0"])
def test_an_unknown_card_cannot_be_stopped(
    database: Database, clock: ManualClock, code: str
) -> None:
    """Malformed or unknown: the same refusal."""
    with pytest.raises(registry.errors.UnknownCredential):
        stop(database, clock, code)


def test_a_lost_card_is_stopped_without_its_code(database: Database, clock: ManualClock) -> None:
    """By phone a clerk knows the person, not the code: all of the person's cards stop."""
    lost, neighbour = issue(database, clock, 2)
    with database.write(REGISTRY) as tx:
        second = registry.cards.issue_card(tx, KEY, clock, lost.holder)
    subject, _ = subjects(database, clock, TOSHIMA, lost, neighbour)
    with database.write(REGISTRY) as tx:
        stopped = registry.cards.stop_cards_of(tx, KEY, clock, TOSHIMA, subject)
    assert {each.credential for each in stopped} == {lost.credential, second.credential}
    assert resolved(database, TOSHIMA, lost.code).is_stopped
    assert resolved(database, TOSHIMA, second.code).is_stopped
    assert not resolved(database, TOSHIMA, neighbour.code).is_stopped


def test_a_sector_cannot_stop_by_another_sectors_subject(
    database: Database, clock: ManualClock
) -> None:
    """A subject means nothing outside its sector."""
    (card,) = issue(database, clock)
    (subject,) = subjects(database, clock, TOSHIMA, card)
    with pytest.raises(registry.errors.UnknownHolder), database.write(REGISTRY) as tx:
        registry.cards.stop_cards_of(tx, KEY, clock, CHIYODA, subject)


def test_a_dump_of_the_registry_holds_no_card_code(database: Database, clock: ManualClock) -> None:
    """Neither a code as printed nor as normalised, nor any of its groups of 8, is in any table."""
    cards = issue(database, clock, 50)
    subjects(database, clock, TOSHIMA, *cards)
    stop(database, clock, cards[0].code)
    text = dump(database).upper()
    assert str(cards[0].holder).upper() in text
    for card in cards:
        bare = card.code.replace("-", "")
        for form in (card.code, bare, bare[:8], bare[8:16], bare.encode().hex().upper()):
            assert form not in text


def test_a_dump_cannot_be_searched_without_the_key(database: Database, clock: ManualClock) -> None:
    """Who has the tables and another key finds no card."""
    (card,) = issue(database, clock)
    with database.read(REGISTRY) as tx:
        assert registry.resolve(tx, OTHER_KEY, TOSHIMA, [card.code]) == [None]


def test_another_key_is_noticed(database: Database, clock: ManualClock) -> None:
    """With a lost and newly made key nothing starts and no card is issued."""
    with database.write(REGISTRY) as tx:
        registry.keys.confirm(tx, KEY)
        registry.keys.confirm(tx, KEY)
    with pytest.raises(registry.errors.WrongRegistryKey), database.write(REGISTRY) as tx:
        registry.keys.confirm(tx, OTHER_KEY)
    with pytest.raises(registry.errors.WrongRegistryKey), database.write(REGISTRY) as tx:
        registry.cards.new_cards(tx, OTHER_KEY, clock, 1)
    with database.read(REGISTRY) as tx:
        assert tx.row("SELECT count(*) FROM holder") == (0,)


def test_holders_can_wait_for_their_cards(database: Database, clock: ManualClock) -> None:
    """People on a list are holders at once; each gets a card when one is asked for."""
    with database.write(REGISTRY) as tx:
        holders = registry.holders.new(tx, clock, 3)
        wanted = registry.holders.subjects(tx, clock, TOSHIMA, holders)
        assert registry.cards.holders_without_card(tx, clock, TOSHIMA, wanted) == dict(
            zip(wanted, holders, strict=True)
        )
        cards = registry.cards.issue_cards(tx, KEY, clock, holders[:2])
        assert [card.holder for card in cards] == holders[:2]
        registry.cards.stop_credential(tx, KEY, clock, cards[0].code)
        waiting = registry.cards.holders_without_card(tx, clock, TOSHIMA, wanted)
    assert waiting == {wanted[0]: holders[0], wanted[2]: holders[2]}
    with database.read(REGISTRY) as tx:
        assert registry.cards.holders_without_card(tx, clock, CHIYODA, wanted) == {}


def test_resolving_asks_the_database_once(database: Database, clock: ManualClock) -> None:
    """Good, stopped, unknown and malformed codes, one or many, cost one query."""
    cards = issue(database, clock, 20)
    stop(database, clock, cards[0].code)
    codes = [card.code for card in cards]
    with database.read(REGISTRY) as tx:
        counting = CountingTx(tx.connection)
        for batch in (codes, codes[:1], ["0" * 17], ["nonsense"]):
            registry.resolve(counting, KEY, TOSHIMA, batch)
    assert counting.queries == 4


Params = Sequence[Any] | Mapping[str, Any]


class CountingTx(ReadTx):
    """A transaction that counts what it is asked."""

    queries = 0

    def rows(self, sql: LiteralString, params: Params = ()) -> list[tuple[Any, ...]]:
        self.queries += 1
        return super().rows(sql, params)

    def row(self, sql: LiteralString, params: Params = ()) -> tuple[Any, ...] | None:
        self.queries += 1
        return super().row(sql, params)
