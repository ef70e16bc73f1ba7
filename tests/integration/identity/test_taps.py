"""Taps and challenges on a real PostgreSQL: one place, one person, and each nonce once."""

from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from ichimai import identity, registry
from ichimai.cards import Assurance, Kind, Shown, certificates, phone_codes, test_authority
from ichimai.cards.barcodes import CardScheme
from ichimai.cards.errors import WrongCardSignature
from ichimai.identity.errors import (
    CardNotTaken,
    CertificatesNotRead,
    ChallengeOver,
    PhoneCodeExpired,
    PhoneCodeUsed,
    PinNeeded,
    TapOver,
)
from ichimai.identity.model import Challenge, Tap
from ichimai.kernel import typed_codes
from ichimai.kernel.check_digits import MyNumberRefused
from ichimai.storage import REGISTRY
from tests.at_once import at_once
from tests.integration.identity.conftest import Hall
from tests.town import SECTOR


def test_a_tap_says_who_is_there_until_the_next_one_there(hall: Hall) -> None:
    """And at other places it says nothing."""
    here, there = hall.place(), hall.place()
    hanako, taro = hall.printed(), hall.printed()
    first = hall.tap(here, hanako)
    assert first.expires_at == hall.clock.now() + timedelta(seconds=30)
    assert first.tap.assurance is Assurance.TAP
    assert hall.current(here, first.token).subject == first.tap.subject
    with pytest.raises(TapOver):
        hall.current(there, first.token)
    second = hall.tap(here, taro)
    assert hall.current(here, second.token).subject == second.tap.subject != first.tap.subject
    with pytest.raises(TapOver):
        hall.current(here, first.token)


def test_the_same_person_is_the_same_subject_at_every_tap(hall: Hall) -> None:
    """Also who came for the first time; another sector knows the person as somebody else."""
    code = hall.printed()
    subjects = {hall.tap(hall.place(), code).tap.subject for _ in range(3)}
    assert len(subjects) == 1
    assert None not in subjects
    with hall.database.read(REGISTRY) as tx:
        (elsewhere,) = registry.resolve(tx, hall.key, "131041", [code])
    assert elsewhere is not None
    assert elsewhere.subject is None


def test_a_counters_tap_ends_in_silence_and_a_terminals_does_not(hall: Hall) -> None:
    counter, terminal = hall.place(), hall.place(is_counter=False)
    at_counter = hall.tap(counter, hall.printed())
    at_terminal = hall.tap(terminal, hall.printed())
    hall.clock.advance(timedelta(seconds=29))
    hall.current(counter, at_counter.token)
    hall.clock.advance(timedelta(seconds=29))
    hall.current(counter, at_counter.token)
    hall.current(terminal, at_terminal.token)
    hall.clock.advance(timedelta(seconds=2))
    hall.current(counter, at_counter.token)
    with pytest.raises(TapOver):
        hall.current(terminal, at_terminal.token)
    for _ in range(18):
        hall.clock.advance(timedelta(seconds=29))
        hall.current(counter, at_counter.token)
    hall.clock.advance(timedelta(seconds=29))
    with pytest.raises(TapOver):
        hall.current(counter, at_counter.token)


def test_thirty_seconds_of_silence_are_the_end(hall: Hall) -> None:
    counter = hall.place()
    tap = hall.tap(counter, hall.printed())
    hall.clock.advance(timedelta(seconds=30))
    with pytest.raises(TapOver):
        hall.current(counter, tap.token)


def test_a_lifted_card_is_gone(hall: Hall) -> None:
    """The same again changes nothing, also where nobody was."""
    here = hall.place()
    hall.lift(here)
    tap = hall.tap(here, hall.printed())
    hall.lift(here)
    hall.lift(here)
    with pytest.raises(TapOver):
        hall.current(here, tap.token)


def test_of_cards_tapped_at_once_one_is_there(hall: Hall) -> None:
    """Ten people push forward at one counter: one of their tokens is good, for its own person."""
    here = hall.place()
    codes = [hall.printed() for _ in range(10)]
    taps = at_once(*(lambda code=code: hall.tap(here, code) for code in codes))
    good = []
    for tap in taps:
        assert isinstance(tap, identity.model.NewTap)
        try:
            found = hall.current(here, tap.token)
        except TapOver:
            continue
        assert found.subject == tap.tap.subject
        good.append(tap)
    assert len(good) == 1


def test_unknown_malformed_and_stopped_cards_are_told_alike(hall: Hall) -> None:
    """Also an IDm (faults.md E73)."""
    stopped, here = hall.printed(), hall.place()
    with hall.database.write(REGISTRY) as tx:
        registry.cards.stop_credential(tx, hall.key, hall.clock, stopped)
    told = set()
    for text in (stopped, typed_codes.new(16), "1234567", "nobody's", "円" * 100):
        with pytest.raises(CardNotTaken) as refused:
            hall.tap(here, text)
        told.add((refused.value.code, str(refused.value), *refused.value.args))
    for idm in ("0102030405060708", "xyz", "", "00" * 8):
        with pytest.raises(CardNotTaken) as refused:
            hall.reception.idm(here, idm)
        told.add((refused.value.code, str(refused.value), *refused.value.args))
    assert len(told) == 1


def test_a_my_number_is_refused_and_not_looked_up(hall: Hall) -> None:
    with pytest.raises(MyNumberRefused):
        hall.tap(hall.place(), "1234 5678 9018")


def test_a_felica_card_says_who_it_is(hall: Hall) -> None:
    idm, here = hall.felica(), hall.place()
    first = hall.reception.idm(here, idm)
    again = hall.reception.idm(here, idm.upper())
    assert first.tap.kind is Kind.FELICA
    assert first.tap.reference == again.tap.reference
    assert first.tap.visit == again.tap.visit


def test_a_number_that_means_two_people_means_nobody(hall: Hall) -> None:
    """Eight digits are a MyKey-ID of one and a library's number of another."""
    number = "10000009"
    with hall.database.write(REGISTRY) as tx:
        from_library = CardScheme("old-library", length=8)
        registry.old_cards.add_scheme(tx, SECTOR, from_library)
    hall.bind(hall.holder(), Shown(Kind.OLD_CARD, number.encode(), "old-library"))
    assert hall.tap(hall.place(), number).tap.kind is Kind.OLD_CARD
    hall.bind(hall.holder(), Shown(Kind.MYKEY_ID, number.encode()))
    with pytest.raises(CardNotTaken):
        hall.tap(hall.place(), number)
    with hall.database.write(REGISTRY) as tx:
        shown = Shown(Kind.OLD_CARD, number.encode(), "old-library")
        registry.credentials.stop_shown(tx, hall.key, hall.clock, shown)
    # A stopped card still is the one that may have been shown.
    with pytest.raises(CardNotTaken):
        hall.tap(hall.place(), number)


def test_certificates_need_an_authority(hall: Hall) -> None:
    with pytest.raises(CertificatesNotRead):
        hall.reception.certificate(hall.place(), b"", None)


class _Card(NamedTuple):
    """A My Number Card."""

    certificate: bytes
    private_key: rsa.RSAPrivateKey

    def sign(self, message: bytes) -> bytes:
        """What the card does after its PIN."""
        return self.private_key.sign(message, padding.PKCS1v15(), hashes.SHA256())


def _signing_card(hall: Hall, authority: test_authority.TestAuthority) -> _Card:
    """Of somebody new."""
    card = authority.issue("1a2b3c4d", hall.clock.now() + timedelta(days=900))
    verified = certificates.check(
        card.certificate,
        nonce=None,
        signature=None,
        authorities=authority.authorities,
        now=hall.clock.now(),
        revocation=authority.revocation(hall.clock),
    )
    hall.bind(hall.holder(), verified.shown)
    return _Card(card.certificate, card.private_key)


def test_a_my_number_card_signs_a_challenge_of_its_place(hall: Hall) -> None:
    """Once: the same signature again is refused, and so is a wrong one, which uses it up."""
    authority = test_authority.TestAuthority.make(hall.clock.now())
    trust = identity.Trust(authority.authorities, authority.revocation(hall.clock))
    reception = replace(hall.reception, trust=trust)
    card, here = _signing_card(hall, authority), hall.place(is_counter=False)

    def shown(signature: bytes | None, challenge: Challenge) -> Tap:
        signed = identity.model.Signed(challenge.id, signature) if signature else None
        return reception.certificate(here, card.certificate, signed).tap

    challenge = _challenge(hall, here)
    good = card.sign(challenge.nonce)
    tap = shown(good, challenge)
    assert (tap.kind, tap.assurance) == (Kind.MY_NUMBER_CARD, Assurance.TAP_PIN)
    with pytest.raises(ChallengeOver):
        shown(good, challenge)
    other = _challenge(hall, here)
    with pytest.raises(WrongCardSignature):
        shown(good, other)
    with pytest.raises(ChallengeOver):
        shown(card.sign(other.nonce), other)
    with pytest.raises(PinNeeded):
        shown(None, other)
    hall.in_tx(
        lambda tx: identity.terms.set_terms(
            tx, hall.clock, identity.model.IdentityTerms(allows_tap_without_pin=True)
        )
    )
    without = shown(None, other)
    assert (without.assurance, without.reference) == (Assurance.TAP, tap.reference)
    stranger = authority.issue("5e6f7a8b", hall.clock.now() + timedelta(days=900))
    with pytest.raises(CardNotTaken):
        reception.certificate(here, stranger.certificate, None)


def test_a_phones_code_is_good_for_one_tap(hall: Hall) -> None:
    """Not twice, not late, not by another's key (faults.md E63, E64)."""
    key, device, here = ec.generate_private_key(ec.SECP256R1()), b"hanako's phone 1", hall.place()
    hall.bind(hall.holder(), Shown(Kind.PHONE, device), phone_codes.public_key_of(key))
    code = phone_codes.make(key, device, hall.clock.now())
    taps = at_once(*(lambda: hall.tap(hall.place(), code) for _ in range(20)))
    assert [type(tap) for tap in taps].count(PhoneCodeUsed) == 19
    hall.clock.advance(timedelta(seconds=30))
    late = phone_codes.make(key, device, hall.clock.now())
    hall.clock.advance(timedelta(seconds=90))
    with pytest.raises(PhoneCodeExpired):
        hall.tap(here, late)
    other = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(CardNotTaken):
        hall.tap(here, phone_codes.make(other, device, hall.clock.now()))
    with pytest.raises(CardNotTaken):
        hall.tap(here, phone_codes.make(key, b"another's phone1", hall.clock.now()))
    assert hall.tap(here, phone_codes.make(key, device, hall.clock.now())).tap.kind is Kind.PHONE


def _challenge(hall: Hall, place: identity.Place) -> Challenge:
    with hall.database.write(hall.operator) as tx:
        return identity.challenges.new(tx, hall.clock, place)


def _take(hall: Hall, place: identity.Place, challenge: Challenge) -> bytes:
    with hall.database.write(hall.operator) as tx:
        return identity.challenges.take(tx, hall.clock, place, challenge.id)


def test_a_challenge_is_taken_once_by_a_hundred(hall: Hall) -> None:
    here = hall.place()
    challenge = _challenge(hall, here)
    for _ in range(4):
        answers = at_once(*(lambda: _take(hall, here, challenge) for _ in range(25)))
        taken = [answer for answer in answers if isinstance(answer, bytes)]
        assert taken in ([challenge.nonce], [])
        assert all(isinstance(a, ChallengeOver) for a in answers if a not in taken)
    with pytest.raises(ChallengeOver):
        _take(hall, here, challenge)


def test_challenges_are_random_end_and_belong_to_their_place(hall: Hall) -> None:
    here = hall.place()
    made = [_challenge(hall, here) for _ in range(50)]
    assert len({challenge.nonce for challenge in made}) == 50
    assert {len(challenge.nonce) for challenge in made} == {32}
    with pytest.raises(ChallengeOver):
        _take(hall, hall.place(), made[0])
    assert _take(hall, here, made[0]) == made[0].nonce
    hall.clock.advance(timedelta(seconds=59))
    assert _take(hall, here, made[1]) == made[1].nonce
    hall.clock.advance(timedelta(seconds=1))
    with pytest.raises(ChallengeOver):
        _take(hall, here, made[2])


def test_what_says_nothing_any_more_is_removed(hall: Hall) -> None:
    here = hall.place()
    hall.tap(here, hall.printed())
    _challenge(hall, here)
    hall.clock.advance(timedelta(days=1, minutes=2))
    kept = hall.tap(hall.place(), hall.printed())
    with hall.database.write(hall.operator) as tx:
        assert identity.taps.tidy_up(tx, hall.clock) == 2
        assert identity.taps.tidy_up(tx, hall.clock) == 0
    assert kept.tap.subject
