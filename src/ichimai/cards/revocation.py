"""Whether an authority has revoked a certificate, as its list or its responder says.

What cannot be known for certain is an error, never "not revoked".
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from cryptography import x509

from ichimai.cards.errors import Doubt, RevocationUnknown

SKEW = timedelta(minutes=5)
"""How far the clocks of others may be ahead of ours."""


@dataclass(frozen=True, slots=True)
class Status:
    """What an authority says of a certificate; without ``reason`` it is not revoked."""

    reason: x509.ReasonFlags | None = None
    revoked_at: datetime | None = None


NOT_REVOKED = Status()


class Revocation(Protocol):
    """Somebody who knows which certificates are revoked."""

    def status(
        self, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime, /
    ) -> Status:
        """Whether ``certificate``, which ``issuer`` signed, is revoked. Raises RevocationUnknown.

        Its argument tells the serial and the municipality: nothing of it is kept or logged.
        """
        ...


class FirstThatKnows:
    """Asks several, in order, until one knows: a responder first, then the lists on disk."""

    def __init__(self, *sources: Revocation) -> None:
        self._sources = sources

    def status(
        self, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime
    ) -> Status:
        """What the first that knows says; else the most telling doubt."""
        doubts = []
        for source in self._sources:
            try:
                return source.status(certificate, issuer, now)
            except RevocationUnknown as unknown:
                doubts.append(unknown.doubt)
        telling = (doubt for doubt in doubts if doubt is not Doubt.NOT_COVERED)
        raise RevocationUnknown(next(telling, Doubt.NOT_COVERED))


def check_time(this_update: datetime, next_update: datetime | None, now: datetime) -> None:
    """What was said at ``this_update`` counts until ``next_update``. Raises RevocationUnknown."""
    if next_update is None or not this_update - SKEW <= now <= next_update:
        raise RevocationUnknown(Doubt.STALE)
