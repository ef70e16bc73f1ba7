"""Which pages may talk to the reader: a code that it shows is typed in the page once."""

import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from ichimai.kernel import typed_codes
from ichimai.kernel.clock import Clock
from ichimai.reader import errors

CODE_LENGTH: Final = 8
"""40 random bits and a check character; it is guessed five times a minute at most."""

WRONG_CODES: Final = 5
PAUSE: Final = timedelta(minutes=1)


class TokenShelf(Protocol):
    """Where the hashes of tokens are kept."""

    def add_token(self, token_hash: bytes, paired_at: datetime) -> None:
        """Keep one."""
        ...

    def has_token(self, token_hash: bytes) -> bool:
        """Whether it is kept."""
        ...


@dataclass
class Pairing:
    """One code at a time, for one page; each page then has a token for this origin alone.

    ``show`` shows a new code to whoever sits at the reader.
    """

    shelf: TokenShelf
    clock: Clock
    origin: str
    show: Callable[[str], None]
    _code: str | None = None
    _wrong: int = 0
    _paused_until: datetime | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def open(self) -> None:
        """Show a code; the first page that types it is paired."""
        with self._lock:
            self._new_code()

    def pair(self, typed: str) -> str:
        """The token for the page in which the code was typed.

        Raises PairingClosed, PairingPaused, WrongPairingCode.
        """
        with self._lock:
            self._refuse_while_closed()
            code = typed_codes.normalised(typed)
            if not hmac.compare_digest(code.encode(), (self._code or "").encode()):
                self._count_wrong()
                raise errors.WrongPairingCode
            self._code = None
            token = secrets.token_urlsafe(32)
            self.shelf.add_token(self._hash(token), self.clock.now())
            return token

    def check(self, token: str) -> None:
        """Raises NotPaired unless the token was given to a page of this origin."""
        if not self.shelf.has_token(self._hash(token)):
            raise errors.NotPaired

    def _refuse_while_closed(self) -> None:
        now = self.clock.now()
        if self._paused_until is not None and now < self._paused_until:
            raise errors.PairingPaused(int((self._paused_until - now).total_seconds()) + 1)
        if self._paused_until is not None:
            self._paused_until = None
            self._new_code()
        if self._code is None:
            raise errors.PairingClosed

    def _count_wrong(self) -> None:
        self._wrong += 1
        if self._wrong >= WRONG_CODES:
            self._code = None
            self._paused_until = self.clock.now() + PAUSE

    def _new_code(self) -> None:
        self._wrong = 0
        self._code = typed_codes.new(CODE_LENGTH)
        self.show(typed_codes.grouped(self._code, 4))

    def _hash(self, token: str) -> bytes:
        return hashlib.sha256(f"{self.origin}\n{token}".encode()).digest()
