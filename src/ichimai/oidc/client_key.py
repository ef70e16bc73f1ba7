"""The key by which a provider knows us (private_key_jwt): ES256, in a file beside the others."""

import json
import os
import secrets
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from joserfc import jwt
from joserfc.jwk import ECKey

from ichimai.kernel import Clock, ids
from ichimai.oidc import rules
from ichimai.oidc.model import Provider

ALGORITHM: Final = "ES256"
"""What デジタル認証アプリ signs its ID tokens with, and takes of us."""


class ClientKey:
    """A private key on P-256. Its public half is registered with the provider."""

    def __init__(self, key: ECKey) -> None:
        self._key = key

    @classmethod
    def new(cls) -> "ClientKey":
        """A key that nobody has yet."""
        return cls(_new_key())

    @classmethod
    def load(cls, path: Path) -> "ClientKey":
        """The key in a file, made at the first use, readable by its owner only."""
        if not path.exists():
            _write(path, _new_key().as_dict(private=True))
        return cls(ECKey.import_key(json.loads(path.read_text(encoding="ascii"))))

    @property
    def public(self) -> dict[str, Any]:
        """The public half as a JWK, to be registered with the provider."""
        return {**self._key.as_dict(private=False), "alg": ALGORITHM, "use": "sig"}

    def assertion(self, provider: Provider, clock: Clock) -> str:
        """What shows the provider that a request is ours, once (RFC 7523)."""
        header = {"alg": ALGORITHM, "kid": self._key.kid}
        jti: UUID = ids.uuid7(clock)
        return jwt.encode(header, rules.assertion_claims(provider, clock.now(), jti), self._key)


def _new_key() -> ECKey:
    return ECKey.generate_key("P-256", auto_kid=True)


def _write(path: Path, key: Any) -> None:  # noqa: ANN401 - joserfc's own dictionary
    """Whole or not at all; of two processes at once, the first one's stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        json.dump(key, file)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(half, path)
    except FileExistsError:
        pass
    finally:
        half.unlink()
