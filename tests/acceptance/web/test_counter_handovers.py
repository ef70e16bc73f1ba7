"""I1 at the pages: A leaves at any step, B is next, and no record ever joins the two.

A's pages stay on the screen, in another tab or behind the back button: none of their forms does
anything once B is there, and none of them is shown again.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from ichimai import audit, people
from ichimai.programs import lists
from ichimai.registry.model import IssuedCard
from tests.acceptance.counter_desk import HANAKO, NUMBER, Desk, equip, links, subject_of
from tests.acceptance.little_town import LittleTown, services_of
from tests.acceptance.pages import Page, PageClient, filled
from tests.at_once import at_once

Browser = Callable[[], PageClient]

LEAVES: list[str] = [
    "person",
    "links asked",
    "links page",
    "details page",
    "details asked",
    "register page",
    "register asked",
    "claims asked",
    "memberships asked",
    "delegates asked",
    "cards asked",
    "print page",
    "phone asked",
]
"""The steps after which A walks away."""

FORMS: dict[str, tuple[str, dict[str, str]]] = {
    "links": ("/counter/links", {"number": NUMBER}),
    "details": ("/counter/details", HANAKO),
    "register": ("/counter/register", {"register_number": "123", "document": "passport"}),
    "claims": (
        "/counter/claims",
        {"kind": "disability_grade", "value": "2", "document": "passport"},
    ),
    "memberships": ("/counter/memberships", {"number": "M-77", "until": "2030-03-31"}),
    "delegates": (
        "/counter/delegates",
        {"kind": "family", "scope": "collect", "until": "2027-01-01"},
    ),
    "phone": ("/counter/phone", {}),
    "print": ("/counter/print", {"document": "passport"}),
}


@pytest.fixture
def desk(town: LittleTown, browser: Browser) -> Desk:
    """A clerk who has signed in."""
    equip(town)
    return Desk(town, browser()).sign_in()


def left_at(desk: Desk, step: str, card: IssuedCard, beside: IssuedCard) -> Page:
    """The page on the screen when A walks away."""
    desk.tap(card)
    name, _, how = step.partition(" ")
    if name == "person":
        return desk.client.get("/counter/person")
    if name == "cards":
        return desk.client.submit(desk.client.get("/counter/cards"), "/counter/cards/ask")
    path, fields = FORMS[name]
    if how == "page":
        return desk.client.get(path)
    return desk.ask(path, fields | ({"card": beside.code} if name == "delegates" else {}))


def sent(desk: Desk, page: Page, typed: dict[str, str]) -> list[int]:
    """Send every form that is left on a page, as it is and with a card's code in it."""
    statuses = []
    for form in page.forms():
        action = form.get("action", "")
        if not action.startswith("/counter/"):
            continue
        known = {each.get("name") for each in form.iter()}
        data = filled(form, {name: text for name, text in typed.items() if name in known})
        statuses.append(desk.client.http.post(action, data=data).status_code)
    return statuses


def known_of(town: LittleTown, card: IssuedCard) -> dict[str, object]:
    """All that there is about a person: what could have come from somebody else."""
    subject = subject_of(town, card)
    services = services_of(town)
    with town.database.write(town.operator) as tx:
        me = people.records.personal.export(
            tx, services.personal_key, town.clock, audit.Myself(subject), subject
        )
        del me["looked_at_by_staff"]
        me["register"] = lists.number_of(tx, subject)
    me["links"] = [link for link in links(town) if link[0] == subject and link[2] != "pending"]
    return me


@pytest.mark.parametrize("step", LEAVES)
@pytest.mark.parametrize("how", ["next tap", "lifted", "silence"])
def test_nothing_of_a_comes_to_b(town: LittleTown, desk: Desk, step: str, how: str) -> None:
    """Whatever A's page would still send, with B's card in the hand."""
    a, b, beside = town.resident(), town.resident(), town.resident()
    before = known_of(town, b)
    stale = left_at(desk, step, a, beside)
    if how == "lifted":
        desk.client.submit(stale, "/counter/end")
    elif how == "silence":
        town.clock.advance(timedelta(seconds=31))
    page = desk.tap(b)
    assert HANAKO["name"] not in page.text
    cookies = dict(desk.client.http.cookies)
    statuses = sent(desk, stale, {"card": b.code, "document": "passport"})
    assert statuses
    assert all(status in (303, 409, 404) for status in statuses), (step, statuses)
    assert known_of(town, b) == before
    desk.client.http.cookies.update(cookies)
    # And B's own page goes on, or begins again; it is never A's.
    after = desk.client.http.get("/counter/person")
    assert after.status_code in (200, 409)
    assert "豊島" not in after.text.replace("豊島区", "")


def test_as_draft_with_bs_card_is_another_card(town: LittleTown, desk: Desk) -> None:
    """E75: the wrong card handed over at the second tap."""
    a, b = town.resident(), town.resident()
    before = known_of(town, b)
    desk.tap(a)
    page = desk.ask("/counter/details", HANAKO)
    refused = desk.confirm(page, b, status=409)
    assert "はじめと違うカード" in refused.text
    assert known_of(town, b) == before
    desk.client.get("/counter/person", status=409)
    # A's card again does not bring the draft back to life: somebody was there in between.
    assert desk.confirm(page, a, status=409).heading == "できませんでした"
    assert known_of(town, a)["register"] is None


def test_a_page_of_another_session_is_nothing_here(
    town: LittleTown, desk: Desk, browser: Browser
) -> None:
    """What one clerk's browser keeps opens nothing in another's."""
    card = town.resident()
    desk.tap(card)
    page = desk.ask("/counter/details", HANAKO)
    form = filled(page.form_to("/counter/details/confirmation"), {"card": card.code})
    other = Desk(town, browser()).sign_in()
    other.tap(card)
    own = other.client.get("/counter/person").form_to("/counter/end").find(".//input")
    assert own is not None
    form["form_token"] = own.get("value", "")
    assert other.client.http.post("/counter/details/confirmation", data=form).status_code == 409
    other.client.http.cookies.set("ichimai-sitting", desk.client.http.cookies["ichimai-sitting"])
    assert other.client.http.get("/counter/person").status_code == 409


def test_the_session_ends_with_the_clerks_own(town: LittleTown, desk: Desk) -> None:
    desk.tap(town.resident())
    page = desk.client.get("/counter/person")
    cookies = dict(desk.client.http.cookies)
    desk.client.submit(page, "/console/sign-out")
    desk.client.http.cookies.update(cookies)
    assert desk.client.http.get("/counter/person").headers["location"] == "/console/sign-in"


def test_a_draft_is_over_after_five_minutes(town: LittleTown, desk: Desk) -> None:
    """Also where the same card was shown again meanwhile, and the visit goes on."""
    card = town.resident()
    desk.tap(card)
    page = desk.ask("/counter/register", {"register_number": "5", "document": "passport"})
    for _ in range(2):
        town.clock.advance(timedelta(minutes=2, seconds=30))
        desk.client.submit(desk.client.get("/counter/show"), "/counter/tap", {"card": card.code})
    assert desk.confirm(page, card, status=409).heading == "できませんでした"
    assert known_of(town, card)["register"] is None


def test_b_taps_while_as_confirmation_is_on_its_way(town: LittleTown, desk: Desk) -> None:
    """F78, many times: A's is done as A's or not at all, and B begins clean."""
    for number in range(12):
        a, b = town.resident(), town.resident()
        desk.tap(a)
        fields = {"register_number": f"r{number}", "document": "passport"}
        page = desk.ask("/counter/register", fields)
        confirmed = filled(page.form_to("/counter/register/confirmation"), {"card": a.code})
        shown = filled(desk.client.get("/counter/show").form_to("/counter/tap"), {"card": b.code})
        at_once(
            partial(_send, desk, "/counter/register/confirmation", confirmed),
            partial(_send, desk, "/counter/tap", shown),
        )
        with town.database.read(town.operator) as tx:
            holder = lists.recipient(tx, f"r{number}")
        assert holder in (None, subject_of(town, a))


def _send(desk: Desk, path: str, data: dict[str, str]) -> None:
    with PageClient(str(desk.client.http.base_url)).http as http:
        http.cookies.update(dict(desk.client.http.cookies))
        assert http.post(path, data=data).status_code in (303, 409)
