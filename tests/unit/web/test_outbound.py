"""Requests that the server makes itself, to a peer that misbehaves."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ichimai import web
from ichimai.oidc import Reply
from ichimai.oidc.errors import ProviderUnavailable
from ichimai.web.outbound import NoAnswer


@contextmanager
def answering(raw: bytes) -> Iterator[str]:
    """The address of a peer that answers one request with these bytes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            with listener.accept()[0] as connection:
                connection.recv(65_536)
                connection.sendall(raw)

        thread = threading.Thread(target=answer)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/x"
        thread.join()


def _answer(status: str, body: bytes, more: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body


def test_an_answer_and_a_refusal_are_told_as_they_are() -> None:
    for status, code in (("200 OK", 200), ("400 Bad Request", 400), ("503 No", 503)):
        with answering(_answer(status, b"{}")) as address:
            assert web.Outbound().post(address, {"a": "b"}) == Reply(code, b"{}")


def test_nobody_is_followed_elsewhere() -> None:
    elsewhere = "Location: http://127.0.0.1:9/evil\r\n"
    with answering(_answer("302 Found", b"", elsewhere)) as address:
        assert web.Outbound().get(address).status == 302


@pytest.mark.parametrize(
    "raw",
    [b"", b"not HTTP at all\r\n\r\n", _answer("200 OK", b"x" * 70_000)],
    ids=["silence", "another protocol", "too long"],
)
def test_a_peer_that_talks_nonsense_is_unavailable(raw: bytes) -> None:
    with answering(raw) as address, pytest.raises(ProviderUnavailable):
        web.Outbound().get(address)


@pytest.mark.parametrize(
    "address",
    [
        "http://auth.example/x",
        "file:///etc/passwd",
        "ftp://auth.example/x",
        "x",
        "http://127.0.0.1:9/",
    ],
)
def test_only_https_is_spoken_and_only_where_somebody_listens(address: str) -> None:
    with pytest.raises(ProviderUnavailable):
        web.Outbound().get(address)


def test_a_responder_is_asked_over_http_and_not_again_at_once_when_it_is_silent() -> None:
    """Who stands in the queue behind need not wait for it as well."""
    with answering(_answer("200 OK", b"signed")) as address:
        assert web.outbound.ocsp_responder(address)(b"question") == b"signed"
    with answering(_answer("503 No", b"")) as address:
        ask = web.outbound.ocsp_responder(address)
        with pytest.raises(OSError, match="status 503"):
            ask(b"question")
    for _ in range(2):  # nobody listens any more, and nobody is asked
        with pytest.raises(OSError, match="silent a moment ago"):
            ask(b"question")


def test_a_silent_responder_is_asked_again_after_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web.outbound, "OCSP_PAUSE_SECONDS", 0.0)
    ask = web.outbound.ocsp_responder("http://127.0.0.1:9/")
    for _ in range(2):
        with pytest.raises(OSError, match="refused"):
            ask(b"question")


def test_a_list_is_an_answer_that_is_a_success() -> None:
    with answering(_answer("200 OK", b"x" * 100_000)) as address:
        assert web.outbound.revocation_list(address) == b"x" * 100_000
    with answering(_answer("404 Not Found", b"<html>")) as address, pytest.raises(NoAnswer):
        web.outbound.revocation_list(address)


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://ca.example/x", "x", ""])
def test_lists_and_responders_are_asked_over_http_only(address: str) -> None:
    with pytest.raises(NoAnswer):
        web.outbound.revocation_list(address)
    with pytest.raises(NoAnswer):
        web.outbound.ocsp_responder(address)
