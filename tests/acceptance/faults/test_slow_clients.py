"""Clients that say nothing, or not enough, or ask for what takes long: tills go on."""

import resource
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import psycopg
import pytest

from tests.acceptance.faults.servers import Serve, is_healthy, wait_until
from tests.acceptance.faults.tills import Lost, Till
from tests.acceptance.faults.town import Town

IDLE_LINES = 500
PAYMENTS = 50
FEW = 100
SILENCE_SECONDS = 30.0
_HALF_HEAD = b"POST /api/v1/payments HTTP/1.1\r\nHost: town\r\nAuthor"
_HALF_BODY = b'POST /api/v1/payments HTTP/1.1\r\nHost: town\r\nContent-Length: 90\r\n\r\n{"id":'


@contextmanager
def lines(port: int, count: int, sent: bytes) -> Iterator[list[socket.socket]]:
    """Connections on which ``sent`` was sent, and then nothing."""
    opened = [socket.create_connection(("127.0.0.1", port), 20) for _ in range(count)]
    try:
        for line in opened:
            line.sendall(sent)
        yield opened
    finally:
        for line in opened:
            line.close()


def slowest_payment(town: Town, card: str) -> float:
    """How many seconds the slowest of some payments took."""
    took = []
    with closing(Till(town.port, town.tokens[0])) as till:
        for _ in range(PAYMENTS):
            started = time.monotonic()
            assert till.pay(card, 1).status == 201
            took.append(time.monotonic() - started)
    return max(took)


def is_hung_up(line: socket.socket) -> bool:
    """Whether the server has closed a line."""
    line.setblocking(False)
    with suppress(BlockingIOError):
        try:
            return line.recv(4_096) == b""
        except ConnectionResetError:
            return True
    return False


@pytest.mark.parametrize("sent", [b"", _HALF_HEAD, _HALF_BODY])
def test_five_hundred_lines_that_say_no_more_stop_no_payment(served: Town, sent: bytes) -> None:
    """A line costs a line; whoever pays is served as before."""
    (card,) = served.cards(1)
    with lines(served.port, IDLE_LINES, sent):
        assert slowest_payment(served, card) < 2


def test_lines_that_never_ask_are_hung_up(served: Town) -> None:
    """Silence and half a request end after a while, and an open till does not."""
    (card,) = served.cards(1)
    with (
        closing(Till(served.port, served.tokens[0])) as till,
        lines(served.port, 50, b"") as silent,
        lines(served.port, 50, _HALF_HEAD) as slow,
    ):

        def all_are_hung_up() -> bool:
            assert till.pay(card, 1).status == 201
            return all(is_hung_up(line) for line in (*silent, *slow))

        wait_until(all_are_hung_up, within_seconds=SILENCE_SECONDS)


def test_questions_that_take_long_do_not_keep_payments_waiting(served: Town) -> None:
    """Sixty questions wait for a table; payments, which do not need it, have their own lines."""
    (card,) = served.cards(1)
    with psycopg.connect(served.url) as connection:
        connection.execute("LOCK TABLE op_131164.session IN ACCESS EXCLUSIVE MODE")
        askers = [threading.Thread(target=ask_for_closings, args=(served,)) for _ in range(60)]
        for asker in askers:
            asker.start()
        time.sleep(0.5)
        try:
            assert slowest_payment(served, card) < 2
        finally:
            connection.rollback()
            for asker in askers:
                asker.join()


def ask_for_closings(town: Town) -> None:
    """Ask as nobody whom the server knows."""
    with closing(Till(town.port, "x" * 43)) as till, suppress(Lost):
        assert till.get("/closings").status in {401, 503}


def test_a_server_out_of_file_descriptors_serves_the_lines_that_it_has(town: Town) -> None:
    """Nobody new gets in; an open till goes on, and everybody comes in again later."""
    with Serve(town) as server, closing(Till(town.port, town.tokens[0])) as till:
        (card,) = town.cards(1)
        assert till.pay(card, 1).status == 201
        _, hard = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (FEW, hard))
        with lines(town.port, 2 * FEW, b""):
            for _ in range(PAYMENTS):
                assert till.pay(card, 1).status == 201
        wait_until(lambda: is_healthy(town.port), within_seconds=20)
        town.reconnect()
