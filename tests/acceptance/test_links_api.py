"""Linking a service's number at a counter, over HTTP."""

from datetime import timedelta

import httpx
import pytest
from prometheus_client import REGISTRY as FIGURES
from structlog.testing import capture_logs

from ichimai import identity
from ichimai.cards import barcodes
from ichimai.cards.barcodes import CardScheme, Check
from ichimai.identity.model import Service, ServiceCode
from tests.acceptance.callers import code_of
from tests.acceptance.conftest import As
from tests.town import Town

CLERK = "officer"
LIBRARY = Service(
    code=ServiceCode("library"),
    name_ja="図書館",
    name_en="Library",
    scheme=CardScheme("library", check=Check.M10W21_SPLIT, length=8),
)
NUMBER = barcodes.with_check("1000000", LIBRARY.scheme)


@pytest.fixture(autouse=True)
def _library(api_town: Town) -> None:
    with api_town.database.write(api_town.operator) as tx:
        identity.links.add_service(tx, api_town.clock, LIBRARY)


def _tap(as_: As, town: Town, who: str) -> str:
    return str(as_(CLERK).post("/taps", json={"credential": town.cards[who]}).json()["tap"])


def _ask(as_: As, tap: str, number: str = NUMBER, service: str = "library") -> httpx.Response:
    body = {"tap": tap, "service": service, "number": number}
    return as_(CLERK).post("/links", json=body)


def _confirm(as_: As, link: str, tap: str) -> httpx.Response:
    return as_(CLERK).post(f"/links/{link}/confirmation", json={"tap": tap})


def _linked(as_: As, town: Town, who: str) -> httpx.Response:
    asked = _ask(as_, _tap(as_, town, who))
    assert asked.status_code == 201, asked.text
    return _confirm(as_, asked.json()["id"], _tap(as_, town, who))


def test_a_number_is_linked_with_two_taps(as_: As, api_town: Town) -> None:
    """Shown masked, and kept with who did it."""
    first = _tap(as_, api_town, "hanako")
    asked = _ask(as_, first)
    assert asked.status_code == 201
    link = asked.json()
    assert link == {
        "id": link["id"],
        "service": "library",
        "state": "pending",
        "masked_number": "*****" + NUMBER[-3:],
        "expires_at": "2026-10-01T03:05:00Z",
    }
    assert code_of(_confirm(as_, link["id"], first)) == "second_tap_needed"
    done = _confirm(as_, link["id"], _tap(as_, api_town, "hanako"))
    assert (done.status_code, done.json()["state"]) == (200, "active")
    ended = as_(CLERK).post(f"/links/{link['id']}/end")
    assert ended.json()["state"] == "ended"
    with api_town.database.snapshot(api_town.operator) as tx:
        rows = tx.rows("SELECT staff FROM link_event ORDER BY entry")
    assert {staff for (staff,) in rows} == {api_town.staff[CLERK].id}


def test_a_number_of_two_is_an_alarm_that_everybody_hears(as_: As, api_town: Town) -> None:
    """In the log, in the figures and in the auditor's table; none of them names a number."""
    assert _linked(as_, api_town, "hanako").json()["state"] == "active"

    def counted() -> float:
        return FIGURES.get_sample_value("ichimai_links_frozen_total", {"service": "library"}) or 0

    before = counted()
    with capture_logs() as logs:
        frozen = _linked(as_, api_town, "taro")
    assert frozen.json()["state"] == "frozen"
    alarms = [line for line in logs if line["event"] == "link_frozen"]
    assert [(line["log_level"], line["service"]) for line in alarms] == [("error", "library")]
    assert NUMBER not in str(logs)
    assert counted() == before + 1
    with api_town.database.snapshot(api_town.operator) as tx:
        (alarm,) = identity.links.alarms(tx, api_town.clock.now())
    assert len(alarm.links) == 2


def test_another_persons_tap_link_or_place(as_: As, api_town: Town) -> None:
    asked = _ask(as_, _tap(as_, api_town, "hanako")).json()
    taro = _tap(as_, api_town, "taro")
    assert code_of(_confirm(as_, asked["id"], taro)) == "unknown_link"
    assert code_of(_confirm(as_, str(api_town.operation()), taro)) == "unknown_link"
    assert code_of(_confirm(as_, asked["id"], _tap(as_, api_town, "hanako"))) == "link_over"
    assert code_of(_ask(as_, "tap_of_nobody")) == "tap_over"
    at_till = as_("greengrocer").post("/taps", json={"credential": api_town.cards["hanako"]})
    assert code_of(_ask(as_, at_till.json()["tap"])) == "tap_over"
    api_town.sign_in(CLERK)
    assert code_of(_ask(as_, taro)) == "tap_over"


@pytest.mark.parametrize(
    "number, service, code",
    [
        (NUMBER[:-1] + "9", "library", "invalid_service_number"),
        (NUMBER, "pool", "unknown_service"),
        ("123456789018", "library", "my_number_refused"),
        ("１２３４ ５６７８ ９０１８", "library", "my_number_refused"),
    ],
)
def test_numbers_that_are_refused(
    as_: As, api_town: Town, number: str, service: str, code: str
) -> None:
    with capture_logs() as logs:
        assert code_of(_ask(as_, _tap(as_, api_town, "hanako"), number, service)) == code
    assert number not in str(logs)


def test_silence_and_a_lifted_card_end_what_was_begun(as_: As, api_town: Town) -> None:
    tap = _tap(as_, api_town, "hanako")
    api_town.clock.advance(timedelta(seconds=30))
    assert code_of(_ask(as_, tap)) == "tap_over"
    tap = _tap(as_, api_town, "hanako")
    as_(CLERK).send("DELETE", "/taps/current")
    assert code_of(_ask(as_, tap)) == "tap_over"


def test_one_number_a_person(as_: As, api_town: Town) -> None:
    assert _linked(as_, api_town, "hanako").status_code == 200
    other = barcodes.with_check("1000001", LIBRARY.scheme)
    for number in (NUMBER, other):
        assert code_of(_ask(as_, _tap(as_, api_town, "hanako"), number)) == "already_linked"
