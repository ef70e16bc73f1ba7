"""Taking over old cards on a real PostgreSQL: all or nothing, again and again, never by a name."""

from datetime import timedelta

import pytest

from ichimai import registry
from ichimai.cards import Kind, Shown
from ichimai.cards.barcodes import CardScheme, Symbology
from ichimai.kernel.clock import ManualClock, day_in_tokyo
from ichimai.registry import old_cards
from ichimai.registry.card_list import CardListCode
from ichimai.registry.errors import SchemeTaken, UnknownScheme
from ichimai.registry.old_cards import CardListRefused, Imported
from ichimai.storage import REGISTRY, Database
from tests.integration.registry.places import CHIYODA, KEY, OFFICER, TOSHIMA, Register, certificate

LIBRARY = CardScheme("toshima-library", symbology=Symbology.NW_7, length=8)
SPORTS = CardScheme("toshima-sports", symbology=Symbology.NW_7, length=8)


@pytest.fixture
def register(database: Database, clock: ManualClock) -> Register:
    register = Register(database, clock)
    with database.write(REGISTRY) as tx:
        for scheme in (LIBRARY, SPORTS):
            old_cards.add_scheme(tx, TOSHIMA, scheme)
    return register


def take(register: Register, *rows: str, scheme: CardScheme = LIBRARY) -> Imported:
    """Import a list of (number,person) rows."""
    data = "\n".join(["number,person", *rows]).encode()
    with register.database.write(REGISTRY) as tx:
        read = old_cards.read(data, scheme)
        return old_cards.import_list(tx, register.key, register.clock, TOSHIMA, read)


def card(text: str, scheme: CardScheme = LIBRARY) -> Shown:
    return Shown(Kind.OLD_CARD, text.encode(), scheme.name)


def count(register: Register, table: str) -> int:
    with register.database.read(REGISTRY) as tx:
        row = tx.row(f"SELECT count(*) FROM {table}")
    assert row is not None
    return int(row[0])


def test_an_imported_card_works_at_once(register: Register) -> None:
    """Each card leads to a holder of its own, who has a subject in the place that imported it."""
    done = take(register, "00000001,", "00000002,")
    assert (done.new_cards, done.known_cards, done.new_holders) == (2, 0, 2)
    found = [register.known(card(number)) for number in ("00000001", "00000002")]
    assert [each.subject for each in found] == [done.subjects[2], done.subjects[3]]
    assert found[0].subject != found[1].subject
    assert not any(each.is_stopped for each in found)
    assert register.known(card("00000001"), CHIYODA).subject is None


def test_a_persons_cards_are_one_holders(register: Register) -> None:
    """The issuer's own number for a person joins that person's cards, and is kept nowhere."""
    done = take(register, "00000001,p-77", "00000002,p-77", "00000003,p-78")
    assert done.new_holders == 2
    assert done.subjects[2] == done.subjects[3] != done.subjects[4]
    with register.database.read(REGISTRY) as tx:
        for table in ("holder", "credential", "subject"):
            assert not tx.rows(f"SELECT 1 FROM {table} AS t WHERE strpos(t::text, 'p-77') > 0")


def test_the_same_list_again_changes_nothing(register: Register) -> None:
    """Whoever is not sure that it went through sends it again."""
    first = take(register, "00000001,p", "00000002,p", "00000003,")
    again = take(register, "00000001,p", "00000002,p", "00000003,")
    assert (again.new_cards, again.known_cards, again.new_holders) == (0, 3, 0)
    assert again.subjects == first.subjects
    assert count(register, "credential") == 3
    assert count(register, "holder") == 2


def test_a_longer_list_adds_what_is_new(register: Register) -> None:
    """A second card of a known person goes to that person; a new person becomes a holder."""
    first = take(register, "00000001,p")
    done = take(register, "00000001,p", "00000002,p", "00000003,q")
    assert (done.new_cards, done.known_cards, done.new_holders) == (2, 1, 1)
    assert done.subjects[3] == first.subjects[2]


def test_the_card_of_an_enrolled_person_stays_theirs(register: Register) -> None:
    """Who has bound the library card to a certificate keeps both when the library's list comes."""
    (holder,) = register.holders(1)
    register.add(holder, certificate("1"))
    register.add(holder, card("00000001"))
    subject = register.subject(TOSHIMA, holder)
    done = take(register, "00000001,p", "00000002,p")
    assert done.subjects == {2: subject, 3: subject}
    assert register.known(card("00000002")).subject == register.known(certificate("1")).subject


def test_two_peoples_cards_are_never_joined_by_a_list(register: Register) -> None:
    """The list says one person, the registry says two: all such rows are told, nothing is taken."""
    take(register, "00000001,", "00000002,")
    before = count(register, "credential"), count(register, "holder"), count(register, "subject")
    with pytest.raises(CardListRefused) as refused:
        take(register, "00000009,x", "00000001,p", "00000002,p", "00000003,p")
    (error,) = refused.value.errors
    assert (error.code, error.row, error.first_row) == (CardListCode.KNOWN_TO_ANOTHER, 4, 3)
    after = count(register, "credential"), count(register, "holder"), count(register, "subject")
    assert before == after
    assert register.tap(card("00000009")) is None


def test_after_an_officer_merged_the_two_the_list_is_taken(register: Register) -> None:
    """The finding is made by people who saw papers, and then holds for lists too."""
    take(register, "00000001,", "00000002,")
    with register.database.write(REGISTRY) as tx:
        one, other = (
            registry.credentials.of_shown(tx, KEY, register.clock, card(number))
            for number in ("00000001", "00000002")
        )
        assert one is not None
        assert other is not None
        registry.holders.merge(tx, register.clock, one.holder, other.holder, OFFICER)
    done = take(register, "00000001,p", "00000002,p", "00000003,p")
    assert done.new_cards == 1
    assert len(set(done.subjects.values())) == 1


def test_people_alike_in_everything_but_their_numbers_stay_apart(register: Register) -> None:
    """Two thousand patrons, among them many twins: as many holders as there are numbers (I4)."""
    done = take(register, *(f"{number:08}," for number in range(2_000)))
    assert done.new_holders == 2_000
    assert len(set(done.subjects.values())) == 2_000


def test_either_card_works_until_the_last_day_of_the_old(register: Register) -> None:
    """A scheme's cards end with the day, at midnight in Tokyo; others and new cards go on."""
    done = take(register, "00000001,")
    take(register, "00000001,", scheme=SPORTS)
    with register.database.write(REGISTRY) as tx:
        known = registry.credentials.of_shown(tx, KEY, register.clock, card("00000001"))
        assert known is not None
        registry.credentials.add(tx, KEY, register.clock, known.holder, certificate("1"))
        last = day_in_tokyo(register.clock.now()) + timedelta(days=1)
        old_cards.retire(tx, TOSHIMA, LIBRARY.name, last)
    register.clock.at = register.clock.at.replace(day=2, hour=14, minute=59, second=59)
    assert not register.known(card("00000001")).is_stopped
    register.clock.advance(timedelta(seconds=1))
    assert register.known(card("00000001")).is_stopped
    assert not register.known(card("00000001", SPORTS)).is_stopped
    new = register.known(certificate("1"))
    assert (new.is_stopped, new.subject) == (False, done.subjects[2])


def test_a_town_may_put_a_retirement_off(register: Register) -> None:
    """Cards of a scheme that is no longer retired work again."""
    take(register, "00000001,")
    day = day_in_tokyo(register.clock.now())
    for last, is_over in ((day - timedelta(days=1), True), (day, False), (None, False)):
        with register.database.write(REGISTRY) as tx:
            old_cards.retire(tx, TOSHIMA, LIBRARY.name, last)
        assert register.known(card("00000001")).is_stopped is is_over


def test_a_scheme_is_one_sectors_and_stays_what_it_is(register: Register) -> None:
    """Its name is in the hashes: nobody else takes it, and it never comes to mean other cards."""
    other = CardScheme(LIBRARY.name, symbology=Symbology.NW_7, length=9)
    with register.database.write(REGISTRY) as tx:
        old_cards.add_scheme(tx, TOSHIMA, LIBRARY)
    for sector, scheme in ((CHIYODA, LIBRARY), (TOSHIMA, other)):
        with pytest.raises(SchemeTaken), register.database.write(REGISTRY) as tx:
            old_cards.add_scheme(tx, sector, scheme)
    for sector, name in ((CHIYODA, LIBRARY.name), (TOSHIMA, "museum")):
        with pytest.raises(UnknownScheme), register.database.write(REGISTRY) as tx:
            old_cards.retire(tx, sector, name, None)
        with pytest.raises(UnknownScheme), register.database.read(REGISTRY) as tx:
            old_cards.scheme(tx, sector, name)
    with register.database.read(REGISTRY) as tx:
        assert set(old_cards.schemes(tx, TOSHIMA)) == {LIBRARY, SPORTS}
        assert old_cards.schemes(tx, CHIYODA) == {}
