"""The provider's public keys: fetched when one is not known, kept for a while, ES256 only."""

import json
import threading
from datetime import datetime, timedelta
from typing import Any, Final

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from ichimai.kernel import Clock
from ichimai.oidc.client_key import ALGORITHM
from ichimai.oidc.errors import DigitalIdRefused, ProviderUnavailable
from ichimai.oidc.model import Wire

KEPT: Final = timedelta(minutes=10)
"""After this a key that the provider has withdrawn is no longer believed."""

FETCHED_EVERY: Final = timedelta(seconds=30)
"""An unknown key has the list fetched again, at most this often."""

_MALFORMED: Final = (JoseError, ValueError, TypeError, KeyError, RecursionError)


class ProviderKeys:
    """One provider's keys, for all threads of a process."""

    def __init__(self, address: str, wire: Wire, clock: Clock) -> None:
        self._address, self._wire, self._clock = address, wire, clock
        self._keys: dict[str, ECKey] = {}
        self._fetched_at: datetime | None = None
        self._fetching = threading.Lock()

    def claims(self, token: str) -> dict[str, Any]:
        """The claims of a token that the provider has signed.

        Raises DigitalIdRefused and ProviderUnavailable.
        """
        try:
            kid = str(jws.extract_compact(token.encode()).headers()["kid"])
            key = self._key(kid)
            if key is None:
                raise DigitalIdRefused
            # Only this algorithm, whatever the token says of itself (RFC 8725 §3.1).
            claims = jwt.decode(token, key, algorithms=[ALGORITHM]).claims
        except _MALFORMED as error:
            raise DigitalIdRefused from error
        return dict(claims)

    def _key(self, kid: str) -> ECKey | None:
        with self._fetching:
            now = self._clock.now()
            age = now - self._fetched_at if self._fetched_at else KEPT
            if age >= KEPT or (kid not in self._keys and age >= FETCHED_EVERY):
                self._keys = self._fetched()
                self._fetched_at = now
            return self._keys.get(kid)

    def _fetched(self) -> dict[str, ECKey]:
        reply = self._wire.get(self._address)
        try:
            listed = json.loads(reply.body)["keys"]
            usable = [key for key in listed if key.get("kty") == "EC" and key.get("crv") == "P-256"]
            found = {key["kid"]: ECKey.import_key(key) for key in usable}
        except (*_MALFORMED, AttributeError) as error:
            raise ProviderUnavailable from error
        if reply.status != 200:
            raise ProviderUnavailable
        return found
