"""From what a card shows to a tap: the transactions of one tap, and what lies between them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ichimai import registry
from ichimai.cards import Assurance, Shown, certificates, felica, phone_codes, shown
from ichimai.cards.barcodes import CardScheme
from ichimai.identity import challenges, rules, spending, store, taps
from ichimai.identity.errors import (
    CardNotTaken,
    CertificatesNotRead,
    PhoneCodeExpired,
    PhoneCodeUsed,
)
from ichimai.identity.model import NewTap, Place, Signed, Step, Trust
from ichimai.kernel import Clock, ids
from ichimai.registry import RegistryKey, Resolved
from ichimai.storage import REGISTRY, Database, Schema


class _Found(NamedTuple):
    """A card that works, and what it showed."""

    shown: Shown
    card: Resolved


@dataclass(frozen=True, slots=True)
class Reception:
    """Where one operator's cards are shown. Each method opens its own transactions.

    ``trust``: None where no authority was named. A card that is unknown, malformed, ambiguous,
    stopped or expired is told alike, CardNotTaken, and takes the same way (faults.md E73).
    """

    database: Database
    operator: Schema
    sector: str
    key: RegistryKey
    clock: Clock
    trust: Trust | None = None

    def code(self, place: Place, text: str, assurance: Assurance = Assurance.TAP) -> NewTap:
        """A code, scanned or typed: of a printed card, a phone, an old card, a MyKey-ID.

        Raises CardNotTaken, MyNumberRefused, PhoneCodeExpired, PhoneCodeUsed.
        """
        code = phone_codes.parse(text)
        if code is not None:
            return self._phone(place, code)
        return self._tap(place, self._read(text), assurance)

    def card(self, text: str) -> Resolved | None:
        """The one card that ``text`` stands for; None when there is none, or there are two.

        Raises MyNumberRefused.
        """
        found = self._read(text)
        return None if found is None else found.card

    def _read(self, text: str) -> _Found | None:
        schemes: Iterable[CardScheme] = ()
        if taps.is_guessable(text):
            with self.database.read(REGISTRY) as tx:
                schemes = registry.old_cards.schemes(tx, self.sector)
        return self._one(shown.of_text(text, schemes))

    def idm(self, place: Place, text: str) -> NewTap:
        """A FeliCa card, whose IDm a reader told as 16 hexadecimal digits. Raises CardNotTaken."""
        try:
            found = felica.parse_hex(text)
        except felica.InvalidIdm:
            raise CardNotTaken from None
        return self._tap(place, self._one([found.shown]), Assurance.TAP)

    def certificate(self, place: Place, certificate: bytes, signed: Signed | None) -> NewTap:
        """A My Number Card or a phone that stands for one; ``signed`` after its PIN.

        Raises CardNotTaken, and what ``verified`` raises.
        """
        verified = self.verified(place, certificate, signed)
        assurance = Assurance.TAP_PIN if verified.is_signed else Assurance.TAP
        return self.shown(place, verified.shown, assurance)

    def known(self, shown: Shown) -> Resolved:
        """Whose card it is, without a tap: somebody beside the one who is there.

        Raises CardNotTaken.
        """
        found = self._one([shown])
        if found is None:
            raise CardNotTaken
        return self._with_subject(found)

    def shown(self, place: Place, shown: Shown, assurance: Assurance) -> NewTap:
        """What a card showed, proved before. Raises CardNotTaken."""
        return self._tap(place, self._one([shown]), assurance)

    def verified(
        self, place: Place, certificate: bytes, signed: Signed | None
    ) -> certificates.Verified:
        """What a certificate proves, whoever's it is; ``signed`` after the card's PIN.

        Without, it says who somebody is, where the operator allows that.
        Raises CertificatesNotRead, ChallengeOver, PinNeeded, and what
        ``cards.certificates.check`` raises.
        """
        if self.trust is None:
            raise CertificatesNotRead
        nonce = self._nonce(place, signed) if signed else None
        verified = certificates.check(
            certificate,
            nonce=nonce,
            signature=signed.signature if signed else None,
            authorities=self.trust.authorities,
            now=self.clock.now(),
            revocation=self.trust.revocation,
        )
        if not verified.is_signed:
            with self.database.read(self.operator) as tx:
                is_allowed = store.terms(tx).allows_tap_without_pin
            rules.check_tap_without_pin(verified.kind, Assurance.TAP, is_allowed=is_allowed)
        return verified

    def _nonce(self, place: Place, signed: Signed) -> bytes:
        """Committed before the signature is looked at: a try uses the challenge up."""
        with self.database.write(self.operator) as tx:
            return challenges.take(tx, self.clock, place, signed.challenge)

    def _one(self, candidates: Sequence[Shown]) -> _Found | None:
        """The card that works among ``candidates``, if all that are known are one person's.

        Also a stopped card of somebody else makes it unsure who was meant: nobody was shown.
        """
        with self.database.read(REGISTRY) as tx:
            found = registry.resolve_shown(tx, self.key, self.clock, self.sector, candidates)
        pairs = zip(candidates, found, strict=True)
        known = [_Found(shown, card) for shown, card in pairs if card]
        if len({each.card.subject or each.card.reference for each in known}) != 1:
            return None
        return next((each for each in known if not each.card.is_stopped), None)

    def _phone(self, place: Place, code: phone_codes.PhoneCode) -> NewTap:
        found = self._one([code.shown])
        is_signed = phone_codes.verify(code, found.card.public_key if found else None)
        if found is None or not is_signed:
            raise CardNotTaken
        if not phone_codes.is_fresh(code, self.clock.now()):
            raise PhoneCodeExpired
        card = self._with_subject(found)
        use = spending.StepUse(card.reference, Step(code.step, ids.uuid7(self.clock)))
        with self.database.write(self.operator) as tx:
            (is_taken,) = spending.take_steps(tx, self.clock, [use])
            if not is_taken:
                raise PhoneCodeUsed
            return taps.tap(tx, self.clock, place, card, Assurance.TAP)

    def _tap(self, place: Place, found: _Found | None, assurance: Assurance) -> NewTap:
        if found is None:
            raise CardNotTaken
        card = self._with_subject(found)
        with self.database.write(self.operator) as tx:
            return taps.tap(tx, self.clock, place, card, assurance)

    def _with_subject(self, found: _Found) -> Resolved:
        """Who comes to a place of ours for the first time is somebody here from now on."""
        if found.card.subject is not None:
            return found.card
        with self.database.write(REGISTRY) as tx:
            known = registry.credentials.of_shown(tx, self.key, self.clock, found.shown)
            if known is None:
                raise CardNotTaken
            (subject,) = registry.holders.subjects(tx, self.clock, self.sector, [known.holder])
        return found.card._replace(subject=subject)
