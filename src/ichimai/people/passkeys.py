"""Passkeys (WebAuthn Level 3): asked for in a browser, bound to our address, each answer once.

1. ``ask_to_sign_in`` or ``ask_to_add`` gives the browser a challenge of its own.
2. ``take`` uses the challenge up, whatever the answer turns out to be: commit it.
3. ``let_in`` or ``add`` checks the answer: challenge, origin, relying party, user verification,
   signature and count.
"""

import binascii
import json
import secrets as random
from datetime import timedelta
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

import webauthn
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from ichimai.kernel import Clock
from ichimai.people import factor_store, passkey_store, secrets, sessions, store
from ichimai.people.errors import LastSecondFactor, PasskeyRefused, TooManyPasskeys
from ichimai.people.model import Audience, NewSession, Passkey, PasskeyQuestion, Session
from ichimai.storage import ReadTx, WriteTx

MOST: Final = 10
LASTS: Final = timedelta(minutes=5)
MAX_ANSWER: Final = 16_384
"""Characters of a browser's answer; a longer one is none."""

_CHALLENGE_BYTES: Final = 32
_LOOPBACK: Final = {"127.0.0.1", "[::1]"}
# What the library and the standard library raise for an answer that is malformed.
_MALFORMED: Final = (
    WebAuthnException, binascii.Error, ValueError, TypeError, KeyError, RecursionError,
)  # fmt: skip


class Party(NamedTuple):
    """Who asks (WebAuthn: relying party): a domain, the origin of its pages, and its name."""

    id: str
    origin: str
    name: str


def party_of(base_url: str, name: str) -> Party:
    """The relying party of pages at ``base_url``.

    A number is no domain (WebAuthn §5.1.3): on this very machine passkeys work at
    ``localhost``, whatever number the pages are served at.
    """
    parts = urlsplit(base_url)
    host, _, port = parts.netloc.rpartition(":") if parts.port else (parts.netloc, "", "")
    host = "localhost" if host in _LOOPBACK else host
    return Party(host, f"{parts.scheme}://{host}{f':{port}' if port else ''}", name)


def ask_to_sign_in(
    tx: WriteTx, clock: Clock, party: Party, *, audience: Audience, browser: bytes
) -> str:
    """What ``navigator.credentials.get`` is called with, as JSON; any passkey may answer.

    ``browser``: a hash of what this browser alone holds.
    """
    question = _new_question(tx, clock, audience, None, browser)
    options = webauthn.generate_authentication_options(
        rp_id=party.id,
        challenge=question.challenge,
        timeout=_milliseconds(),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options)


def ask_to_add(
    tx: WriteTx,
    clock: Clock,
    party: Party,
    key: bytes,
    *,
    audience: Audience,
    owner: UUID,
    called: str,
    browser: bytes,
) -> str:
    """What ``navigator.credentials.create`` is called with, as JSON. Raises TooManyPasskeys."""
    known = passkey_store.passkeys_of(tx, audience, owner)
    if len(known) >= MOST:
        raise TooManyPasskeys
    question = _new_question(tx, clock, audience, owner, browser)
    options = webauthn.generate_registration_options(
        rp_id=party.id,
        rp_name=party.name,
        user_id=_handle(key, audience, owner),
        user_name=called,
        challenge=question.challenge,
        timeout=_milliseconds(),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=each.id) for each in known],
    )
    return webauthn.options_to_json(options)


def take(tx: WriteTx, clock: Clock, answer: str, *, browser: bytes) -> PasskeyQuestion:
    """The question that an answer is to; it is used up. Raises PasskeyRefused."""
    question = passkey_store.take_question(tx, _challenge_in(answer), browser)
    if question is None or clock.now() - question.asked_at >= LASTS:
        # The row is gone already, or too old to matter: nothing is lost if this rolls back.
        raise PasskeyRefused
    return question


def add(tx: WriteTx, clock: Clock, party: Party, question: PasskeyQuestion, answer: str) -> Passkey:
    """Keep the passkey that a browser made for whom the question was asked.

    Raises PasskeyRefused, and TooManyPasskeys when others were quicker.
    """
    if question.owner is None:
        raise PasskeyRefused
    if question.audience is Audience.STAFF:
        store.lock_staff(tx, question.owner)
    made = _checked_new(party, question, answer)
    passkey = Passkey(
        id=made.credential_id,
        audience=question.audience,
        owner=question.owner,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        is_synced=made.credential_backed_up,
        added_at=clock.now(),
        used_at=None,
    )
    if len(of(tx, question.audience, question.owner)) >= MOST:
        raise TooManyPasskeys
    if not passkey_store.insert_passkey(tx, passkey):
        raise PasskeyRefused
    return passkey


def let_in(
    tx: WriteTx,
    clock: Clock,
    party: Party,
    key: bytes,
    *,
    question: PasskeyQuestion,
    answer: str,
) -> NewSession:
    """Let in whose passkey answered, with a new session. Raises PasskeyRefused, SignInRefused."""
    if question.owner is not None:
        raise PasskeyRefused
    owner = _checked_owner(tx, clock, party, key, question=question, answer=answer)
    if question.audience is Audience.STAFF:
        return sessions.start_staff(tx, clock, owner)
    return sessions.start(tx, clock, question.audience, owner)


def of(tx: ReadTx, audience: Audience, owner: UUID) -> list[Passkey]:
    """An owner's passkeys, the oldest first."""
    return passkey_store.passkeys_of(tx, audience, owner)


def remove(tx: WriteTx, clock: Clock, session: Session, passkey: bytes) -> None:
    """Forget one of the owner's passkeys. Raises SignInTooOld, LastSecondFactor."""
    sessions.check_fresh(clock, session)
    if session.audience is Audience.STAFF:
        store.lock_staff(tx, session.owner)
        has = factor_store.second_factors(tx, session.owner)
        if not has.has_totp and has.passkeys == 1:
            raise LastSecondFactor
    passkey_store.delete_passkey(tx, session.audience, session.owner, passkey)


def _new_question(
    tx: WriteTx, clock: Clock, audience: Audience, owner: UUID | None, browser: bytes
) -> PasskeyQuestion:
    challenge = random.token_bytes(_CHALLENGE_BYTES)
    question = PasskeyQuestion(challenge, audience, owner, clock.now())
    passkey_store.insert_question(tx, question, browser)
    return question


def _challenge_in(answer: str) -> bytes:
    if len(answer) > MAX_ANSWER:
        raise PasskeyRefused
    try:
        client_data = json.loads(base64url_to_bytes(_read(answer)["response"]["clientDataJSON"]))
        if client_data.get("crossOrigin"):
            # Another site's page in which ours lay.
            raise PasskeyRefused
        return base64url_to_bytes(client_data["challenge"])
    except (*_MALFORMED, AttributeError) as error:
        raise PasskeyRefused from error


def _checked_new(party: Party, question: PasskeyQuestion, answer: str) -> VerifiedRegistration:
    try:
        return webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=question.challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except _MALFORMED as error:
        raise PasskeyRefused from error


def _checked_owner(
    tx: WriteTx,
    clock: Clock,
    party: Party,
    key: bytes,
    *,
    question: PasskeyQuestion,
    answer: str,
) -> UUID:
    try:
        told = _read(answer)
        passkey_id = base64url_to_bytes(told["rawId"])
        handle = base64url_to_bytes(told["response"]["userHandle"])
    except _MALFORMED as error:
        raise PasskeyRefused from error
    known = passkey_store.lock_passkey(tx, passkey_id, question.audience)
    if known is None or handle != _handle(key, known.audience, known.owner):
        raise PasskeyRefused
    try:
        # Refuses a count that is not greater than the last: the key was copied.
        checked = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=question.challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=known.public_key,
            credential_current_sign_count=known.sign_count,
            require_user_verification=True,
        )
    except _MALFORMED as error:
        raise PasskeyRefused from error
    passkey_store.update_used(tx, known.id, checked.new_sign_count, clock.now())
    return known.owner


def _read(answer: str) -> dict[str, Any]:
    told = json.loads(answer)
    if not isinstance(told, dict):
        raise PasskeyRefused
    return told


def _handle(key: bytes, audience: Audience, owner: UUID) -> bytes:
    """What an authenticator knows its owner by: nothing of the owner (WebAuthn §14.6.1)."""
    return secrets.keyed(key, "passkey of", audience.value, str(owner))


def _milliseconds() -> int:
    return int(LASTS.total_seconds() * 1_000)
