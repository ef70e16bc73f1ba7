"""Nonces that cards sign: random, short-lived, each used once."""

import os

from ichimai.identity import rules, store
from ichimai.identity.errors import ChallengeOver
from ichimai.identity.model import Challenge, ChallengeId, Place
from ichimai.kernel import Clock, ids
from ichimai.storage import WriteTx


def new(tx: WriteTx, clock: Clock, place: Place) -> Challenge:
    """32 random bytes for a card at ``place`` to sign within 60 s."""
    challenge = Challenge(
        ChallengeId(ids.uuid7(clock)), os.urandom(32), clock.now() + rules.CHALLENGE_LIFE
    )
    store.add_challenge(tx, challenge, place.id)
    return challenge


def take(tx: WriteTx, clock: Clock, place: Place, challenge: ChallengeId) -> bytes:
    """The nonce of a challenge, which is then used up, whatever the card made of it.

    Commit before the signature is looked at. Raises ChallengeOver, also for another place's.
    """
    nonce = store.take_challenge(tx, challenge, place.id, clock.now())
    if nonce is None:
        raise ChallengeOver
    return nonce
