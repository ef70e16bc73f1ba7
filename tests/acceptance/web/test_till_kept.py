"""What a till's browser kept without a network, as the server takes it: once, in time, for it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
import pytest

from ichimai.kernel import ids
from ichimai.web.layout.letters import letters
from tests.acceptance.little_town import LittleTown
from tests.acceptance.pages import PageClient, check_headers
from tests.acceptance.web.colourful import with_every_program
from tests.acceptance.web.test_my_programs import left
from tests.acceptance.web.test_till_pages import enrolled
from tests.boxes import closed

Browser = Callable[[], PageClient]
RALLY = "/shop/tasks/stamp/rally/-"


@dataclass
class Till:
    """A till's browser: the page of a stamp, and what it tells later."""

    town: LittleTown
    client: PageClient

    def kept(self, card: str, at: datetime | None, **changed: str) -> dict[str, str]:
        """What it kept; ``at``: None when there is a network after all."""
        page = self.client.get(RALLY)
        (form,) = [form for form in page.forms() if form.get("id") == "card-form"]
        here = self.client.http.get("/shop/kept").json()
        assert here["till"] == form.get("data-till")
        id_ = str(ids.uuid7(self.town.clock))
        mark, key = f"{here['till']} {id_}", bytes.fromhex(form.get("data-key", ""))
        told = {"id": id_, "kind": "stamp", "program": "rally", "item": "-"}
        told |= {"box": letters(closed(card, mark, key)), "form_token": here["form_token"]}
        return told | ({} if at is None else {"occurred_at": at.isoformat()}) | changed

    def tell(self, told: dict[str, str]) -> httpx.Response:
        """Send it."""
        answer = self.client.http.post("/shop/kept", data=told)
        check_headers(answer)
        return answer


@pytest.fixture
def till(town: LittleTown, browser: Browser) -> Till:
    """The greengrocer's, in a town with every kind of program."""
    with_every_program(town)
    return Till(town, enrolled(browser(), town.enrolment_code(town.greengrocer)))


def counted(town: LittleTown) -> list[datetime]:
    """The instants whose rules counted for the rally's stamps."""
    with town.database.read(town.operator) as tx:
        rows = tx.rows("SELECT counted_at FROM occasion WHERE program = %s", ("rally",))
    return [at for (at,) in rows]


def test_a_stamp_that_was_kept_counts_once_and_for_its_own_time(
    town: LittleTown, till: Till
) -> None:
    card, at = town.resident(), town.clock.now()
    told = till.kept(card.code, at)
    town.clock.advance(timedelta(hours=60))
    answers = [till.tell(told) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert answers[0].json() == {"done": f"{RALLY}/{told['id']}"}
    assert "スタンプラリー" in till.client.get(answers[0].json()["done"]).text
    assert left(town, card, "rally") == 1
    assert counted(town) == [at]


def test_points_of_an_event_are_given_in_the_same_way(town: LittleTown, till: Till) -> None:
    card, at = town.resident(), town.clock.now()
    told = till.kept(card.code, at, kind="event", program="miles", item="walk")
    assert till.tell(told).status_code == 200
    assert left(town, card, "miles") == 600


@pytest.mark.parametrize("hours", [-73, 1])
def test_a_clock_that_is_wrong_is_refused_in_words(
    town: LittleTown, till: Till, hours: int
) -> None:
    card = town.resident()
    answer = till.tell(till.kept(card.code, town.clock.now() + timedelta(hours=hours)))
    assert answer.status_code == 409
    assert "時計が合っていないか、72時間を過ぎています" in answer.json()["advice"]
    assert left(town, card, "rally") == 0


def test_what_was_given_before_stays_given_however_late_it_is_asked_again(
    town: LittleTown, till: Till
) -> None:
    """The answer was lost, and the network was gone for a week."""
    card = town.resident()
    told = till.kept(card.code, town.clock.now())
    assert till.tell(told).status_code == 200
    town.clock.advance(timedelta(days=7))
    assert till.tell(told).status_code == 200
    assert left(town, card, "rally") == 1


def test_a_refusal_says_what_to_do_and_nothing_of_the_card(town: LittleTown, till: Till) -> None:
    card, stopped = town.resident(), town.resident()
    town.stop(stopped)
    cases = [(card, ""), (card, "お客様ご自身のページか区"), (stopped, "区へ電話するよう")]
    for each, words in cases:
        answer = till.tell(till.kept(each.code, town.clock.now()))
        assert words in answer.json().get("advice", "")
        assert each.code not in answer.text
    unknown = till.tell(till.kept(town.unissued_code(), town.clock.now()))
    assert "この番号のカードは見つかりません" in unknown.json()["advice"]


def test_what_another_till_kept_is_not_given_as_this_ones(
    town: LittleTown, till: Till, browser: Browser
) -> None:
    """Also of the same shop, on the same device, enrolled anew; nor under another id."""
    card = town.resident()
    told = till.kept(card.code, town.clock.now())
    again = Till(town, enrolled(browser(), town.enrolment_code(town.greengrocer)))
    token = again.kept(card.code, None)["form_token"]
    cases = [
        (again, {"form_token": token}),
        (till, {"id": str(ids.uuid7(town.clock))}),
        (till, {"box": told["box"][:-2]}),
        (till, {"box": "円"}),
    ]
    for other, changed in cases:
        answer = other.tell(told | changed)
        assert answer.status_code == 409
        assert "別の端末として記録された" in answer.json()["advice"]
    assert left(town, card, "rally") == 0
    assert till.tell(told).status_code == 200


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "top-up", "program": "sports"},
        {"kind": "thing", "program": "saplings", "item": "plum"},
        {"kind": "gift", "item": "prize"},
        {"program": "R" * 61},
        {"item": "../-"},
        {"occurred_at": "2026-10-01T12:00:00"},
        {"occurred_at": "yesterday"},
        {"id": "7"},
    ],
)
def test_nothing_but_stamps_and_events_is_taken(
    town: LittleTown, till: Till, changed: dict[str, str]
) -> None:
    """No money, no thing, and nothing that our page would not have sent."""
    told = till.kept(town.resident().code, town.clock.now(), **changed)
    assert till.tell(told).status_code == 400


def test_a_till_that_has_ended_is_told_nothing(town: LittleTown, till: Till) -> None:
    told = till.kept(town.resident().code, town.clock.now())
    till.client.submit(till.client.get("/shop/end"), "/shop/end")
    assert till.client.http.get("/shop/kept").status_code == 303
    assert till.client.http.post("/shop/kept", data=told).status_code == 403


def test_the_page_that_a_browser_keeps_is_the_same_for_everybody(
    town: LittleTown, till: Till, browser: Browser
) -> None:
    shell = till.client.get("/shop/tasks/offline")
    assert shell.text == browser().get("/shop/tasks/offline").text
    assert town.greengrocer.name not in shell.response.text
    assert "form_token" not in shell.response.text
    worker = till.client.http.get("/shop/worker.js")
    assert worker.headers["service-worker-allowed"] == "/shop"
    patterns = [f"^/shop/tasks/{kind}/[^/]+/[^/]+$" for kind in ("event", "stamp")]
    assert f'"standsInFor": {json.dumps(patterns)}' in worker.text


def test_only_the_pages_of_stamps_and_events_keep_anything(till: Till) -> None:
    for address in ("/shop/card?amount=500", "/shop/tasks/top-up/sports/-?amount=1000"):
        assert "kept-page.js" not in till.client.get(address).response.text
    assert "kept-page.js" in till.client.get("/shop/tasks/event/miles/walk").response.text
