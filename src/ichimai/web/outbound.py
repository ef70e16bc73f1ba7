"""Requests that this server makes itself: to configured addresses, short, and never led on.

The standard library is enough for two requests a sign-in: it knows the machine's certificates
and, from ``HTTPS_PROXY``, a town hall's proxy.
"""

import http.client
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import IO, Final
from urllib.parse import urlencode, urlsplit

from ichimai.oidc import Reply
from ichimai.oidc.errors import ProviderUnavailable

_WHOLE_SECONDS: Final = 10.0
_MOST_BYTES: Final = 64 * 1024
_LOOPBACK: Final = {"127.0.0.1", "::1", "localhost"}

_TIMEOUT_SECONDS: Final = 5.0
_OCSP_TIMEOUT_SECONDS: Final = 3.0
"""Somebody stands at the counter meanwhile."""

OCSP_PAUSE_SECONDS: Final = 10.0
"""How long a responder that did not answer is not asked again: the next person need not wait."""

_MOST_LIST_BYTES: Final = 256 * 1024 * 1024
_LIST_SECONDS: Final = 600.0


class NoAnswer(OSError):
    """Nobody answered, or not as one does."""


class _NotLedOn(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer like others: a form with our assertion goes nowhere else."""

    def redirect_request(  # noqa: PLR0917 - the base class's own parameters
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> None:
        """Follow nothing."""


class Outbound:
    """The wire to a provider."""

    def get(self, address: str) -> Reply:
        """Fetch a document. Raises ProviderUnavailable."""
        return self._ask(address, None)

    def post(self, address: str, fields: Mapping[str, str]) -> Reply:
        """Send a form. Raises ProviderUnavailable."""
        return self._ask(address, urlencode(fields).encode())

    def _ask(self, address: str, body: bytes | None) -> Reply:
        _check_secret(address)
        try:
            return _asked(address, body, {"Accept": "application/json"})
        except OSError as error:
            raise ProviderUnavailable from error


def ocsp_responder(address: str) -> Callable[[bytes], bytes]:
    """What asks the responder at ``address`` (RFC 6960 app. A) and gives its answer.

    It raises OSError when there is none; for a moment after that it does so at once. What comes
    is signed, so that ``http:``, which authorities use, is good enough.
    """
    return _Responder(address).ask


def revocation_list(address: str) -> bytes:
    """A revocation list (RFC 5280), up to 256 MiB in up to 10 minutes. Raises OSError.

    It is signed, as what a responder answers is.
    """
    _check_scheme(address)
    reply = _asked(address, None, {}, most_bytes=_MOST_LIST_BYTES, whole_seconds=_LIST_SECONDS)
    if reply.status != http.client.OK:
        raise NoAnswer(f"status {reply.status}")
    return reply.body


class _Responder:
    def __init__(self, address: str) -> None:
        _check_scheme(address)
        self._address = address
        self._lock = threading.Lock()
        self._silent_until = 0.0

    def ask(self, question: bytes) -> bytes:
        with self._lock:
            if time.monotonic() < self._silent_until:
                raise NoAnswer("silent a moment ago")
        headers = {
            "Content-Type": "application/ocsp-request",
            "Accept": "application/ocsp-response",
        }
        try:
            reply = _asked(self._address, question, headers, timeout_seconds=_OCSP_TIMEOUT_SECONDS)
            if reply.status != http.client.OK:
                raise NoAnswer(f"status {reply.status}")
        except OSError:
            with self._lock:
                self._silent_until = time.monotonic() + OCSP_PAUSE_SECONDS
            raise
        return reply.body


_OPENER: Final = urllib.request.build_opener(_NotLedOn)


def _asked(
    address: str,
    body: bytes | None,
    headers: Mapping[str, str],
    *,
    timeout_seconds: float = _TIMEOUT_SECONDS,
    whole_seconds: float = _WHOLE_SECONDS,
    most_bytes: int = _MOST_BYTES,
) -> Reply:
    """What was answered, whatever its status. Raises OSError."""
    sent = {"User-Agent": "ichimai", **headers}
    request = urllib.request.Request(address, data=body, headers=sent)  # noqa: S310 - checked by each caller
    ends_at = time.monotonic() + whole_seconds
    try:
        with _OPENER.open(request, timeout=timeout_seconds) as answer:
            return Reply(answer.status, _read(answer, most_bytes, ends_at))
    except urllib.error.HTTPError as error:
        with error:
            return Reply(error.code, error.read(_MOST_BYTES))
    except http.client.HTTPException as error:
        raise NoAnswer(str(error)) from error


def _check_secret(address: str) -> None:
    """What is signed for us must not be read on the way: https, but on this very machine."""
    parts = urlsplit(address)
    is_here = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if parts.scheme != "https" and not is_here:
        raise ProviderUnavailable


def _check_scheme(address: str) -> None:
    """Raises NoAnswer: nobody is asked but over HTTP."""
    if urlsplit(address).scheme not in {"http", "https"}:
        raise NoAnswer(address)


def _read(answer: http.client.HTTPResponse, most_bytes: int, ends_at: float) -> bytes:
    """The body, if it comes soon and is not long. Raises NoAnswer."""
    parts, length = [], 0
    while chunk := answer.read1(65_536):
        parts.append(chunk)
        length += len(chunk)
        if length > most_bytes or time.monotonic() > ends_at:
            raise NoAnswer("too long")
    return b"".join(parts)
