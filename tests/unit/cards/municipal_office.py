"""Where the cards of these tests come from: one authority, another of the same name, keys."""

from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography.hazmat.primitives.asymmetric import rsa

from ichimai.cards.issued import IssuedCertificate
from ichimai.cards.model import Kind
from ichimai.cards.test_authority import TestAuthority, new_key
from ichimai.kernel.clock import ManualClock

NOW = datetime(2026, 10, 1, 3, tzinfo=UTC)
BIRTHDAY = datetime(2028, 2, 13, 14, 59, 59, tzinfo=UTC)
"""When the certificates end: a fifth birthday in Tokyo."""
NAME = "31604BWXYZ0000000000001"
PIN = "4649"
NONCE = bytes(range(32))


@cache
def office() -> TestAuthority:
    """The authority that is trusted. Revocations stay: revoke what a test issued itself."""
    return TestAuthority.make(NOW)


@cache
def newer_office() -> TestAuthority:
    """Another key under the same name, as the authorities of 2015 and 2023 are."""
    return TestAuthority.make(NOW)


@cache
def card_key() -> rsa.RSAPrivateKey:
    """The key of every card here, since making one takes long."""
    return new_key()


@cache
def other_key() -> rsa.RSAPrivateKey:
    """The key of somebody else's card."""
    return new_key()


def clock() -> ManualClock:
    """Stands at NOW."""
    return ManualClock(NOW)


def issue(
    expires_at: datetime = BIRTHDAY,
    *,
    starts_at: datetime | None = None,
    kind: Kind = Kind.MY_NUMBER_CARD,
    by: TestAuthority | None = None,
    serial: int | None = None,
) -> IssuedCertificate:
    """A certificate for the one person in these tests."""
    return (by or office()).issue(
        NAME,
        expires_at,
        starts_at=starts_at or NOW - timedelta(days=900),
        kind=kind,
        serial=serial,
        private_key=card_key(),
    )
