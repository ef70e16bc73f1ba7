"""Whose cards a server believes, by its settings: with the shipped authority beside it."""

import base64
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from ichimai import merchants, registry
from ichimai.cards import Kind, certificates, emulated, jpki
from ichimai.kernel.clock import SystemClock
from ichimai.storage import REGISTRY
from tests.acceptance.commands import folder, ichimai, installed, refused, right
from tests.acceptance.faults.servers import is_healthy, wait_until
from tests.acceptance.faults.town import ICHIMAI, environment, free_port

PIN = "4649"


@dataclass
class Office:
    """A town's data folder, a till's token, and a card that the till's town knows."""

    data: Path
    authorities: Path
    token: str

    def card(self, name: str = "card") -> jpki.Card:
        """One of the authority's cards, without a reader between."""
        now = SystemClock().now()
        issued = emulated.load_or_issue(self.authorities, name, now, Kind.MY_NUMBER_CARD)
        card = jpki.Card(emulated.MyNumberCard(issued, pin=PIN).answer)
        card.verify_pin(PIN)
        return card


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A town by the command, and somebody in it with a card."""
    authorities = tmp_path_factory.mktemp("authority")
    with folder() as data:
        right("town", "load", "toshima", "--made-up-shops", data=data)
        with installed(data) as parts:
            with parts.database.write(parts.operator) as tx:
                shop = merchants.directory.shops(tx, limit=1)[0]
                (till,) = merchants.tills.enrol_directly(tx, parts.clock, [shop.id])
            made = Office(data, authorities, till.token)
            verified = certificates.check(
                made.card().certificate(),
                nonce=None,
                signature=None,
                authorities=certificates.Authorities.load(authorities),
                now=parts.clock.now(),
                revocation=certificates.CrlFolder(authorities),
            )
            with parts.database.write(REGISTRY) as tx:
                (holder,) = registry.holders.new(tx, parts.clock, 1)
                registry.credentials.add(tx, parts.key, parts.clock, holder, verified.shown)
        yield made


@contextmanager
def _running(*words: str, **settings: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [ICHIMAI, *words], stdout=subprocess.PIPE, text=True, env=environment(**settings)
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=60)


@contextmanager
def _served(office: Office, **settings: str) -> Iterator[httpx.Client]:
    port = free_port()
    words = ("serve", "--data", str(office.data), "--port", str(port))
    with _running(*words, ICHIMAI_AUTHORITIES=str(office.authorities), **settings):
        wait_until(lambda: is_healthy(port), within_seconds=30)
        bearer = {"Authorization": f"Bearer {office.token}"}
        with httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1", headers=bearer) as client:
            yield client


@contextmanager
def _responder(office: Office) -> Iterator[str]:
    """The shipped responder as a process; its address."""
    with _running("authority", "serve", str(office.authorities), "--port", "0") as process:
        assert process.stdout is not None
        yield process.stdout.readline().rpartition("ICHIMAI_OCSP=")[2].strip()


def _tap(http: httpx.Client, card: jpki.Card) -> tuple[int, Any]:
    challenge = http.post("/challenges").json()
    signature = card.sign(base64.b64decode(challenge["nonce"]))
    answer = http.post(
        "/taps",
        json={
            "certificate": base64.b64encode(card.certificate()).decode(),
            "challenge": challenge["id"],
            "signature": base64.b64encode(signature).decode(),
        },
    )
    told = answer.json()
    return answer.status_code, told.get("code") or told["assurance"]


def _age(office: Office) -> None:
    """Put the list of three days ago in the place of today's."""
    long_ago = SystemClock().now() - timedelta(days=3)
    emulated.load_authority(office.authorities, long_ago).publish(office.authorities, long_ago)


def test_a_card_is_believed_by_its_list_until_that_is_stale(office: Office) -> None:
    card = office.card()
    with _served(office) as http:
        assert _tap(http, card) == (201, "tap_pin")
        _age(office)
        assert _tap(http, card) == (503, "revocation_unknown")
        office.card()  # laid on a reader, the authority publishes anew
        assert _tap(http, card) == (201, "tap_pin")
        assert _tap(http, office.card("stranger")) == (404, "card_not_taken")


def test_a_responder_is_asked_first_and_the_list_when_it_is_silent(office: Office) -> None:
    card = office.card()
    with _responder(office) as address, _served(office, ICHIMAI_OCSP=address) as http:
        _age(office)
        assert _tap(http, card) == (201, "tap_pin")
    office.card()
    with _served(office, ICHIMAI_OCSP="http://127.0.0.1:9/") as http:
        assert _tap(http, card) == (201, "tap_pin")


def test_a_revoked_card_is_refused_at_once_and_its_renewal_is_another(office: Office) -> None:
    """By the list and by the responder, while the server runs."""
    card = office.card("lost")
    with _responder(office) as address, _served(office, ICHIMAI_OCSP=address) as http:
        assert _tap(http, card) == (404, "card_not_taken")
        assert right("authority", "revoke", str(office.authorities), "--name", "lost").out
        assert _tap(http, card) == (403, "certificate_revoked")
        assert _tap(http, office.card("renewed")) == (404, "card_not_taken")
    with _served(office) as http:
        assert _tap(http, card) == (403, "certificate_revoked")


def test_a_list_is_fetched_from_where_the_folder_says(office: Office, tmp_path: Path) -> None:
    """The responder's own, into a folder that had none."""
    with _responder(office) as address:
        (tmp_path / "sources.toml").write_text(f'"test.crl" = "{address}authority.crl"\n')
        with _served(office, ICHIMAI_REVOCATION_LISTS=str(tmp_path)) as http:
            wait_until((tmp_path / "test.crl").exists, within_seconds=10)
            assert _tap(http, office.card()) == (201, "tap_pin")


def test_a_server_that_can_believe_nobody_does_not_start(office: Office, tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "none"):
        done = ichimai("serve", data=office.data, ICHIMAI_AUTHORITIES=str(place))
        refused(done, "authority_unreadable")


def test_a_card_that_is_not_there_is_not_revoked(office: Office) -> None:
    done = ichimai("authority", "revoke", str(office.authorities), "--name", "nobody's")
    assert done.code == 1
    assert "nobody's" in done.err
