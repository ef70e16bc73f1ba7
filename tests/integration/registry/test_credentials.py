"""Credentials of every kind on a real PostgreSQL: one holder each, their ends, their renewal."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from ichimai import registry
from ichimai.cards import Kind, Shown, phone_codes
from ichimai.kernel.clock import ManualClock
from ichimai.registry.errors import (
    NotTheSamePerson,
    NumberTaken,
    StoppedBefore,
    UnfitCredential,
    UnknownCredential,
    UnknownHolder,
)
from ichimai.registry.model import Added, CredentialId, CredentialStatus, HolderId
from ichimai.storage import REGISTRY, Database
from tests.integration.registry.places import (
    CHIYODA,
    KEY,
    TOSHIMA,
    Register,
    certificate,
    number,
)

KINDS = [kind for kind in Kind if kind is not Kind.PHONE]


@pytest.fixture
def register(database: Database, clock: ManualClock) -> Register:
    return Register(database, clock)


def rebind(register: Register, old: CredentialId, new: Shown, proved: HolderId) -> Added:
    with register.database.write(REGISTRY) as tx:
        return registry.credentials.rebind(tx, KEY, register.clock, old, new, proved=proved)


@pytest.mark.parametrize("kind", KINDS)
def test_any_card_is_a_key(register: Register, kind: Kind) -> None:
    """Whatever it is, it leads to its holder's subject, and is told with its kind."""
    (holder,) = register.holders(1)
    subject = register.subject(TOSHIMA, holder)
    register.add(holder, number(kind, "12345678"))
    found = register.known(number(kind, "12345678"))
    assert (found.subject, found.kind, found.is_stopped) == (subject, kind, False)


def test_all_cards_of_a_person_are_one_subject_and_many_references(register: Register) -> None:
    """Value follows the person, and each card can be stopped by itself."""
    (holder,) = register.holders(1)
    subject = register.subject(TOSHIMA, holder)
    shown = [number(kind, "12345678") for kind in KINDS]
    for each in shown:
        register.add(holder, each)
    found = [register.known(each) for each in shown]
    assert {each.subject for each in found} == {subject}
    assert len({each.reference for each in found}) == len(shown)


def test_the_same_number_of_another_kind_or_scheme_is_another_card(register: Register) -> None:
    """Two libraries whose numbers overlap do not meet in one person."""
    one, other = register.holders(2)
    register.add(one, number(Kind.OLD_CARD, "0001", "toshima-library"))
    register.add(other, number(Kind.OLD_CARD, "0001", "itabashi-library"))
    register.add(other, number(Kind.MYKEY_ID, "0001"))
    subjects = [register.subject(TOSHIMA, each) for each in (one, other)]
    tapped = [
        register.known(shown).subject
        for shown in (
            number(Kind.OLD_CARD, "0001", "toshima-library"),
            number(Kind.OLD_CARD, "0001", "itabashi-library"),
            number(Kind.MYKEY_ID, "0001"),
        )
    ]
    assert tapped == [subjects[0], subjects[1], subjects[1]]
    assert register.tap(number(Kind.OLD_CARD, "0001")) is None


def test_a_phone_brings_its_public_key(register: Register) -> None:
    """What its codes are signed with is known wherever it is tapped."""
    (holder,) = register.holders(1)
    device, key = number(Kind.PHONE, "0123456789abcdef"), _phone_key()
    register.add(holder, device, public_key=key)
    assert register.known(device).public_key == key


def _phone_key() -> bytes:
    return phone_codes.public_key_of(ec.generate_private_key(ec.SECP256R1()))


def test_a_phone_is_known_by_a_key_of_its_own_for_ever(register: Register) -> None:
    """A known id with a new key, a new id with a known key, and half of each are refused."""
    one, other = register.holders(2)
    device, key = number(Kind.PHONE, "0123456789abcdef"), _phone_key()
    added = register.add(one, device, public_key=key)
    assert register.add(one, device, public_key=key) == Added(added.credential)
    for holder in (one, other):
        with pytest.raises(NumberTaken):
            register.add(holder, device, public_key=_phone_key())
        with pytest.raises(NumberTaken):
            register.add(holder, number(Kind.PHONE, "fedcba9876543210"), public_key=key)
    assert register.known(device).public_key == key


_UNFIT = {
    "a key that is no point": (number(Kind.PHONE, "0123456789abcdef"), b"\4" + b"p" * 64),
    "an empty key": (number(Kind.PHONE, "0123456789abcdef"), b""),
    "no key": (number(Kind.PHONE, "0123456789abcdef"), None),
    "a short id": (number(Kind.PHONE, "0123456789abcde"), _phone_key()),
    "an id of zeros": (Shown(Kind.PHONE, bytes(16)), _phone_key()),
    "a broken phone's id": (Shown(Kind.PHONE, b"\1" * 15 + b"\2"), _phone_key()),
    "a phone that speaks to another": (Shown(Kind.FELICA, b"\x01\xfe123456"), None),
    "a phone's program": (Shown(Kind.FELICA, b"\x02\xfe123456"), None),
    "a plug": (Shown(Kind.FELICA, b"\x03\xfe123456"), None),
}


@pytest.mark.parametrize("what", _UNFIT)
def test_what_another_may_show_tomorrow_is_not_bound(register: Register, what: str) -> None:
    (holder,) = register.holders(1)
    shown, key = _UNFIT[what]
    with pytest.raises(UnfitCredential):
        register.add(holder, shown, public_key=key)
    assert register.tap(shown) is None


def test_a_card_is_one_holders_only_and_nobody_learns_whose(register: Register) -> None:
    """A second holder is refused, in words that are the same whoever has it, stopped or not."""
    one, other = register.holders(2)
    card, stopped = certificate("1"), certificate("2")
    register.add(one, stopped)
    register.add(one, card)
    told = []
    for shown in (card, stopped):
        with pytest.raises(NumberTaken) as refused:
            register.add(other, shown)
        told.append((str(refused.value), vars(refused.value), refused.value.args))
    assert told[0] == told[1]
    assert register.known(card).subject is None


def test_the_same_card_for_the_same_person_changes_nothing(register: Register) -> None:
    """A clerk who taps twice gets the first answer."""
    (holder,) = register.holders(1)
    first = register.add(holder, certificate("1"))
    assert register.add(holder, certificate("1")) == Added(first.credential)


def test_a_card_is_not_bound_to_nobody(register: Register) -> None:
    with pytest.raises(UnknownHolder):
        register.add(HolderId(uuid4()), certificate("1"))


def test_of_many_who_claim_a_card_at_once_one_gets_it(register: Register) -> None:
    """Twelve clerks bind the same card to twelve people: one succeeds, eleven are refused."""
    holders = register.holders(12)
    barrier = threading.Barrier(12)

    def claim(holder: HolderId) -> bool:
        barrier.wait()
        try:
            register.add(holder, certificate("1"))
        except NumberTaken:
            return False
        return True

    with ThreadPoolExecutor(12) as pool:
        won = list(pool.map(claim, holders))
    assert won.count(True) == 1
    assert register.known(certificate("1")).subject is None
    winner = holders[won.index(True)]
    assert register.known(certificate("1"), TOSHIMA).subject is None
    assert register.subject(TOSHIMA, winner) == register.known(certificate("1")).subject


def test_a_card_ends_by_the_clock_and_by_no_job(register: Register) -> None:
    """It is accepted to the last microsecond, and not at its end."""
    (holder,) = register.holders(1)
    end = register.clock.now() + timedelta(days=30)
    with register.database.write(REGISTRY) as tx:
        registry.credentials.add(tx, KEY, register.clock, holder, certificate("1"), valid_until=end)
    register.clock.at = end - timedelta(microseconds=1)
    assert not register.known(certificate("1")).is_stopped
    register.clock.at = end
    found = register.known(certificate("1"))
    assert (found.is_stopped, found.valid_until) == (True, end)
    with register.database.read(REGISTRY) as tx:
        (listed,) = registry.credentials.of_holder(tx, register.clock, holder)
    assert listed.status is CredentialStatus.EXPIRED


@pytest.mark.parametrize("kind", [Kind.MY_NUMBER_CARD, Kind.PHONE_CERTIFICATE])
def test_a_new_certificate_replaces_the_old_of_its_kind(register: Register, kind: Kind) -> None:
    """A new phone's certificate revokes the old one's; the sectors are told what stopped."""
    (holder,) = register.holders(1)
    subject = register.subject(TOSHIMA, holder)
    register.subject(CHIYODA, holder)
    register.add(holder, number(kind, "old"))
    register.add(holder, number(Kind.FELICA, "other"))
    old = register.known(number(kind, "old"))
    added = register.add(holder, number(kind, "new"))
    (stopped,) = added.replaced
    assert stopped.references.keys() == {TOSHIMA, CHIYODA}
    assert stopped.references[TOSHIMA] == old.reference
    assert register.known(number(kind, "old")).is_stopped
    assert not register.known(number(Kind.FELICA, "other")).is_stopped
    new = register.known(number(kind, "new"))
    assert (new.is_stopped, new.subject) == (False, subject)


def test_of_many_new_certificates_at_once_one_lives(register: Register) -> None:
    """The holder is locked: the database alone could not say it over many machines."""
    (holder,) = register.holders(1)
    shown = [certificate(str(turn)) for turn in range(8)]
    barrier = threading.Barrier(8)

    def enrol(card: Shown) -> None:
        barrier.wait()
        register.add(holder, card)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(enrol, shown))
    assert [register.known(card).is_stopped for card in shown].count(False) == 1


@pytest.mark.parametrize("end", ["live", "stopped", "expired"])
def test_a_renewed_card_changes_no_services_number(register: Register, end: str) -> None:
    """A new serial in the place of the old: every subject stays, and the old is dead (I3)."""
    (holder,) = register.holders(1)
    subjects = [register.subject(sector, holder) for sector in (TOSHIMA, CHIYODA)]
    with register.database.write(REGISTRY) as tx:
        old = registry.credentials.add(
            tx,
            KEY,
            register.clock,
            holder,
            certificate("old"),
            valid_until=register.clock.now() + timedelta(days=9),
        )
        if end == "stopped":
            registry.credentials.stop_shown(tx, KEY, register.clock, certificate("old"))
    if end == "expired":
        register.clock.advance(timedelta(days=9))
    renewed = rebind(register, old.credential, certificate("new"), holder)
    assert rebind(register, old.credential, certificate("new"), holder) == Added(renewed.credential)
    assert register.known(certificate("old")).is_stopped
    for sector, subject in zip((TOSHIMA, CHIYODA), subjects, strict=True):
        assert register.known(certificate("new"), sector).subject == subject
    with register.database.read(REGISTRY) as tx:
        listed = registry.credentials.of_holder(tx, register.clock, holder)
    wanted = CredentialStatus.STOPPED if end == "stopped" else CredentialStatus.REPLACED
    assert {each.id: (each.status, each.replaced_by) for each in listed} == {
        old.credential: (wanted, renewed.credential),
        renewed.credential: (CredentialStatus.ACTIVE, None),
    }


def test_a_card_is_renewed_for_its_own_holder_only(register: Register) -> None:
    """Who was proved to be there must be whose card it is; an unknown card says the same."""
    one, other = register.holders(2)
    old = register.add(one, certificate("old"))
    for credential in (old.credential, CredentialId(uuid4())):
        with pytest.raises(NotTheSamePerson):
            rebind(register, credential, certificate("new"), other)
    assert register.tap(certificate("new")) is None
    assert not register.known(certificate("old")).is_stopped


def test_a_card_is_not_renewed_by_a_strangers(register: Register) -> None:
    """The new card is somebody else's already: nothing changes, an officer looks into it."""
    one, other = register.holders(2)
    old = register.add(one, certificate("old"))
    register.add(other, certificate("new"))
    with pytest.raises(NumberTaken):
        rebind(register, old.credential, certificate("new"), one)
    assert not register.known(certificate("old")).is_stopped


def test_a_card_is_renewed_once(register: Register) -> None:
    """A second new card for the same old one is refused: it was replaced."""
    (holder,) = register.holders(1)
    old = register.add(holder, number(Kind.FELICA, "old"))
    rebind(register, old.credential, number(Kind.FELICA, "new"), holder)
    with pytest.raises(StoppedBefore):
        rebind(register, old.credential, number(Kind.FELICA, "newer"), holder)
    assert register.tap(number(Kind.FELICA, "newer")) is None


def test_a_stopped_card_does_not_come_back(register: Register) -> None:
    """Found again, it stays dead: terminals without a network know it as stopped."""
    (holder,) = register.holders(1)
    register.add(holder, number(Kind.FELICA, "1"))
    with register.database.write(REGISTRY) as tx:
        registry.credentials.stop_shown(tx, KEY, register.clock, number(Kind.FELICA, "1"))
    with pytest.raises(StoppedBefore):
        register.add(holder, number(Kind.FELICA, "1"))
    assert register.known(number(Kind.FELICA, "1")).is_stopped


def test_a_sector_stops_one_card_by_its_own_names_for_person_and_card(register: Register) -> None:
    """Another person's card, or another sector's reference, is refused as one that is not."""
    one, other = register.holders(2)
    subjects = [register.subject(TOSHIMA, holder) for holder in (one, other)]
    register.subject(CHIYODA, one)
    for holder in (one, other):
        register.add(holder, number(Kind.FELICA, str(holder)))
    mine = register.known(number(Kind.FELICA, str(one)))
    elsewhere = register.known(number(Kind.FELICA, str(one)), CHIYODA)

    def stop(subject: registry.SubjectId, reference: object) -> None:
        with register.database.write(REGISTRY) as tx:
            registry.credentials.stop(
                tx,
                KEY,
                register.clock,
                sector=TOSHIMA,
                subject=subject,
                reference=reference,  # type: ignore[arg-type]  # one of the ids above
            )

    for subject, reference in ((subjects[1], mine.reference), (subjects[0], elsewhere.reference)):
        with pytest.raises(UnknownCredential):
            stop(subject, reference)
    assert not register.known(number(Kind.FELICA, str(one))).is_stopped
    stop(subjects[0], mine.reference)
    assert register.known(number(Kind.FELICA, str(one))).is_stopped
    assert not register.known(number(Kind.FELICA, str(other))).is_stopped


def test_a_lost_purse_stops_every_kind(register: Register) -> None:
    """By phone a clerk knows the person: certificate, IC card, old card and phone all stop."""
    (holder,) = register.holders(1)
    subject = register.subject(TOSHIMA, holder)
    for kind in KINDS:
        register.add(holder, number(kind, "1"))
    with register.database.write(REGISTRY) as tx:
        stopped = registry.credentials.stop_all_of(tx, KEY, register.clock, TOSHIMA, subject)
    assert len(stopped) == len(KINDS)
    assert all(register.known(number(kind, "1")).is_stopped for kind in KINDS)


def test_who_has_only_what_cannot_pay_still_gets_a_card(register: Register) -> None:
    """An IDm or an old number alone never spends: a gift needs a card that does (E72)."""
    holders = register.holders(4)
    subjects = [register.subject(TOSHIMA, holder) for holder in holders]
    register.add(holders[0], number(Kind.FELICA, "1"))
    register.add(holders[1], number(Kind.OLD_CARD, "1", "toshima-library"))
    register.add(holders[2], certificate("1"))
    with register.database.read(REGISTRY) as tx:
        found = registry.cards.holders_without_card(tx, register.clock, TOSHIMA, subjects)
    assert found == {
        subjects[0]: holders[0],
        subjects[1]: holders[1],
        subjects[3]: holders[3],
    }


def test_a_dump_holds_no_number_of_any_kind(register: Register) -> None:
    """Neither a serial, an IDm, a library's number nor a device's id is in any table."""
    (holder,) = register.holders(1)
    texts = [f"NUMBER-{place}-OF-A-CARD" for place in range(len(KINDS))]
    for kind, text in zip(KINDS, texts, strict=True):
        register.add(holder, number(kind, text))
    register.subject(TOSHIMA, holder)
    with register.database.read(REGISTRY) as tx:
        tables = tx.rows(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'registry' AND tablename !~ 'yoyo'"
        )
        rows = [row for (name,) in tables for (row,) in tx.rows(f"SELECT t::text FROM {name} AS t")]
    dump = "\n".join(rows).upper()
    assert str(holder).upper() in dump
    for text in texts:
        assert text not in dump
        assert text.encode().hex().upper() not in dump
