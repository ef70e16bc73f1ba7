"""My page is about me alone: each address of it, tried by somebody else (faults.md G91)."""

import re
import uuid
from collections.abc import Callable, Iterator

import pytest
from starlette.routing import Route

from ichimai import web
from tests.acceptance.little_town import LittleTown, services_of
from tests.acceptance.pages import Page, PageClient, check_headers
from tests.acceptance.web.residents import (
    TERMS,
    Known,
    come_in,
    make_known,
    references_of,
    second_card,
)

Browser = Callable[[], PageClient]

SECRETS = ("豊島 花子", "0300000000", "1938年3月5日", "12340017", "*****017", "20,000円", "1,200円")
"""What is known of Hanako, as a page would show it."""


def addresses(town: LittleTown) -> Iterator[tuple[str, str]]:
    """(method, path) of everything below ``/me``."""
    for route in web.application(services_of(town)).routes:
        if isinstance(route, Route) and route.path.startswith("/me"):
            for method in route.methods or ():
                if method != "HEAD":
                    yield method, route.path


@pytest.fixture
def hanako(town: LittleTown) -> tuple[Known, list[uuid.UUID]]:
    """Somebody about whom there is everything, and all ids that stand for something of hers."""
    card = town.resident(3_000)
    known = make_known(town, card)
    second_card(town, card)
    town.pay(town.greengrocer, card, 777)
    ids = [known.subject, known.link, known.consent, known.delegation, *references_of(town, card)]
    return known, ids


@pytest.fixture
def intruder(town: LittleTown, browser: Browser) -> PageClient:
    """Somebody who has a card of their own, and wants to see another's things."""
    return come_in(browser(), town.resident(1_000))


def told(answer_text: str) -> str:
    """A page without what differs from one request to the next."""
    text = re.sub(r'nonce="[\w-]+"', "", answer_text)
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", text)


def test_other_peoples_ids_are_answered_like_none_at_all(
    town: LittleTown, hanako: tuple[Known, list[uuid.UUID]], intruder: PageClient
) -> None:
    """Every address with an id, every id of hers in it, and one that nobody has."""
    token = form_token(intruder)
    tried = 0
    for method, path in addresses(town):
        if "{id:uuid}" not in path:
            continue
        answers = set()
        for id_ in (uuid.uuid4(), *hanako[1]):
            address = path.replace("{id:uuid}", str(id_))
            answer = intruder.http.request(method, address, data=form(method, token))
            check_headers(answer)
            assert answer.status_code == 404, f"{method} {address}"
            answers.add(told(answer.text))
            tried += 1
        assert len(answers) == 1, path
    assert tried > 60


def test_nothing_changes_for_somebody_whose_ids_were_tried(
    town: LittleTown,
    hanako: tuple[Known, list[uuid.UUID]],
    intruder: PageClient,
) -> None:
    before = state(town)
    token = form_token(intruder)
    for method, path in addresses(town):
        if method == "POST" and "{id:uuid}" in path:
            for id_ in hanako[1]:
                address = path.replace("{id:uuid}", str(id_))
                intruder.http.post(address, data=form("POST", token))
    assert state(town) == before


def test_an_intruder_finds_nothing_of_somebody_on_any_page(
    town: LittleTown, hanako: tuple[Known, list[uuid.UUID]], intruder: PageClient
) -> None:
    seen, token = 0, intruder.http.cookies["ichimai-me"]
    for method, path in addresses(town):
        if method == "GET" and "{" not in path:
            # Some of these addresses sign out.
            intruder.http.cookies.set("ichimai-me", token)
            answer = intruder.http.get(path, follow_redirects=False)
            found = [secret for secret in SECRETS if secret in answer.text]
            assert found == [], path
            assert not any(str(id_) in answer.text for id_ in hanako[1]), path
            seen += 1
    assert seen > 15
    intruder.http.cookies.set("ichimai-me", token)
    # Nor is what was offered to everybody anybody's.
    assert TERMS.purpose in intruder.get("/me/consents").text


def test_the_next_person_on_a_shared_computer_meets_nothing_of_the_last(
    town: LittleTown, browser: Browser
) -> None:
    """The same browser, another wallet (faults.md I1)."""
    card, client = town.resident(3_000), browser()
    known = make_known(town, card)
    come_in(client, card)
    form_of_first = client.get(f"/me/links/{known.link}")
    come_in(client, town.resident(1_000))
    for path in ("/me", "/me/cards", "/me/links", "/me/consents", "/me/delegates", "/me/data"):
        page = client.get(path)
        assert not any(secret in page.text for secret in SECRETS), path
    address = f"/me/links/{known.link}/end"
    token = form_of_first.form_to(address).find(".//input[@name='form_token']")
    assert token is not None
    answer = client.http.post(address, data={"form_token": token.get("value", "")})
    assert answer.status_code == 403


def form_token(client: PageClient) -> str:
    """What forms of this browser carry now."""
    page: Page = client.get("/me/sessions")
    field = page.form_to("/me/sessions/end").find(".//input[@name='form_token']")
    assert field is not None
    return field.get("value", "")


def form(method: str, token: str) -> dict[str, str] | None:
    return {"form_token": token, "sure": "yes"} if method == "POST" else None


def state(town: LittleTown) -> tuple[object, ...]:
    """All that a resident could have changed for another."""
    with town.database.read(town.operator) as tx:
        return tuple(
            tx.rows("SELECT count(*) FROM link_event")
            + tx.rows("SELECT count(*) FROM consent_withdrawal")
            + tx.rows("SELECT count(*) FROM delegation_end")
            + tx.rows("SELECT count(*) FROM erasure")
            + tx.rows("SELECT count(*) FROM credential_stop")
        )
